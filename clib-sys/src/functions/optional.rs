// Made by `cargo xtask bindgen`. Do not edit.
//! Functions that a library may lack, as `since` says.

pub use crate::bindings::*;

optional! {
    fn sqlite3_changes64(arg1: *mut sqlite3) -> sqlite3_int64;
    fn sqlite3_total_changes64(arg1: *mut sqlite3) -> sqlite3_int64;
    fn sqlite3_is_interrupted(arg1: *mut sqlite3) -> libc::c_int;
    fn sqlite3_incomplete(sql: *const libc::c_char) -> sqlite3_int64;
    fn sqlite3_setlk_timeout(
        arg1: *mut sqlite3,
        ms: libc::c_int,
        flags: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_trace(
        arg1: *mut sqlite3,
        xTrace: ::core::option::Option<
            unsafe extern "C" fn(arg1: *mut libc::c_void, arg2: *const libc::c_char),
        >,
        arg2: *mut libc::c_void,
    ) -> *mut libc::c_void;
    fn sqlite3_profile(
        arg1: *mut sqlite3,
        xProfile: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: *const libc::c_char,
                arg3: sqlite3_uint64,
            ),
        >,
        arg2: *mut libc::c_void,
    ) -> *mut libc::c_void;
    fn sqlite3_error_offset(db: *mut sqlite3) -> libc::c_int;
    fn sqlite3_set_errmsg(
        db: *mut sqlite3,
        errcode: libc::c_int,
        zErrMsg: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_normalized_sql(pStmt: *mut sqlite3_stmt) -> *const libc::c_char;
    fn sqlite3_stmt_explain(
        pStmt: *mut sqlite3_stmt,
        eMode: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_column_database_name(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
    ) -> *const libc::c_char;
    fn sqlite3_column_database_name16(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
    ) -> *const libc::c_void;
    fn sqlite3_column_table_name(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
    ) -> *const libc::c_char;
    fn sqlite3_column_table_name16(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
    ) -> *const libc::c_void;
    fn sqlite3_column_origin_name(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
    ) -> *const libc::c_char;
    fn sqlite3_column_origin_name16(
        arg1: *mut sqlite3_stmt,
        arg2: libc::c_int,
    ) -> *const libc::c_void;
    fn sqlite3_aggregate_count(arg1: *mut sqlite3_context) -> libc::c_int;
    fn sqlite3_expired(arg1: *mut sqlite3_stmt) -> libc::c_int;
    fn sqlite3_transfer_bindings(
        arg1: *mut sqlite3_stmt,
        arg2: *mut sqlite3_stmt,
    ) -> libc::c_int;
    fn sqlite3_global_recover() -> libc::c_int;
    fn sqlite3_thread_cleanup();
    fn sqlite3_memory_alarm(
        arg1: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: sqlite3_int64,
                arg3: libc::c_int,
            ),
        >,
        arg2: *mut libc::c_void,
        arg3: sqlite3_int64,
    ) -> libc::c_int;
    fn sqlite3_value_encoding(arg1: *mut sqlite3_value) -> libc::c_int;
    fn sqlite3_get_clientdata(
        arg1: *mut sqlite3,
        arg2: *const libc::c_char,
    ) -> *mut libc::c_void;
    fn sqlite3_set_clientdata(
        arg1: *mut sqlite3,
        arg2: *const libc::c_char,
        arg3: *mut libc::c_void,
        arg4: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    ) -> libc::c_int;
    fn sqlite3_win32_set_directory(
        type_: libc::c_ulong,
        zValue: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_win32_set_directory8(
        type_: libc::c_ulong,
        zValue: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_win32_set_directory16(
        type_: libc::c_ulong,
        zValue: *const libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_db_name(db: *mut sqlite3, N: libc::c_int) -> *const libc::c_char;
    fn sqlite3_autovacuum_pages(
        db: *mut sqlite3,
        arg1: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut libc::c_void,
                arg2: *const libc::c_char,
                arg3: libc::c_uint,
                arg4: libc::c_uint,
                arg5: libc::c_uint,
            ) -> libc::c_uint,
        >,
        arg2: *mut libc::c_void,
        arg3: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    ) -> libc::c_int;
    fn sqlite3_soft_heap_limit(N: libc::c_int);
    fn sqlite3_load_extension(
        db: *mut sqlite3,
        zFile: *const libc::c_char,
        zProc: *const libc::c_char,
        pzErrMsg: *mut *mut libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_enable_load_extension(
        db: *mut sqlite3,
        onoff: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_mutex_held(arg1: *mut sqlite3_mutex) -> libc::c_int;
    fn sqlite3_mutex_notheld(arg1: *mut sqlite3_mutex) -> libc::c_int;
    fn sqlite3_str_free(arg1: *mut sqlite3_str);
    fn sqlite3_result_str(
        arg1: *mut sqlite3_context,
        arg2: *mut sqlite3_str,
        arg3: libc::c_int,
    );
    fn sqlite3_str_truncate(arg1: *mut sqlite3_str, N: libc::c_int);
    fn sqlite3_db_status64(
        arg1: *mut sqlite3,
        arg2: libc::c_int,
        arg3: *mut sqlite3_int64,
        arg4: *mut sqlite3_int64,
        arg5: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_unlock_notify(
        pBlocked: *mut sqlite3,
        xNotify: ::core::option::Option<
            unsafe extern "C" fn(apArg: *mut *mut libc::c_void, nArg: libc::c_int),
        >,
        pNotifyArg: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_vtab_distinct(arg1: *mut sqlite3_index_info) -> libc::c_int;
    fn sqlite3_vtab_in(
        arg1: *mut sqlite3_index_info,
        iCons: libc::c_int,
        bHandle: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3_vtab_in_first(
        pVal: *mut sqlite3_value,
        ppOut: *mut *mut sqlite3_value,
    ) -> libc::c_int;
    fn sqlite3_vtab_in_next(
        pVal: *mut sqlite3_value,
        ppOut: *mut *mut sqlite3_value,
    ) -> libc::c_int;
    fn sqlite3_vtab_rhs_value(
        arg1: *mut sqlite3_index_info,
        arg2: libc::c_int,
        ppVal: *mut *mut sqlite3_value,
    ) -> libc::c_int;
    fn sqlite3_stmt_scanstatus(
        pStmt: *mut sqlite3_stmt,
        idx: libc::c_int,
        iScanStatusOp: libc::c_int,
        pOut: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_stmt_scanstatus_v2(
        pStmt: *mut sqlite3_stmt,
        idx: libc::c_int,
        iScanStatusOp: libc::c_int,
        flags: libc::c_int,
        pOut: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_stmt_scanstatus_reset(arg1: *mut sqlite3_stmt);
    fn sqlite3_preupdate_hook(
        db: *mut sqlite3,
        xPreUpdate: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                db: *mut sqlite3,
                op: libc::c_int,
                zDb: *const libc::c_char,
                zName: *const libc::c_char,
                iKey1: sqlite3_int64,
                iKey2: sqlite3_int64,
            ),
        >,
        arg1: *mut libc::c_void,
    ) -> *mut libc::c_void;
    fn sqlite3_preupdate_old(
        arg1: *mut sqlite3,
        arg2: libc::c_int,
        arg3: *mut *mut sqlite3_value,
    ) -> libc::c_int;
    fn sqlite3_preupdate_count(arg1: *mut sqlite3) -> libc::c_int;
    fn sqlite3_preupdate_depth(arg1: *mut sqlite3) -> libc::c_int;
    fn sqlite3_preupdate_new(
        arg1: *mut sqlite3,
        arg2: libc::c_int,
        arg3: *mut *mut sqlite3_value,
    ) -> libc::c_int;
    fn sqlite3_preupdate_blobwrite(arg1: *mut sqlite3) -> libc::c_int;
    fn sqlite3_snapshot_get(
        db: *mut sqlite3,
        zSchema: *const libc::c_char,
        ppSnapshot: *mut *mut sqlite3_snapshot,
    ) -> libc::c_int;
    fn sqlite3_snapshot_open(
        db: *mut sqlite3,
        zSchema: *const libc::c_char,
        pSnapshot: *mut sqlite3_snapshot,
    ) -> libc::c_int;
    fn sqlite3_snapshot_free(arg1: *mut sqlite3_snapshot);
    fn sqlite3_snapshot_cmp(
        p1: *mut sqlite3_snapshot,
        p2: *mut sqlite3_snapshot,
    ) -> libc::c_int;
    fn sqlite3_snapshot_recover(
        db: *mut sqlite3,
        zDb: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3_serialize(
        db: *mut sqlite3,
        zSchema: *const libc::c_char,
        piSize: *mut sqlite3_int64,
        mFlags: libc::c_uint,
    ) -> *mut libc::c_uchar;
    fn sqlite3_deserialize(
        db: *mut sqlite3,
        zSchema: *const libc::c_char,
        pData: *mut libc::c_uchar,
        szDb: sqlite3_int64,
        szBuf: sqlite3_int64,
        mFlags: libc::c_uint,
    ) -> libc::c_int;
    fn sqlite3_carray_bind_v2(
        pStmt: *mut sqlite3_stmt,
        i: libc::c_int,
        aData: *mut libc::c_void,
        nData: libc::c_int,
        mFlags: libc::c_int,
        xDel: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
        pDel: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_carray_bind(
        pStmt: *mut sqlite3_stmt,
        i: libc::c_int,
        aData: *mut libc::c_void,
        nData: libc::c_int,
        mFlags: libc::c_int,
        xDel: ::core::option::Option<unsafe extern "C" fn(arg1: *mut libc::c_void)>,
    ) -> libc::c_int;
    fn sqlite3_rtree_geometry_callback(
        db: *mut sqlite3,
        zGeom: *const libc::c_char,
        xGeom: ::core::option::Option<
            unsafe extern "C" fn(
                arg1: *mut sqlite3_rtree_geometry,
                arg2: libc::c_int,
                arg3: *mut sqlite3_rtree_dbl,
                arg4: *mut libc::c_int,
            ) -> libc::c_int,
        >,
        pContext: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3_rtree_query_callback(
        db: *mut sqlite3,
        zQueryFunc: *const libc::c_char,
        xQueryFunc: ::core::option::Option<
            unsafe extern "C" fn(arg1: *mut sqlite3_rtree_query_info) -> libc::c_int,
        >,
        pContext: *mut libc::c_void,
        xDestructor: ::core::option::Option<
            unsafe extern "C" fn(arg1: *mut libc::c_void),
        >,
    ) -> libc::c_int;
    fn sqlite3session_create(
        db: *mut sqlite3,
        zDb: *const libc::c_char,
        ppSession: *mut *mut sqlite3_session,
    ) -> libc::c_int;
    fn sqlite3session_delete(pSession: *mut sqlite3_session);
    fn sqlite3session_object_config(
        arg1: *mut sqlite3_session,
        op: libc::c_int,
        pArg: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3session_enable(
        pSession: *mut sqlite3_session,
        bEnable: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3session_indirect(
        pSession: *mut sqlite3_session,
        bIndirect: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3session_attach(
        pSession: *mut sqlite3_session,
        zTab: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3session_table_filter(
        pSession: *mut sqlite3_session,
        xFilter: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                zTab: *const libc::c_char,
            ) -> libc::c_int,
        >,
        pCtx: *mut libc::c_void,
    );
    fn sqlite3session_changeset(
        pSession: *mut sqlite3_session,
        pnChangeset: *mut libc::c_int,
        ppChangeset: *mut *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3session_changeset_size(
        pSession: *mut sqlite3_session,
    ) -> sqlite3_int64;
    fn sqlite3session_diff(
        pSession: *mut sqlite3_session,
        zFromDb: *const libc::c_char,
        zTbl: *const libc::c_char,
        pzErrMsg: *mut *mut libc::c_char,
    ) -> libc::c_int;
    fn sqlite3session_patchset(
        pSession: *mut sqlite3_session,
        pnPatchset: *mut libc::c_int,
        ppPatchset: *mut *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3session_isempty(pSession: *mut sqlite3_session) -> libc::c_int;
    fn sqlite3session_memory_used(pSession: *mut sqlite3_session) -> sqlite3_int64;
    fn sqlite3changeset_start(
        pp: *mut *mut sqlite3_changeset_iter,
        nChangeset: libc::c_int,
        pChangeset: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changeset_start_v2(
        pp: *mut *mut sqlite3_changeset_iter,
        nChangeset: libc::c_int,
        pChangeset: *mut libc::c_void,
        flags: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3changeset_next(pIter: *mut sqlite3_changeset_iter) -> libc::c_int;
    fn sqlite3changeset_op(
        pIter: *mut sqlite3_changeset_iter,
        pzTab: *mut *const libc::c_char,
        pnCol: *mut libc::c_int,
        pOp: *mut libc::c_int,
        pbIndirect: *mut libc::c_int,
    ) -> libc::c_int;
    fn sqlite3changeset_pk(
        pIter: *mut sqlite3_changeset_iter,
        pabPK: *mut *mut libc::c_uchar,
        pnCol: *mut libc::c_int,
    ) -> libc::c_int;
    fn sqlite3changeset_old(
        pIter: *mut sqlite3_changeset_iter,
        iVal: libc::c_int,
        ppValue: *mut *mut sqlite3_value,
    ) -> libc::c_int;
    fn sqlite3changeset_new(
        pIter: *mut sqlite3_changeset_iter,
        iVal: libc::c_int,
        ppValue: *mut *mut sqlite3_value,
    ) -> libc::c_int;
    fn sqlite3changeset_conflict(
        pIter: *mut sqlite3_changeset_iter,
        iVal: libc::c_int,
        ppValue: *mut *mut sqlite3_value,
    ) -> libc::c_int;
    fn sqlite3changeset_fk_conflicts(
        pIter: *mut sqlite3_changeset_iter,
        pnOut: *mut libc::c_int,
    ) -> libc::c_int;
    fn sqlite3changeset_finalize(pIter: *mut sqlite3_changeset_iter) -> libc::c_int;
    fn sqlite3changeset_invert(
        nIn: libc::c_int,
        pIn: *const libc::c_void,
        pnOut: *mut libc::c_int,
        ppOut: *mut *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changeset_concat(
        nA: libc::c_int,
        pA: *mut libc::c_void,
        nB: libc::c_int,
        pB: *mut libc::c_void,
        pnOut: *mut libc::c_int,
        ppOut: *mut *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changegroup_new(pp: *mut *mut sqlite3_changegroup) -> libc::c_int;
    fn sqlite3changegroup_schema(
        arg1: *mut sqlite3_changegroup,
        arg2: *mut sqlite3,
        zDb: *const libc::c_char,
    ) -> libc::c_int;
    fn sqlite3changegroup_add(
        arg1: *mut sqlite3_changegroup,
        nData: libc::c_int,
        pData: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changegroup_add_change(
        arg1: *mut sqlite3_changegroup,
        arg2: *mut sqlite3_changeset_iter,
    ) -> libc::c_int;
    fn sqlite3changegroup_output(
        arg1: *mut sqlite3_changegroup,
        pnData: *mut libc::c_int,
        ppData: *mut *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changegroup_delete(arg1: *mut sqlite3_changegroup);
    fn sqlite3changeset_apply(
        db: *mut sqlite3,
        nChangeset: libc::c_int,
        pChangeset: *mut libc::c_void,
        xFilter: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                zTab: *const libc::c_char,
            ) -> libc::c_int,
        >,
        xConflict: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                eConflict: libc::c_int,
                p: *mut sqlite3_changeset_iter,
            ) -> libc::c_int,
        >,
        pCtx: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changeset_apply_v2(
        db: *mut sqlite3,
        nChangeset: libc::c_int,
        pChangeset: *mut libc::c_void,
        xFilter: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                zTab: *const libc::c_char,
            ) -> libc::c_int,
        >,
        xConflict: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                eConflict: libc::c_int,
                p: *mut sqlite3_changeset_iter,
            ) -> libc::c_int,
        >,
        pCtx: *mut libc::c_void,
        ppRebase: *mut *mut libc::c_void,
        pnRebase: *mut libc::c_int,
        flags: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3changeset_apply_v3(
        db: *mut sqlite3,
        nChangeset: libc::c_int,
        pChangeset: *mut libc::c_void,
        xFilter: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                p: *mut sqlite3_changeset_iter,
            ) -> libc::c_int,
        >,
        xConflict: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                eConflict: libc::c_int,
                p: *mut sqlite3_changeset_iter,
            ) -> libc::c_int,
        >,
        pCtx: *mut libc::c_void,
        ppRebase: *mut *mut libc::c_void,
        pnRebase: *mut libc::c_int,
        flags: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3rebaser_create(ppNew: *mut *mut sqlite3_rebaser) -> libc::c_int;
    fn sqlite3rebaser_configure(
        arg1: *mut sqlite3_rebaser,
        nRebase: libc::c_int,
        pRebase: *const libc::c_void,
    ) -> libc::c_int;
    fn sqlite3rebaser_rebase(
        arg1: *mut sqlite3_rebaser,
        nIn: libc::c_int,
        pIn: *const libc::c_void,
        pnOut: *mut libc::c_int,
        ppOut: *mut *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3rebaser_delete(p: *mut sqlite3_rebaser);
    fn sqlite3changeset_apply_strm(
        db: *mut sqlite3,
        xInput: ::core::option::Option<
            unsafe extern "C" fn(
                pIn: *mut libc::c_void,
                pData: *mut libc::c_void,
                pnData: *mut libc::c_int,
            ) -> libc::c_int,
        >,
        pIn: *mut libc::c_void,
        xFilter: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                zTab: *const libc::c_char,
            ) -> libc::c_int,
        >,
        xConflict: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                eConflict: libc::c_int,
                p: *mut sqlite3_changeset_iter,
            ) -> libc::c_int,
        >,
        pCtx: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changeset_apply_v2_strm(
        db: *mut sqlite3,
        xInput: ::core::option::Option<
            unsafe extern "C" fn(
                pIn: *mut libc::c_void,
                pData: *mut libc::c_void,
                pnData: *mut libc::c_int,
            ) -> libc::c_int,
        >,
        pIn: *mut libc::c_void,
        xFilter: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                zTab: *const libc::c_char,
            ) -> libc::c_int,
        >,
        xConflict: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                eConflict: libc::c_int,
                p: *mut sqlite3_changeset_iter,
            ) -> libc::c_int,
        >,
        pCtx: *mut libc::c_void,
        ppRebase: *mut *mut libc::c_void,
        pnRebase: *mut libc::c_int,
        flags: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3changeset_apply_v3_strm(
        db: *mut sqlite3,
        xInput: ::core::option::Option<
            unsafe extern "C" fn(
                pIn: *mut libc::c_void,
                pData: *mut libc::c_void,
                pnData: *mut libc::c_int,
            ) -> libc::c_int,
        >,
        pIn: *mut libc::c_void,
        xFilter: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                p: *mut sqlite3_changeset_iter,
            ) -> libc::c_int,
        >,
        xConflict: ::core::option::Option<
            unsafe extern "C" fn(
                pCtx: *mut libc::c_void,
                eConflict: libc::c_int,
                p: *mut sqlite3_changeset_iter,
            ) -> libc::c_int,
        >,
        pCtx: *mut libc::c_void,
        ppRebase: *mut *mut libc::c_void,
        pnRebase: *mut libc::c_int,
        flags: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3changeset_concat_strm(
        xInputA: ::core::option::Option<
            unsafe extern "C" fn(
                pIn: *mut libc::c_void,
                pData: *mut libc::c_void,
                pnData: *mut libc::c_int,
            ) -> libc::c_int,
        >,
        pInA: *mut libc::c_void,
        xInputB: ::core::option::Option<
            unsafe extern "C" fn(
                pIn: *mut libc::c_void,
                pData: *mut libc::c_void,
                pnData: *mut libc::c_int,
            ) -> libc::c_int,
        >,
        pInB: *mut libc::c_void,
        xOutput: ::core::option::Option<
            unsafe extern "C" fn(
                pOut: *mut libc::c_void,
                pData: *const libc::c_void,
                nData: libc::c_int,
            ) -> libc::c_int,
        >,
        pOut: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changeset_invert_strm(
        xInput: ::core::option::Option<
            unsafe extern "C" fn(
                pIn: *mut libc::c_void,
                pData: *mut libc::c_void,
                pnData: *mut libc::c_int,
            ) -> libc::c_int,
        >,
        pIn: *mut libc::c_void,
        xOutput: ::core::option::Option<
            unsafe extern "C" fn(
                pOut: *mut libc::c_void,
                pData: *const libc::c_void,
                nData: libc::c_int,
            ) -> libc::c_int,
        >,
        pOut: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changeset_start_strm(
        pp: *mut *mut sqlite3_changeset_iter,
        xInput: ::core::option::Option<
            unsafe extern "C" fn(
                pIn: *mut libc::c_void,
                pData: *mut libc::c_void,
                pnData: *mut libc::c_int,
            ) -> libc::c_int,
        >,
        pIn: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changeset_start_v2_strm(
        pp: *mut *mut sqlite3_changeset_iter,
        xInput: ::core::option::Option<
            unsafe extern "C" fn(
                pIn: *mut libc::c_void,
                pData: *mut libc::c_void,
                pnData: *mut libc::c_int,
            ) -> libc::c_int,
        >,
        pIn: *mut libc::c_void,
        flags: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3session_changeset_strm(
        pSession: *mut sqlite3_session,
        xOutput: ::core::option::Option<
            unsafe extern "C" fn(
                pOut: *mut libc::c_void,
                pData: *const libc::c_void,
                nData: libc::c_int,
            ) -> libc::c_int,
        >,
        pOut: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3session_patchset_strm(
        pSession: *mut sqlite3_session,
        xOutput: ::core::option::Option<
            unsafe extern "C" fn(
                pOut: *mut libc::c_void,
                pData: *const libc::c_void,
                nData: libc::c_int,
            ) -> libc::c_int,
        >,
        pOut: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changegroup_add_strm(
        arg1: *mut sqlite3_changegroup,
        xInput: ::core::option::Option<
            unsafe extern "C" fn(
                pIn: *mut libc::c_void,
                pData: *mut libc::c_void,
                pnData: *mut libc::c_int,
            ) -> libc::c_int,
        >,
        pIn: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changegroup_output_strm(
        arg1: *mut sqlite3_changegroup,
        xOutput: ::core::option::Option<
            unsafe extern "C" fn(
                pOut: *mut libc::c_void,
                pData: *const libc::c_void,
                nData: libc::c_int,
            ) -> libc::c_int,
        >,
        pOut: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3rebaser_rebase_strm(
        pRebaser: *mut sqlite3_rebaser,
        xInput: ::core::option::Option<
            unsafe extern "C" fn(
                pIn: *mut libc::c_void,
                pData: *mut libc::c_void,
                pnData: *mut libc::c_int,
            ) -> libc::c_int,
        >,
        pIn: *mut libc::c_void,
        xOutput: ::core::option::Option<
            unsafe extern "C" fn(
                pOut: *mut libc::c_void,
                pData: *const libc::c_void,
                nData: libc::c_int,
            ) -> libc::c_int,
        >,
        pOut: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3session_config(
        op: libc::c_int,
        pArg: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changegroup_config(
        arg1: *mut sqlite3_changegroup,
        arg2: libc::c_int,
        pArg: *mut libc::c_void,
    ) -> libc::c_int;
    fn sqlite3changegroup_change_begin(
        arg1: *mut sqlite3_changegroup,
        eOp: libc::c_int,
        zTab: *const libc::c_char,
        bIndirect: libc::c_int,
        pzErr: *mut *mut libc::c_char,
    ) -> libc::c_int;
    fn sqlite3changegroup_change_int64(
        arg1: *mut sqlite3_changegroup,
        bNew: libc::c_int,
        iCol: libc::c_int,
        iVal: sqlite3_int64,
    ) -> libc::c_int;
    fn sqlite3changegroup_change_null(
        arg1: *mut sqlite3_changegroup,
        arg2: libc::c_int,
        arg3: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3changegroup_change_double(
        arg1: *mut sqlite3_changegroup,
        arg2: libc::c_int,
        arg3: libc::c_int,
        arg4: f64,
    ) -> libc::c_int;
    fn sqlite3changegroup_change_text(
        arg1: *mut sqlite3_changegroup,
        arg2: libc::c_int,
        arg3: libc::c_int,
        pVal: *const libc::c_char,
        nVal: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3changegroup_change_blob(
        arg1: *mut sqlite3_changegroup,
        arg2: libc::c_int,
        arg3: libc::c_int,
        pVal: *const libc::c_void,
        nVal: libc::c_int,
    ) -> libc::c_int;
    fn sqlite3changegroup_change_finish(
        arg1: *mut sqlite3_changegroup,
        bDiscard: libc::c_int,
        pzErr: *mut *mut libc::c_char,
    ) -> libc::c_int;
}
