//! What an authorizer is asked.

use crate::raw::ffi;

/// What [`Connection::authorizer`](crate::Connection::authorizer) is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthContext<'a> {
    /// What a statement wants to do.
    pub action: AuthAction<'a>,
    /// The schema's name (`main`, `temp`, or what the database was attached as), where one is concerned.
    pub database_name: Option<&'a str>,
    /// The innermost trigger or view that wants it; `None` where it is the statement itself.
    pub accessor: Option<&'a str>,
}

/// What the authorizer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Authorization {
    /// It may be done.
    #[doc(alias = "SQLITE_OK")]
    Allow,
    /// It is left out: a column reads as NULL, rows are not deleted one by one. For most actions the statement does nothing.
    #[doc(alias = "SQLITE_IGNORE")]
    Ignore,
    /// The statement is an error.
    #[doc(alias = "SQLITE_DENY")]
    Deny,
}

/// What a statement wants to do. U+FFFD stands for what is not UTF-8 in names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthAction<'a> {
    /// What this crate does not know.
    Unknown {
        /// SQLite's number.
        code: i32,
        /// Its first argument.
        arg1: Option<&'a str>,
        /// Its second argument.
        arg2: Option<&'a str>,
    },
    /// An index is created.
    #[doc(alias = "SQLITE_CREATE_INDEX")]
    CreateIndex {
        /// The index.
        index_name: &'a str,
        /// The table.
        table_name: &'a str,
    },
    /// A table is created.
    #[doc(alias = "SQLITE_CREATE_TABLE")]
    CreateTable {
        /// The table.
        table_name: &'a str,
    },
    /// A temporary index is created.
    #[doc(alias = "SQLITE_CREATE_TEMP_INDEX")]
    CreateTempIndex {
        /// The index.
        index_name: &'a str,
        /// The table.
        table_name: &'a str,
    },
    /// A temporary table is created.
    #[doc(alias = "SQLITE_CREATE_TEMP_TABLE")]
    CreateTempTable {
        /// The table.
        table_name: &'a str,
    },
    /// A temporary trigger is created.
    #[doc(alias = "SQLITE_CREATE_TEMP_TRIGGER")]
    CreateTempTrigger {
        /// The trigger.
        trigger_name: &'a str,
        /// The table.
        table_name: &'a str,
    },
    /// A temporary view is created.
    #[doc(alias = "SQLITE_CREATE_TEMP_VIEW")]
    CreateTempView {
        /// The view.
        view_name: &'a str,
    },
    /// A trigger is created.
    #[doc(alias = "SQLITE_CREATE_TRIGGER")]
    CreateTrigger {
        /// The trigger.
        trigger_name: &'a str,
        /// The table.
        table_name: &'a str,
    },
    /// A view is created.
    #[doc(alias = "SQLITE_CREATE_VIEW")]
    CreateView {
        /// The view.
        view_name: &'a str,
    },
    /// Rows are deleted.
    #[doc(alias = "SQLITE_DELETE")]
    Delete {
        /// The table.
        table_name: &'a str,
    },
    /// An index is dropped.
    #[doc(alias = "SQLITE_DROP_INDEX")]
    DropIndex {
        /// The index.
        index_name: &'a str,
        /// The table.
        table_name: &'a str,
    },
    /// A table is dropped.
    #[doc(alias = "SQLITE_DROP_TABLE")]
    DropTable {
        /// The table.
        table_name: &'a str,
    },
    /// A temporary index is dropped.
    #[doc(alias = "SQLITE_DROP_TEMP_INDEX")]
    DropTempIndex {
        /// The index.
        index_name: &'a str,
        /// The table.
        table_name: &'a str,
    },
    /// A temporary table is dropped.
    #[doc(alias = "SQLITE_DROP_TEMP_TABLE")]
    DropTempTable {
        /// The table.
        table_name: &'a str,
    },
    /// A temporary trigger is dropped.
    #[doc(alias = "SQLITE_DROP_TEMP_TRIGGER")]
    DropTempTrigger {
        /// The trigger.
        trigger_name: &'a str,
        /// The table.
        table_name: &'a str,
    },
    /// A temporary view is dropped.
    #[doc(alias = "SQLITE_DROP_TEMP_VIEW")]
    DropTempView {
        /// The view.
        view_name: &'a str,
    },
    /// A trigger is dropped.
    #[doc(alias = "SQLITE_DROP_TRIGGER")]
    DropTrigger {
        /// The trigger.
        trigger_name: &'a str,
        /// The table.
        table_name: &'a str,
    },
    /// A view is dropped.
    #[doc(alias = "SQLITE_DROP_VIEW")]
    DropView {
        /// The view.
        view_name: &'a str,
    },
    /// Rows are inserted.
    #[doc(alias = "SQLITE_INSERT")]
    Insert {
        /// The table.
        table_name: &'a str,
    },
    /// A pragma is read or set.
    #[doc(alias = "SQLITE_PRAGMA")]
    Pragma {
        /// The pragma.
        pragma_name: &'a str,
        /// What is given to it.
        pragma_value: Option<&'a str>,
    },
    /// A column is read.
    #[doc(alias = "SQLITE_READ")]
    Read {
        /// The table.
        table_name: &'a str,
        /// The column; empty where none is read.
        column_name: &'a str,
    },
    /// There is a SELECT.
    #[doc(alias = "SQLITE_SELECT")]
    Select,
    /// A transaction is begun, committed or rolled back.
    #[doc(alias = "SQLITE_TRANSACTION")]
    Transaction {
        /// `BEGIN` and the like.
        operation: &'a str,
    },
    /// A column is updated.
    #[doc(alias = "SQLITE_UPDATE")]
    Update {
        /// The table.
        table_name: &'a str,
        /// The column; empty where none is read.
        column_name: &'a str,
    },
    /// A database is attached.
    #[doc(alias = "SQLITE_ATTACH")]
    Attach {
        /// The file; empty where an expression names it.
        filename: &'a str,
    },
    /// A database is detached.
    #[doc(alias = "SQLITE_DETACH")]
    Detach {
        /// The schema.
        database_name: &'a str,
    },
    /// A table is altered.
    #[doc(alias = "SQLITE_ALTER_TABLE")]
    AlterTable {
        /// The schema.
        database_name: &'a str,
        /// The table.
        table_name: &'a str,
    },
    /// An index is made anew.
    #[doc(alias = "SQLITE_REINDEX")]
    Reindex {
        /// The index.
        index_name: &'a str,
    },
    /// A table is analyzed.
    #[doc(alias = "SQLITE_ANALYZE")]
    Analyze {
        /// The table.
        table_name: &'a str,
    },
    /// A virtual table is created.
    #[doc(alias = "SQLITE_CREATE_VTABLE")]
    CreateVtable {
        /// The table.
        table_name: &'a str,
        /// The module.
        module_name: &'a str,
    },
    /// A virtual table is dropped.
    #[doc(alias = "SQLITE_DROP_VTABLE")]
    DropVtable {
        /// The table.
        table_name: &'a str,
        /// The module.
        module_name: &'a str,
    },
    /// A function is called.
    #[doc(alias = "SQLITE_FUNCTION")]
    Function {
        /// The function.
        function_name: &'a str,
    },
    /// A savepoint is opened, released or rolled back to.
    #[doc(alias = "SQLITE_SAVEPOINT")]
    Savepoint {
        /// `BEGIN` and the like.
        operation: &'a str,
        /// The savepoint.
        savepoint_name: &'a str,
    },
    /// A recursive common table expression is used.
    #[doc(alias = "SQLITE_RECURSIVE")]
    Recursive,
}

impl<'a> AuthAction<'a> {
    pub(crate) fn new(code: i32, arg1: Option<&'a str>, arg2: Option<&'a str>) -> Self {
        let (first, second) = (arg1.unwrap_or_default(), arg2.unwrap_or_default());
        match code {
            ffi::SQLITE_CREATE_INDEX => Self::CreateIndex {
                index_name: first,
                table_name: second,
            },
            ffi::SQLITE_CREATE_TABLE => Self::CreateTable { table_name: first },
            ffi::SQLITE_CREATE_TEMP_INDEX => Self::CreateTempIndex {
                index_name: first,
                table_name: second,
            },
            ffi::SQLITE_CREATE_TEMP_TABLE => Self::CreateTempTable { table_name: first },
            ffi::SQLITE_CREATE_TEMP_TRIGGER => Self::CreateTempTrigger {
                trigger_name: first,
                table_name: second,
            },
            ffi::SQLITE_CREATE_TEMP_VIEW => Self::CreateTempView { view_name: first },
            ffi::SQLITE_CREATE_TRIGGER => Self::CreateTrigger {
                trigger_name: first,
                table_name: second,
            },
            ffi::SQLITE_CREATE_VIEW => Self::CreateView { view_name: first },
            ffi::SQLITE_DELETE => Self::Delete { table_name: first },
            ffi::SQLITE_DROP_INDEX => Self::DropIndex {
                index_name: first,
                table_name: second,
            },
            ffi::SQLITE_DROP_TABLE => Self::DropTable { table_name: first },
            ffi::SQLITE_DROP_TEMP_INDEX => Self::DropTempIndex {
                index_name: first,
                table_name: second,
            },
            ffi::SQLITE_DROP_TEMP_TABLE => Self::DropTempTable { table_name: first },
            ffi::SQLITE_DROP_TEMP_TRIGGER => Self::DropTempTrigger {
                trigger_name: first,
                table_name: second,
            },
            ffi::SQLITE_DROP_TEMP_VIEW => Self::DropTempView { view_name: first },
            ffi::SQLITE_DROP_TRIGGER => Self::DropTrigger {
                trigger_name: first,
                table_name: second,
            },
            ffi::SQLITE_DROP_VIEW => Self::DropView { view_name: first },
            ffi::SQLITE_INSERT => Self::Insert { table_name: first },
            ffi::SQLITE_PRAGMA => Self::Pragma {
                pragma_name: first,
                pragma_value: arg2,
            },
            ffi::SQLITE_READ => Self::Read {
                table_name: first,
                column_name: second,
            },
            ffi::SQLITE_SELECT => Self::Select,
            ffi::SQLITE_TRANSACTION => Self::Transaction { operation: first },
            ffi::SQLITE_UPDATE => Self::Update {
                table_name: first,
                column_name: second,
            },
            ffi::SQLITE_ATTACH => Self::Attach { filename: first },
            ffi::SQLITE_DETACH => Self::Detach {
                database_name: first,
            },
            ffi::SQLITE_ALTER_TABLE => Self::AlterTable {
                database_name: first,
                table_name: second,
            },
            ffi::SQLITE_REINDEX => Self::Reindex { index_name: first },
            ffi::SQLITE_ANALYZE => Self::Analyze { table_name: first },
            ffi::SQLITE_CREATE_VTABLE => Self::CreateVtable {
                table_name: first,
                module_name: second,
            },
            ffi::SQLITE_DROP_VTABLE => Self::DropVtable {
                table_name: first,
                module_name: second,
            },
            ffi::SQLITE_FUNCTION => Self::Function {
                function_name: second,
            },
            ffi::SQLITE_SAVEPOINT => Self::Savepoint {
                operation: first,
                savepoint_name: second,
            },
            ffi::SQLITE_RECURSIVE => Self::Recursive,
            _ => Self::Unknown { code, arg1, arg2 },
        }
    }
}
