//! Tables that are as long as a version's, and not a place longer, and those of the SQLite that is there.

use std::ffi::c_int;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::*;

unsafe extern "C" fn minimum() -> c_int {
    crate::MINIMUM_VERSION_NUMBER
}

unsafe extern "C" fn too_old() -> c_int {
    3_034_000
}

unsafe extern "C" fn without_setlk_timeout() -> c_int {
    3_050_002
}

/// A table that ends where that version's does. All but its version is not to be called.
fn table(version: unsafe extern "C" fn() -> c_int) -> Vec<*const ()> {
    // SAFETY: one of the functions above.
    let number = unsafe { version() };
    table::PARTS
        .iter()
        .take_while(|(since, ..)| *since <= number)
        .flat_map(|(_, _, functions)| functions.iter())
        .enumerate()
        .map(|(place, name)| match *name {
            "sqlite3_libversion_number" => version as *const (),
            _ => std::ptr::without_provenance(place + 1),
        })
        .collect()
}

fn host(table: &[*const ()]) -> Result<Host, LoadError> {
    // SAFETY: as long as its version says.
    unsafe { Host::new(table.as_ptr().cast()) }
}

#[test]
fn an_older_hosts_table_is_not_read_behind_its_end() {
    // In memory of its exact size, for the sanitizers to see.
    let table = table(minimum).into_boxed_slice();
    assert_eq!(table.len(), 253, "as in sqlite3ext.h of 3.34.1");
    let host = host(&table).unwrap();
    assert!(!host.address("sqlite3_txn_state").is_null(), "the last one");
    for function in [
        "sqlite3_changes64",
        "sqlite3_error_offset",
        "sqlite3_result_str",
    ] {
        assert!(host.address(function).is_null(), "{function}");
    }
    assert!(
        host.address("sqlite3_snapshot_get").is_null(),
        "in no table"
    );
}

/// The header says that 3.50.0 has it.
#[test]
fn what_a_header_promises_too_early_is_not_read() {
    let table = table(without_setlk_timeout).into_boxed_slice();
    assert_eq!(table.len(), 270, "as in sqlite3ext.h of 3.50.2");
    let host = host(&table).unwrap();
    assert!(!host.address("sqlite3_set_clientdata").is_null());
    assert!(host.address("sqlite3_setlk_timeout").is_null());
}

#[test]
fn hosts_that_cannot_be_used_are_refused() {
    // SAFETY: null is looked for first.
    let error = unsafe { Host::new(std::ptr::null()) }.err();
    assert_eq!(error, Some(LoadError::NoHost));
    let error = host(&table(too_old)).err().unwrap();
    assert_eq!(
        error.to_string(),
        "the SQLite that loads the extension is 3.34.0, and at least 3.34.1 is needed"
    );
}

#[test]
fn a_host_without_what_is_needed_is_refused() {
    let mut table = table(minimum);
    let (_, place) = place("sqlite3_progress_handler").unwrap();
    table[place] = std::ptr::null();
    assert_eq!(
        host(&table).err().unwrap().to_string(),
        "the SQLite that loads the extension was compiled without what it needs: sqlite3_progress_handler"
    );
    // What libraries may lack, extensions may miss.
    let (_, place) = super::place("sqlite3_unlock_notify").unwrap();
    let mut table = self::table(minimum);
    table[place] = std::ptr::null();
    assert!(
        host(&table)
            .unwrap()
            .address("sqlite3_unlock_notify")
            .is_null()
    );
}

static GIVEN: AtomicPtr<sqlite3_api_routines> = AtomicPtr::new(std::ptr::null_mut());

unsafe extern "C" fn entry(
    _db: *mut crate::sqlite3,
    _message: *mut *mut libc::c_char,
    table: *const sqlite3_api_routines,
) -> c_int {
    GIVEN.store(table.cast_mut(), Ordering::Relaxed);
    crate::SQLITE_OK
}

/// The table of the link mode's SQLite, which it hands to an extension that is part of the program.
fn given() -> *const sqlite3_api_routines {
    type Entry = unsafe extern "C" fn(
        *mut crate::sqlite3,
        *mut *mut libc::c_char,
        *const sqlite3_api_routines,
    ) -> c_int;
    #[expect(clippy::disallowed_methods, reason = "as SQLite asks for it")]
    // SAFETY: SQLite calls it with the arguments that it has.
    let entry = unsafe { std::mem::transmute::<Entry, unsafe extern "C" fn()>(entry) };
    // SAFETY: an entry point.
    let code = unsafe { crate::sqlite3_auto_extension(Some(entry)) };
    assert_eq!(code, crate::SQLITE_OK);
    let mut db = std::ptr::null_mut();
    // SAFETY: a NUL-terminated name and a place for the handle.
    let code = unsafe { crate::sqlite3_open(c":memory:".as_ptr(), &raw mut db) };
    assert_eq!(code, crate::SQLITE_OK);
    // SAFETY: open, and not used afterwards.
    unsafe { crate::sqlite3_close(db) };
    // SAFETY: the entry point from before.
    unsafe { crate::sqlite3_cancel_auto_extension(Some(entry)) };
    GIVEN.load(Ordering::Relaxed)
}

/// Each function stands where the table of a real SQLite has it.
#[test]
fn places_are_those_of_the_library() {
    let table = given();
    // SAFETY: a SQLite's own.
    let host = unsafe { Host::new(table) }.unwrap();
    let mut compared = 0;
    #[cfg(link_mode = "dlopen")]
    for (since, _, functions) in table::PARTS {
        // The header misspells a function that takes a `va_list`, which is nowhere else.
        for name in functions
            .iter()
            .filter(|name| crate::functions::is_known(name))
        {
            let (there, exported) = (host.address(name), crate::load::symbol(name));
            assert!(*since <= host.version || there.is_null(), "{name}");
            assert!(there.is_null() || there == exported, "{name}");
            compared += usize::from(!there.is_null());
        }
    }
    #[cfg(not(link_mode = "dlopen"))]
    {
        macro_rules! addresses {
            ($($name:ident)*) => { [$((stringify!($name), crate::bindings::$name as *const ())),*] };
        }
        for (name, linked) in addresses! {
            sqlite3_aggregate_context sqlite3_bind_blob sqlite3_column_value sqlite3_create_collation_v2
            sqlite3_create_function_v2 sqlite3_create_window_function sqlite3_db_config sqlite3_errmsg sqlite3_extended_errcode
            sqlite3_libversion sqlite3_libversion_number sqlite3_malloc sqlite3_malloc64 sqlite3_mprintf sqlite3_prepare_v3
            sqlite3_result_error sqlite3_snprintf sqlite3_step sqlite3_threadsafe sqlite3_txn_state sqlite3_user_data
            sqlite3_value_text sqlite3_vtab_config
        } {
            assert_eq!(host.address(name), linked, "{name}");
            compared += 1;
        }
        #[cfg(link_mode = "vendored")]
        for (name, linked) in addresses! {
            sqlite3_carray_bind sqlite3_carray_bind_v2 sqlite3_changes64 sqlite3_db_name sqlite3_db_status64 sqlite3_deserialize
            sqlite3_error_offset sqlite3_get_clientdata sqlite3_incomplete sqlite3_is_interrupted sqlite3_result_str
            sqlite3_serialize sqlite3_set_clientdata sqlite3_set_errmsg sqlite3_setlk_timeout sqlite3_stmt_explain
            sqlite3_str_free sqlite3_str_truncate sqlite3_total_changes64 sqlite3_value_encoding sqlite3_vtab_distinct
            sqlite3_vtab_in_next
        } {
            assert_eq!(host.address(name), linked, "{name}");
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
}

/// The table is that of the SQLite in use: there is nothing to keep, and nothing to change. Another one is refused.
#[test]
fn a_part_of_the_program_uses_the_programs_library() {
    let given = given();
    // SAFETY: a SQLite's own.
    assert_eq!(unsafe { use_host(given) }, Ok(Caller::Program));
    assert!(!is_hosted());
    assert!(address("sqlite3_step").is_none());
    let another = table(minimum);
    // SAFETY: as long as its version says.
    let error = unsafe { use_host(another.as_ptr().cast()) }.unwrap_err();
    assert_eq!(error, LoadError::InUse);
}

#[test]
fn messages_are_the_hosts_memory() {
    let given = given();
    // SAFETY: a SQLite's own.
    let message = unsafe { host_message(given, "what\0never") };
    #[expect(clippy::disallowed_methods, reason = "null is checked")]
    // SAFETY: not null, and ends in NUL.
    let text = (!message.is_null()).then(|| unsafe { std::ffi::CStr::from_ptr(message) });
    assert_eq!(text, Some(c"what"));
    // SAFETY: allocated by the same SQLite.
    unsafe { crate::sqlite3_free(message.cast()) };
    // SAFETY: null is looked for first.
    assert!(unsafe { host_message(std::ptr::null(), "nobody hears it") }.is_null());
}
