/*
** The one translation unit of the vendored build: SQLite's amalgamation, and after it our batch kernel, which may
** use the amalgamation's internals because it is compiled with them. The portable twins in Rust do the kernel's work
** in every other link mode, and are what it is compared with.
*/
#include "sqlite3.c"
#include "kernel.h"

#include "column.c"
#include "plan.c"
#include "ahead.c"
#include "read.c"
#include "split.c"
#include "lookup.c"
#include "aggregate.c"
#include "source.c"
#include "input.c"
#include "load.c"
#include "insert.c"
#include "append.c"
#include "damage.c"
#include "check.c"
