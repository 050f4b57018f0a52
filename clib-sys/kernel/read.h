/*
** Reading: rows of a running statement become columns in Arrow's layout. See read.c for how.
*/
#ifndef CLIB_READ_H
#define CLIB_READ_H

/* What a column holds. */
#define CLIB_INT64 0   /* int64_t values */
#define CLIB_FLOAT64 1 /* double values; an integer of at most 2^53 becomes one */
#define CLIB_TEXT 2    /* int32_t offsets and bytes, of texts alone */
#define CLIB_BLOB 3    /* int32_t offsets and bytes, of blobs alone */
#define CLIB_MIXED 4   /* clib_slot values and bytes, of anything */

/* The storage class of a value. */
#define CLIB_CLASS_NULL 0
#define CLIB_CLASS_INTEGER 1
#define CLIB_CLASS_REAL 2
#define CLIB_CLASS_TEXT 3
#define CLIB_CLASS_BLOB 4

/* A value of any class. */
typedef struct clib_slot {
  sqlite3_uint64 bits; /* The integer, the double's bits, or where a text or blob begins in the column's bytes */
  unsigned int length; /* Of a text or blob */
  unsigned int kind;   /* CLIB_CLASS_... */
} clib_slot;

/* One column of the batch that is being filled. All memory is the caller's. */
typedef struct clib_column {
  void *values;              /* int64_t, double, clib_slot: one for each row. Offsets: one more, the first one set */
  unsigned char *validity;   /* One bit for each row: 1 until the kernel clears it. Not for CLIB_MIXED */
  unsigned char *data;       /* The bytes of texts and blobs, end to end; null for columns without */
  sqlite3_int64 rows;        /* How many rows there are */
  sqlite3_int64 room;        /* How many rows there is memory for */
  sqlite3_int64 bytes;       /* How many bytes of data there are */
  sqlite3_int64 bytes_room;  /* How many bytes of data there is memory for, at most 2^31 - 1 */
  sqlite3_int64 nulls;       /* How many rows are NULL */
  unsigned char kind;        /* CLIB_INT64 and so on */
  unsigned char not_null;    /* Whether NULL is a misfit */
  unsigned char renders;     /* Whether a number in this text or blob column adds to the batch's bytes: it is a misfit that
                             ** the caller renders, and the rows after it wait for that */
  unsigned char non_ascii;   /* Set where a byte of data that the kernel has written is not ASCII */
} clib_column;

/* A batch that is being filled, row by row or many rows at a time. */
typedef struct clib_batch {
  clib_column *columns;      /* As many as the statement has */
  int column_count;
  int at_row;                /* In: whether the statement's current row is in no batch yet. Kept up to date */
  sqlite3_int64 rows;        /* Rows that are complete */
  sqlite3_int64 max_rows;    /* How many there may be */
  sqlite3_int64 bytes;       /* What the rows take, by `width` and by the lengths of texts and blobs */
  sqlite3_int64 max_bytes;   /* The row that reaches this is the last one */
  sqlite3_int64 width;       /* What a row takes besides its texts and blobs */
  sqlite3_int64 need;        /* CLIB_ROOM: for so many rows in every column, or so many bytes in `column` */
  int column;                /* CLIB_ROOM: the column that lacks bytes, or -1 where all lack rows. CLIB_MISFIT: the column */
  int misfit_class;          /* CLIB_MISFIT: the value's class */
  sqlite3_int64 misfit_row;  /* CLIB_MISFIT: the row, from 0; the caller appends something to the column for it */
  sqlite3_uint64 misfit_bits;/* CLIB_MISFIT: an integer, or a double's bits */
  const void *misfit_data;   /* CLIB_MISFIT: a text's or blob's bytes, until the next call */
  sqlite3_int64 misfit_length;
  sqlite3_int64 stop_row;    /* In: the caller has found a misfit in this row of the current piece, and wants rows before it
                             ** only; -1 where it has not */
  int key_column;            /* In: a column that is wanted up to `stop_row` and not only before it; -1 for none */
} clib_batch;

/* What has been found out about a running statement, and where a call goes on. */
typedef struct clib_reader clib_reader;

/*
** Looks at a statement that was just stepped to its first row. `scan` says whether rows may be taken from the b-tree.
** The reader is the caller's, to be freed by clib_reader_free. It is good for this execution of the statement alone.
*/
int clib_reader_new(sqlite3_stmt *stmt, int scan, clib_reader **reader);
void clib_reader_free(clib_reader *reader);

/*
** Why the reader steps the statement instead of walking the b-tree; null where it walks. A static text.
*/
const char *clib_reader_obstacle(const clib_reader *reader);

/*
** Steps a statement for the first time, makes a reader, and fills the batch, all in one call. Returns what clib_read does, or
** CLIB_CHANGED, with batch->at_row telling of a row and no reader made, where SQLite has prepared the statement again since
** `reprepares` was its count of that: the columns may be others. `*reader` is null where there are no rows, or none but those in
** the batch; `obstacle` is where clib_reader_obstacle's answer goes.
*/
int clib_start(sqlite3_stmt *stmt, int scan, int reprepares, clib_reader **reader, clib_batch *batch, const char **obstacle);

/*
** Fills the batch. Returns CLIB_FULL, CLIB_ROOM, CLIB_MISFIT, SQLITE_DONE after the last row (the statement has ended
** then), or an error of SQLite's, which the connection knows as after sqlite3_step.
*/
int clib_read(clib_reader *reader, clib_batch *batch);

#endif
