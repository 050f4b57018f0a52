// Made by `cargo xtask bindgen`. Do not edit.
//! Functions with a variable number of arguments, which every library has.

pub use super::required::*;

variadics! {
    fn sqlite3_config(arg1: libc::c_int, ...) -> libc::c_int;
    fn sqlite3_db_config(arg1: *mut sqlite3, op: libc::c_int, ...) -> libc::c_int;
    fn sqlite3_mprintf(arg1: *const libc::c_char, ...) -> *mut libc::c_char;
    fn sqlite3_snprintf(
        arg1: libc::c_int,
        arg2: *mut libc::c_char,
        arg3: *const libc::c_char,
        ...
    ) -> *mut libc::c_char;
    fn sqlite3_test_control(op: libc::c_int, ...) -> libc::c_int;
    fn sqlite3_str_appendf(
        arg1: *mut sqlite3_str,
        zFormat: *const libc::c_char,
        ...
    );
    fn sqlite3_log(iErrCode: libc::c_int, zFormat: *const libc::c_char, ...);
    fn sqlite3_vtab_config(arg1: *mut sqlite3, op: libc::c_int, ...) -> libc::c_int;
}
