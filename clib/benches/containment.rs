//! What containment costs: a scalar function that does nothing but return its argument, called a million times, registered
//! through this crate and bare, as a callback in Rust that nothing guards. `cargo bench -p clib --bench containment` prints the
//! ratio of the times: the median of runs that alternate.
#![allow(
    missing_docs,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark, which may stop by panicking"
)]

mod rounds;

use std::ffi::CStr;
use std::ptr;
use std::time::Instant;

use clib::{Connection, FunctionFlags};
use clib_sys as ffi;
use libc::c_int;

use self::rounds::{ROUNDS, spread};

const CALLS: u32 = 1_000_000;

const SQL: &CStr = c"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT sum(same(i)) FROM n";

/// What an unguarded binding would have C call.
unsafe extern "C" fn same(
    context: *mut ffi::sqlite3_context,
    _count: c_int,
    values: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: there is one argument.
    let value = unsafe { values.read() };
    // SAFETY: it lives during this call.
    let number = if unsafe { ffi::sqlite3_value_type(value) } == ffi::SQLITE_INTEGER {
        // SAFETY: as above.
        unsafe { ffi::sqlite3_value_int64(value) }
    } else {
        0
    };
    // SAFETY: the context of this call.
    unsafe { ffi::sqlite3_result_int64(context, number) };
}

/// A connection without this crate.
struct Bare(*mut ffi::sqlite3);

impl Bare {
    fn open() -> Self {
        let mut db = ptr::null_mut();
        let flags = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_NOMUTEX;
        // SAFETY: the name is NUL-terminated, and `db` is writable.
        let code =
            unsafe { ffi::sqlite3_open_v2(c":memory:".as_ptr(), &raw mut db, flags, ptr::null()) };
        assert_eq!(code, ffi::SQLITE_OK);
        // As this crate's connections: otherwise each instruction of the virtual machine reads the clock.
        // SAFETY: `db` is open; this verb takes an `int` and a pointer that may be null.
        unsafe {
            ffi::sqlite3_db_config(
                db,
                ffi::SQLITE_DBCONFIG_STMT_SCANSTATUS,
                0,
                ptr::null_mut::<c_int>(),
            )
        };
        // SAFETY: `db` is open; the name is NUL-terminated.
        let code = unsafe {
            ffi::sqlite3_create_function_v2(
                db,
                c"same".as_ptr(),
                1,
                ffi::SQLITE_UTF8 | ffi::SQLITE_DETERMINISTIC,
                ptr::null_mut(),
                Some(same),
                None,
                None,
                None,
            )
        };
        assert_eq!(code, ffi::SQLITE_OK);
        Self(db)
    }

    fn run(&self) -> i64 {
        let mut stmt = ptr::null_mut();
        // SAFETY: open; the text is NUL-terminated; `stmt` is writable.
        let code = unsafe {
            ffi::sqlite3_prepare_v2(self.0, SQL.as_ptr(), -1, &raw mut stmt, ptr::null_mut())
        };
        assert_eq!(code, ffi::SQLITE_OK);
        // SAFETY: prepared above.
        assert_eq!(unsafe { ffi::sqlite3_step(stmt) }, ffi::SQLITE_ROW);
        // SAFETY: it stands on a row.
        let sum = unsafe { ffi::sqlite3_column_int64(stmt, 0) };
        // SAFETY: prepared above, and used no more.
        unsafe { ffi::sqlite3_finalize(stmt) };
        sum
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // SAFETY: open, and used no more.
        unsafe { ffi::sqlite3_close(self.0) };
    }
}

/// Nanoseconds for each call.
fn timed(f: impl FnOnce() -> i64) -> f64 {
    let start = Instant::now();
    let sum = f();
    let time = start.elapsed();
    assert_eq!(sum, i64::from(CALLS) * i64::from(CALLS + 1) / 2);
    time.as_nanos() as f64 / f64::from(CALLS)
}

fn main() {
    // `cargo test` runs this too: then there is nothing to do.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let bare = Bare::open();
    let mut conn = Connection::open_in_memory().unwrap();
    let flags = FunctionFlags::DETERMINISTIC;
    conn.create_scalar_function("same", 1, flags, |context| context.get::<i64>(0))
        .unwrap();
    let sql = SQL.to_str().unwrap();
    let mut stmt = conn.prepare(sql).unwrap();
    let rounds = rounds::run(|| {
        let bare = timed(|| bare.run());
        [
            bare,
            timed(|| stmt.query_row((), |row| row.get(0)).unwrap()),
        ]
    });
    let [_, bare, _] = spread(&rounds, |round| round[0]);
    let [_, contained, _] = spread(&rounds, |round| round[1]);
    let [least, ratio, most] = spread(&rounds, |round| round[1] / round[0]);
    println!(
        "contained {contained:.1} ns per call, bare {bare:.1} ns: ratio {ratio:.3} ({least:.3} to {most:.3} in {ROUNDS} runs; aimed at: below 1.1)"
    );
}
