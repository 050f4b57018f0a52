/*
** Columns that come from outside, in Arrow's layout: what a batch holds, for those that read it row by row.
*/
#ifndef CLIB_SOURCE_H
#define CLIB_SOURCE_H

/* What the values are. */
#define CLIB_FROM_NULL 0         /* There are none: every row is NULL */
#define CLIB_FROM_BOOL 1         /* A bitmap, from bit `bit_offset` on: 0 and 1 */
#define CLIB_FROM_I8 2
#define CLIB_FROM_I16 3
#define CLIB_FROM_I32 4
#define CLIB_FROM_I64 5
#define CLIB_FROM_U8 6
#define CLIB_FROM_U16 7
#define CLIB_FROM_U32 8
#define CLIB_FROM_U64 9          /* A misfit beyond 2^63 - 1 */
#define CLIB_FROM_F32 10
#define CLIB_FROM_F64 11
#define CLIB_FROM_TEXT32 12      /* int32_t offsets, one more than values, into `data` */
#define CLIB_FROM_TEXT64 13      /* int64_t offsets */
#define CLIB_FROM_BLOB32 14
#define CLIB_FROM_BLOB64 15
#define CLIB_FROM_BLOB_FIXED 16  /* `width` bytes each, end to end in `data` */

/* What becomes of NaN. */
#define CLIB_NAN_MISFIT 0
#define CLIB_NAN_NULL 1
#define CLIB_NAN_TEXT 2          /* The text `NaN` */

/*
** One column. All memory is the caller's, who has seen to it that each row's value lies within it: the indices are below the
** number of values, and the offsets do not fall, from 0 or more to at most the length of `data`.
*/
typedef struct clib_source {
  const void *values;            /* Numbers, bits or offsets, by kind; not null but for CLIB_FROM_NULL and _BLOB_FIXED */
  const unsigned char *data;     /* The bytes of texts and blobs */
  const unsigned char *validity; /* A bit for each row, set where there is a value; null where all rows have one */
  const size_t *indices;         /* For each row which value it has; null where that is the row's number */
  sqlite3_int64 validity_offset; /* The bit of row 0 in `validity` */
  sqlite3_int64 bit_offset;      /* CLIB_FROM_BOOL: the bit of value 0 in `values` */
  int width;                     /* CLIB_FROM_BLOB_FIXED */
  unsigned char kind;            /* CLIB_FROM_... */
  unsigned char nan;             /* CLIB_NAN_... */
} clib_source;

#endif
