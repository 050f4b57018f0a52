// Made by `cargo xtask bindgen`. Do not edit.
//! Functions that every library has.

pub use super::optional::*;

required! {
    fn sqlite3_libversion() -> *const libc::c_char;
    fn sqlite3_sourceid() -> *const libc::c_char;
    fn sqlite3_libversion_number() -> libc::c_int;
    fn sqlite3_compileoption_used(zOptName: *const libc::c_char) -> libc::c_int;
    fn sqlite3_compileoption_get(N: libc::c_int) -> *const libc::c_char;
    fn sqlite3_threadsafe() -> libc::c_int;
    fn sqlite3_close(arg1: *mut sqlite3) -> libc::c_int;
    fn sqlite3_close_v2(arg1: *mut sqlite3) -> libc::c_int;
    fn sqlite3_exec(
        arg1: *mut sqlite3,
        sql: *const libc::c_char,
        callback: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: libc::c_int,
                arg3: *mut *mut libc::c_char,
                arg4: *mut *mut libc::c_char,
            ) -> libc::c_int,
        >,
        arg2: *mut libc::c_void,
        errmsg: *mut *mut libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_initialize() -> libc::c_int;
    fn sqlite3_shutdown() -> libc::c_int;
    fn sqlite3_os_init() -> libc::c_int;
    fn sqlite3_os_end() -> libc::c_int;
    fn sqlite3_extended_result_codes(
        arg1: *mut sqlite3,
        onoff: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_last_insert_rowid(arg1: *mut sqlite3) -> sqlite3_int64;
    fn sqlite3_set_last_insert_rowid(arg1: *mut sqlite3, arg2: sqlite3_int64);
    fn sqlite3_changes(arg1: *mut sqlite3) -> libc::c_int;
    fn sqlite3_total_changes(arg1: *mut sqlite3) -> libc::c_int;
    fn sqlite3_interrupt(arg1: *mut sqlite3);
    fn sqlite3_complete(sql: *const libc::c_char) -> libc::c_int;
    fn sqlite3_complete16(sql: *const libc::c_void) -> libc::c_int;
    fn sqlite3_busy_handler(
        arg1: *mut sqlite3,
        arg2: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: libc::c_int,
            ) -> libc::c_int,
        >,
        arg3: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_busy_timeout(arg1: *mut sqlite3, ms: libc::c_int) -> libc::c_int;
    fn sqlite3_get_table(
        db: *mut sqlite3,
        zSql: *const libc::c_char,
        pazResult: *mut *mut *mut libc::c_char,
        pnRow: *mut libc::c_int,
        pnColumn: *mut libc::c_int,
        pzErrmsg: *mut *mut libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_free_table(result: *mut *mut libc::c_char);
    fn sqlite3_malloc(arg1: libc::c_int) -> *mut libc::c_void;
    fn sqlite3_malloc64(arg1: sqlite3_uint64) -> *mut libc::c_void;
    fn sqlite3_realloc(
        arg1: *mut libc::c_void,
        arg2: libc::c_int,
    ) -> *mut libc::c_void;
    fn sqlite3_realloc64(
        arg1: *mut libc::c_void,
        arg2: sqlite3_uint64,
    ) -> *mut libc::c_void;
    fn sqlite3_free(arg1: *mut libc::c_void);
    fn sqlite3_msize(arg1: *mut libc::c_void) -> sqlite3_uint64;
    fn sqlite3_memory_used() -> sqlite3_int64;
    fn sqlite3_memory_highwater(resetFlag: libc::c_int) -> sqlite3_int64;
    fn sqlite3_randomness(N: libc::c_int, P: *mut libc::c_void);
    fn sqlite3_set_authorizer(
        arg1: *mut sqlite3,
        xAuth: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: libc::c_int,
                arg3: *const libc::c_char,
                arg4: *const libc::c_char,
                arg5: *const libc::c_char,
                arg6: *const libc::c_char,
            ) -> libc::c_int,
        >,
        pUserData: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_trace_v2(
        arg1: *mut sqlite3,
        uMask: libc::c_uint,
        xCallback: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: libc::c_uint,
                arg2: *mut libc::c_void,
                arg3: *mut libc::c_void,
                arg4: *mut libc::c_void,
            ) -> libc::c_int,
        >,
        pCtx: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_progress_handler(
        arg1: *mut sqlite3,
        arg2: libc::c_int,
        arg3: ::core::option::Option<
            unsafe extern "C" fn(arg1: *mut libc::c_void) -> libc::c_int,
        >,
        arg4: *mut libc::c_void,
    );
    fn sqlite3_open(
        filename: *const libc::c_char,
        ppDb: *mut *mut sqlite3,
    ) -> libc::c_int;
    fn sqlite3_open16(
        filename: *const libc::c_void,
        ppDb: *mut *mut sqlite3,
    ) -> libc::c_int;
    fn sqlite3_open_v2(
        filename: *const libc::c_char,
        ppDb: *mut *mut sqlite3,
        flags: libc::c_int,
        zVfs: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_uri_parameter(
        z: sqlite3_filename,
        zParam: *const libc::c_char,
    ) -> *const libc::c_char;
    fn sqlite3_uri_boolean(
        z: sqlite3_filename,
        zParam: *const libc::c_char,
        bDefault: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_uri_int64(
        arg1: sqlite3_filename,
        arg2: *const libc::c_char,
        arg3: sqlite3_int64,
    ) -> sqlite3_int64;
    fn sqlite3_uri_key(z: sqlite3_filename, N: libc::c_int) -> *const libc::c_char;
    fn sqlite3_filename_database(arg1: sqlite3_filename) -> *const libc::c_char;
    fn sqlite3_filename_journal(arg1: sqlite3_filename) -> *const libc::c_char;
    fn sqlite3_filename_wal(arg1: sqlite3_filename) -> *const libc::c_char;
    fn sqlite3_database_file_object(arg1: *const libc::c_char) -> *mut sqlite3_file;
    fn sqlite3_create_filename(
        zDatabase: *const libc::c_char,
        zJournal: *const libc::c_char,
        zWal: *const libc::c_char,
        nParam: libc::c_int,
        azParam: *mut *const libc::c_char,
    ) -> sqlite3_filename;
    fn sqlite3_free_filename(arg1: sqlite3_filename);
    fn sqlite3_errcode(db: *mut sqlite3) -> libc::c_int;
    fn sqlite3_extended_errcode(db: *mut sqlite3) -> libc::c_int;
    fn sqlite3_errmsg(arg1: *mut sqlite3) -> *const libc::c_char;
    fn sqlite3_errmsg16(arg1: *mut sqlite3) -> *const libc::c_void;
    fn sqlite3_errstr(arg1: libc::c_int) -> *const libc::c_char;
    fn sqlite3_limit(
        arg1: *mut sqlite3,
        id: libc::c_int,
        newVal: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_prepare(
        db: *mut sqlite3,
        zSql: *const libc::c_char,
        nByte: libc::c_int,
        ppStmt: *mut *mut sqlite3_stmt,
        pzTail: *mut *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_prepare_v2(
        db: *mut sqlite3,
        zSql: *const libc::c_char,
        nByte: libc::c_int,
        ppStmt: *mut *mut sqlite3_stmt,
        pzTail: *mut *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_prepare_v3(
        db: *mut sqlite3,
        zSql: *const libc::c_char,
        nByte: libc::c_int,
        prepFlags: libc::c_uint,
        ppStmt: *mut *mut sqlite3_stmt,
        pzTail: *mut *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_prepare16(
        db: *mut sqlite3,
        zSql: *const libc::c_void,
        nByte: libc::c_int,
        ppStmt: *mut *mut sqlite3_stmt,
        pzTail: *mut *const libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_prepare16_v2(
        db: *mut sqlite3,
        zSql: *const libc::c_void,
        nByte: libc::c_int,
        ppStmt: *mut *mut sqlite3_stmt,
        pzTail: *mut *const libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_prepare16_v3(
        db: *mut sqlite3,
        zSql: *const libc::c_void,
        nByte: libc::c_int,
        prepFlags: libc::c_uint,
        ppStmt: *mut *mut sqlite3_stmt,
        pzTail: *mut *const libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_sql(pStmt: *mut sqlite3_stmt) -> *const libc::c_char;
    fn sqlite3_expanded_sql(pStmt: *mut sqlite3_stmt) -> *mut libc::c_char;
    fn sqlite3_stmt_readonly(pStmt: *mut sqlite3_stmt) -> libc::c_int;
    fn sqlite3_stmt_isexplain(pStmt: *mut sqlite3_stmt) -> libc::c_int;
    fn sqlite3_stmt_busy(arg1: *mut sqlite3_stmt) -> libc::c_int;
    fn sqlite3_bind_blob(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
        arg3: *const libc::c_void,
        n: libc::c_int,
        arg4: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    ) -> libc::c_int;
    fn sqlite3_bind_blob64(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
        arg3: *const libc::c_void,
        arg4: sqlite3_uint64,
        arg5: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    ) -> libc::c_int;
    fn sqlite3_bind_double(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
        arg3: f64,
    ) -> libc::c_int;
    fn sqlite3_bind_int(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
        arg3: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_bind_int64(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
        arg3: sqlite3_int64,
    ) -> libc::c_int;
    fn sqlite3_bind_null(arg1: *mut sqlite3_stmt, arg2: libc::c_int) -> libc::c_int;
    fn sqlite3_bind_text(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
        arg3: *const libc::c_char,
        arg4: libc::c_int,
        arg5: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    ) -> libc::c_int;
    fn sqlite3_bind_text16(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
        arg3: *const libc::c_void,
        arg4: libc::c_int,
        arg5: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    ) -> libc::c_int;
    fn sqlite3_bind_text64(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
        arg3: *const libc::c_char,
        arg4: sqlite3_uint64,
        arg5: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
        encoding: libc::c_uchar,
    ) -> libc::c_int;
    fn sqlite3_bind_value(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
        arg3: *const sqlite3_value,
    ) -> libc::c_int;
    fn sqlite3_bind_pointer(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
        arg3: *mut libc::c_void,
        arg4: *const libc::c_char,
        arg5: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    ) -> libc::c_int;
    fn sqlite3_bind_zeroblob(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
        n: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_bind_zeroblob64(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
        arg3: sqlite3_uint64,
    ) -> libc::c_int;
    fn sqlite3_bind_parameter_count(arg1: *mut sqlite3_stmt) -> libc::c_int;
    fn sqlite3_bind_parameter_name(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
    ) -> *const libc::c_char;
    fn sqlite3_bind_parameter_index(
        arg1: *mut sqlite3_stmt,
        zName: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_clear_bindings(arg1: *mut sqlite3_stmt) -> libc::c_int;
    fn sqlite3_column_count(pStmt: *mut sqlite3_stmt) -> libc::c_int;
    fn sqlite3_column_name(
        arg1: *mut sqlite3_stmt,
        N: libc::c_int,
    ) -> *const libc::c_char;
    fn sqlite3_column_name16(
        arg1: *mut sqlite3_stmt,
        N: libc::c_int,
    ) -> *const libc::c_void;
    fn sqlite3_column_decltype(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
    ) -> *const libc::c_char;
    fn sqlite3_column_decltype16(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
    ) -> *const libc::c_void;
    fn sqlite3_step(arg1: *mut sqlite3_stmt) -> libc::c_int;
    fn sqlite3_data_count(pStmt: *mut sqlite3_stmt) -> libc::c_int;
    fn sqlite3_column_blob(
        arg1: *mut sqlite3_stmt,
        iCol: libc::c_int,
    ) -> *const libc::c_void;
    fn sqlite3_column_double(arg1: *mut sqlite3_stmt, iCol: libc::c_int) -> f64;
    fn sqlite3_column_int(arg1: *mut sqlite3_stmt, iCol: libc::c_int) -> libc::c_int;
    fn sqlite3_column_int64(
        arg1: *mut sqlite3_stmt,
        iCol: libc::c_int,
    ) -> sqlite3_int64;
    fn sqlite3_column_text(
        arg1: *mut sqlite3_stmt,
        iCol: libc::c_int,
    ) -> *const libc::c_uchar;
    fn sqlite3_column_text16(
        arg1: *mut sqlite3_stmt,
        iCol: libc::c_int,
    ) -> *const libc::c_void;
    fn sqlite3_column_value(
        arg1: *mut sqlite3_stmt,
        iCol: libc::c_int,
    ) -> *mut sqlite3_value;
    fn sqlite3_column_bytes(
        arg1: *mut sqlite3_stmt,
        iCol: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_column_bytes16(
        arg1: *mut sqlite3_stmt,
        iCol: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_column_type(
        arg1: *mut sqlite3_stmt,
        iCol: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_finalize(pStmt: *mut sqlite3_stmt) -> libc::c_int;
    fn sqlite3_reset(pStmt: *mut sqlite3_stmt) -> libc::c_int;
    fn sqlite3_create_function(
        db: *mut sqlite3,
        zFunctionName: *const libc::c_char,
        nArg: libc::c_int,
        eTextRep: libc::c_int,
        pApp: *mut libc::c_void,
        xFunc: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut sqlite3_context,
                arg2: libc::c_int,
                arg3: *mut *mut sqlite3_value,
            ),
        >,
        xStep: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut sqlite3_context,
                arg2: libc::c_int,
                arg3: *mut *mut sqlite3_value,
            ),
        >,
        xFinal: ::core::option::Option<unsafe extern "C" fn(arg1: *mut sqlite3_context)>,
    ) -> libc::c_int;
    fn sqlite3_create_function16(
        db: *mut sqlite3,
        zFunctionName: *const libc::c_void,
        nArg: libc::c_int,
        eTextRep: libc::c_int,
        pApp: *mut libc::c_void,
        xFunc: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut sqlite3_context,
                arg2: libc::c_int,
                arg3: *mut *mut sqlite3_value,
            ),
        >,
        xStep: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut sqlite3_context,
                arg2: libc::c_int,
                arg3: *mut *mut sqlite3_value,
            ),
        >,
        xFinal: ::core::option::Option<unsafe extern "C" fn(arg1: *mut sqlite3_context)>,
    ) -> libc::c_int;
    fn sqlite3_create_function_v2(
        db: *mut sqlite3,
        zFunctionName: *const libc::c_char,
        nArg: libc::c_int,
        eTextRep: libc::c_int,
        pApp: *mut libc::c_void,
        xFunc: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut sqlite3_context,
                arg2: libc::c_int,
                arg3: *mut *mut sqlite3_value,
            ),
        >,
        xStep: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut sqlite3_context,
                arg2: libc::c_int,
                arg3: *mut *mut sqlite3_value,
            ),
        >,
        xFinal: ::core::option::Option<unsafe extern "C" fn(arg1: *mut sqlite3_context)>,
        xDestroy: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    ) -> libc::c_int;
    fn sqlite3_create_window_function(
        db: *mut sqlite3,
        zFunctionName: *const libc::c_char,
        nArg: libc::c_int,
        eTextRep: libc::c_int,
        pApp: *mut libc::c_void,
        xStep: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut sqlite3_context,
                arg2: libc::c_int,
                arg3: *mut *mut sqlite3_value,
            ),
        >,
        xFinal: ::core::option::Option<unsafe extern "C" fn(arg1: *mut sqlite3_context)>,
        xValue: ::core::option::Option<unsafe extern "C" fn(arg1: *mut sqlite3_context)>,
        xInverse: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut sqlite3_context,
                arg2: libc::c_int,
                arg3: *mut *mut sqlite3_value,
            ),
        >,
        xDestroy: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    ) -> libc::c_int;
    fn sqlite3_value_blob(arg1: *mut sqlite3_value) -> *const libc::c_void;
    fn sqlite3_value_double(arg1: *mut sqlite3_value) -> f64;
    fn sqlite3_value_int(arg1: *mut sqlite3_value) -> libc::c_int;
    fn sqlite3_value_int64(arg1: *mut sqlite3_value) -> sqlite3_int64;
    fn sqlite3_value_pointer(
        arg1: *mut sqlite3_value,
        arg2: *const libc::c_char,
    ) -> *mut libc::c_void;
    fn sqlite3_value_text(arg1: *mut sqlite3_value) -> *const libc::c_uchar;
    fn sqlite3_value_text16(arg1: *mut sqlite3_value) -> *const libc::c_void;
    fn sqlite3_value_text16le(arg1: *mut sqlite3_value) -> *const libc::c_void;
    fn sqlite3_value_text16be(arg1: *mut sqlite3_value) -> *const libc::c_void;
    fn sqlite3_value_bytes(arg1: *mut sqlite3_value) -> libc::c_int;
    fn sqlite3_value_bytes16(arg1: *mut sqlite3_value) -> libc::c_int;
    fn sqlite3_value_type(arg1: *mut sqlite3_value) -> libc::c_int;
    fn sqlite3_value_numeric_type(arg1: *mut sqlite3_value) -> libc::c_int;
    fn sqlite3_value_nochange(arg1: *mut sqlite3_value) -> libc::c_int;
    fn sqlite3_value_frombind(arg1: *mut sqlite3_value) -> libc::c_int;
    fn sqlite3_value_subtype(arg1: *mut sqlite3_value) -> libc::c_uint;
    fn sqlite3_value_dup(arg1: *const sqlite3_value) -> *mut sqlite3_value;
    fn sqlite3_value_free(arg1: *mut sqlite3_value);
    fn sqlite3_aggregate_context(
        arg1: *mut sqlite3_context,
        nBytes: libc::c_int,
    ) -> *mut libc::c_void;
    fn sqlite3_user_data(arg1: *mut sqlite3_context) -> *mut libc::c_void;
    fn sqlite3_context_db_handle(arg1: *mut sqlite3_context) -> *mut sqlite3;
    fn sqlite3_get_auxdata(
        arg1: *mut sqlite3_context,
        N: libc::c_int,
    ) -> *mut libc::c_void;
    fn sqlite3_set_auxdata(
        arg1: *mut sqlite3_context,
        N: libc::c_int,
        arg2: *mut libc::c_void,
        arg3: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    );
    fn sqlite3_result_blob(
        arg1: *mut sqlite3_context,
        arg2: *const libc::c_void,
        arg3: libc::c_int,
        arg4: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    );
    fn sqlite3_result_blob64(
        arg1: *mut sqlite3_context,
        arg2: *const libc::c_void,
        arg3: sqlite3_uint64,
        arg4: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    );
    fn sqlite3_result_double(arg1: *mut sqlite3_context, arg2: f64);
    fn sqlite3_result_error(
        arg1: *mut sqlite3_context,
        arg2: *const libc::c_char,
        arg3: libc::c_int,
    );
    fn sqlite3_result_error16(
        arg1: *mut sqlite3_context,
        arg2: *const libc::c_void,
        arg3: libc::c_int,
    );
    fn sqlite3_result_error_toobig(arg1: *mut sqlite3_context);
    fn sqlite3_result_error_nomem(arg1: *mut sqlite3_context);
    fn sqlite3_result_error_code(arg1: *mut sqlite3_context, arg2: libc::c_int);
    fn sqlite3_result_int(arg1: *mut sqlite3_context, arg2: libc::c_int);
    fn sqlite3_result_int64(arg1: *mut sqlite3_context, arg2: sqlite3_int64);
    fn sqlite3_result_null(arg1: *mut sqlite3_context);
    fn sqlite3_result_text(
        arg1: *mut sqlite3_context,
        arg2: *const libc::c_char,
        arg3: libc::c_int,
        arg4: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    );
    fn sqlite3_result_text64(
        arg1: *mut sqlite3_context,
        z: *const libc::c_char,
        n: sqlite3_uint64,
        arg2: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
        encoding: libc::c_uchar,
    );
    fn sqlite3_result_text16(
        arg1: *mut sqlite3_context,
        arg2: *const libc::c_void,
        arg3: libc::c_int,
        arg4: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    );
    fn sqlite3_result_text16le(
        arg1: *mut sqlite3_context,
        arg2: *const libc::c_void,
        arg3: libc::c_int,
        arg4: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    );
    fn sqlite3_result_text16be(
        arg1: *mut sqlite3_context,
        arg2: *const libc::c_void,
        arg3: libc::c_int,
        arg4: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    );
    fn sqlite3_result_value(arg1: *mut sqlite3_context, arg2: *mut sqlite3_value);
    fn sqlite3_result_pointer(
        arg1: *mut sqlite3_context,
        arg2: *mut libc::c_void,
        arg3: *const libc::c_char,
        arg4: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    );
    fn sqlite3_result_zeroblob(arg1: *mut sqlite3_context, n: libc::c_int);
    fn sqlite3_result_zeroblob64(
        arg1: *mut sqlite3_context,
        n: sqlite3_uint64,
    ) -> libc::c_int;
    fn sqlite3_result_subtype(arg1: *mut sqlite3_context, arg2: libc::c_uint);
    fn sqlite3_create_collation(
        arg1: *mut sqlite3,
        zName: *const libc::c_char,
        eTextRep: libc::c_int,
        pArg: *mut libc::c_void,
        xCompare: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: libc::c_int,
                arg3: *const libc::c_void,
                arg4: libc::c_int,
                arg5: *const libc::c_void,
            ) -> libc::c_int,
        >,
    ) -> libc::c_int;
    fn sqlite3_create_collation_v2(
        arg1: *mut sqlite3,
        zName: *const libc::c_char,
        eTextRep: libc::c_int,
        pArg: *mut libc::c_void,
        xCompare: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: libc::c_int,
                arg3: *const libc::c_void,
                arg4: libc::c_int,
                arg5: *const libc::c_void,
            ) -> libc::c_int,
        >,
        xDestroy: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    ) -> libc::c_int;
    fn sqlite3_create_collation16(
        arg1: *mut sqlite3,
        zName: *const libc::c_void,
        eTextRep: libc::c_int,
        pArg: *mut libc::c_void,
        xCompare: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: libc::c_int,
                arg3: *const libc::c_void,
                arg4: libc::c_int,
                arg5: *const libc::c_void,
            ) -> libc::c_int,
        >,
    ) -> libc::c_int;
    fn sqlite3_collation_needed(
        arg1: *mut sqlite3,
        arg2: *mut libc::c_void,
        arg3: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: *mut sqlite3,
                eTextRep: libc::c_int,
                arg3: *const libc::c_char,
            ),
        >,
    ) -> libc::c_int;
    fn sqlite3_collation_needed16(
        arg1: *mut sqlite3,
        arg2: *mut libc::c_void,
        arg3: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: *mut sqlite3,
                eTextRep: libc::c_int,
                arg3: *const libc::c_void,
            ),
        >,
    ) -> libc::c_int;
    fn sqlite3_sleep(arg1: libc::c_int) -> libc::c_int;
    fn sqlite3_get_autocommit(arg1: *mut sqlite3) -> libc::c_int;
    fn sqlite3_db_handle(arg1: *mut sqlite3_stmt) -> *mut sqlite3;
    fn sqlite3_db_filename(
        db: *mut sqlite3,
        zDbName: *const libc::c_char,
    ) -> sqlite3_filename;
    fn sqlite3_db_readonly(
        db: *mut sqlite3,
        zDbName: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_txn_state(
        arg1: *mut sqlite3,
        zSchema: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_next_stmt(
        pDb: *mut sqlite3,
        pStmt: *mut sqlite3_stmt,
    ) -> *mut sqlite3_stmt;
    fn sqlite3_commit_hook(
        arg1: *mut sqlite3,
        arg2: ::core::option::Option<
            unsafe extern "C" fn(arg1: *mut libc::c_void) -> libc::c_int,
        >,
        arg3: *mut libc::c_void,
    ) -> *mut libc::c_void;
    fn sqlite3_rollback_hook(
        arg1: *mut sqlite3,
        arg2: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
        arg3: *mut libc::c_void,
    ) -> *mut libc::c_void;
    fn sqlite3_update_hook(
        arg1: *mut sqlite3,
        arg2: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: libc::c_int,
                arg3: *const libc::c_char,
                arg4: *const libc::c_char,
                arg5: sqlite3_int64,
            ),
        >,
        arg3: *mut libc::c_void,
    ) -> *mut libc::c_void;
    fn sqlite3_enable_shared_cache(arg1: libc::c_int) -> libc::c_int;
    fn sqlite3_release_memory(arg1: libc::c_int) -> libc::c_int;
    fn sqlite3_db_release_memory(arg1: *mut sqlite3) -> libc::c_int;
    fn sqlite3_soft_heap_limit64(N: sqlite3_int64) -> sqlite3_int64;
    fn sqlite3_hard_heap_limit64(N: sqlite3_int64) -> sqlite3_int64;
    fn sqlite3_table_column_metadata(
        db: *mut sqlite3,
        zDbName: *const libc::c_char,
        zTableName: *const libc::c_char,
        zColumnName: *const libc::c_char,
        pzDataType: *mut *const libc::c_char,
        pzCollSeq: *mut *const libc::c_char,
        pNotNull: *mut libc::c_int,
        pPrimaryKey: *mut libc::c_int,
        pAutoinc: *mut libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_auto_extension(
        xEntryPoint: ::core::option::Option<unsafe extern "C" fn()>,
    ) -> libc::c_int;
    fn sqlite3_cancel_auto_extension(
        xEntryPoint: ::core::option::Option<unsafe extern "C" fn()>,
    ) -> libc::c_int;
    fn sqlite3_reset_auto_extension();
    fn sqlite3_create_module(
        db: *mut sqlite3,
        zName: *const libc::c_char,
        p: *const sqlite3_module,
        pClientData: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_create_module_v2(
        db: *mut sqlite3,
        zName: *const libc::c_char,
        p: *const sqlite3_module,
        pClientData: *mut libc::c_void,
        xDestroy: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    ) -> libc::c_int;
    fn sqlite3_drop_modules(
        db: *mut sqlite3,
        azKeep: *mut *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_declare_vtab(
        arg1: *mut sqlite3,
        zSQL: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_overload_function(
        arg1: *mut sqlite3,
        zFuncName: *const libc::c_char,
        nArg: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_blob_open(
        arg1: *mut sqlite3,
        zDb: *const libc::c_char,
        zTable: *const libc::c_char,
        zColumn: *const libc::c_char,
        iRow: sqlite3_int64,
        flags: libc::c_int,
        ppBlob: *mut *mut sqlite3_blob,
    ) -> libc::c_int;
    fn sqlite3_blob_reopen(
        arg1: *mut sqlite3_blob,
        arg2: sqlite3_int64,
    ) -> libc::c_int;
    fn sqlite3_blob_close(arg1: *mut sqlite3_blob) -> libc::c_int;
    fn sqlite3_blob_bytes(arg1: *mut sqlite3_blob) -> libc::c_int;
    fn sqlite3_blob_read(
        arg1: *mut sqlite3_blob,
        Z: *mut libc::c_void,
        N: libc::c_int,
        iOffset: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_blob_write(
        arg1: *mut sqlite3_blob,
        z: *const libc::c_void,
        n: libc::c_int,
        iOffset: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_vfs_find(zVfsName: *const libc::c_char) -> *mut sqlite3_vfs;
    fn sqlite3_vfs_register(
        arg1: *mut sqlite3_vfs,
        makeDflt: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_vfs_unregister(arg1: *mut sqlite3_vfs) -> libc::c_int;
    fn sqlite3_mutex_alloc(arg1: libc::c_int) -> *mut sqlite3_mutex;
    fn sqlite3_mutex_free(arg1: *mut sqlite3_mutex);
    fn sqlite3_mutex_enter(arg1: *mut sqlite3_mutex);
    fn sqlite3_mutex_try(arg1: *mut sqlite3_mutex) -> libc::c_int;
    fn sqlite3_mutex_leave(arg1: *mut sqlite3_mutex);
    fn sqlite3_db_mutex(arg1: *mut sqlite3) -> *mut sqlite3_mutex;
    fn sqlite3_file_control(
        arg1: *mut sqlite3,
        zDbName: *const libc::c_char,
        op: libc::c_int,
        arg2: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_keyword_count() -> libc::c_int;
    fn sqlite3_keyword_name(
        arg1: libc::c_int,
        arg2: *mut *const libc::c_char,
        arg3: *mut libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_keyword_check(
        arg1: *const libc::c_char,
        arg2: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_str_new(arg1: *mut sqlite3) -> *mut sqlite3_str;
    fn sqlite3_str_finish(arg1: *mut sqlite3_str) -> *mut libc::c_char;
    fn sqlite3_str_append(
        arg1: *mut sqlite3_str,
        zIn: *const libc::c_char,
        N: libc::c_int,
    );
    fn sqlite3_str_appendall(arg1: *mut sqlite3_str, zIn: *const libc::c_char);
    fn sqlite3_str_appendchar(
        arg1: *mut sqlite3_str,
        N: libc::c_int,
        C: libc::c_char,
    );
    fn sqlite3_str_reset(arg1: *mut sqlite3_str);
    fn sqlite3_str_errcode(arg1: *mut sqlite3_str) -> libc::c_int;
    fn sqlite3_str_length(arg1: *mut sqlite3_str) -> libc::c_int;
    fn sqlite3_str_value(arg1: *mut sqlite3_str) -> *mut libc::c_char;
    fn sqlite3_status(
        op: libc::c_int,
        pCurrent: *mut libc::c_int,
        pHighwater: *mut libc::c_int,
        resetFlag: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_status64(
        op: libc::c_int,
        pCurrent: *mut sqlite3_int64,
        pHighwater: *mut sqlite3_int64,
        resetFlag: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_db_status(
        arg1: *mut sqlite3,
        op: libc::c_int,
        pCur: *mut libc::c_int,
        pHiwtr: *mut libc::c_int,
        resetFlg: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_stmt_status(
        arg1: *mut sqlite3_stmt,
        op: libc::c_int,
        resetFlg: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_backup_init(
        pDest: *mut sqlite3,
        zDestName: *const libc::c_char,
        pSource: *mut sqlite3,
        zSourceName: *const libc::c_char,
    ) -> *mut sqlite3_backup;
    fn sqlite3_backup_step(
        p: *mut sqlite3_backup,
        nPage: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_backup_finish(p: *mut sqlite3_backup) -> libc::c_int;
    fn sqlite3_backup_remaining(p: *mut sqlite3_backup) -> libc::c_int;
    fn sqlite3_backup_pagecount(p: *mut sqlite3_backup) -> libc::c_int;
    fn sqlite3_stricmp(
        arg1: *const libc::c_char,
        arg2: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_strnicmp(
        arg1: *const libc::c_char,
        arg2: *const libc::c_char,
        arg3: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_strglob(
        zGlob: *const libc::c_char,
        zStr: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_strlike(
        zGlob: *const libc::c_char,
        zStr: *const libc::c_char,
        cEsc: libc::c_uint,
    ) -> libc::c_int;
    fn sqlite3_wal_hook(
        arg1: *mut sqlite3,
        arg2: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: *mut sqlite3,
                arg3: *const libc::c_char,
                arg4: libc::c_int,
            ) -> libc::c_int,
        >,
        arg3: *mut libc::c_void,
    ) -> *mut libc::c_void;
    fn sqlite3_wal_autocheckpoint(db: *mut sqlite3, N: libc::c_int) -> libc::c_int;
    fn sqlite3_wal_checkpoint(
        db: *mut sqlite3,
        zDb: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_wal_checkpoint_v2(
        db: *mut sqlite3,
        zDb: *const libc::c_char,
        eMode: libc::c_int,
        pnLog: *mut libc::c_int,
        pnCkpt: *mut libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_vtab_on_conflict(arg1: *mut sqlite3) -> libc::c_int;
    fn sqlite3_vtab_nochange(arg1: *mut sqlite3_context) -> libc::c_int;
    fn sqlite3_vtab_collation(
        arg1: *mut sqlite3_index_info,
        arg2: libc::c_int,
    ) -> *const libc::c_char;
    fn sqlite3_db_cacheflush(arg1: *mut sqlite3) -> libc::c_int;
    fn sqlite3_system_errno(arg1: *mut sqlite3) -> libc::c_int;
}
