/*
** The batch kernel: many rows in one call.
**
** This is our own C, compiled in one unit with the vendored SQLite (see unit.c), so that it may use SQLite's internals.
** Everything declared here begins with `clib_` or `CLIB_`, and no other symbol of ours leaves the unit. In other link
** modes the kernel is absent, and Rust does its work over the public interface.
**
** Rules for every function:
**
** - The caller holds the connection for itself for the time of the call (the Rust side's connections are not Sync).
** - Memory that the caller passes stays the caller's; what the kernel allocates is said where it is, with who frees it.
** - Results are SQLite's codes, or the codes below.
*/
#ifndef CLIB_KERNEL_H
#define CLIB_KERNEL_H

#include <stddef.h>
#include "sqlite3.h"

/* The version of SQLite whose internals the kernel knows. Another one does not compile. */
#define CLIB_KERNEL_SQLITE_VERSION 3054001

/* What a call ended with, besides SQLite's own codes. */
#define CLIB_FULL 1001   /* The batch has as many rows or bytes as it may have */
#define CLIB_ROOM 1002   /* A column has no room: give it more, and call again */
#define CLIB_MISFIT 1003 /* A value does not fit its column: see there, and call again */
#define CLIB_CHANGED 1004 /* The statement is not the one that was asked about */

/*
** Sees whether SQLite's internals are what the kernel takes them for, by using them on a small database in memory.
** SQLITE_OK, or another code where the kernel must not be used.
*/
int clib_kernel_check(void);

#include "read.h"
#include "split.h"
#include "lookup.h"
#include "aggregate.h"
#include "source.h"
#include "input.h"
#include "load.h"
#include "damage.h"

#endif
