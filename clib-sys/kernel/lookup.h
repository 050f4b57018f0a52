/*
** Lookup: the rows of many keys, in the order of the keys. See lookup.c for how.
*/
#ifndef CLIB_LOOKUP_H
#define CLIB_LOOKUP_H

/* Keys, all of one storage class, or NULL. All memory is the caller's, and the same for all calls with one clib_lookup. */
typedef struct clib_keys {
  const void *values;            /* int64_t or double, one for each key; int32_t offsets of texts and blobs, one more */
  const unsigned char *data;     /* The bytes of texts and blobs */
  const unsigned char *validity; /* One bit for each key: 0 for NULL. Null where no key is */
  sqlite3_int64 validity_offset; /* The first key's bit */
  sqlite3_int64 count;           /* How many keys there are */
  int kind;                      /* CLIB_CLASS_INTEGER and so on */
} clib_keys;

/* What has been found out about a table and its key, and where a call goes on. */
typedef struct clib_lookup clib_lookup;

/*
** Makes a lookup for three statements on one table. They stay the caller's, live longer than the lookup, and are used by nobody
** else while it lives:
**
** - `point`, `SELECT columns FROM t WHERE key = ?1`, reset; at most one row has a key;
** - `table`, `SELECT columns FROM t NOT INDEXED` with the same columns, which stands on its first row; null where there is no row;
** - `index`, `SELECT key FROM t INDEXED BY i`, which stands on its first row, where `i` is a unique index on the key alone. Null
**   where the key is the rowid, or there is no row.
**
** `max_bytes` is about how much of the table is held at a time. The lookup is the caller's, to be freed by clib_lookup_free.
*/
int clib_lookup_new(
  sqlite3_stmt *point,
  sqlite3_stmt *table,
  sqlite3_stmt *index,
  int key_kind,
  sqlite3_int64 max_bytes,
  clib_lookup **lookup
);
void clib_lookup_free(clib_lookup *lookup);

/*
** Why each key is looked up by `point` alone; null where the b-trees are walked. A static text.
*/
const char *clib_lookup_obstacle(const clib_lookup *lookup);

/*
** Fills the batch with the next keys' rows; a key that is absent, or NULL, has a row of NULLs. In `found`, which has a bit for each
** of batch->max_rows rows, the bits of keys that are there are set. Returns what clib_read returns; SQLITE_DONE after the last key.
*/
int clib_lookup_read(clib_lookup *lookup, const clib_keys *keys, clib_batch *batch, unsigned char *found);

#endif
