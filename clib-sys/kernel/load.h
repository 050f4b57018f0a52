/*
** Loading: the rows of columns that come from outside go into a table. See load.c and append.c for how.
*/
#ifndef CLIB_LOAD_H
#define CLIB_LOAD_H

#include "source.h"

/* Where a call has stopped. */
typedef struct clib_stop {
  sqlite3_int64 row;  /* The row at fault, or the first one of the group at fault; the next one where there is none */
  int column;         /* CLIB_MISFIT: the column whose value has no form in SQLite. Otherwise -1 */
} clib_stop;

/*
** Executes the statement for the rows `from` to `to` (without it), `group` at a time, whose values are its parameters, in order.
** `to - from` is a multiple of `group`. Returns SQLITE_OK, CLIB_MISFIT, or an error of SQLite's, which the connection knows as
** after sqlite3_step. Texts and blobs stay bound: the caller clears the bindings before the columns' memory is gone.
*/
int clib_load_prepared(sqlite3_stmt *stmt, const clib_source *sources, int source_count, sqlite3_int64 from, sqlite3_int64 to,
                       int group, clib_stop *stop);

/* A load into a table, beside its statement. */
typedef struct clib_load clib_load;

/*
** A load by a statement `INSERT INTO t (...) VALUES (?, ...)` with `source_count` parameters. It is the caller's, to be freed by
** clib_load_free, before the statement is finalized. `pending_bytes`: how much memory index entries may take.
*/
int clib_load_new(sqlite3_stmt *stmt, int source_count, sqlite3_int64 pending_bytes, clib_load **load);
void clib_load_free(clib_load *load);

/*
** Why rows are not written to the b-tree directly; null where they are. A static text. What the statement and the connection
** tell is known after clib_load_new, the rest (which types the columns have) after the first rows.
*/
const char *clib_load_obstacle(const clib_load *load);

/*
** How many indexes there are whose entries are sorted, as many as a call has rows, before they are inserted: the more rows, the
** fewer pages each of them is put on. 0 where rows are not written directly.
*/
int clib_load_sorts(const clib_load *load);

/*
** Loads the rows `from` to `to` of the columns, before which the load had `base` others. As clib_load_prepared; `stop->row` counts
** from the first row of the load.
**
** There must be a transaction, and a savepoint that undoes it all after an error.
*/
int clib_load_rows(clib_load *load, const clib_source *sources, sqlite3_int64 base, sqlite3_int64 from, sqlite3_int64 to, clib_stop *stop);

#endif
