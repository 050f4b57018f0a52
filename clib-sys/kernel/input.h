/*
** Table input: columns from outside as a table in SQL. See input.c for how.
*/
#ifndef CLIB_INPUT_H
#define CLIB_INPUT_H

#include "source.h"

/* Rows that come after one another. */
typedef struct clib_piece {
  const clib_source *columns;  /* As many as the table has */
  sqlite3_int64 rows;
} clib_piece;

/* How a column's values follow one another. */
#define CLIB_UNORDERED 0
#define CLIB_ORDERED 1         /* Each is at least as large as the one before, by SQLite's order with BINARY texts */
#define CLIB_DISTINCT 2        /* Each is larger */

/* With what values a column's are compared as they are, given its declared type; with others SQLite may convert them first. */
#define CLIB_COMPARES_NONE 0
#define CLIB_COMPARES_NUMBERS 1
#define CLIB_COMPARES_TEXTS 2
#define CLIB_COMPARES_BLOBS 3

/* What is known of a column. */
typedef struct clib_order {
  unsigned char order;         /* CLIB_UNORDERED and so on, by clib_input_order */
  unsigned char compares;      /* In: CLIB_COMPARES_... */
  sqlite3_int64 values;        /* Where ordered, how many different values there are */
} clib_order;

/*
** The table. All memory is the caller's, and must stay as it is until the destructor given to clib_input_register is called.
*/
typedef struct clib_input {
  const char *declaration;     /* CREATE TABLE x(...), as sqlite3_declare_vtab takes it */
  const clib_piece *pieces;
  clib_order *orders;          /* For each column */
  const sqlite3_int64 *starts; /* For each piece how many rows there are before it, and one more for all rows */
  int piece_count;
  int column_count;
} clib_input;

/* Finds out how the columns are ordered. Reads all values of those that are, once. */
void clib_input_order(clib_input *input);

/* The name is another module's, or SQLite's own. */
#define CLIB_TAKEN 1004

/*
** Makes the rows a table of that name, which is seen where no table or view has it: the caller sees to that.
** `destroy(input)` is called when neither the connection nor a statement needs it any more, and where this fails.
*/
int clib_input_register(sqlite3 *db, const char *name, clib_input *input, void (*destroy)(void*));

/*
** Takes the table away. Statements that run on it go on to their end, with the same rows; others find no table.
*/
int clib_input_remove(sqlite3 *db, const char *name);

#endif
