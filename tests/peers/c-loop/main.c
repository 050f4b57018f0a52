/*
** What a careful C programmer writes over SQLite's public interface to move tables to and from columns in Arrow's
** layout. `cargo xtask bench` compiles it with the same source of SQLite as ours, and the same options, and runs
**
**     c-loop CASE DATABASE ROWS [SCRATCH]
**
** where SCRATCH is the database that a load writes. It prints one line of JSON: rows, nanoseconds of the timed part,
** and the checksum of what was read. ../data.rs says what is in the database.
**
** The care: prepared statements; the type of a value is asked before it is fetched, its bytes after it; one transaction
** around a load or many lookups; texts are bound without a copy; no mutexes; no counting of scan statistics; buffers grow
** by doubling, and checks for room are made once a row and not for each value.
*/
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "column.h"
#include "sqlite3.h"

#define COLUMNS "a, b, c, d, e, f, g, h, i, j"
#define SCAN "SELECT " COLUMNS " FROM t"

/* The kinds of the columns a to j. */
static const enum kind T[10] = {INTEGER, INTEGER, INTEGER, INTEGER, REAL, REAL, TEXT, TEXT, TEXT, TEXT};

/* Rows that one INSERT of the case that has many has. Measured with 10 to 3,000: more than 50 are not faster. */
#define ROWS_PER_INSERT 50

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void check(sqlite3 *db, int rc, const char *what) {
  if (rc != SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE) fail(what, sqlite3_errmsg(db));
}

static void execute(sqlite3 *db, const char *sql) { check(db, sqlite3_exec(db, sql, 0, 0, 0), sql); }

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
  sqlite3_stmt *stmt;
  check(db, sqlite3_prepare_v2(db, sql, -1, &stmt, 0), sql);
  return stmt;
}

static sqlite3 *open_database(const char *path, int flags) {
  sqlite3 *db;
  if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, 0) != SQLITE_OK) fail(path, sqlite3_errmsg(db));
#ifdef SQLITE_DBCONFIG_STMT_SCANSTATUS
  /* SQLite turns it on where it is compiled in, and it reads the clock at every instruction. */
  sqlite3_db_config(db, SQLITE_DBCONFIG_STMT_SCANSTATUS, 0, (int *)0);
#endif
  return db;
}

static sqlite3 *open_cold(const char *path) { return open_database(path, SQLITE_OPEN_READONLY); }

static sqlite3 *open_warm(const char *path) {
  sqlite3 *db = open_cold(path);
  execute(db, "PRAGMA cache_size = -4000000");
  execute(db, "SELECT sum(length(j)) FROM t; SELECT sum(length(h)) FROM named; SELECT count(*) FROM named");
  return db;
}

/* Columns of these kinds. */
static struct column *columns_new(const enum kind *kinds, int count) {
  struct column *columns = calloc((size_t)count, sizeof *columns);
  if (columns == NULL) fail("calloc", "out of memory");
  for (int index = 0; index < count; index++) columns[index] = column_new(kinds[index]);
  return columns;
}

/* Appends the row that the statement stands on. */
static inline void append_row(sqlite3_stmt *stmt, struct column *columns, int count) {
  for (int index = 0; index < count; index++) {
    struct column *column = &columns[index];
    int type = sqlite3_column_type(stmt, index);
    if (type == SQLITE_NULL) {
      column_append_null(column);
    } else if (column->kind == INTEGER && type == SQLITE_INTEGER) {
      column_append_integer(column, sqlite3_column_int64(stmt, index));
    } else if (column->kind == REAL && type == SQLITE_FLOAT) {
      column_append_real(column, sqlite3_column_double(stmt, index));
    } else if (column->kind == TEXT && type == SQLITE_TEXT) {
      const unsigned char *text = sqlite3_column_text(stmt, index);
      if (text == NULL) fail("text", "out of memory");
      column_append_text(column, text, (size_t)sqlite3_column_bytes(stmt, index));
    } else {
      fail(sqlite3_column_name(stmt, index), "a value of another type");
    }
  }
}

static void make_room(struct column *columns, int count) {
  /* All columns grow at the same time. */
  if (columns[0].rows == columns[0].room)
    for (int index = 0; index < count; index++) column_grow(&columns[index]);
}

static void read_rows(sqlite3 *db, sqlite3_stmt *stmt, struct column *columns, int count) {
  int rc;
  while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
    make_room(columns, count);
    append_row(stmt, columns, count);
  }
  check(db, rc, "step");
}

static struct column *read_all(sqlite3 *db, const char *sql, const enum kind *kinds, int count) {
  struct column *columns = columns_new(kinds, count);
  sqlite3_stmt *stmt = prepare(db, sql);
  read_rows(db, stmt, columns, count);
  sqlite3_finalize(stmt);
  return columns;
}

static void report(size_t rows, size_t queries, int64_t time, const char *checksum) {
  printf("{\"rows\": %zu, \"queries\": %zu, \"ns\": %" PRId64 ", \"checksum\": \"%s\", \"sqlite\": \"%s\"}\n", rows, queries,
         time, checksum, sqlite3_libversion());
}

static void report_sums(size_t rows, size_t queries, int64_t time, struct checksum *sums, int count) {
  char text[17];
  snprintf(text, sizeof text, "%016" PRIx64, checksum_finish(sums, count));
  report(rows, queries, time, text);
}

static void report_columns(int64_t time, const struct column *columns, int count) {
  struct checksum sums[10] = {0};
  for (int index = 0; index < count; index++) checksum_add(&sums[index], &columns[index]);
  report_sums(columns[0].rows, 1, time, sums, count);
}

/* Cases that read all of a statement's rows. */

static void case_read(sqlite3 *db, const char *sql, const enum kind *kinds, int count) {
  int64_t start = now();
  struct column *columns = read_all(db, sql, kinds, count);
  report_columns(now() - start, columns, count);
}

static void case_cold(const char *path) {
  int64_t start = now();
  sqlite3 *db = open_cold(path);
  struct column *columns = read_all(db, SCAN, T, 10);
  report_columns(now() - start, columns, 10);
}

static void case_fill_100x10(const char *path, size_t rows) {
  sqlite3 *db = open_warm(path);
  sqlite3_stmt *stmt = prepare(db, SCAN " WHERE rowid > ?1 LIMIT 100");
  struct column *columns = columns_new(T, 10);
  struct checksum sums[10] = {0};
  size_t queries = rows / 100, read = 0;
  int64_t time = 0;
  for (size_t query = 0; query < queries; query++) {
    int64_t start = now();
    check(db, sqlite3_bind_int64(stmt, 1, (int64_t)(query * 7919 % (rows - 99))), "bind");
    read_rows(db, stmt, columns, 10);
    sqlite3_reset(stmt);
    time += now() - start;
    read += columns[0].rows;
    for (int index = 0; index < 10; index++) {
      checksum_add(&sums[index], &columns[index]);
      column_clear(&columns[index]);
    }
  }
  report_sums(read, queries, time, sums, 10);
}

/* Cases that load. What they load is read before. */

static void bind(sqlite3 *db, sqlite3_stmt *stmt, int parameter, const struct column *column, size_t row) {
  int rc;
  if (!column_is_valid(column, row)) {
    rc = sqlite3_bind_null(stmt, parameter);
  } else {
    switch (column->kind) {
      case INTEGER: rc = sqlite3_bind_int64(stmt, parameter, column->integers[row]); break;
      case REAL: rc = sqlite3_bind_double(stmt, parameter, column->reals[row]); break;
      default:
        rc = sqlite3_bind_text(stmt, parameter, column->data + column->offsets[row],
                               column->offsets[row + 1] - column->offsets[row], SQLITE_STATIC);
    }
  }
  if (rc != SQLITE_OK) check(db, rc, "bind");
}

/* Loads the rows `from` up to `to`, `at_once` of them for each execution. */
static void insert(sqlite3 *db, const struct column *columns, size_t from, size_t to, int at_once) {
  static const char row[] = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  char *sql = malloc(64 + (size_t)at_once * (sizeof row + 2));
  if (sql == NULL) fail("malloc", "out of memory");
  char *end = sql + sprintf(sql, "INSERT INTO t VALUES %s", row);
  for (int more = 1; more < at_once; more++) end += sprintf(end, ", %s", row);
  sqlite3_stmt *stmt = prepare(db, sql);
  while (from < to) {
    for (int slot = 0; slot < at_once; slot++, from++)
      for (int index = 0; index < 10; index++) bind(db, stmt, slot * 10 + index + 1, &columns[index], from);
    if (sqlite3_step(stmt) != SQLITE_DONE) fail("insert", sqlite3_errmsg(db));
    sqlite3_reset(stmt);
  }
  sqlite3_finalize(stmt);
  free(sql);
}

static void case_load(const char *path, const char *scratch, const char *source, const char *create, int at_once,
                      int cache) {
  sqlite3 *from = open_cold(path);
  struct column *columns = read_all(from, source, T, 10);
  sqlite3_close(from);
  sqlite3 *db = open_database(scratch, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  execute(db, "PRAGMA synchronous = OFF");
  if (cache) execute(db, "PRAGMA cache_size = -4000000");
  execute(db, create);
  size_t rows = columns[0].rows;
  int64_t start = now();
  execute(db, "BEGIN");
  size_t whole = rows - rows % (size_t)at_once;
  insert(db, columns, 0, whole, at_once);
  insert(db, columns, whole, rows, 1);
  execute(db, "COMMIT");
  int64_t time = now() - start;
  sqlite3_close(db);
  report(rows, 1, time, "");
}

/* Lookups: columns c, e and h, in the order of the keys, NULL where a key is absent. */

static void case_lookup(const char *path, const char *sql, int key) {
  static const enum kind kinds[3] = {INTEGER, REAL, TEXT};
  static const enum kind key_kinds[2] = {INTEGER, TEXT};
  sqlite3 *db = open_warm(path);
  struct column *keys = read_all(db, "SELECT id, name FROM keys", key_kinds, 2);
  int64_t start = now();
  struct column *columns = columns_new(kinds, 3);
  execute(db, "BEGIN");
  sqlite3_stmt *stmt = prepare(db, sql);
  for (size_t row = 0; row < keys[0].rows; row++) {
    bind(db, stmt, 1, &keys[key], row);
    make_room(columns, 3);
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
      append_row(stmt, columns, 3);
    } else {
      check(db, rc, "step");
      for (int index = 0; index < 3; index++) column_append_null(&columns[index]);
    }
    sqlite3_reset(stmt);
  }
  sqlite3_finalize(stmt);
  execute(db, "COMMIT");
  report_columns(now() - start, columns, 3);
}

/* An aggregate function that is called for each row. */

static void sum_of_squares_step(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  int64_t *sum = sqlite3_aggregate_context(context, sizeof *sum);
  if (sum == NULL) {
    sqlite3_result_error_nomem(context);
  } else if (sqlite3_value_type(values[0]) != SQLITE_NULL) {
    int64_t value = sqlite3_value_int64(values[0]);
    *sum += value * value;
  }
}

static void sum_of_squares_final(sqlite3_context *context) {
  int64_t *sum = sqlite3_aggregate_context(context, 0);
  sqlite3_result_int64(context, sum ? *sum : 0);
}

static void case_aggregate(const char *path) {
  static const enum kind kinds[1] = {INTEGER};
  sqlite3 *db = open_warm(path);
  check(db,
        sqlite3_create_function_v2(db, "sum_of_squares", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, 0, 0, sum_of_squares_step,
                                   sum_of_squares_final, 0),
        "sum_of_squares");
  case_read(db, "SELECT sum_of_squares(d) FROM t", kinds, 1);
}

/* A scalar function. */

static void one_more(sqlite3_context *context, int count, sqlite3_value **values) {
  (void)count;
  if (sqlite3_value_type(values[0]) == SQLITE_NULL) {
    sqlite3_result_null(context);
  } else {
    sqlite3_result_int64(context, sqlite3_value_int64(values[0]) + 1);
  }
}

static void case_function(const char *path) {
  static const enum kind kinds[1] = {INTEGER};
  sqlite3 *db = open_warm(path);
  check(db,
        sqlite3_create_function_v2(db, "one_more", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, 0, one_more, 0, 0, 0),
        "one_more");
  case_read(db, "SELECT sum(one_more(d)) FROM t", kinds, 1);
}

/* Not timed: what the benchmark asks of a database. */

/* The checksum of a table that a program has loaded. */
static void case_verify(const char *path) { case_read(open_cold(path), SCAN, T, 10); }

/* Whether the database is sound, which takes long. */
static void case_integrity(const char *path) {
  sqlite3 *db = open_cold(path);
  sqlite3_stmt *stmt = prepare(db, "PRAGMA integrity_check");
  check(db, sqlite3_step(stmt), "integrity_check");
  const char *said = (const char *)sqlite3_column_text(stmt, 0);
  if (said == NULL || strcmp(said, "ok") != 0) fail("integrity_check", said ? said : "nothing");
  report(0, 1, 0, "ok");
}

/* The bytes of the pages that hold table t: reported as rows. */
static void case_bytes(const char *path) {
  sqlite3 *db = open_cold(path);
  sqlite3_stmt *stmt = prepare(db, "SELECT sum(pgsize) FROM dbstat WHERE name = 't'");
  check(db, sqlite3_step(stmt), "dbstat");
  report((size_t)sqlite3_column_int64(stmt, 0), 1, 0, "");
}

int main(int count, char **words) {
  if (count < 4) fail("usage", "c-loop CASE DATABASE ROWS [SCRATCH]");
  const char *name = words[1], *path = words[2];
  size_t rows = strtoull(words[3], 0, 10);
  const char *scratch = count > 4 ? words[4] : "";
  static const enum kind two[2] = {INTEGER, REAL};
  static const enum kind joined[5] = {INTEGER, INTEGER, REAL, TEXT, TEXT};
  static const char create[] =
      "CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER, d INTEGER, e REAL, f REAL, g TEXT, h TEXT, i TEXT, j TEXT)";
  static const char create_indexed[] =
      "CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER, d INTEGER, e REAL, f REAL, g TEXT, h TEXT, i TEXT, j TEXT);"
      "CREATE INDEX t_c ON t(c); CREATE INDEX t_e ON t(e); CREATE INDEX t_h ON t(h)";
#define IS(word) (strcmp(name, word) == 0)
  if (IS("scan")) case_read(open_warm(path), SCAN, T, 10);
  else if (IS("scan-2of10")) case_read(open_warm(path), "SELECT b, e FROM t", two, 2);
  else if (IS("scan-cold")) case_cold(path);
  else if (IS("fill"))
    case_read(open_warm(path),
              "SELECT t.a, t.c, t.e * d.rate AS amount, d.label, t.h FROM t JOIN d ON d.id = t.b WHERE t.d >= 10000", joined, 5);
  else if (IS("fill-100x10")) case_fill_100x10(path, rows);
  else if (IS("load")) case_load(path, scratch, SCAN, create, 1, 0);
  else if (IS("load-multivalues")) case_load(path, scratch, SCAN, create, ROWS_PER_INSERT, 0);
  else if (IS("load-3idx")) case_load(path, scratch, SCAN, create_indexed, 1, 0);
  else if (IS("load-3idx-append")) case_load(path, scratch, "SELECT " COLUMNS " FROM more", "", 1, 0);
  /* The same with a page cache that holds the whole database. */
  else if (IS("load-3idx-cache")) case_load(path, scratch, SCAN, create_indexed, 1, 1);
  else if (IS("load-3idx-append-cache")) case_load(path, scratch, "SELECT " COLUMNS " FROM more", "", 1, 1);
  else if (IS("lookup")) case_lookup(path, "SELECT c, e, h FROM t WHERE rowid = ?1", 0);
  else if (IS("lookup-text")) case_lookup(path, "SELECT c, e, h FROM named WHERE name = ?1", 1);
  else if (IS("aggregate") || IS("aggregate-rows")) case_aggregate(path);
  else if (IS("function")) case_function(path);
  else if (IS("verify")) case_verify(path);
  else if (IS("integrity")) case_integrity(path);
  else if (IS("bytes")) case_bytes(path);
  else fail("no such case", name);
  return 0;
}
