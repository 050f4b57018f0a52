/*
** Whether SQLite is the one that the kernel was written for.
**
** What can be told when compiling is asserted here; clib_kernel_check sees the rest by using it.
*/

#if SQLITE_VERSION_NUMBER!=CLIB_KERNEL_SQLITE_VERSION
# error "the kernel knows the internals of another version of SQLite: look at what changed, then at kernel.h"
#endif

#define CLIB_ASSERT(name, fact) typedef char clib_assert_##name[(fact) ? 1 : -1]

CLIB_ASSERT(eight_bytes, sizeof(i64)==8 && sizeof(double)==8);
CLIB_ASSERT(slot, sizeof(clib_slot)==16);
/* Pages begin with a header of at least 8 bytes, so 8 bytes that end within the content begin within the page. */
CLIB_ASSERT(cursor_states, CURSOR_VALID==0 && CURSOR_INVALID==1 && CURSOR_SKIPNEXT==2 && CURSOR_REQUIRESEEK==3 && CURSOR_FAULT==4);
CLIB_ASSERT(cursor_index, sizeof(((BtCursor*)0)->ix)==2);
CLIB_ASSERT(page_index, sizeof(((MemPage*)0)->nCell)==2 && sizeof(((MemPage*)0)->maxLocal)==2);
CLIB_ASSERT(comparisons, OP_Eq==OP_Ne+1 && OP_Gt==OP_Ne+2 && OP_Le==OP_Ne+3 && OP_Lt==OP_Ne+4 && OP_Ge==OP_Ne+5);
CLIB_ASSERT(classes, SQLITE_AFF_TEXT<SQLITE_AFF_NUMERIC && SQLITE_AFF_NUMERIC<SQLITE_AFF_INTEGER);

/* A cell is put on a page, and its cursor moved on. */
CLIB_ASSERT(page_room, sizeof(((MemPage*)0)->nFree)==4 && sizeof(((MemPage*)0)->cellOffset)==2);
CLIB_ASSERT(affinities, SQLITE_AFF_BLOB<SQLITE_AFF_TEXT && SQLITE_AFF_NUMERIC<SQLITE_AFF_INTEGER && SQLITE_AFF_INTEGER<SQLITE_AFF_REAL);

/* Reads a small table by walking, and sees whether what comes out is what went in. */
static int clibCheckWalk(sqlite3 *db){
  static const char zSql[] = "SELECT c, a, b, d FROM t WHERE a<>7";
  sqlite3_stmt *pStmt = 0;
  clib_reader *pReader = 0;
  clib_batch b;
  clib_column aColumn[4];
  i64 aInt[2][300];
  double aReal[300];
  int aOffset[301];
  u8 aValid[4][40], aData[8192];
  int i, rc;

  rc = sqlite3_prepare_v2(db, zSql, -1, &pStmt, 0);
  if( rc==SQLITE_OK && sqlite3_step(pStmt)!=SQLITE_ROW ) rc = SQLITE_INTERNAL;
  if( rc==SQLITE_OK ) rc = clib_reader_new(pStmt, 1, &pReader);
  if( rc==SQLITE_OK && clib_reader_obstacle(pReader) ) rc = SQLITE_INTERNAL;
  if( rc==SQLITE_OK ){
    memset(&b, 0, sizeof(b));
    memset(aColumn, 0, sizeof(aColumn));
    memset(aValid, 0xff, sizeof(aValid));
    aOffset[0] = 0;
    for(i=0; i<4; i++){
      aColumn[i].validity = aValid[i];
      aColumn[i].room = 300;
    }
    aColumn[0].kind = CLIB_TEXT;
    aColumn[0].values = aOffset;
    aColumn[0].data = aData;
    aColumn[0].bytes_room = sizeof(aData);
    aColumn[1].kind = CLIB_INT64;
    aColumn[1].values = aInt[0];
    aColumn[2].kind = CLIB_FLOAT64;
    aColumn[2].values = aReal;
    aColumn[3].kind = CLIB_INT64;
    aColumn[3].values = aInt[1];
    b.columns = aColumn;
    b.column_count = 4;
    b.at_row = 1;
    b.max_rows = 300;
    b.max_bytes = 1<<20;
    b.stop_row = -1;
    rc = clib_read(pReader, &b);
    rc = rc==SQLITE_DONE && b.rows==299 ? SQLITE_OK : SQLITE_INTERNAL;
    for(i=0; rc==SQLITE_OK && i<299; i++){
      int a = i+1+(i>=6);
      if( aInt[0][i]!=a || aReal[i]!=a*0.5 || aInt[1][i]!=(a%3 ? (i64)a*1000000007 : 0)
       || ((aValid[3][i>>3]>>(i&7))&1)!=(a%3!=0) || aOffset[i+1]-aOffset[i]!=a%20
      ){
        rc = SQLITE_INTERNAL;
      }
    }
    /* Enough of the rows must not have come from the virtual machine. */
    if( rc==SQLITE_OK && pReader->nWalked<250 ) rc = SQLITE_INTERNAL;
  }
  clib_reader_free(pReader);
  sqlite3_finalize(pStmt);
  return rc;
}

/* Loads rows directly, and has SQLite look at what became of the table and its indexes. */
static int clibCheckLoad(sqlite3 *db){
  static const char zBegin[] =
    "CREATE TABLE u(a INTEGER PRIMARY KEY, b REAL, c TEXT DEFAULT 'x', d UNIQUE); CREATE INDEX v ON u(c DESC, b); BEGIN";
  static const char zCount[] =
    "SELECT (SELECT count(*)=600 AND sum(a)=180300 AND sum(b)=90150.0 AND sum(d)=-180300 FROM u)"
    " AND (SELECT count(*)=300 FROM u INDEXED BY v WHERE c='abcdefgh')"
    " AND (SELECT integrity_check='ok' FROM pragma_integrity_check('u'))";
  sqlite3_stmt *pStmt = 0;
  clib_load *pLoad = 0;
  clib_source aSource[3];
  clib_stop stop;
  double aReal[600];
  i64 aInt[600];
  int aOffset[601];
  u8 aData[8*600];
  int i, rc;

  memset(aSource, 0, sizeof(aSource));
  aOffset[0] = 0;
  for(i=0; i<600; i++){
    aReal[i] = (i+1)*0.5;
    aInt[i] = -(i+1);
    memcpy(&aData[aOffset[i]], "abcdefgh", 8);
    aOffset[i+1] = aOffset[i] + (i%2 ? 8 : i%8);
  }
  aSource[0].kind = CLIB_FROM_F64;
  aSource[0].values = aReal;
  aSource[1].kind = CLIB_FROM_TEXT32;
  aSource[1].values = aOffset;
  aSource[1].data = aData;
  aSource[2].kind = CLIB_FROM_I64;
  aSource[2].values = aInt;
  rc = sqlite3_exec(db, zBegin, 0, 0, 0);
  if( rc==SQLITE_OK ) rc = sqlite3_prepare_v2(db, "INSERT INTO u(b, c, d) VALUES(?, ?, ?)", -1, &pStmt, 0);
  if( rc==SQLITE_OK ) rc = clib_load_new(pStmt, 3, 1<<20, &pLoad);
  if( rc==SQLITE_OK ) rc = clib_load_rows(pLoad, aSource, 0, 0, 600, &stop);
  if( rc==SQLITE_OK && (clib_load_obstacle(pLoad) || pLoad->nPending!=0) ) rc = SQLITE_INTERNAL;
  clib_load_free(pLoad);
  sqlite3_finalize(pStmt);
  pStmt = 0;
  if( rc==SQLITE_OK ) rc = sqlite3_prepare_v2(db, zCount, -1, &pStmt, 0);
  if( rc==SQLITE_OK && (sqlite3_step(pStmt)!=SQLITE_ROW || sqlite3_column_int(pStmt, 0)!=1) ) rc = SQLITE_INTERNAL;
  sqlite3_finalize(pStmt);
  return rc;
}

int clib_kernel_check(void){
  static const char zSql[] =
    "CREATE TABLE t(a INTEGER PRIMARY KEY, b REAL, c TEXT, d);"
    "WITH RECURSIVE n(a) AS (VALUES (1) UNION ALL SELECT a+1 FROM n WHERE a<300)"
    "INSERT INTO t SELECT a, a*0.5, substr('abcdefghijklmnopqrst',1,a%20), iif(a%3,a*1000000007,NULL) FROM n";
  sqlite3 *db = 0;
  int rc;
  if( sqlite3_libversion_number()!=CLIB_KERNEL_SQLITE_VERSION ) return SQLITE_INTERNAL;
  rc = sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE|SQLITE_OPEN_CREATE|SQLITE_OPEN_NOMUTEX, 0);
  if( rc==SQLITE_OK ) sqlite3_db_config(db, SQLITE_DBCONFIG_STMT_SCANSTATUS, 0, (int*)0);
  if( rc==SQLITE_OK ) rc = sqlite3_exec(db, zSql, 0, 0, 0);
  if( rc==SQLITE_OK ) rc = clibCheckWalk(db);
  if( rc==SQLITE_OK ) rc = clibCheckLoad(db);
  sqlite3_close(db);
  return rc;
}
