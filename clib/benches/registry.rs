//! What it costs to find a callback's state by the token that C has, beside a raw pointer, one locked map and a sharded map, on 1, 2
//! and 8 threads. `cargo bench -p clib --bench registry` prints the ratios: medians of rounds in which all take turns.
//!
//! Thrice: as the user data of an SQL function in C's own calling, which is what a token is for; the look-up alone; and making an entry
//! and taking it away again, which a raw pointer needs not. More threads than the machine has cores only show that nobody waits for one that does not run.
#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark, which may stop by panicking"
)]

mod rounds;
/// The table itself, which is no part of the public interface.
#[path = "../src/raw/token/mod.rs"]
#[allow(dead_code, reason = "a benchmark uses a part")]
mod token;

use std::collections::HashMap;
use std::ffi::CStr;
use std::hint::black_box;
use std::ptr;
use std::sync::{Barrier, LazyLock, Mutex};
use std::time::Instant;

use clib_sys as ffi;
use libc::{c_int, c_void};

use self::rounds::spread;
use self::token::Token;

const THREADS: [usize; 3] = [1, 2, 8];
/// States of each thread: a connection has some hooks.
const STATES: usize = 16;
const LOOKUPS: usize = 400_000;
const SHARDS: usize = 64;
const SQL: &CStr = c"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT sum(adds(i)) FROM n";
const CALLS: usize = 100_000;
const AIM: &str = " (aimed at: at most 1.2)";

type Map = Mutex<HashMap<usize, usize>>;

static LOCKED: LazyLock<Map> = LazyLock::new(Map::default);
static SHARDED: LazyLock<Vec<Map>> =
    LazyLock::new(|| (0..SHARDS).map(|_| Map::default()).collect());

/// How what C has leads to the state.
trait Way {
    const NAME: &'static str;
    /// What C is given, and what keeps it good.
    fn keep(state: &u64) -> (*mut c_void, Option<Token>);
    fn find(data: *mut c_void) -> *const u64;
    /// What `keep` has made is not needed any more; tokens go by themselves.
    fn forget(_data: *mut c_void) {}
}

struct Pointer;
struct Tokens;
struct Locked;
struct Sharded;

impl Way for Pointer {
    const NAME: &'static str = "raw pointer";

    fn keep(state: &u64) -> (*mut c_void, Option<Token>) {
        (ptr::from_ref(state).cast_mut().cast(), None)
    }

    #[inline]
    fn find(data: *mut c_void) -> *const u64 {
        data.cast()
    }
}

impl Way for Tokens {
    const NAME: &'static str = "token";

    fn keep(state: &u64) -> (*mut c_void, Option<Token>) {
        let token = Token::new(ptr::from_ref(state).cast());
        (token.data(), Some(token))
    }

    #[inline]
    fn find(data: *mut c_void) -> *const u64 {
        token::resolve(data).map_or(ptr::null(), |state| state.as_ptr().cast())
    }
}

/// A number that is not used twice, and where it leads.
fn keep_in(map: &Map, number: usize, state: &u64) -> (*mut c_void, Option<Token>) {
    let address = ptr::from_ref(state).expose_provenance();
    map.lock().unwrap().insert(number, address);
    (ptr::without_provenance_mut(number), None)
}

#[inline]
fn find_in(map: &Map, number: usize) -> *const u64 {
    let found = map.lock().unwrap().get(&number).copied();
    found.map_or(ptr::null(), ptr::with_exposed_provenance)
}

impl Way for Locked {
    const NAME: &'static str = "locked map";

    fn keep(state: &u64) -> (*mut c_void, Option<Token>) {
        keep_in(&LOCKED, ptr::from_ref(state).addr(), state)
    }

    #[inline]
    fn find(data: *mut c_void) -> *const u64 {
        find_in(&LOCKED, data.addr())
    }

    fn forget(data: *mut c_void) {
        LOCKED.lock().unwrap().remove(&data.addr());
    }
}

/// As spread as can be: neighbours are in different shards.
fn shard(number: usize) -> &'static Map {
    &SHARDED[number / size_of::<u64>() % SHARDS]
}

impl Way for Sharded {
    const NAME: &'static str = "sharded map";

    fn keep(state: &u64) -> (*mut c_void, Option<Token>) {
        let number = ptr::from_ref(state).addr();
        keep_in(shard(number), number, state)
    }

    #[inline]
    fn find(data: *mut c_void) -> *const u64 {
        find_in(shard(data.addr()), data.addr())
    }

    fn forget(data: *mut c_void) {
        shard(data.addr()).lock().unwrap().remove(&data.addr());
    }
}

/// Nanoseconds for each of `count` pieces of work that each thread does, by the clock on the wall and the threads that there are.
fn timed(threads: usize, count: usize, work: impl Fn(&Barrier) + Sync) -> f64 {
    let barrier = Barrier::new(threads + 1);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&barrier));
        }
        // All are ready, all begin, all have ended.
        barrier.wait();
        let start = Instant::now();
        barrier.wait();
        barrier.wait();
        start.elapsed().as_nanos() as f64 / (threads * count) as f64
    })
}

fn look_up<W: Way>(threads: usize) -> f64 {
    timed(threads, LOOKUPS, |barrier| {
        let states: Vec<u64> = (1..=STATES as u64).collect();
        let (datas, _kept): (Vec<_>, Vec<_>) = states.iter().map(W::keep).unzip();
        barrier.wait();
        barrier.wait();
        let mut sum = 0;
        for n in 0..LOOKUPS {
            let state = W::find(black_box(datas[n % STATES]));
            // SAFETY: of one of the states, which live as long as what C has is looked up.
            sum += unsafe { state.read() };
        }
        barrier.wait();
        assert_eq!(sum as usize, LOOKUPS / STATES * (STATES * (STATES + 1) / 2));
    })
}

fn come_and_go<W: Way>(threads: usize) -> f64 {
    timed(threads, LOOKUPS, |barrier| {
        let states = [1; STATES];
        barrier.wait();
        barrier.wait();
        for n in 0..LOOKUPS {
            let (data, kept) = W::keep(black_box(&states[n % STATES]));
            W::forget(data);
            drop(kept);
        }
        barrier.wait();
    })
}

/// An SQL function that adds its state to its argument.
unsafe extern "C" fn adds<W: Way>(
    context: *mut ffi::sqlite3_context,
    _count: c_int,
    values: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: the context of this call.
    let data = unsafe { ffi::sqlite3_user_data(context) };
    // SAFETY: the state that was registered, which outlives the connection.
    let state = unsafe { W::find(data).read() };
    // SAFETY: there is one argument.
    let value = unsafe { values.read() };
    // SAFETY: it lives during this call.
    let number = unsafe { ffi::sqlite3_value_int64(value) };
    // SAFETY: the context of this call.
    unsafe { ffi::sqlite3_result_int64(context, number + state.cast_signed()) };
}

fn call<W: Way>(threads: usize) -> f64 {
    timed(threads, CALLS, |barrier| {
        let state = 1;
        let (data, _kept) = W::keep(&state);
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
                c"adds".as_ptr(),
                1,
                ffi::SQLITE_UTF8 | ffi::SQLITE_DETERMINISTIC,
                data,
                Some(adds::<W>),
                None,
                None,
                None,
            )
        };
        assert_eq!(code, ffi::SQLITE_OK);
        let mut stmt = ptr::null_mut();
        // SAFETY: open; the text is NUL-terminated; `stmt` is writable.
        let code = unsafe {
            ffi::sqlite3_prepare_v2(db, SQL.as_ptr(), -1, &raw mut stmt, ptr::null_mut())
        };
        assert_eq!(code, ffi::SQLITE_OK);
        barrier.wait();
        barrier.wait();
        // SAFETY: prepared above.
        assert_eq!(unsafe { ffi::sqlite3_step(stmt) }, ffi::SQLITE_ROW);
        barrier.wait();
        // SAFETY: it stands on a row.
        let sum = unsafe { ffi::sqlite3_column_int64(stmt, 0) };
        assert_eq!(sum as usize, CALLS * (CALLS + 1) / 2 + CALLS);
        // SAFETY: prepared above, and used no more.
        unsafe { ffi::sqlite3_finalize(stmt) };
        // SAFETY: open, and used no more.
        unsafe { ffi::sqlite3_close(db) };
    })
}

/// Times all ways in turn, and prints them. `aim` is for the token over the raw pointer.
fn compare(what: &str, aim: &str, measure: impl Fn(usize) -> [f64; 4]) {
    for threads in THREADS {
        let rounds = rounds::run(|| measure(threads));
        let ratio = |a: usize, b: usize| spread(&rounds, |round| round[a] / round[b])[1];
        let (token, locked, sharded) = (ratio(1, 0), ratio(2, 1), ratio(3, 1));
        println!(
            "{what}, {threads} threads: token over raw pointer {token:.2}{aim}, locked map over token {locked:.2}, sharded map over token {sharded:.2}"
        );
        let names = [Pointer::NAME, Tokens::NAME, Locked::NAME, Sharded::NAME];
        for (way, name) in names.iter().enumerate() {
            let [_, time, _] = spread(&rounds, |round| round[way]);
            println!("  {name:<12} {time:7.1} ns each");
        }
    }
}

fn main() {
    // `cargo test` runs this too: then there is nothing to do.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    compare("a callback", AIM, |threads| {
        [
            call::<Pointer>(threads),
            call::<Tokens>(threads),
            call::<Locked>(threads),
            call::<Sharded>(threads),
        ]
    });
    compare("a look-up", AIM, |threads| {
        [
            look_up::<Pointer>(threads),
            look_up::<Tokens>(threads),
            look_up::<Locked>(threads),
            look_up::<Sharded>(threads),
        ]
    });
    compare("an entry made and taken away", "", |threads| {
        [
            come_and_go::<Pointer>(threads),
            come_and_go::<Tokens>(threads),
            come_and_go::<Locked>(threads),
            come_and_go::<Sharded>(threads),
        ]
    });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("on {cores} cores");
}
