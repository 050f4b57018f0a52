//! Where a table is, and whether other connections can read it there.

use std::ffi::CString;
use std::fmt;

use crate::batch::table_name::TableName;
use crate::connection::Connection;
use crate::error::Result;
use crate::raw::{self, DatabaseFile, TransactionState};

/// Why a table is read by the caller's connection, as [`read_table`](Connection::read_table) does, and not in parallel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotParallel {
    /// The connection has an [`authorizer`](Connection::authorizer), which other connections do not. Or it may have one, which
    /// SQLite does not tell: it is or was another code's ([`borrow_raw`](Connection::borrow_raw), [`from_raw`](Connection::from_raw)), or has
    /// loaded an [extension](crate::LoadExtensionGuard).
    Authorizer,
    /// The table has generated columns that are not stored, and the connection has functions or collations of its own, which their
    /// expressions could call: those that were registered, SQLite's that were removed, and `LIKE` after `PRAGMA case_sensitive_like`.
    Functions,
    /// The database is in memory, or a temporary one: it has no file that others could open.
    NoFile,
    /// It is no table with rowids of its own: a view, a virtual table, or one `WITHOUT ROWID`; or columns have all the names
    /// of the rowid.
    NoRowids,
    /// The connection has an open transaction that writes to this database. Other connections do not see what is not
    /// committed.
    Uncommitted,
    /// The connection is in the middle of a transaction or statement that reads this database, and what it sees cannot be
    /// handed to other connections: its library has no snapshots, or the database is not in WAL mode and another one is
    /// waiting to write.
    Reading,
    /// The connection has `PRAGMA locking_mode = EXCLUSIVE`, which keeps others out.
    ExclusiveLocking,
    /// The database was opened by a URI with `nolock` or `vfs`: nothing is known about locks between connections.
    UnknownLocks,
    /// The database's file was renamed, deleted or replaced since it was opened.
    Moved,
    /// Other connections could not be opened, or do not find the table there.
    CannotOpen,
}

impl fmt::Display for NotParallel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authorizer => {
                "the connection has an authorizer, or other code may have set one, and other connections do not have it"
            }
            Self::Functions => {
                "the table has generated columns, and the connection has functions or collations which other connections do not have"
            }
            Self::NoFile => "the database has no file that other connections could open",
            Self::NoRowids => "it is no table with rowids",
            Self::Uncommitted => {
                "the connection has changes that are not committed, which other connections do not see"
            }
            Self::Reading => {
                "the connection is in the middle of reading, and what it sees cannot be handed to other connections"
            }
            Self::ExclusiveLocking => "the connection's locks are exclusive",
            Self::UnknownLocks => "the database was opened without locks, or by a VFS named in its URI",
            Self::Moved => "the database's file was renamed, deleted or replaced since it was opened",
            Self::CannotOpen => "other connections could not be opened, or do not find the table",
        })
    }
}

/// A table in a file, in words that every connection understands.
pub(super) struct Place {
    /// The schema's name in the caller's connection.
    pub(super) schema: CString,
    /// The same as SQL.
    pub(super) schema_sql: String,
    pub(super) file: DatabaseFile,
    pub(super) read_only: bool,
    /// The table, which in other connections is in `main`.
    pub(super) table: TableName,
    /// What holds the state that the caller's connection sees.
    pub(super) held: Held,
}

/// What keeps the state of the database that the caller's connection sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// Nothing: the newest state is as good.
    Nothing,
    /// A running statement, outside a transaction.
    Statement,
    /// A transaction begun by the caller, which has read or now does.
    Transaction,
}

/// What became of an attempt to do without the caller's connection.
pub(super) type OrWhyNot<T> = Result<T, NotParallel>;

/// Finds the table, as SQLite would by that name.
pub(super) fn find(conn: &Connection, table: &TableName) -> Result<OrWhyNot<Place>> {
    // First: what is asked for here need not be what it allows.
    if conn.db().may_have_authorizer() {
        return Ok(Err(NotParallel::Authorizer));
    }
    let Some((schema, name)) = resolve(conn, table)? else {
        // Reading it says what it is, or that it is nothing.
        return Ok(Err(NotParallel::NoRowids));
    };
    let schema_name = raw::c_string(schema.as_str())?;
    let db = conn.db();
    if schema.eq_ignore_ascii_case("temp") {
        return Ok(Err(NotParallel::NoFile));
    }
    let Some(file) = db.file(&schema_name) else {
        return Ok(Err(NotParallel::NoFile));
    };
    let strange = |name: &[u8]| matches!(name, b"nolock" | b"vfs");
    if file.parameters.iter().any(|(name, _)| strange(name)) {
        return Ok(Err(NotParallel::UnknownLocks));
    }
    let schema_sql = crate::batch::table_name::quote(&schema);
    let locking: String =
        conn.query_row(&format!("PRAGMA {schema_sql}.locking_mode"), (), |row| {
            row.get(0)
        })?;
    // What nobody changes needs no locks, and SQLite takes none.
    if locking.eq_ignore_ascii_case("exclusive") && !is_immutable(&file) {
        return Ok(Err(NotParallel::ExclusiveLocking));
    }
    if is_computed(conn, &schema_sql, &name)? && has_functions(conn)? {
        return Ok(Err(NotParallel::Functions));
    }
    if db.has_moved(&schema_name) {
        return Ok(Err(NotParallel::Moved));
    }
    let held = match db.transaction_state(&schema_name) {
        TransactionState::Write => return Ok(Err(NotParallel::Uncommitted)),
        _ if !conn.is_autocommit() => Held::Transaction,
        TransactionState::Read => Held::Statement,
        TransactionState::None => Held::Nothing,
    };
    Ok(Ok(Place {
        read_only: db.is_read_only(&schema_name).unwrap_or(false),
        schema: schema_name,
        schema_sql,
        file,
        table: TableName::in_schema("main", name),
        held,
    }))
}

/// Whether columns are computed as they are read.
fn is_computed(conn: &Connection, schema_sql: &str, table: &str) -> Result<bool> {
    let table = crate::batch::table_name::quote(table);
    let mut stmt = conn.prepare(&format!("PRAGMA {schema_sql}.table_xinfo({table})"))?;
    let mut rows = stmt.query(())?;
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>("hidden")? == 2 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether expressions may mean something else than on a new connection.
fn has_functions(conn: &Connection) -> Result<bool> {
    if conn.db().may_have_functions() {
        return Ok(true);
    }
    // A pragma changes the function, and does not tell.
    conn.query_row("SELECT NOT 'a' LIKE 'A'", (), |row| row.get(0))
}

/// Whether the file was opened by a URI that says that nobody changes it.
fn is_immutable(file: &DatabaseFile) -> bool {
    let is_true = |value: &[u8]| {
        let value = value.to_ascii_lowercase();
        matches!(value.as_slice(), b"1" | b"true" | b"yes" | b"on")
    };
    file.parameters
        .iter()
        .any(|(name, value)| name == b"immutable" && is_true(value))
}

/// The schema and the table's own name; `None` where there is no plain table of that name.
fn resolve(conn: &Connection, table: &TableName) -> Result<Option<(String, String)>> {
    for schema in schemas(conn, table.schema())? {
        // Schema tables of every version know this name.
        let sql = format!(
            "SELECT name, type = 'table' AND rootpage > 0 FROM {}.sqlite_master \
             WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')",
            crate::batch::table_name::quote(&schema)
        );
        let mut stmt = conn.prepare(&sql)?;
        let mut rows = stmt.query([table.name()])?;
        if let Some(row) = rows.next()? {
            let is_table = row.get::<_, bool>(1)?;
            let name = row.get::<_, String>(0)?;
            return Ok(is_table.then_some((schema, name)));
        }
    }
    Ok(None)
}

/// The schemas in which SQLite looks for a table, in that order; only the one named, where one is.
fn schemas(conn: &Connection, named: Option<&str>) -> Result<Vec<String>> {
    let mut all: Vec<(i64, String)> = conn
        .prepare("PRAGMA database_list")?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    // `temp`, which is number 1, comes before `main`, which is 0.
    all.sort_by_key(|(number, _)| match number {
        0 => 1,
        1 => 0,
        number => *number,
    });
    let names = all.into_iter().map(|(_, name)| name);
    Ok(match named {
        None => names.collect(),
        Some(named) => names
            .filter(|name| name.eq_ignore_ascii_case(named))
            .take(1)
            .collect(),
    })
}
