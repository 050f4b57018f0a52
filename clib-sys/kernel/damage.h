/*
** Which page of a damaged database is damaged. See damage.c for how.
*/
#ifndef CLIB_DAMAGE_H
#define CLIB_DAMAGE_H

/* What was found. */
typedef struct clib_damage {
  const char *schema;     /* The schema's name, which is the connection's until it is detached; null where nothing was found */
  unsigned int page;      /* The page, from 1 */
  int is_record;          /* The page is whole, and a record on it is not */
  int has_rowid;          /* `rowid` is the record's */
  sqlite3_int64 rowid;
  char text[128];         /* SQLite's words for what is wrong with the page, ending in NUL; empty for a record */
} clib_damage;

/*
** Looks for damage in the b-trees that the statement's program opens; the statement has ended with SQLITE_CORRUPT. What the connection
** remembers of that error is lost. SQLITE_OK whether or not something was found. Very large trees are not looked at to their end.
*/
int clib_find_damage(sqlite3_stmt *stmt, clib_damage *damage);

#endif
