//! What a pre-update hook is told.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use clib::{Action, Connection, Error, PreUpdate, RowImage, Value, ValueRef};

/// Whether the library in use has them, and is new enough.
pub(crate) fn is_there() -> bool {
    let mut conn = Connection::open_in_memory().unwrap();
    conn.preupdate_hook(|_| ()).is_ok()
}

/// What was told of a row: rowid and values.
type Row = Option<(i64, Vec<Value>)>;
/// What was told of a change: action, schema and table, depth, the row before and after.
type Told = (Action, String, usize, Row, Row);

fn row(image: Option<RowImage<'_>>, columns: usize) -> Row {
    let image = image?;
    let values = (0..columns).map(|column| {
        // Twice, and the others between, so that what is lent stays what it is.
        let first = image.get_raw(column).unwrap();
        for other in 0..columns {
            image.get_raw(other).unwrap();
        }
        assert_eq!(image.get_raw(column).unwrap(), first);
        Value::try_from(first).unwrap()
    });
    let values = values.collect();
    assert!(matches!(
        image.get_raw(columns),
        Err(Error::ColumnIndex { count, .. }) if count == columns
    ));
    assert!(image.get_raw(usize::MAX).is_err());
    Some((image.rowid(), values))
}

fn told(change: &PreUpdate<'_>) -> Told {
    let columns = change.column_count();
    assert!(!format!("{change:?}").is_empty());
    (
        change.action(),
        format!("{}.{}", change.schema(), change.table()),
        change.depth(),
        row(change.before(), columns),
        row(change.after(), columns),
    )
}

fn listen(conn: &mut Connection) -> mpsc::Receiver<Told> {
    let (sender, changes) = mpsc::channel();
    conn.preupdate_hook(move |change| sender.send(told(change)).unwrap())
        .unwrap();
    changes
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn rows_before_and_after() {
    if !is_there() {
        return;
    }
    for encoding in ["UTF-8", "UTF-16le"] {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&format!(
            "PRAGMA encoding = '{encoding}';
             CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT, r REAL);
             CREATE TABLE w (k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID;
             CREATE TABLE child (id REFERENCES t ON DELETE CASCADE);
             CREATE TRIGGER r AFTER INSERT ON w BEGIN DELETE FROM t WHERE id = 7; END"
        ))
        .unwrap();
        let changes = listen(&mut conn);
        let next = || changes.try_recv().unwrap();
        conn.execute("INSERT INTO t VALUES (3, 'drei', 3)", ())
            .unwrap();
        let three = |s: &str| vec![Value::Integer(3), text(s), Value::Real(3.0)];
        assert_eq!(
            next(),
            (
                Action::Insert,
                "main.t".to_owned(),
                0,
                None,
                Some((3, three("drei")))
            )
        );
        conn.execute("UPDATE t SET id = 7, s = 'süß'", ()).unwrap();
        let seven = vec![Value::Integer(7), text("süß"), Value::Real(3.0)];
        assert_eq!(
            next(),
            (
                Action::Update,
                "main.t".to_owned(),
                0,
                Some((3, three("drei"))),
                Some((7, seven.clone()))
            )
        );
        // A column that the stored row does not have.
        conn.execute_batch(
            "ALTER TABLE t ADD d TEXT DEFAULT 'there'; INSERT INTO child VALUES (7)",
        )
        .unwrap();
        assert_eq!(next().1, "main.child");
        // A trigger, and a foreign key's action in it; of tables without rowids too.
        conn.execute("INSERT INTO w VALUES ('k', x'00ff')", ())
            .unwrap();
        let w = vec![text("k"), Value::Blob(vec![0, 255])];
        assert_eq!(
            next(),
            (Action::Insert, "main.w".to_owned(), 0, None, Some((0, w)))
        );
        let seven = [seven, vec![text("there")]].concat();
        assert_eq!(
            next(),
            (
                Action::Delete,
                "main.t".to_owned(),
                1,
                Some((7, seven)),
                None
            )
        );
        assert_eq!(
            (next().1.as_str(), next_is_none(&changes)),
            ("main.child", true)
        );
        // What an update hook is not told of: rows that are replaced, and a table that is emptied.
        conn.execute("REPLACE INTO w VALUES ('k', 'new')", ())
            .unwrap();
        let actions: Vec<Action> = changes.try_iter().map(|told| told.0).collect();
        assert!(
            actions.contains(&Action::Insert) || actions.contains(&Action::Update),
            "{actions:?}"
        );
        conn.execute("DELETE FROM w", ()).unwrap();
        assert_eq!(next().0, Action::Delete);
        conn.remove_preupdate_hook();
        conn.remove_preupdate_hook();
        conn.execute("INSERT INTO w VALUES ('l', 1)", ()).unwrap();
        assert!(next_is_none(&changes));
    }
}

fn next_is_none(changes: &mpsc::Receiver<Told>) -> bool {
    changes.try_recv().is_err()
}

/// Bulk paths of this crate's too: what they write past SQLite's virtual machine would not be told.
#[test]
fn a_statement_that_was_prepared_before_tells_too() {
    if !is_there() {
        return;
    }
    let mut conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)")
        .unwrap();
    let delete = |conn: &Connection| {
        conn.prepare_cached("DELETE FROM t")
            .unwrap()
            .execute(())
            .unwrap()
    };
    assert_eq!(delete(&conn), 2);
    conn.execute("INSERT INTO t VALUES (3), (4), (5)", ())
        .unwrap();
    let changes = listen(&mut conn);
    assert_eq!(delete(&conn), 3);
    assert_eq!(changes.try_iter().count(), 3);
}

#[test]
fn loads_tell_of_each_row() {
    if !is_there() {
        return;
    }
    let mut conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
    let changes = listen(&mut conn);
    let numbers: arrow_array::ArrayRef =
        std::sync::Arc::new(arrow_array::Int64Array::from_iter_values(0..100));
    let batch = arrow_array::RecordBatch::try_from_iter([("n", numbers)]).unwrap();
    let mut loader = conn
        .loader("t", batch.schema(), &clib::LoadOptions::new())
        .unwrap();
    loader.append(&batch).unwrap();
    loader.finish().unwrap();
    let numbers: Vec<Value> = changes
        .try_iter()
        .filter_map(|told| told.4?.1.pop())
        .collect();
    assert!(numbers.into_iter().eq((0..100).map(Value::Integer)));
}

#[test]
fn a_value_of_another_type_is_told() {
    if !is_there() {
        return;
    }
    let mut conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
    let (sender, errors) = mpsc::channel();
    conn.preupdate_hook(move |change| {
        let new = change.after().unwrap();
        assert_eq!(new.get::<ValueRef<'_>>(0).unwrap(), ValueRef::Text(b"text"));
        sender.send(new.get::<i64>(0).unwrap_err()).unwrap();
    })
    .unwrap();
    conn.execute("INSERT INTO t VALUES ('text')", ()).unwrap();
    let error = errors.try_recv().unwrap();
    assert!(
        error
            .to_string()
            .starts_with("cannot read column `t.new` (number 0, "),
        "{error}"
    );
}

#[test]
fn a_panic_dooms_the_transaction() {
    if !is_there() {
        return;
    }
    let mut conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
    conn.preupdate_hook(|change| {
        let new = change.after().unwrap();
        assert!(new.get::<i64>(0).unwrap() != 5, "five");
    })
    .unwrap();
    conn.execute_batch("BEGIN; INSERT INTO t VALUES (4)")
        .unwrap();
    let insert = || conn.execute("INSERT INTO t VALUES (5)", ());
    assert!(catch_unwind(AssertUnwindSafe(insert)).is_err());
    if !conn.is_autocommit() {
        let error = conn.execute_batch("COMMIT").unwrap_err();
        assert!(
            matches!(
                error,
                Error::TransactionDoomed {
                    callback: "pre-update hook"
                }
            ),
            "{error:?}"
        );
    }
    let rows: i64 = conn
        .query_row("SELECT count(*) FROM t", (), |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 0);
}
