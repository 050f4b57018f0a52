/* A SQL function in C, as a crate may bring it. */

#include <sqlite3.h>

static void twice(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  sqlite3_result_int64(context, 2 * sqlite3_value_int64(values[0]));
}

/* Registers `twice(x)` on an open connection; a result code. */
int dependent_register(sqlite3 *db) {
  return sqlite3_create_function_v2(db, "twice", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, 0, twice, 0, 0, 0);
}

/* The version of the header that this was compiled with. */
int dependent_header_version(void) {
  return SQLITE_VERSION_NUMBER;
}
