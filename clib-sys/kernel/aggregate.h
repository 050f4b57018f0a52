/*
** Batched aggregates: user code in Rust that takes columns of arguments, and not one row at a time. See aggregate.c for how.
*/
#ifndef CLIB_AGGREGATE_H
#define CLIB_AGGREGATE_H

#include "read.h"

typedef struct clib_aggregate clib_aggregate;

/*
** The rows of one group that are not yet with the user code. SQLite owns this as the aggregate's context, zeroed at first, and
** frees it after xFinal.
*/
typedef struct clib_group {
  clib_batch batch;     /* `columns` are `owner`'s, one for each argument; `max_rows` is how many rows have room */
  void *owner;          /* Rust's, made by the first xRoom and freed by Rust in xFinal */
  clib_reader *reader;  /* Where rows are taken from the b-tree; freed by clib_aggregate_end */
  int tried;            /* Whether that has been tried */
} clib_group;

/* The function's user data begins with this. */
struct clib_aggregate {
  /*
  ** Makes room: for a row (CLIB_FULL), by having the rows taken by the user code where there are many, or for `need` bytes in
  ** a column (CLIB_ROOM); or says in the context's error what does not fit (CLIB_MISFIT). Not SQLITE_OK: the context has the error.
  */
  int (*xRoom)(clib_aggregate *aggregate, sqlite3_context *context, clib_group *group, int why);
};

/* xStep of a batched aggregate. */
void clib_aggregate_step(sqlite3_context *context, int argc, sqlite3_value **argv);

/* For xFinal: frees what the group has of the kernel's. It does not look at the statement. */
void clib_aggregate_end(clib_group *group);

#endif
