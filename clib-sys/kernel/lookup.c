/*
** Looking up many keys in one call.
**
** A loop over `SELECT columns FROM t WHERE key = ?1` descends the tree from its root for every key, and where the table is larger
** than the page cache, reads a page for every key. Here keys are taken a *window* at a time:
**
**   1. The window's keys are sorted (positions beside them).
**   2. Where the key is in an index, the index is walked once, in order: a key that falls on the current leaf page is found by
**      binary search within the page, and only one that does not is looked for from the root. What comes of it is rowids, which are
**      sorted in their turn.
**   3. The table is walked once, in order, likewise. The records that are found are copied, as they are, end to end.
**   4. Rows are handed out in the order of the keys, by decoding the copied records, as read.c decodes those of a page.
**
** So each page is read once for a window, pages come in the order of the tree, and there is no permutation of columns. A column's
** values are written once, where they belong, and the first misfit is the one of the first key.
**
** Why this cannot be told from the loop: two statements are running on the same tables, `SELECT columns FROM t` and
** `SELECT key FROM t`, whose locks, snapshot, schema check and authorizer calls were made by sqlite3_step. They are never stepped
** again, so their cursors may be moved. What is in any way unusual is left to the loop's own statement, `point`: an overflowing or
** malformed record, an error on the way to a page, a key or a column that the plan does not cover, and everything after an
** interrupt. It runs when the row's turn comes, so errors come in the order of the keys, and are SQLite's own.
**
** Writes by the same connection between two calls: a cursor that stands somewhere is moved out of the way (CURSOR_REQUIRESEEK) or
** tripped by whoever changes its tree. A window whose cursors no longer stand where they were left is thrown away, and the keys
** that are left are looked up anew. After a change of the schema, `point` does everything.
**
** The order of the sort is a matter of speed alone: a key that is smaller than the one before it is looked for from the root.
** Nothing of a page is trusted, as in read.c.
*/

/* How many keys a window has: enough that each page of a large table has several, few enough for some 10 MB of memory. */
#ifndef CLIB_WINDOW
# define CLIB_WINDOW (1<<18)
#endif
#define CLIB_WINDOW_LEAST (1<<13)

/* So many keys pass between two looks at interrupts and the progress handler. */
#define CLIB_KEYS_UNTIL_LOOK 64

/* What the virtual machine would need for a key, about. */
#define CLIB_OPS_OF_KEY 8

/* Where a key's record is, besides an offset in the copies. */
#define CLIB_NOWHERE 0  /* The key is absent */
#define CLIB_POINT 1    /* The point statement is to look */
#define CLIB_COPIES 8   /* Records begin here: so 8 bytes before each value are readable */

/* Something to be sorted. */
typedef struct ClibSort ClibSort;
struct ClibSort {
  u64 k;  /* By this */
  u32 i;  /* The key's position in the window */
};

struct clib_lookup {
  clib_reader *pPoint;   /* Of the point statement, for its result registers */
  clib_reader *pTable;   /* Of the table statement; null where keys are looked up by the point statement alone */
  clib_reader *pIndex;   /* Of the index statement, or null */
  const char *zObstacle; /* Why pTable is null */
  int eKind;             /* The keys' class */
  u8 bSame;              /* Index and table are one tree: WITHOUT ROWID, by the primary key */
  u8 bBinary;            /* The index orders texts by their bytes */
  u8 bKeyOut;            /* The rowid is handed out */
  u8 ePending;           /* Of the row that is being appended: 0 there is none, 1 it is the point statement's, 2 it is absent */
  UnpackedRecord *pKey;  /* For descents in the index */
  i64 nWindow;           /* How many keys the next window has */
  i64 iNext;             /* The first key that is in no batch yet */
  i64 iWin;              /* The window's first key */
  i64 nWin;              /* How many keys the window has */
  i64 nSpace;            /* How many there is memory for */
  u32 *aOff;             /* [key of the window]: where its record is in aCopy; CLIB_NOWHERE; CLIB_POINT */
  u32 *aLen;             /* [key of the window]: its record's length */
  i64 *aRowid;           /* [key of the window]: the rowid, where index and table are two */
  ClibSort *aSort;       /* Twice the window */
  u8 *aCopy;             /* Records */
  i64 nCopy;             /* Their bytes */
  i64 nCopySpace;
  i64 nCopyMost;
  u8 aHere[CLIB_PIECE];  /* [row of the piece]: whether the key is there */
  u32 nTick;             /* Instructions counted for the progress handler */
};

#include "lookup_sort.c"
#include "lookup_find.c"

/* Memory for a window. */
static int clibSpace(clib_lookup *p, i64 n){
  if( n<=p->nSpace ) return SQLITE_OK;
  sqlite3_free(p->aOff);
  sqlite3_free(p->aLen);
  sqlite3_free(p->aRowid);
  sqlite3_free(p->aSort);
  p->nSpace = 0;
  p->aOff = sqlite3_malloc64((u64)n*sizeof(u32));
  p->aLen = sqlite3_malloc64((u64)n*sizeof(u32));
  p->aRowid = p->pIndex && !p->bSame ? sqlite3_malloc64((u64)n*sizeof(i64)) : 0;
  p->aSort = sqlite3_malloc64(2*(u64)n*sizeof(ClibSort));
  if( p->aOff==0 || p->aLen==0 || p->aSort==0 || (p->aRowid==0 && p->pIndex && !p->bSame) ) return SQLITE_NOMEM;
  p->nSpace = n;
  return SQLITE_OK;
}

/* The table statement serves no more. */
static void clibPointOnly(clib_lookup *p, const char *zWhy){
  clib_reader_free(p->pTable);
  clib_reader_free(p->pIndex);
  p->pTable = p->pIndex = 0;
  p->zObstacle = zWhy;
  p->nWin = 0;
}

/* Whether the window's copies are what the tables hold. */
static int clibIsFresh(const clib_lookup *p){
  return (p->bSame || p->pTable->plan.pC->uc.pCursor->eState==CURSOR_VALID)
      && (p->pIndex==0 || p->pIndex->plan.pC->uc.pCursor->eState==CURSOR_VALID);
}

/* Finds the records of the next window. */
static int clibLocate(clib_lookup *p, const clib_keys *pKeys){
  i64 j, n, nDone = 0, nWin;
  ClibSort *aSorted;
  int rc;
again:
  p->iWin = p->iNext;
  p->nWin = 0;
  nWin = pKeys->count-p->iNext;
  if( nWin>p->nWindow ) nWin = p->nWindow;
  rc = clibSpace(p, nWin);
  if( rc!=SQLITE_OK ) return rc;
  p->nCopy = CLIB_COPIES;
  for(j=n=0; j<nWin; j++){
    if( clibKeyIsNull(pKeys, p->iWin+j) ){
      p->aOff[j] = CLIB_NOWHERE;
      continue;
    }
    p->aOff[j] = CLIB_POINT;
    p->aLen[j] = 0;
    p->aSort[n].i = (u32)j;
    if( p->eKind==CLIB_CLASS_INTEGER ) p->aSort[n].k = (u64)((const i64*)pKeys->values)[p->iWin+j] ^ ((u64)1<<63);
    n++;
  }
  rc = SQLITE_OK;
  if( n>0 ){
    if( p->eKind==CLIB_CLASS_INTEGER ){
      aSorted = clibRadix(p->aSort, &p->aSort[nWin], n);
    }else{
      clibSortBytes(p, pKeys, p->aSort, &p->aSort[nWin], n, 0, 16);
      aSorted = p->aSort;
    }
    if( p->pIndex ){
      rc = clibFindKeys(p, pKeys, aSorted, n, &nDone);
      if( rc==SQLITE_OK && !p->bSame ){
        i64 nAll = n;
        for(j=n=0; j<nAll; j++){
          u32 i = aSorted[j].i;
          if( p->aOff[i]!=CLIB_COPIES ) continue;
          p->aOff[i] = CLIB_POINT;
          aSorted[n].k = (u64)p->aRowid[i] ^ ((u64)1<<63);
          aSorted[n++].i = i;
        }
        aSorted = clibRadix(aSorted, aSorted==p->aSort ? &p->aSort[nWin] : p->aSort, n);
      }
    }
    if( rc==SQLITE_OK && !p->bSame && n>0 ) rc = clibFindRowids(p, aSorted, n, &nDone);
  }
  if( !p->bSame && p->pTable->plan.pC->uc.pCursor->eState!=CURSOR_VALID ){
    /* Nothing was looked for there: it is to stand anywhere, so that writes show. */
    int res;
    sqlite3BtreeTableMoveto(p->pTable->plan.pC->uc.pCursor, 0, 0, &res);
  }
  if( rc==CLIB_SHORT ){
    /* Fewer keys, whose records there is room for. */
    if( nWin>64 ){
      p->nWindow = nWin*nDone/n*7/8;
      if( p->nWindow>nWin/2 ) p->nWindow = nWin/2;
      if( p->nWindow<64 ) p->nWindow = 64;
      goto again;
    }
    rc = SQLITE_OK;
  }else if( rc==CLIB_FULL ){
    rc = SQLITE_OK;
  }
  if( rc!=SQLITE_OK ) return rc;
  /* Found in the index, and not looked for in the table. */
  if( p->pIndex && !p->bSame ){
    for(j=0; j<nWin; j++){
      if( p->aOff[j]==CLIB_COPIES && p->aLen[j]==0 ) p->aOff[j] = CLIB_POINT;
    }
  }
  p->nWin = nWin;
  if( !clibIsFresh(p) ) clibPointOnly(p, "the table or its index is empty or damaged");
  return SQLITE_OK;
}

/* The index that the cursor is on. */
static Index *clibIndexOf(sqlite3 *db, const VdbeCursor *pC){
  HashElem *pElem;
  if( pC->iDb<0 || pC->iDb>=db->nDb || db->aDb[pC->iDb].pSchema==0 ) return 0;
  for(pElem=sqliteHashFirst(&db->aDb[pC->iDb].pSchema->idxHash); pElem; pElem=sqliteHashNext(pElem)){
    Index *pIdx = (Index*)sqliteHashData(pElem);
    if( pIdx->tnum==pC->uc.pCursor->pgnoRoot ) return pIdx;
  }
  return 0;
}

/* Why the statements' b-trees cannot be walked, or null. */
static const char *clibLookupPlan(clib_lookup *p){
  const ClibPlan *pPlan;
  VdbeCursor *pC;
  Index *pIdx;
  KeyInfo *pKeyInfo;
  CollSeq *pColl;
  char eAff;
  int i;
  if( p->pTable==0 ) return "the table is empty";
  if( p->pTable->zObstacle ) return p->pTable->zObstacle;
  pPlan = &p->pTable->plan;
  if( pPlan->nTest || pPlan->pLimit ) return "its loop is of another form";
  for(i=0; i<pPlan->nOut; i++){
    if( pPlan->aOut[i].eFrom==CLIB_CONST ) return "it computes more than comparisons of columns with constants";
    if( pPlan->aOut[i].eFrom==CLIB_ROWID ) p->bKeyOut = 1;
  }
  if( p->pIndex==0 ){
    if( !pPlan->pC->isTable ) return "the key is in another index";
    if( p->eKind!=CLIB_CLASS_INTEGER ) return "keys are converted to integers";
    return 0;
  }
  if( p->pIndex->zObstacle ) return p->pIndex->zObstacle;
  if( p->pIndex->plan.nTest || p->pIndex->plan.pLimit ) return "its loop is of another form";
  pC = p->pIndex->plan.pC;
  if( pC->isTable || pC->iDb!=pPlan->pC->iDb ) return "the key is in another index";
  pIdx = clibIndexOf(p->pPoint->v->db, pC);
  pKeyInfo = pC->pKeyInfo;
  if( pIdx==0 || pIdx->pPartIdxWhere || !IsUniqueIndex(pIdx) || pIdx->nKeyCol!=1 || pIdx->aiColumn[0]<0
   || pKeyInfo==0 || pKeyInfo->nKeyField<1
  ){
    return "the key is in another index";
  }
  p->bSame = pPlan->pC->uc.pCursor->pgnoRoot==pC->uc.pCursor->pgnoRoot;
  if( !p->bSame && (!pPlan->pC->isTable || pIdx->nColumn!=2 || pIdx->pTable->tnum!=pPlan->pC->uc.pCursor->pgnoRoot) ){
    return "the table is WITHOUT ROWID, and the key is not its primary key";
  }
  if( pKeyInfo->aSortFlags && pKeyInfo->aSortFlags[0] ) return "the index is in descending order";
  eAff = pIdx->pTable->aCol[pIdx->aiColumn[0]].affinity;
  pColl = pKeyInfo->aColl[0];
  p->bBinary = 1;
  switch( p->eKind ){
    case CLIB_CLASS_INTEGER:
      if( eAff==SQLITE_AFF_TEXT || eAff==SQLITE_AFF_REAL ) return "keys are converted to the column's affinity";
      break;
    case CLIB_CLASS_TEXT:
      if( eAff>SQLITE_AFF_TEXT ) return "keys are converted to the column's affinity";
      if( !sqlite3IsBinary(pColl) ){
        if( pColl->xCmp!=nocaseCollatingFunc && pColl->xCmp!=rtrimCollFunc ) return "it compares texts by a collation";
        p->bBinary = 0;
      }
      break;
    case CLIB_CLASS_BLOB:
      break;
    default:
      return "keys are reals";
  }
  return 0;
}

int clib_lookup_new(
  sqlite3_stmt *point,
  sqlite3_stmt *table,
  sqlite3_stmt *index,
  int key_kind,
  sqlite3_int64 max_bytes,
  clib_lookup **lookup
){
  clib_lookup *p;
  const char *z;
  int rc;
  *lookup = 0;
  p = sqlite3_malloc64(sizeof(*p));
  if( p==0 ) return SQLITE_NOMEM;
  memset(p, 0, sizeof(*p));
  p->eKind = key_kind;
  p->nWindow = CLIB_WINDOW;
  p->nCopyMost = max_bytes;
  if( p->nCopyMost<(1<<16) ) p->nCopyMost = 1<<16;
  if( p->nCopyMost>(1<<30) ) p->nCopyMost = 1<<30;
  rc = clib_reader_new(point, 0, &p->pPoint);
  if( rc==SQLITE_OK && table ) rc = clib_reader_new(table, 1, &p->pTable);
  if( rc==SQLITE_OK && table && index ) rc = clib_reader_new(index, 1, &p->pIndex);
  if( rc==SQLITE_OK ){
    z = clibLookupPlan(p);
    if( z ){
      clibPointOnly(p, z);
    }else if( p->pIndex ){
      p->pKey = sqlite3VdbeAllocUnpackedRecord(p->pIndex->plan.pC->pKeyInfo);
      if( p->pKey==0 ){
        rc = SQLITE_NOMEM;
      }else{
        memset(p->pKey->aMem, 0, sizeof(Mem));
        p->pKey->aMem->db = p->pPoint->v->db;
        p->pKey->nField = 1;
      }
    }
  }
  if( rc!=SQLITE_OK ){
    clib_lookup_free(p);
    return rc;
  }
  *lookup = p;
  return SQLITE_OK;
}

void clib_lookup_free(clib_lookup *p){
  if( p==0 ) return;
  if( p->pKey ) sqlite3DbFree(p->pPoint->v->db, p->pKey);
  clib_reader_free(p->pTable);
  clib_reader_free(p->pIndex);
  clib_reader_free(p->pPoint);
  sqlite3_free(p->aOff);
  sqlite3_free(p->aLen);
  sqlite3_free(p->aRowid);
  sqlite3_free(p->aSort);
  sqlite3_free(p->aCopy);
  sqlite3_free(p);
}

const char *clib_lookup_obstacle(const clib_lookup *p){
  return p->zObstacle;
}

/* Collects a piece: the next keys whose records are known, or known to be absent. */
static void clibGather(clib_lookup *p, clib_batch *b){
  clib_reader *r = p->pTable;
  i64 nMost = r->nMost, nBytes = b->bytes, iAt = p->iNext-p->iWin;
  const u32 *aOff = &p->aOff[iAt];
  const u32 *aLen = &p->aLen[iAt];
  int n = 0, k;
  if( nMost>b->max_rows-b->rows ) nMost = b->max_rows-b->rows;
  if( nMost>p->nWin-iAt ) nMost = p->nWin-iAt;
  r->aData = p->aCopy;
  r->aEnd = p->aCopy ? &p->aCopy[p->nCopy] : 0;
  for(k=0; k<nMost && k<16; k++){
    if( aOff[k]>=CLIB_COPIES ) clibPrefetch(&p->aCopy[aOff[k]]);
  }
  for(; n<nMost && nBytes<b->max_bytes; n++){
    int bRendered = 0;
    if( n+16<nMost && aOff[n+16]>=CLIB_COPIES ){
      clibPrefetch(&p->aCopy[aOff[n+16]]);
      clibPrefetch(&p->aCopy[aOff[n+16]]+64);
    }
    if( aOff[n]==CLIB_POINT ) break;
    p->aHere[n] = aOff[n]>=CLIB_COPIES;
    if( p->aHere[n] ){
      if( !clibFields(r, n, &p->aCopy[aOff[n]], aLen[n]) ) break;
      nBytes += clibRowBytes(r, b, n, &bRendered);
    }else{
      for(k=0; k<=r->plan.nSlot; k++) r->aField[(i64)k*r->nMost+n] = 0;
    }
    nBytes += b->width;
    if( bRendered ){
      n++;
      break;
    }
  }
  r->nRow = n;
  r->nPieceByte = nBytes-b->bytes;
  r->iCol = 0;
}

/* The piece's rows into the columns: as clibFlush, with rowids that can be NULL. */
static int clibScatter(clib_lookup *p, const clib_keys *pKeys, clib_batch *b){
  clib_reader *r = p->pTable;
  i64 n = r->nRow;
  int rc;
  if( p->bKeyOut && r->iCol<r->plan.nOut && b->columns[0].room>=b->rows+n ){
    /* Columns of rowids before those that clibFlush is to do. */
    i64 iAt = p->iNext-p->iWin, k;
    for(k=0; k<n; k++){
      if( p->aHere[k] ) r->aKey[k] = p->aRowid ? p->aRowid[iAt+k] : ((const i64*)pKeys->values)[p->iNext+k];
    }
    for(; r->iCol<r->plan.nOut; r->iCol++){
      clib_column *c = &b->columns[r->iCol];
      i64 nEnd = b->rows+n;
      if( b->stop_row>=0 && nEnd>b->stop_row ) nEnd = b->stop_row;
      if( r->plan.aOut[r->iCol].eFrom==CLIB_ROWID ){
        while( c->rows<nEnd ){
          i64 k2 = c->rows-b->rows;
          rc = p->aHere[k2] ? clibPushInteger(b, r->iCol, r->aKey[k2]) : clibPushNull(b, r->iCol);
          if( rc!=SQLITE_OK ) return rc;
        }
      }else{
        rc = clibColumn(r, b, r->iCol, b->rows, nEnd);
        if( rc!=SQLITE_OK ) return rc;
      }
    }
  }
  return clibFlush(r, b);
}

/* Runs the point statement for the next key. */
static int clibPoint(clib_lookup *p, const clib_keys *pKeys){
  sqlite3_stmt *pStmt = (sqlite3_stmt*)p->pPoint->v;
  int rc;
  p->ePending = 2;
  if( clibKeyIsNull(pKeys, p->iNext) ) return SQLITE_OK;
  if( p->eKind==CLIB_CLASS_REAL ){
    rc = sqlite3_bind_double(pStmt, 1, ((const double*)pKeys->values)[p->iNext]);
  }else{
    ClibKey key;
    clibKeyAt(pKeys, p->iNext, &key);
    if( p->eKind==CLIB_CLASS_INTEGER ){
      rc = sqlite3_bind_int64(pStmt, 1, key.i);
    }else if( p->eKind==CLIB_CLASS_TEXT ){
      rc = sqlite3_bind_text64(pStmt, 1, (const char*)key.z, (u64)key.n, SQLITE_STATIC, SQLITE_UTF8);
    }else{
      rc = sqlite3_bind_blob64(pStmt, 1, key.z, (u64)key.n, SQLITE_STATIC);
    }
  }
  if( rc==SQLITE_OK ){
    rc = sqlite3_step(pStmt);
    if( rc==SQLITE_ROW ){
      p->ePending = 1;
      return SQLITE_OK;
    }
    if( rc==SQLITE_DONE ) rc = sqlite3_reset(pStmt);
  }
  if( rc!=SQLITE_OK ) p->ePending = 0;
  return rc;
}

/* The pending row into the columns. */
static int clibPending(clib_lookup *p, clib_batch *b){
  clib_reader *r = p->pPoint;
  int rc;
  if( p->ePending==1 ){
    if( r->v->pResultRow==0 || r->v->nResColumn!=b->column_count ) return SQLITE_MISUSE;
    return clibRow(r, b);
  }
  if( b->columns[0].room<=b->rows ){
    b->column = -1;
    b->need = b->rows+1;
    return CLIB_ROOM;
  }
  for(; r->iCol<b->column_count; r->iCol++){
    if( b->columns[r->iCol].rows>b->rows ) continue;
    rc = clibPushNull(b, r->iCol);
    if( rc!=SQLITE_OK ) return rc;
  }
  b->rows++;
  b->bytes += b->width;
  r->iCol = 0;
  return SQLITE_OK;
}

/* The caller's memory is its own again: the point statement ends, and has no keys. */
static int clibEndPoint(clib_lookup *p, int rc){
  sqlite3_stmt *pStmt = (sqlite3_stmt*)p->pPoint->v;
  if( rc==SQLITE_OK || rc==CLIB_FULL || rc==SQLITE_DONE ){
    sqlite3_reset(pStmt);
  }
  sqlite3_clear_bindings(pStmt);
  return rc;
}

static int clibLookupRead(clib_lookup *p, const clib_keys *pKeys, clib_batch *b, u8 *aFound){
  int rc;
  /* The caller has what it wants to know of a row that no piece has. */
  if( b->stop_row>=0 && (p->pTable==0 || p->pTable->nRow==0) ) return CLIB_FULL;
  for(;;){
    if( p->pTable && p->pTable->nRow>0 ){
      i64 iRow = b->rows, k, n = p->pTable->nRow;
      rc = clibScatter(p, pKeys, b);
      if( rc!=SQLITE_OK ) return rc;
      for(k=0; k<n; k++, iRow++){
        if( p->aHere[k] ) aFound[iRow>>3] |= (u8)(1<<(iRow&7));
      }
      p->iNext += n;
    }
    if( p->ePending ){
      i64 iRow = b->rows;
      rc = clibPending(p, b);
      if( rc!=SQLITE_OK ) return rc;
      if( p->ePending==1 ){
        aFound[iRow>>3] |= (u8)(1<<(iRow&7));
        sqlite3_reset((sqlite3_stmt*)p->pPoint->v);
      }
      p->ePending = 0;
      p->iNext++;
    }
    if( b->stop_row>=0 || b->rows>=b->max_rows || b->bytes>=b->max_bytes ) return CLIB_FULL;
    if( p->iNext>=pKeys->count ) return SQLITE_DONE;
    if( p->pTable && (p->pTable->v->expired || (p->pIndex && p->pIndex->v->expired)) ){
      clibPointOnly(p, "the schema has changed");
    }
    if( p->pTable ){
      if( p->nWin>0 && !clibIsFresh(p) ){
        /* Who changes the table between any two batches should not wait for whole windows. */
        p->nWin = 0;
        p->nWindow /= 4;
        if( p->nWindow<CLIB_WINDOW_LEAST ) p->nWindow = CLIB_WINDOW_LEAST;
      }
      if( p->iNext>=p->iWin+p->nWin || p->nWin==0 ){
        if( p->nWin>0 && p->nWindow<CLIB_WINDOW ) p->nWindow *= 2;
        if( DbMaskNonZero(p->pTable->v->lockMask) ) sqlite3VdbeEnter(p->pTable->v);
        rc = clibLocate(p, pKeys);
        if( p->pTable && DbMaskNonZero(p->pTable->v->lockMask) ) sqlite3VdbeLeave(p->pTable->v);
        if( rc!=SQLITE_OK ) return rc;
      }
      if( p->pTable ){
        rc = clibLook(p);
        if( rc==SQLITE_OK ) clibGather(p, b);
        else if( rc!=CLIB_FULL ) return rc;
        if( p->pTable->nRow>0 ) continue;
      }
    }
    rc = clibPoint(p, pKeys);
    if( rc!=SQLITE_OK ) return rc;
  }
}

int clib_lookup_read(clib_lookup *p, const clib_keys *pKeys, clib_batch *b, unsigned char *found){
  sqlite3_mutex *pMutex = p->pPoint->v->db->mutex;
  int rc;
  if( b->column_count!=p->pPoint->v->nResColumn || b->column_count<=0 || pKeys->kind!=p->eKind ) return SQLITE_MISUSE;
  b->at_row = 0;
  sqlite3_mutex_enter(pMutex);
  rc = clibLookupRead(p, pKeys, b, found);
  /* Between calls for the same row, the point statement stays where it is. */
  if( rc!=CLIB_ROOM && rc!=CLIB_MISFIT ) rc = clibEndPoint(p, rc);
  sqlite3_mutex_leave(pMutex);
  return rc;
}
