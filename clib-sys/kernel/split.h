/*
** Splitting: where a table can be cut into parts of about equal size. See split.c for how.
*/
#ifndef CLIB_SPLIT_H
#define CLIB_SPLIT_H

/*
** Finds rowids that cut a table into parts of about `rows_per_part` rows each, from the keys in the interior of its b-tree.
** `stmt` was stepped to a row that comes from the table, so that locks are held and the schema is checked; it stands where
** it stood. `rowids` is the caller's, for `room` rowids; `found` says how many were written, in rising order. Each is the last
** rowid that a part may have.
**
** A table whose leaves hang on one page less than there is to cut gives none. So does a tree that is not what it should be,
** from there on: the parts cover all rowids, whatever they are cut by, and reading them says what is wrong.
*/
int clib_split(sqlite3_stmt *stmt, sqlite3_int64 rows_per_part, sqlite3_int64 *rowids, int room, int *found);

#endif
