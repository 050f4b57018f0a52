/*
** Loading by writing rows to the b-tree.
**
** insert.c has read off the statement's program what it stores for which values. Here the records are made from the columns,
** many rows at a time, and go where the statement would have put them: behind the last row of the table.
**
** Why the result cannot be told from executing the statement for each row:
**
** - The first row of a load, and every row after which the program or the schema may be others, is executed. This begins the write
**   transaction on the table's database, opens the savepoints, checks the schema and prepares the statement again where needed; then
**   the program is read. No code of others runs in a row that is taken over: without triggers, hooks and functions there is none
**   but collations and the progress handler.
**
** - Every unusual row is executed too: NULL in a NOT NULL column or as the rowid, a text that affinity might make a number of,
**   a rowid that is not behind the last one, no rowids left, a value over the length limit. So these errors are SQLite's own.
**   With AUTOINCREMENT the last row of a call is executed as well, which leaves sqlite_sequence as it has to be.
**
** - Records are the bytes that OP_MakeRecord makes. They are put on the last leaf page as insertCellFast does while they fit, and
**   given to sqlite3BtreeInsert where they do not, so pages are split, allocated and journalled by SQLite. Other cursors on the
**   table are saved and blob handles invalidated before, as sqlite3BtreeInsert does.
**
** - Index entries are collected, sorted and inserted later: before the next row that is executed, and at the end of each call, so
**   nothing is pending between calls. A key that is not unique is found then. The row that SQLite would have refused is the first one, in the load's order, whose key is there already or is that of an earlier row; the error is the one that the
**   statement's OP_Halt has for it.
**
** - Errors that leave more behind than a statement's journal could undo (out of memory, I/O, disk full) roll back the transaction
**   as sqlite3VdbeHalt does. All others leave the undoing to the caller's savepoint.
*/

/* How many rows are made ready at a time. */
#define CLIB_CHUNK 256

/* An index entry that is to be inserted. */
typedef struct ClibEntry ClibEntry;
struct ClibEntry {
  u64 iPrefix;       /* Sorts as the record, as far as it goes */
  u32 iOff;          /* Of the record in ClibPending.aData: 4 bytes of length, and the record */
  u32 iRow;          /* Of the pending rows */
};

/* The entries of one index. */
typedef struct ClibPending ClibPending;
struct ClibPending {
  KeyInfo *pKeyInfo; /* A reference of our own */
  ClibEntry *aEntry;
  u64 nEntryRoom;
  u8 *aData;
  u64 nData;
  u64 nDataRoom;
};

struct clib_load {
  Vdbe *v;
  int nSource;
  const char *zObstacle;
  ClibInsert insert;
  u8 bPlanned;          /* `insert` is the program's */
  u32 nPrepared;        /* How often it had been prepared again */
  u32 *aType;           /* [slot][row of the chunk]: the serial type */
  u64 *aBits;           /* [slot][row]: an integer, a double's bits, or where a text or blob is */
  u8 aLeave[CLIB_CHUNK];/* Rows that are executed */
  int nSlotRoom;        /* Slots that aType and aBits have room for */
  int iMisfit;          /* The first row of the chunk that has a misfit, and its column */
  int iMisfitColumn;
  u8 *aCell;            /* A cell that is being made */
  u64 nCellRoom;
  int nChunk;           /* How many rows to make ready: fewer after one that was executed */
  u32 nProgress;        /* Instructions since the progress handler was called */
  /* What is pending */
  i64 nPendingMost;     /* So many bytes may be */
  i64 nPending;         /* Rows */
  i64 nPendingByte;
  i64 iPendingFirst;    /* The number of the first one in the load */
  i64 iRowidBefore;     /* The last rowid before them */
  i64 *aRowid;          /* Theirs */
  u64 nRowidRoom;
  i64 iRefused;         /* CLIB_REFUSED: the pending row, and the OP_Halt with its error */
  int iRefusedHalt;
  ClibPending aPending[CLIB_MAX_INDEX];
};

/* Gives `*pp` room for `n` items of `nItem` bytes. */
static int clibRoom(void *pp, u64 *pnRoom, u64 n, u64 nItem){
  if( n>*pnRoom ){
    u64 nNew = *pnRoom*2<n ? n+64 : *pnRoom*2;
    void *pNew = sqlite3_realloc64(*(void**)pp, nNew*nItem);
    if( pNew==0 ) return SQLITE_NOMEM;
    *(void**)pp = pNew;
    *pnRoom = nNew;
  }
  return SQLITE_OK;
}

/* What of the connection is an obstacle, which may change from call to call. */
static const char *clibConnectionObstacle(const sqlite3 *db){
  if( ENC(db)!=SQLITE_UTF8 ) return "the database's text is UTF-16";
  if( db->xUpdateCallback ) return "an update hook is set";
#ifdef SQLITE_ENABLE_PREUPDATE_HOOK
  if( db->xPreUpdateCallback ) return "a pre-update hook is set, or a session records changes";
#endif
  if( db->mTrace ) return "statements are traced";
  if( db->autoCommit ) return "there is no transaction";
  return 0;
}

/* The types of the columns. */
static const char *clibSourceObstacle(const clib_load *L, const clib_source *aSource){
  int i;
  for(i=0; i<L->insert.nSlot; i++){
    const ClibSlot *pSlot = &L->insert.aSlot[i];
    int eClass;
    if( pSlot->iSource<0 ){
      eClass = pSlot->eConst;
    }else{
      switch( aSource[pSlot->iSource].kind ){
        case CLIB_FROM_NULL: eClass = CLIB_CLASS_NULL; break;
        case CLIB_FROM_F32: case CLIB_FROM_F64: eClass = CLIB_CLASS_REAL; break;
        case CLIB_FROM_TEXT32: case CLIB_FROM_TEXT64: eClass = CLIB_CLASS_TEXT; break;
        case CLIB_FROM_BLOB32: case CLIB_FROM_BLOB64: case CLIB_FROM_BLOB_FIXED: eClass = CLIB_CLASS_BLOB; break;
        default: eClass = CLIB_CLASS_INTEGER; break;
      }
    }
    if( eClass==CLIB_CLASS_NULL ) continue;
    if( pSlot->bRowid && eClass!=CLIB_CLASS_INTEGER ) return "the rowid is given by a column that is not one of integers";
    if( pSlot->eAs==CLIB_AS_TEXT && (eClass==CLIB_CLASS_INTEGER || eClass==CLIB_CLASS_REAL) ){
      return "numbers go into a column of texts, and are converted";
    }
    switch( pSlot->eStrict ){
      case COLTYPE_BLOB:    if( eClass!=CLIB_CLASS_BLOB ) return "values are not of a STRICT column's type"; break;
      case COLTYPE_INT:
      case COLTYPE_INTEGER: if( eClass!=CLIB_CLASS_INTEGER ) return "values are not of a STRICT column's type"; break;
      case COLTYPE_TEXT:    if( eClass!=CLIB_CLASS_TEXT ) return "values are not of a STRICT column's type"; break;
      case COLTYPE_REAL:
        if( eClass!=CLIB_CLASS_INTEGER && eClass!=CLIB_CLASS_REAL ) return "values are not of a STRICT column's type";
        break;
      default: break;
    }
  }
  return 0;
}

/* The serial type of an integer. */
static SQLITE_INLINE u32 clibIntType(i64 i, int bFormat4){
  u64 u = i<0 ? ~(u64)i : (u64)i;
  if( u<=127 ) return (u<=1 && i>=0 && bFormat4) ? 8+(u32)u : 1;
  if( u<=32767 ) return 2;
  if( u<=8388607 ) return 3;
  if( u<=2147483647 ) return 4;
  return u<=140737488355327LL ? 5 : 6;
}

/* Whether a text might be a number to SQLite. */
static int clibMayBeNumber(const u8 *z, i64 n){
  char aText[64];
  double r;
  i64 i = 0;
  while( i<n && sqlite3Isspace(z[i]) ) i++;
  if( i>=n || !(sqlite3Isdigit(z[i]) || z[i]=='+' || z[i]=='-' || z[i]=='.') ) return 0;
  if( n>=(i64)sizeof(aText) || memchr(z, 0, (size_t)n)!=0 ) return 1;
  memcpy(aText, z, (size_t)n);
  aText[n] = 0;
  return sqlite3AtoF(aText, &r)>0;
}

/* An integer of a slot into the chunk. */
static SQLITE_INLINE void clibPutInteger(const ClibSlot *pSlot, int bFormat4, u32 *pType, u64 *pBits, i64 i){
  double r;
  if( pSlot->eAs!=CLIB_AS_REAL ){
    *pType = clibIntType(i, bFormat4);
    *pBits = (u64)i;
    if( *pType!=6 || pSlot->eAs!=CLIB_AS_STORED ) return;
  }
  r = (double)i;
  *pType = 7;
  memcpy(pBits, &r, 8);
}

/* A real of a slot into the chunk. As sqlite3VdbeIntegerAffinity. */
static SQLITE_INLINE void clibPutReal(const ClibSlot *pSlot, int bFormat4, u32 *pType, u64 *pBits, double r){
  *pType = 7;
  memcpy(pBits, &r, 8);
  if( pSlot->eAs!=CLIB_AS_IS && r>=-9223372036854774784.0 && r<=9223372036854774784.0 && (double)(i64)r==r ){
    i64 i = (i64)r;
    if( pSlot->eAs==CLIB_AS_REAL ){
      r = (double)i;
      memcpy(pBits, &r, 8);
    }else{
      u32 t = clibIntType(i, bFormat4);
      if( t==6 && pSlot->eAs==CLIB_AS_STORED ) return;
      *pType = t;
      *pBits = (u64)i;
    }
  }
}

/* The values of a slot for `n` rows from `iRow` on. */
static void clibFillSlot(clib_load *L, int iSlot, const clib_source *aSource, i64 iRow, int n){
  const ClibSlot *pSlot = &L->insert.aSlot[iSlot];
  const int b4 = L->insert.bFormat4;
  u32 *aType = &L->aType[(i64)iSlot*CLIB_CHUNK];
  u64 *aBits = &L->aBits[(i64)iSlot*CLIB_CHUNK];
  const clib_source *s;
  const i64 nMost = L->v->db->aLimit[SQLITE_LIMIT_LENGTH];
  int r;

  if( pSlot->iSource<0 || aSource[pSlot->iSource].kind==CLIB_FROM_NULL ){
    u32 t = 0;
    u64 bits = 0;
    int bLeave = 0;
    if( pSlot->iSource<0 ){
      switch( pSlot->eConst ){
        case CLIB_CLASS_INTEGER: clibPutInteger(pSlot, b4, &t, &bits, pSlot->constant.u.i); break;
        case CLIB_CLASS_REAL:    clibPutReal(pSlot, b4, &t, &bits, pSlot->constant.u.r); break;
        case CLIB_CLASS_TEXT:
          t = (u32)pSlot->constant.n*2+13;
          bits = (u64)(uptr)pSlot->constant.u.z;
          bLeave = (pSlot->eAs!=CLIB_AS_IS && pSlot->eAs!=CLIB_AS_TEXT
                    && clibMayBeNumber(pSlot->constant.u.z, pSlot->constant.n))
                || pSlot->constant.n>nMost;
          break;
      }
    }
    if( t==0 && pSlot->bNotNull ) bLeave = 1;
    for(r=0; r<n; r++){
      aType[r] = t;
      aBits[r] = bits;
    }
    if( bLeave ) memset(L->aLeave, 1, (size_t)n);
    return;
  }
  s = &aSource[pSlot->iSource];
  switch( s->kind ){
    case CLIB_FROM_I64:
    case CLIB_FROM_I32:
    case CLIB_FROM_F64:
      if( s->indices==0 ){
        /* The common cases: NULLs come after. */
        if( s->kind==CLIB_FROM_I64 ){
          const i64 *a = (const i64*)s->values + iRow;
          for(r=0; r<n; r++) clibPutInteger(pSlot, b4, &aType[r], &aBits[r], a[r]);
        }else if( s->kind==CLIB_FROM_I32 ){
          const int *a = (const int*)s->values + iRow;
          for(r=0; r<n; r++) clibPutInteger(pSlot, b4, &aType[r], &aBits[r], a[r]);
        }else{
          const double *a = (const double*)s->values + iRow;
          for(r=0; r<n; r++){
            if( a[r]!=a[r] ) break;
            clibPutReal(pSlot, b4, &aType[r], &aBits[r], a[r]);
          }
          if( r<n ) goto one_by_one;
        }
        if( s->validity ){
          for(r=0; r<n; r++){
            if( clibSourceIsNull(s, iRow+r) ) aType[r] = 0;
          }
        }
        break;
      }
      goto one_by_one;
    case CLIB_FROM_TEXT32:
      if( s->indices==0 && (pSlot->eAs==CLIB_AS_IS || pSlot->eAs==CLIB_AS_TEXT) && pSlot->eStrict!=COLTYPE_REAL ){
        const int *a = (const int*)s->values + iRow;
        for(r=0; r<n; r++){
          i64 nText = (i64)a[r+1]-a[r];
          aBits[r] = (u64)(uptr)&s->data[a[r]];
          aType[r] = (u32)nText*2 + 13;
          if( s->validity && clibSourceIsNull(s, iRow+r) ){
            aType[r] = 0;
          }else if( nText>nMost ){
            aType[r] = 12;
            L->aLeave[r] = 1;
          }
        }
        break;
      }
      /* fall through */
    default:
    one_by_one:
      for(r=0; r<n; r++){
        ClibCell cell;
        int eClass = clibSourceValue(s, iRow+r, &cell);
        switch( eClass ){
          case CLIB_CLASS_NULL:
            aType[r] = 0;
            break;
          case CLIB_CLASS_INTEGER:
            clibPutInteger(pSlot, b4, &aType[r], &aBits[r], cell.u.i);
            break;
          case CLIB_CLASS_REAL:
            clibPutReal(pSlot, b4, &aType[r], &aBits[r], cell.u.r);
            break;
          case CLIB_CLASS_TEXT:
          case CLIB_CLASS_BLOB:
            aBits[r] = (u64)(uptr)cell.u.z;
            if( cell.n>nMost ){
              aType[r] = 12;
              L->aLeave[r] = 1;
              break;
            }
            aType[r] = (u32)cell.n*2 + 12 + (eClass==CLIB_CLASS_TEXT);
            if( eClass==CLIB_CLASS_TEXT ){
              if( pSlot->eAs!=CLIB_AS_IS && pSlot->eAs!=CLIB_AS_TEXT && clibMayBeNumber(cell.u.z, cell.n) ) L->aLeave[r] = 1;
              /* NaN as a text, where the type is one of reals. */
              if( pSlot->eStrict==COLTYPE_REAL ) L->aLeave[r] = 1;
            }
            break;
          default:
            aType[r] = 0;
            if( r<L->iMisfit || (r==L->iMisfit && pSlot->iSource<L->iMisfitColumn) ){
              L->iMisfit = r;
              L->iMisfitColumn = pSlot->iSource;
            }
            break;
        }
      }
      break;
  }
  if( pSlot->bNotNull ){
    for(r=0; r<n; r++){
      if( aType[r]==0 ) L->aLeave[r] = 1;
    }
  }
}

static SQLITE_INLINE void clibPut8(u8 *z, u64 x){
#if SQLITE_BYTEORDER==1234 && (defined(__GNUC__) || defined(__clang__))
  x = __builtin_bswap64(x);
  memcpy(z, &x, 8);
#else
  int i;
  for(i=7; i>=0; i--){
    z[i] = (u8)x;
    x >>= 8;
  }
#endif
}

/* A short text or blob. Longer ones are memcpy's. */
static SQLITE_INLINE void clibCopyBytes(u8 *zTo, const u8 *zFrom, u32 n){
  if( n>16 ){
    memcpy(zTo, zFrom, n);
  }else if( n>=8 ){
    u64 a, b;
    memcpy(&a, zFrom, 8);
    memcpy(&b, &zFrom[n-8], 8);
    memcpy(zTo, &a, 8);
    memcpy(&zTo[n-8], &b, 8);
  }else if( n>=4 ){
    u32 a, b;
    memcpy(&a, zFrom, 4);
    memcpy(&b, &zFrom[n-4], 4);
    memcpy(zTo, &a, 4);
    memcpy(&zTo[n-4], &b, 4);
  }else if( n>0 ){
    zTo[0] = zFrom[0];
    zTo[n>>1] = zFrom[n>>1];
    zTo[n-1] = zFrom[n-1];
  }
}

/* The serial type and the bits of a record's field. */
static SQLITE_INLINE u32 clibFieldOf(const clib_load *L, int k, int r, i64 iRowid, u64 *pBits){
  if( k>=0 ){
    *pBits = L->aBits[(i64)k*CLIB_CHUNK+r];
    return L->aType[(i64)k*CLIB_CHUNK+r];
  }
  *pBits = (u64)iRowid;
  return k==CLIB_FIELD_NULL ? 0 : clibIntType(iRowid, L->insert.bFormat4);
}

/* How long the record of row `r` of the chunk is, and its header. */
static SQLITE_INLINE i64 clibRecordSize(const clib_load *L, const ClibRecord *pRecord, int r, i64 iRowid, int *pnHdr){
  const int *aField = &L->insert.aField[pRecord->iField];
  int i, nHdr = 0;
  i64 nData = 0;
  for(i=0; i<pRecord->nField; i++){
    u64 bits;
    u32 t = clibFieldOf(L, aField[i], r, iRowid, &bits);
    if( t<12 ){
      nHdr++;
      nData += clibSize[t];
    }else{
      nHdr += t<0x80 ? 1 : sqlite3VarintLen(t);
      nData += (t-12)>>1;
    }
  }
  if( nHdr<=126 ){
    nHdr++;
  }else{
    int n = sqlite3VarintLen((u64)nHdr);
    nHdr += n;
    if( n<sqlite3VarintLen((u64)nHdr) ) nHdr++;
  }
  *pnHdr = nHdr;
  return nHdr+nData;
}

/* Writes the record. Up to 8 bytes behind it are written too. */
static SQLITE_INLINE void clibRecordWrite(const clib_load *L, const ClibRecord *pRecord, int r, i64 iRowid, int nHdr, u8 *z){
  const int *aField = &L->insert.aField[pRecord->iField];
  u8 *zHdr = z;
  int i;
  zHdr += putVarint32(zHdr, (u32)nHdr);
  z += nHdr;
  for(i=0; i<pRecord->nField; i++){
    u64 bits;
    u32 t = clibFieldOf(L, aField[i], r, iRowid, &bits);
    if( t<12 ){
      u8 n = clibSize[t];
      *zHdr++ = (u8)t;
      if( n ){
        clibPut8(z, bits<<clibShift[t]);
        z += n;
      }
    }else{
      u32 n = (t-12)>>1;
      zHdr += putVarint32(zHdr, t);
      clibCopyBytes(z, (const u8*)(uptr)bits, n);
      z += n;
    }
  }
}

/* Opens a cursor for writing. The caller closes and frees it. */
static int clibOpen(clib_load *L, Pgno iRoot, KeyInfo *pKeyInfo, BtCursor **ppCur){
  Btree *pBt = L->v->db->aDb[L->insert.iDb].pBt;
  BtCursor *pCur = sqlite3MallocZero((u64)sqlite3BtreeCursorSize());
  int rc;
  *ppCur = 0;
  if( pCur==0 ) return SQLITE_NOMEM;
  rc = sqlite3BtreeCursor(pBt, iRoot, BTREE_WRCSR, pKeyInfo, pCur);
  if( rc!=SQLITE_OK ){
    sqlite3BtreeCloseCursor(pCur);
    sqlite3_free(pCur);
    return rc;
  }
  *ppCur = pCur;
  return SQLITE_OK;
}

static void clibClose(BtCursor *pCur){
  if( pCur ){
    sqlite3BtreeCloseCursor(pCur);
    sqlite3_free(pCur);
  }
}

/*
** Puts a cell behind the one that the cursor is on, which is the last one of the b-tree, where its page has room for it.
** Returns SQLITE_DONE where it has not. For a table, `iRowid` is the key.
*/
static SQLITE_INLINE int clibAppendCell(BtCursor *pCur, i64 iRowid, const u8 *pCell, int nCell){
  Btree *p = pCur->pBtree;
  MemPage *pPage;
  u8 *aData;
  int rc, iHdr, iGap, iTop;
  if( pCur->curFlags & BTCF_Multiple ){
    rc = saveAllCursors(p->pBt, pCur->pgnoRoot, pCur);
    if( rc!=SQLITE_OK ) return rc;
  }
  if( pCur->eState!=CURSOR_VALID || (pCur->curFlags & BTCF_AtLast)==0 || nCell<4 ) return SQLITE_DONE;
  pPage = pCur->pPage;
  if( !pPage->leaf || pPage->nOverflow || pPage->nFree<nCell+2 || pCur->ix+1!=pPage->nCell ) return SQLITE_DONE;
  iHdr = pPage->hdrOffset;
  aData = pPage->aData;
  iGap = pPage->cellOffset + 2*pPage->nCell;
  iTop = get2byteNotZero(&aData[iHdr+5]);
  if( iTop>(int)p->pBt->usableSize || iGap+2+nCell>iTop ) return SQLITE_DONE;
  if( p->hasIncrblobCur && pCur->pKeyInfo==0 ) invalidateIncrblobCursors(p, pCur->pgnoRoot, iRowid, 0);
  rc = sqlite3PagerWrite(pPage->pDbPage);
  if( rc!=SQLITE_OK ) return rc;
  aData = pPage->aData;
  iTop -= nCell;
  put2byte(&aData[iHdr+5], iTop);
  memcpy(&aData[iTop], pCell, (size_t)nCell);
  put2byte(&aData[iGap], iTop);
  pPage->nFree -= 2+nCell;
  pPage->nCell++;
  put2byte(&aData[iHdr+3], pPage->nCell);
  pCur->ix++;
  pCur->info.nSize = 0;
  pCur->curFlags &= ~(BTCF_ValidNKey|BTCF_ValidOvfl);
  return SQLITE_OK;
}

/* Forgets what is pending. */
static void clibForget(clib_load *L){
  int i;
  for(i=0; i<CLIB_MAX_INDEX; i++){
    L->aPending[i].nData = 0;
  }
  L->nPending = 0;
  L->nPendingByte = 0;
}

/* Frees what pending entries take. */
static void clibFreePending(clib_load *L){
  int i;
  clibForget(L);
  for(i=0; i<CLIB_MAX_INDEX; i++){
    ClibPending *p = &L->aPending[i];
    sqlite3KeyInfoUnref(p->pKeyInfo);
    sqlite3_free(p->aEntry);
    sqlite3_free(p->aData);
    memset(p, 0, sizeof(*p));
  }
}

/* What an error does to the transaction, as sqlite3VdbeHalt has it; and the connection knows the error. No cursor is open. */
static int clibFail(clib_load *L, int rc){
  sqlite3 *db = L->v->db;
  int mrc = rc & 0xff;
  clibForget(L);
  if( mrc==SQLITE_NOMEM || mrc==SQLITE_IOERR || mrc==SQLITE_FULL ){
    sqlite3RollbackAll(db, SQLITE_ABORT_ROLLBACK);
    sqlite3CloseSavepoints(db);
    db->autoCommit = 1;
  }
  db->nChange = 0;
  sqlite3Error(db, rc);
  return sqlite3ApiExit(db, rc);
}

/* Calls the progress handler where it is due after `n` rows, and looks whether there was an interrupt. */
static int clibPause(clib_load *L, int n){
  sqlite3 *db = L->v->db;
#ifndef SQLITE_OMIT_PROGRESS_CALLBACK
  if( db->xProgress ){
    L->nProgress += (u32)(n*L->insert.nStep);
    if( L->nProgress>=db->nProgressOps ){
      L->nProgress = db->nProgressOps ? L->nProgress%db->nProgressOps : 0;
      if( db->xProgress(db->pProgressArg) ) return SQLITE_INTERRUPT;
    }
  }
#endif
  return AtomicLoad(&db->u1.isInterrupted) ? SQLITE_INTERRUPT : SQLITE_OK;
}

/* What ends the taking over of rows besides errors. */
#define CLIB_LEFT 1901     /* The next row is to be executed */

#include "sorted.c"

/* The program is the one that was read. Its address does not tell: another one may have come to where it was. */
static int clibIsRead(const clib_load *L){
  return L->bPlanned && L->nPrepared==L->v->aCounter[SQLITE_STMTSTATUS_REPREPARE];
}

/* The program is the one that was read, and the statement's database as it was then: rows need not be executed first. */
static int clibIsCurrent(clib_load *L){
  Vdbe *v = L->v;
  sqlite3 *db = v->db;
  Db *pDb;
  u32 iMeta = 0;
  if( L->zObstacle || L->insert.bAutoinc || v->expired || !clibIsRead(L) ) return 0;
  pDb = &db->aDb[L->insert.iDb];
  if( pDb->pBt==0 || sqlite3BtreeTxnState(pDb->pBt)!=SQLITE_TXN_WRITE ) return 0;
  /* Opens the savepoints that were begun since. */
  if( sqlite3BtreeBeginTrans(pDb->pBt, 1, (int*)&iMeta)!=SQLITE_OK ) return 0;
  return (int)iMeta==L->insert.iCookie && pDb->pSchema->iGeneration==L->insert.iGeneration;
}

/* Reads the program, after a row was executed. */
static int clibLoadPlan(clib_load *L, const clib_source *aSource){
  Vdbe *v = L->v;
  const char *zWhy = 0;
  int rc, i;
  L->bPlanned = 0;
  L->nPrepared = v->aCounter[SQLITE_STMTSTATUS_REPREPARE];
  rc = clibInsertPlan(v, L->nSource, &L->insert, &zWhy);
  if( rc!=SQLITE_OK ) return rc;
  if( zWhy==0 && v->db->aDb[L->insert.iDb].pBt->sharable ) zWhy = "the cache is shared with other connections";
  if( zWhy==0 ) zWhy = clibConnectionObstacle(v->db);
  if( zWhy==0 && aSource ) zWhy = clibSourceObstacle(L, aSource);
  L->zObstacle = zWhy;
  if( zWhy ) return SQLITE_OK;
  if( L->nSlotRoom<L->insert.nSlot ){
    u64 n = (u64)L->insert.nSlot*CLIB_CHUNK;
    sqlite3_free(L->aType);
    sqlite3_free(L->aBits);
    L->nSlotRoom = 0;
    L->aType = sqlite3Malloc(n*sizeof(u32));
    L->aBits = sqlite3Malloc(n*sizeof(u64));
    if( L->aType==0 || L->aBits==0 ) return SQLITE_NOMEM;
    L->nSlotRoom = L->insert.nSlot;
  }
  for(i=0; i<L->insert.nIndex; i++){
    sqlite3KeyInfoUnref(L->aPending[i].pKeyInfo);
    L->aPending[i].pKeyInfo = sqlite3KeyInfoRef(L->insert.aIndex[i].pKeyInfo);
  }
  L->bPlanned = 1;
  return SQLITE_OK;
}

int clib_load_new(sqlite3_stmt *pStmt, int nSource, i64 nPendingMost, clib_load **ppLoad){
  clib_load *L;
  Vdbe *v = (Vdbe*)pStmt;
  const char *zWhy = 0;
  int rc;
  *ppLoad = 0;
  if( v->nVar!=nSource ) return SQLITE_MISUSE;
  L = sqlite3MallocZero(sizeof(*L));
  if( L==0 ) return SQLITE_NOMEM;
  L->v = v;
  L->nSource = nSource;
  L->nPendingMost = nPendingMost>0x7fffffff ? 0x7fffffff : nPendingMost;
  sqlite3_mutex_enter(v->db->mutex);
  rc = clibInsertPlan(v, nSource, &L->insert, &zWhy);
  if( zWhy==0 ) zWhy = clibConnectionObstacle(v->db);
  sqlite3_mutex_leave(v->db->mutex);
  L->zObstacle = zWhy;
  if( rc!=SQLITE_OK ){
    clib_load_free(L);
    return rc;
  }
  *ppLoad = L;
  return SQLITE_OK;
}

void clib_load_free(clib_load *L){
  if( L ){
    clibFreePending(L);
    clibInsertClear(&L->insert);
    sqlite3_free(L->aType);
    sqlite3_free(L->aBits);
    sqlite3_free(L->aCell);
    sqlite3_free(L->aRowid);
    sqlite3_free(L);
  }
}

const char *clib_load_obstacle(const clib_load *L){
  return L->zObstacle;
}

int clib_load_sorts(const clib_load *L){
  return L->zObstacle ? 0 : L->insert.nIndex;
}

/*
** Takes rows over, from *piRow on, until `iTo` or a row that is to be executed: CLIB_LEFT.
*/
static int clibTakeRows(clib_load *L, const clib_source *aSource, i64 iBase, i64 *piRow, i64 iTo, clib_stop *pStop){
  sqlite3 *db = L->v->db;
  const ClibInsert *p = &L->insert;
  const ClibRecord *pRecord = &p->aRecord[p->iRecord];
  BtCursor *pCur = 0;
  i64 iRow = *piRow;
  i64 iLast, nDone = 0;
  int rc, bEmpty = 0;

  if( L->nChunk<8 ) L->nChunk = CLIB_CHUNK;
  rc = clibOpen(L, p->iRoot, 0, &pCur);
  if( rc==SQLITE_OK ) rc = sqlite3BtreeLast(pCur, &bEmpty);
  iLast = 0;
  if( rc==SQLITE_OK ){
    if( bEmpty ){
      rc = CLIB_LEFT;
    }else{
      iLast = sqlite3BtreeIntegerKey(pCur);
      if( pCur->pPage->nFree<0 ) rc = btreeComputeFreeSpace(pCur->pPage);
    }
  }
  while( rc==SQLITE_OK && iRow<iTo ){
    int n = iTo-iRow>L->nChunk ? L->nChunk : (int)(iTo-iRow);
    int i, r, nMake;
    if( L->nChunk<CLIB_CHUNK ) L->nChunk *= 2;
    rc = clibPause(L, n);
    if( rc!=SQLITE_OK ) break;
    memset(L->aLeave, 0, (size_t)n);
    L->iMisfit = n;
    L->iMisfitColumn = 0;
    for(i=0; i<p->nSlot; i++) clibFillSlot(L, i, aSource, iRow, n);
    nMake = L->iMisfit;
    for(r=0; r<nMake; r++){
      i64 nRecord, iRowid;
      int nHdr, nCellHdr, nCell;
      u8 *z;
      if( L->aLeave[r] ){ rc = CLIB_LEFT; break; }
      if( p->iRowidSlot>=0 ){
        iRowid = (i64)L->aBits[(i64)p->iRowidSlot*CLIB_CHUNK+r];
        if( iRowid<=iLast ){ rc = CLIB_LEFT; break; }
      }else{
        if( iLast==LARGEST_INT64 ){ rc = CLIB_LEFT; break; }
        iRowid = iLast+1;
      }
      nRecord = clibRecordSize(L, pRecord, r, iRowid, &nHdr);
      if( nRecord>db->aLimit[SQLITE_LIMIT_LENGTH] ){ rc = CLIB_LEFT; break; }
      if( (u64)nRecord+32>L->nCellRoom ){
        rc = clibRoom(&L->aCell, &L->nCellRoom, (u64)nRecord+32, 1);
        if( rc!=SQLITE_OK ) break;
      }
      if( p->nIndex ){
        rc = clibCollectEntries(L, r, iRowid, iBase+iRow+r, nDone+r>0 ? iLast : db->lastRowid);
        if( rc!=SQLITE_OK ) break;
      }
      z = L->aCell;
      z += putVarint32(z, (u32)nRecord);
      if( (u64)iRowid<0x80 ){
        *z++ = (u8)iRowid;
      }else{
        z += sqlite3PutVarint(z, (u64)iRowid);
      }
      nCellHdr = (int)(z-L->aCell);
      clibRecordWrite(L, pRecord, r, iRowid, nHdr, z);
      nCell = nCellHdr+(int)nRecord;
      rc = nRecord<=pCur->pPage->maxLocal ? clibAppendCell(pCur, iRowid, L->aCell, nCell) : SQLITE_DONE;
      if( rc==SQLITE_DONE ){
        BtreePayload x;
        rc = sqlite3BtreeLast(pCur, &bEmpty);
        if( rc!=SQLITE_OK ) break;
        memset(&x, 0, sizeof(x));
        x.nKey = iRowid;
        x.pData = z;
        x.nData = (int)nRecord;
        rc = sqlite3BtreeInsert(pCur, &x, BTREE_APPEND, bEmpty ? 0 : -1);
        if( rc==SQLITE_OK ) rc = sqlite3BtreeLast(pCur, &bEmpty);
        if( rc==SQLITE_OK && bEmpty ) rc = SQLITE_CORRUPT_BKPT;
        if( rc==SQLITE_OK && pCur->pPage->nFree<0 ) rc = btreeComputeFreeSpace(pCur->pPage);
      }
      if( rc!=SQLITE_OK ) break;
      if( p->nIndex ) L->aRowid[L->nPending++] = iRowid;
      iLast = iRowid;
      if( L->nPendingByte>L->nPendingMost ){
        r++;
        break;
      }
    }
    iRow += r;
    nDone += r;
    if( r>0 ){
      db->lastRowid = iLast;
      db->nTotalChange += r;
      db->nChange = 1;
    }
    if( rc==SQLITE_OK && r==nMake && nMake<n ){
      pStop->column = L->iMisfitColumn;
      rc = CLIB_MISFIT;
    }
    if( rc==SQLITE_OK && L->nPendingByte>L->nPendingMost ){
      rc = clibFlushSorted(L, pStop);
      if( rc!=SQLITE_OK ) break;
    }
  }
  clibClose(pCur);
  *piRow = iRow;
  if( rc==CLIB_LEFT ) L->nChunk = 8;
  return rc;
}

int clib_load_rows(
  clib_load *L,
  const clib_source *aSource,
  i64 iBase,
  i64 iFrom,
  i64 iTo,
  clib_stop *pStop
){
  Vdbe *v = L->v;
  sqlite3 *db = v->db;
  i64 iRow = iFrom;
  i64 iEnd;
  int rc = SQLITE_OK;

  pStop->row = iBase+iFrom;
  pStop->column = -1;
  if( v->nVar!=L->nSource || v->eVdbeState!=VDBE_READY_STATE ) return SQLITE_MISUSE;
  sqlite3_mutex_enter(db->mutex);
  while( iRow<iTo ){
    int bCurrent = clibIsCurrent(L) && clibConnectionObstacle(db)==0 && clibSourceObstacle(L, aSource)==0;
    if( !bCurrent || rc==CLIB_LEFT ){
      /* The row is executed. It must see what is pending. */
      rc = SQLITE_OK;
      if( L->nPending ) rc = clibFlushSorted(L, pStop);
      if( rc!=SQLITE_OK ) break;
      rc = clibExecute(v, aSource, L->nSource, iRow, 1, pStop);
      pStop->row += iBase;
      if( rc!=SQLITE_OK ) goto executed;
      iRow++;
      if( iRow>=iTo ) break;
      if( !bCurrent || !clibIsRead(L) ){
        rc = clibLoadPlan(L, aSource);
        if( rc!=SQLITE_OK ) break;
        if( L->zObstacle ){
          /* All others are executed too. */
          rc = clib_load_prepared((sqlite3_stmt*)v, aSource, L->nSource, iRow, iTo, 1, pStop);
          pStop->row += iBase;
          goto executed;
        }
      }
    }
    iEnd = L->insert.bAutoinc ? iTo-1 : iTo;
    if( iRow>=iEnd ){
      rc = CLIB_LEFT;
      continue;
    }
    pStop->row = -1;
    rc = clibTakeRows(L, aSource, iBase, &iRow, iEnd, pStop);
    if( rc!=SQLITE_OK && rc!=CLIB_LEFT && pStop->row<0 ) pStop->row = iBase+iRow;
    if( rc!=SQLITE_OK && rc!=CLIB_LEFT ) break;
    if( iRow<iTo ) rc = CLIB_LEFT;
  }
  /* Between calls nothing is pending: anything may look at the database then, end the transaction, or close it. */
  if( rc==SQLITE_OK && L->nPending ) rc = clibFlushSorted(L, pStop);
  if( rc!=SQLITE_OK && rc!=CLIB_REFUSED && L->nPending
   && rc!=SQLITE_NOMEM && (rc&0xff)!=SQLITE_IOERR && rc!=SQLITE_FULL && rc!=SQLITE_INTERRUPT
  ){
    /* A row before may be refused yet. */
    clib_stop stop;
    int eFirst = clibFlushSorted(L, &stop);
    if( eFirst!=SQLITE_OK ){
      *pStop = stop;
      rc = eFirst;
    }
  }
  if( rc==CLIB_REFUSED ){
    rc = clibRefuse(L);
  }else if( rc!=SQLITE_OK && rc!=CLIB_MISFIT ){
    rc = clibFail(L, rc);
  }
  sqlite3_mutex_leave(db->mutex);
  return rc;

executed:
  /* The error is the statement's own. */
  if( rc!=SQLITE_OK ) clibForget(L);
  if( rc==SQLITE_OK ) pStop->row = iBase+iTo;
  sqlite3_mutex_leave(db->mutex);
  return rc;
}
