/*
** The one translation unit of the vendored build: SQLite's amalgamation, and after it our batch kernel, which may
** use the amalgamation's internals because it is compiled with them. The portable twins in Rust do the kernel's work
** until it is here, and in every other link mode.
*/
#include "sqlite3.c"
