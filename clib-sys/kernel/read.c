/*
** Reading rows of a running statement into columns.
**
** There are two ways to come by a row, and a call goes from one to the other at any row:
**
** - *Stepping* (fill): sqlite3_step runs the virtual machine to its next OP_ResultRow, and the result registers are
**   appended to the columns. Works for every statement.
**
** - *Walking* (scan): where plan.c has found that the statement's loop does nothing but hand out fields of one b-tree
**   cursor, the records of a whole leaf page are decoded at once, a piece at a time: first the headers of all records of the
**   piece (where each field is, and which rows pass the conditions), then column after column in tight loops.
**
** Why walking cannot be told from stepping: the statement is really running. Its locks, its snapshot and its schema check are
** the ones sqlite3_step made, and the cursor that is walked is the statement's own. After a piece the cursor stands on the
** last row of the piece, where it would stand had the virtual machine handed that row out; so the next OP_Next goes on
** from there. Whoever moves, saves or trips cursors (writes on the same connection, rollbacks) does so with this one too.
**
** Whatever is unusual is left to the virtual machine, by stepping over one row: a record that has overflow pages or that is not
** well-formed, a cursor that was saved, an interrupt, a progress handler that is due, the end of the table. So all errors
** are SQLite's own, raised where it raises them. Two states of a cursor pass news on to OP_Next:
**
** - CURSOR_SKIPNEXT, where the cursor has come to a new page whose first row the virtual machine is to take;
** - CURSOR_FAULT, where coming to the next page has failed: OP_Next then fails with that code.
**
** Nothing of a page is trusted. Before a byte is read at an offset that a page gives, the offset is checked; a record that
** fails a check is left to SQLite, whose business corruption is. Integers are loaded as the 8 bytes that end where
** the integer ends: what lies before a value is always its own page, as each page begins with a header of 8 bytes.
*/

/* How many rows a piece has at most. */
#define CLIB_PIECE 128

struct clib_reader {
  Vdbe *v;
  int iPc;                /* Where the virtual machine stands when it is this loop that has handed out a row */
  const char *zObstacle;  /* Why rows are stepped to; null where they are walked */
  ClibPlan plan;
  int nMost;              /* Rows of a piece at most */
  u64 *aField;            /* [slot][row]: serial type << 32 | offset in the page. The last slot is for unwanted fields */
  i64 *aKey;              /* [row]: the integer key */
  const u8 *aData;        /* The page of the piece */
  const u8 *aEnd;         /* Its end */
  int nRow;               /* Rows of the piece; 0 where there is none */
  i64 nPieceByte;         /* What they take */
  i64 nText;              /* The lengths of the texts and blobs that the last row found hands out of its record */
  int iCol;               /* The column that is next, in the piece or in the row */
  i64 nRowByte;           /* What the row takes so far, when stepping */
  ClibAhead ahead;        /* The page after this one */
  int iOuter;             /* The cursor that is on this one when rows are stepped to; -1 for none */
  u32 nDelegated;         /* Rows that were left to the virtual machine */
  u32 nWalked;            /* Rows that were not */
};

/* The serial type of a field that a record is too short for. */
#define CLIB_ABSENT 0xffffffffU

/* How many bits an integer of each serial type leaves free in 64, and which types are integers with bytes. */
static const u8 clibShift[8] = { 0, 56, 48, 40, 32, 16, 0, 0 };
static const u8 clibSize[16] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0 };

static SQLITE_INLINE u64 clibLoad8(const u8 *p){
#if SQLITE_BYTEORDER==1234 && (defined(__GNUC__) || defined(__clang__))
  u64 x;
  memcpy(&x, p, 8);
  return __builtin_bswap64(x);
#else
  return ((u64)p[0]<<56) | ((u64)p[1]<<48) | ((u64)p[2]<<40) | ((u64)p[3]<<32)
       | ((u64)p[4]<<24) | ((u64)p[5]<<16) | ((u64)p[6]<<8) | (u64)p[7];
#endif
}

/* The integer of serial type 1 to 6 at `p`; 8 bytes before its end are readable. */
static SQLITE_INLINE i64 clibInteger(const u8 *p, u32 t){
  u8 nShift = clibShift[t];
  return (i64)(clibLoad8(p+clibSize[t]-8)<<nShift)>>nShift;
}

/* The real at `p`. Whether it is one: SQLite takes a NaN for NULL. */
static SQLITE_INLINE int clibReal(const u8 *p, double *r){
  u64 x = clibLoad8(p);
  memcpy(r, &x, sizeof(x));
  return !IsNaN(x);
}

/* Gives the reader what it needs to walk, once its plan is made. */
static int clibReaderRoom(clib_reader *r){
  r->nMost = CLIB_PIECE;
  while( r->nMost>8 && (i64)r->nMost*(r->plan.nSlot+1)>16384 ) r->nMost >>= 1;
  r->aField = sqlite3_malloc64(sizeof(u64)*(u64)r->nMost*((u64)r->plan.nSlot+2));
  if( r->aField==0 ) return SQLITE_NOMEM;
  r->aKey = (i64*)&r->aField[(i64)r->nMost*(r->plan.nSlot+1)];
  return SQLITE_OK;
}

int clib_reader_new(sqlite3_stmt *stmt, int scan, clib_reader **reader){
  clib_reader *r;
  Vdbe *v = (Vdbe*)stmt;
  int rc = SQLITE_OK;
  *reader = 0;
  r = sqlite3_malloc64(sizeof(*r));
  if( r==0 ) return SQLITE_NOMEM;
  memset(r, 0, sizeof(*r));
  r->v = v;
  if( !scan ){
    r->zObstacle = "the scan is not asked for";
  }else{
    r->zObstacle = clibPlan(v, &r->plan, &rc);
    r->iPc = v->pc;
  }
  r->iOuter = clibOuterCursor(v);
  if( r->zObstacle==0 ) rc = clibReaderRoom(r);
  if( rc!=SQLITE_OK ){
    clib_reader_free(r);
    return rc;
  }
  *reader = r;
  return SQLITE_OK;
}

void clib_reader_free(clib_reader *r){
  if( r==0 ) return;
  sqlite3_free(r->plan.aOut);
  sqlite3_free(r->aField);
  sqlite3_free(r);
}

const char *clib_reader_obstacle(const clib_reader *r){
  return r->zObstacle;
}

/* Gives walking up, for good. */
static void clibGiveUp(clib_reader *r, const char *zWhy){
  r->zObstacle = zWhy;
}

/* The sign of how a field's or key's number compares with a register's. */
static int clibCompareNumbers(int bReal, i64 i, double x, const Mem *p){
  if( p->flags & (MEM_Int|MEM_IntReal) ){
    if( bReal ) return -sqlite3IntFloatCompare(p->u.i, x);
    return i<p->u.i ? -1 : i>p->u.i;
  }
  if( bReal ) return x<p->u.r ? -1 : x>p->u.r;
  return sqlite3IntFloatCompare(i, p->u.r);
}

#define CLIB_PASS 0   /* The row passes */
#define CLIB_LEAVE 1  /* The row is to be left to the virtual machine */

/*
** Whether a value is in the list of an IN: 1, 0, or -1 where SQLite is to find out. The value is an integer, a real or a text,
** and of the affinity that the list was made with: OP_Affinity before the search would have been an obstacle.
*/
static int clibInSet(const clib_reader *r, VdbeCursor *pSet, int bReal, i64 i, double x, const u8 *z, int n){
  UnpackedRecord rec;
  Mem value;
  int res = 0;
  memset(&value, 0, sizeof(value));
  value.db = r->v->db;
  value.enc = SQLITE_UTF8;
  if( z ){
    value.flags = MEM_Str;
    value.z = (char*)z;
    value.n = n;
  }else if( bReal ){
    value.flags = MEM_Real;
    value.u.r = x;
  }else{
    value.flags = MEM_Int;
    value.u.i = i;
  }
  memset(&rec, 0, sizeof(rec));
  rec.pKeyInfo = pSet->pKeyInfo;
  rec.aMem = &value;
  rec.nField = 1;
  if( sqlite3BtreeIndexMoveto(pSet->uc.pCursor, &rec, &res)!=SQLITE_OK ) return -1;
  pSet->cacheStatus = CACHE_STALE;
  return res==0;
}

/* Evaluates the conditions on row `iRow` of the piece: CLIB_PASS, CLIB_LEAVE, CLIB_SKIP or CLIB_STOP. */
static int clibTestRow(const clib_reader *r, int iRow){
  int iTest = 0;
  while( iTest<r->plan.nTest ){
    const ClibTest *pTest = &r->plan.aTest[iTest];
    int res = 0, bReal = 0, bNull = 0, bText = 0, bJump;
    i64 i = 0;
    double x = 0;
    const u8 *z = 0;
    int n = 0;
    if( pTest->value.eFrom==CLIB_ROWID ){
      i = r->aKey[iRow];
    }else{
      u64 e = r->aField[(i64)pTest->value.iSlot*r->nMost+iRow];
      u32 t = (u32)(e>>32);
      const u8 *p = &r->aData[(u32)e];
      if( t-1<6 ){
        i = clibInteger(p, t);
      }else if( t-8<2 ){
        i = t-8;
      }else if( t==0 ){
        bNull = 1;
      }else if( t==7 ){
        bReal = 1;
        bNull = !clibReal(p, &x);
      }else if( t==CLIB_ABSENT ){
        if( pTest->value.pMem ) return CLIB_LEAVE;
        bNull = 1;
      }else{
        bText = 1;
        z = p;
        n = (int)((t-12)/2);
        if( (t&1)==0 && (pTest->pConst || pTest->pSet) ) return CLIB_LEAVE;
      }
      if( pTest->value.bReal && !bReal && !bNull && !bText ){
        bReal = 1;
        x = (double)i;
      }
    }
    if( pTest->opcode==OP_IsNull ){
      bJump = bNull;
    }else if( pTest->opcode==OP_NotNull ){
      bJump = !bNull;
    }else if( pTest->opcode==OP_NotFound ){
      int bFound = bNull ? -1 : clibInSet(r, pTest->pSet, bReal, i, x, z, n);
      if( bFound<0 ) return CLIB_LEAVE;
      bJump = !bFound;
    }else{
      const Mem *pConst = pTest->pConst;
      if( bNull || (pConst->flags & MEM_Null)!=0 ){
        if( pTest->p5 & SQLITE_NULLEQ ) return CLIB_LEAVE;
        bJump = (pTest->p5 & SQLITE_JUMPIFNULL)!=0;
      }else{
        if( bText ){
          int nConst = pConst->n;
          if( pTest->bCollates
           || (pConst->flags & (MEM_Str|MEM_Int|MEM_Real|MEM_IntReal|MEM_Blob))!=MEM_Str || pConst->enc!=SQLITE_UTF8
           || (pTest->p5 & SQLITE_AFF_MASK)>=SQLITE_AFF_NUMERIC
          ){
            return CLIB_LEAVE;
          }
          res = memcmp(z, pConst->z, n<nConst ? n : nConst);
          if( res==0 ) res = n-nConst;
        }else{
          if( (pConst->flags & (MEM_Str|MEM_Blob))!=0 || (pTest->p5 & SQLITE_AFF_MASK)==SQLITE_AFF_TEXT ) return CLIB_LEAVE;
          res = clibCompareNumbers(bReal, i, x, pConst);
        }
        /* OP_Lt and its kind ask how r[P3] compares with r[P1]. */
        if( pTest->bSwapped ) res = -res;
        if( res<0 ){
          bJump = sqlite3aLTb[pTest->opcode];
        }else if( res==0 ){
          bJump = sqlite3aEQb[pTest->opcode];
        }else{
          bJump = sqlite3aGTb[pTest->opcode];
        }
      }
    }
    if( !bJump ){
      iTest++;
    }else if( pTest->iJump<0 ){
      return pTest->iJump;
    }else{
      iTest = pTest->iJump;
    }
  }
  return CLIB_PASS;
}

/*
** Finds the fields of the record at `p`, which has `nPayload` bytes, all of them on the page. Returns 0 where the record is
** of a kind that is left to SQLite.
*/
static SQLITE_INLINE int clibFields(clib_reader *r, int iRow, const u8 *p, u32 nPayload){
  const ClibPlan *pPlan = &r->plan;
  const int nField = pPlan->nField;
  const int nMost = r->nMost;
  const int *aSlot = pPlan->aSlot;
  const u8 *aCount = pPlan->aCount;
  u64 *aField = &r->aField[iRow];
  i64 nText = 0;
  const u8 *aBase = r->aData;
  u32 nHdr = p[0];
  const u8 *zHdr = p+1;
  const u8 *zEndHdr;
  u64 iOff, iEnd;
  int i = 0;
  if( nHdr>=0x80 ){
    if( nPayload<2 || zHdr[0]>=0x80 ) return 0;
    nHdr = ((nHdr&0x7f)<<7) | zHdr[0];
    zHdr++;
  }
  if( nHdr>nPayload || nHdr==0 ) return 0;
  zEndHdr = p+nHdr;
  if( zHdr>=zEndHdr ) return 0;  /* To OP_Column a record without fields is damaged */
  iOff = (u64)(zEndHdr-aBase);
  iEnd = (u64)(p-aBase)+nPayload;
  while( i<nField && zHdr<zEndHdr ){
    u32 t = zHdr[0];
    aField[(i64)aSlot[i]*nMost] = ((u64)t<<32) | iOff;
    if( t<0x80 ){
      zHdr++;
      if( t<12 ){
        if( t-10<2 ) return 0;
        iOff += clibSize[t];
      }else{
        u32 n = (t-12)>>1;
        nText += (i64)(n*aCount[i]);
        iOff += n;
      }
    }else{
      /* A text or blob. Longer than three bytes of type is longer than a page. */
      if( zEndHdr-zHdr<2 ) return 0;
      if( zHdr[1]<0x80 ){
        t = ((t&0x7f)<<7) | zHdr[1];
        zHdr += 2;
      }else{
        if( zEndHdr-zHdr<3 || zHdr[2]>=0x80 ) return 0;
        t = ((t&0x7f)<<14) | ((u32)(zHdr[1]&0x7f)<<7) | zHdr[2];
        zHdr += 3;
      }
      if( t<12 ) return 0;
      aField[(i64)aSlot[i]*nMost] = ((u64)t<<32) | iOff;
      nText += (i64)((t-12)>>1)*aCount[i];
      iOff += (t-12)>>1;
    }
    i++;
  }
  if( iOff>iEnd || (zHdr>=zEndHdr && (zHdr>zEndHdr || iOff!=iEnd)) ) return 0;
  for(; i<nField; i++) aField[(i64)aSlot[i]*nMost] = (u64)CLIB_ABSENT<<32;
  r->nText = nText;
  return 1;
}

/*
** Whether a row takes more than its width and the texts and blobs of its record: texts and blobs that are the same for every row
** or stand in for absent fields, and numbers that the caller renders. Then clibRowBytes tells.
*/
static int clibHasOtherBytes(const clib_reader *r, const clib_batch *b){
  int i;
  for(i=0; i<r->plan.nOut; i++){
    if( r->plan.aOut[i].pMem || b->columns[i].renders ) return 1;
  }
  return 0;
}

/* What row `iRow` of the piece takes besides its width: the lengths of its texts and blobs. */
static i64 clibRowBytes(const clib_reader *r, const clib_batch *b, int iRow, int *pbRendered){
  const ClibPlan *pPlan = &r->plan;
  i64 n = 0;
  int i;
  for(i=0; i<pPlan->nOut; i++){
    const ClibValue *pOut = &pPlan->aOut[i];
    const Mem *pMem = 0;
    if( pOut->eFrom==CLIB_FIELD ){
      u32 t = (u32)(r->aField[(i64)pOut->iSlot*r->nMost+iRow]>>32);
      if( t==CLIB_ABSENT ){
        pMem = pOut->pMem;
      }else if( t>=12 ){
        n += (t-12)>>1;
      }else if( t!=0 && b->columns[i].renders ){
        *pbRendered = 1;
      }
    }else if( pOut->eFrom==CLIB_CONST ){
      pMem = pOut->pMem;
    }else if( b->columns[i].renders ){
      *pbRendered = 1;
    }
    if( pMem ){
      if( pMem->flags & (MEM_Str|MEM_Blob) ){
        n += sqlite3_value_bytes((sqlite3_value*)pMem);
      }else if( (pMem->flags & MEM_Null)==0 && b->columns[i].renders ){
        *pbRendered = 1;
      }
    }
  }
  return n;
}

/*
** Collects a piece: the rows of one page, from the cursor's on. Leaves r->nRow at 0 where there is none, and the virtual machine
** must step.
*/
static void clibCollect(clib_reader *r, clib_batch *b){
  Vdbe *v = r->v;
  sqlite3 *db = v->db;
  const ClibPlan *pPlan = &r->plan;
  VdbeCursor *pC = pPlan->pC;
  BtCursor *pCur = pC->uc.pCursor;
  MemPage *pPage;
  const u8 *aData, *aEnd;
  int i, iFirst, bFresh = 0, n = 0, bLeft = 0;
  i64 nMost = r->nMost, nSeen, nBytes = b->bytes;

  r->nRow = 0;
  if( AtomicLoad(&db->u1.isInterrupted) || pCur->eState!=CURSOR_VALID || pC->nullRow || pC->deferredMoveto ) return;
  if( nMost>b->max_rows-b->rows ) nMost = b->max_rows-b->rows;
  if( pPlan->pLimit ){
    /* The next OP_DecrJumpZero ends the statement where the register is 1. */
    if( (pPlan->pLimit->flags & MEM_Int)==0 ) return;
    if( pPlan->pLimit->u.i>0 && nMost>=pPlan->pLimit->u.i ) nMost = pPlan->pLimit->u.i-1;
    if( nMost<=0 ) return;
  }
#ifndef SQLITE_OMIT_PROGRESS_CALLBACK
  if( db->xProgress ){
    /* The virtual machine calls it, when its count of instructions says so. */
    u32 nStep = v->aCounter[SQLITE_STMTSTATUS_VM_STEP];
    u32 nLeft = db->nProgressOps - (nStep % db->nProgressOps);
    /* Not up to the count itself: then the machine would not come to it. */
    nSeen = (nLeft-1)/(u32)pPlan->nOps;
    if( nSeen==0 ){
      v->aCounter[SQLITE_STMTSTATUS_VM_STEP] += nLeft-1;
      return;
    }
  }else
#endif
  {
    nSeen = 0x7fffffff;
  }

  pPage = pCur->pPage;
  if( !pPage->isInit ) return;
  i = pCur->ix+1;
  if( i>=pPage->nCell || !pPage->leaf ){
    int rc = sqlite3BtreeNext(pCur, 0);
    pC->cacheStatus = CACHE_STALE;
    if( rc==SQLITE_DONE ) return;
    if( rc!=SQLITE_OK ){
      pCur->eState = CURSOR_FAULT;
      pCur->skipNext = rc;
      return;
    }
    bFresh = 1;
    pPage = pCur->pPage;
    i = pCur->ix;
    clibLookAhead(&r->ahead, pCur);
  }
  iFirst = i;
  if( pPage->leaf && pPage->isInit && pPage->intKey==(u8)(pC->isTable!=0) && pPage->nOverflow==0 ){
    const u8 *aIdx = pPage->aCellIdx;
    const int bKey = pPage->intKey;
    const u32 nMaxLocal = pPage->maxLocal;
    const int bOther = clibHasOtherBytes(r, b);
    r->aData = aData = pPage->aData;
    r->aEnd = aEnd = pPage->aDataEnd;
    for(; i<pPage->nCell && n<nMost && nBytes<b->max_bytes && i-iFirst<nSeen; i++){
      u32 iCell = pPage->maskPage & get2byte(&aIdx[2*i]);
      const u8 *p = &aData[iCell];
      u32 nPayload;
      int bRendered = 0, eTest;
      clibFetchAhead(&r->ahead);
      /* The longest cell header is 3 and 9 bytes, and a record has at least one. */
      if( iCell<pPage->cellOffset || aEnd-p<13 ){ bLeft = 1; break; }
      nPayload = *p++;
      if( nPayload>=0x80 ){
        nPayload = ((nPayload&0x7f)<<7) | (*p&0x7f);
        if( *p++>=0x80 ){
          nPayload = (nPayload<<7) | (*p&0x7f);
          if( *p++>=0x80 ){ bLeft = 1; break; }
        }
      }
      if( bKey ){
        u64 iKey;
        if( p[0]>=0x80 && p[1]>=0x80 && p[2]<0x80 ){
          /* Rowids from sixteen thousand to two million, without a call */
          iKey = ((u32)(p[0]&0x7f)<<14) | ((u32)(p[1]&0x7f)<<7) | p[2];
          p += 3;
        }else{
          p += sqlite3GetVarint(p, &iKey);
        }
        r->aKey[n] = (i64)iKey;
      }
      if( nPayload>nMaxLocal || nPayload==0 || (i64)nPayload>aEnd-p || !clibFields(r, n, p, nPayload) ){ bLeft = 1; break; }
      if( pPlan->nTest ){
        eTest = clibTestRow(r, n);
        if( eTest==CLIB_SKIP ) continue;
        if( eTest!=CLIB_PASS ){ bLeft = 1; break; }
      }
      nBytes += b->width + (bOther ? clibRowBytes(r, b, n, &bRendered) : r->nText);
      n++;
      if( bRendered ){
        i++;
        break;
      }
    }
  }
  if( i>iFirst ){
    /* The cursor goes to the last row that was looked at. */
    u32 nLooked = (u32)(i-iFirst);
    pCur->ix = (u16)(i-1);
    pCur->info.nSize = 0;
    pCur->curFlags &= ~(BTCF_ValidNKey|BTCF_ValidOvfl|BTCF_AtLast);
    pC->cacheStatus = CACHE_STALE;
    v->aCounter[SQLITE_STMTSTATUS_VM_STEP] += nLooked*(u32)pPlan->nOps;
    v->aCounter[pPlan->pNext->p5] += nLooked;
    /* One that is negative is none, and the least integer stays as it is. */
    if( pPlan->pLimit && pPlan->pLimit->u.i>0 ) pPlan->pLimit->u.i -= n;
    r->nWalked += nLooked;
  }else if( bFresh ){
    pCur->eState = CURSOR_SKIPNEXT;
    pCur->skipNext = 1;
  }
  if( bLeft && ++r->nDelegated>1000 && r->nDelegated>r->nWalked ){
    clibGiveUp(r, "most rows need the virtual machine (overflow pages, or values that conditions convert)");
  }
  r->nRow = n;
  r->nPieceByte = nBytes - b->bytes;
  r->iCol = 0;
}

/* One column of the piece from a register that is the same for every row. */
static int clibConstant(clib_reader *r, clib_batch *b, int iCol, i64 nEnd, Mem *pMem){
  i64 nIgnored = 0;
  (void)r;
  while( b->columns[iCol].rows<nEnd ){
    int rc = clibPushMem(b, iCol, pMem, &nIgnored);
    if( rc!=SQLITE_OK ) return rc;
  }
  return SQLITE_OK;
}

/* One value of the piece, of any class, into a column of any kind. */
static int clibAny(clib_reader *r, clib_batch *b, int iCol, const ClibValue *pValue, u64 e){
  const u8 *p = &r->aData[(u32)e];
  u32 t = (u32)(e>>32);
  i64 v;
  if( t==0 ) return clibPushNull(b, iCol);
  if( t-1<6 || t-8<2 ){
    v = t-8<2 ? (i64)t-8 : clibInteger(p, t);
    if( pValue->bReal ) return clibPushReal(b, iCol, (double)v);
    return clibPushInteger(b, iCol, v);
  }
  if( t==7 ){
    double x;
    if( !clibReal(p, &x) ) return clibPushNull(b, iCol);
    return clibPushReal(b, iCol, x);
  }
  if( t==CLIB_ABSENT ){
    i64 nIgnored = 0;
    if( pValue->pMem==0 ) return clibPushNull(b, iCol);
    if( pValue->bReal && (pValue->pMem->flags & (MEM_Int|MEM_IntReal))!=0 ){
      return clibPushReal(b, iCol, (double)pValue->pMem->u.i);
    }
    return clibPushMem(b, iCol, pValue->pMem, &nIgnored);
  }
  return clibPushBytes(b, iCol, (t&1) ? CLIB_CLASS_TEXT : CLIB_CLASS_BLOB, p, (t-12)>>1);
}

/* One column of the piece, from where it is to row `nEnd` of the batch. `iBase` is the piece's first row. */
static int clibColumn(clib_reader *r, clib_batch *b, int iCol, i64 iBase, i64 nEnd){
  clib_column *c = &b->columns[iCol];
  const ClibValue *pValue = &r->plan.aOut[iCol];
  const u64 *aField;
  const u8 *aData = r->aData;
  i64 k;
  int rc;
  if( pValue->eFrom==CLIB_CONST ) return clibConstant(r, b, iCol, nEnd, pValue->pMem);
  if( pValue->eFrom==CLIB_ROWID ){
    while( c->rows<nEnd ){
      rc = clibPushInteger(b, iCol, r->aKey[c->rows-iBase]);
      if( rc!=SQLITE_OK ) return rc;
    }
    return SQLITE_OK;
  }
  aField = &r->aField[(i64)pValue->iSlot*r->nMost];
  while( c->rows<nEnd ){
    /* The common case in a loop of its own, which ends at the first value of another one. */
    switch( c->kind ){
      case CLIB_INT64: {
        i64 *aOut = (i64*)c->values;
        if( pValue->bReal ) break;
        for(k=c->rows; k<nEnd; k++){
          u32 t = (u32)(aField[k-iBase]>>32);
          if( t-1<6 ){
            aOut[k] = clibInteger(&aData[(u32)aField[k-iBase]], t);
          }else if( t-8<2 ){
            aOut[k] = t-8;
          }else if( t==0 && !c->not_null ){
            aOut[k] = 0;
            c->validity[k>>3] &= (u8)~(1<<(k&7));
            c->nulls++;
          }else{
            break;
          }
        }
        c->rows = k;
        break;
      }
      case CLIB_FLOAT64: {
        double *aOut = (double*)c->values;
        for(k=c->rows; k<nEnd; k++){
          u32 t = (u32)(aField[k-iBase]>>32);
          const u8 *p = &aData[(u32)aField[k-iBase]];
          if( t==7 ){
            if( !clibReal(p, &aOut[k]) ) break;
          }else if( t==0 && !c->not_null ){
            aOut[k] = 0;
            c->validity[k>>3] &= (u8)~(1<<(k&7));
            c->nulls++;
          }else if( pValue->bReal && t-1<6 ){
            aOut[k] = (double)clibInteger(p, t);
          }else if( pValue->bReal && t-8<2 ){
            aOut[k] = t-8;
          }else{
            break;
          }
        }
        c->rows = k;
        break;
      }
      case CLIB_TEXT:
      case CLIB_BLOB: {
        int *aOut = (int*)c->values + 1;
        u8 *aTo = c->data;
        i64 iStart = c->bytes, iTo = iStart;
        const i64 nRoom = c->bytes_room;
        const u32 eWant = c->kind==CLIB_TEXT;
        for(k=c->rows; k<nEnd; k++){
          u32 t = (u32)(aField[k-iBase]>>32);
          if( t>=12 && (t&1)==eWant && t!=CLIB_ABSENT ){
            const u8 *p = &aData[(u32)aField[k-iBase]];
            u32 n = (t-12)>>1;
            if( n<=16 && iTo+16<=nRoom && r->aEnd-p>=16 ){
              memcpy(&aTo[iTo], p, 16);
            }else if( iTo+n>nRoom ){
              break;
            }else if( n>16 && n<=32 ){
              memcpy(&aTo[iTo], p, 16);
              memcpy(&aTo[iTo+n-16], p+n-16, 16);
            }else{
              memcpy(&aTo[iTo], p, n);
            }
            iTo += n;
            aOut[k] = (int)iTo;
          }else if( t==0 && !c->not_null ){
            aOut[k] = (int)iTo;
            c->validity[k>>3] &= (u8)~(1<<(k&7));
            c->nulls++;
          }else{
            break;
          }
        }
        if( eWant && !c->non_ascii ) c->non_ascii = clibNonAscii(&aTo[iStart], iTo-iStart);
        c->rows = k;
        c->bytes = iTo;
        break;
      }
    }
    if( c->rows>=nEnd ) break;
    rc = clibAny(r, b, iCol, pValue, aField[c->rows-iBase]);
    if( rc!=SQLITE_OK ) return rc;
  }
  return SQLITE_OK;
}

/* The piece's rows into the columns. */
static int clibFlush(clib_reader *r, clib_batch *b){
  int rc;
  if( b->columns[0].room<b->rows+r->nRow ){
    b->column = -1;
    b->need = b->rows+r->nRow;
    return CLIB_ROOM;
  }
  for(; r->iCol<r->plan.nOut; r->iCol++){
    i64 nEnd = b->rows+r->nRow;
    if( b->stop_row>=0 && nEnd>b->stop_row ) nEnd = b->stop_row + (r->iCol==b->key_column);
    rc = clibColumn(r, b, r->iCol, b->rows, nEnd);
    if( rc!=SQLITE_OK ) return rc;
  }
  /* The caller has what it wants to know, and the columns no longer have one length. */
  if( b->stop_row>=0 ) return CLIB_FULL;
  b->rows += r->nRow;
  b->bytes += r->nPieceByte;
  r->nRow = 0;
  r->iCol = 0;
  return SQLITE_OK;
}

/* The current row's registers into the columns. */
static int clibRow(clib_reader *r, clib_batch *b){
  Mem *aMem = r->v->pResultRow;
  int rc;
  if( b->columns[0].room<=b->rows ){
    b->column = -1;
    b->need = b->rows+1;
    return CLIB_ROOM;
  }
  for(; r->iCol<b->column_count; r->iCol++){
    i64 nByte = 0;
    /* Done already where the caller has replaced a value. */
    if( b->columns[r->iCol].rows>b->rows ) continue;
    rc = clibPushMem(b, r->iCol, &aMem[r->iCol], &nByte);
    if( rc==CLIB_ROOM || rc==SQLITE_NOMEM ) return rc;
    r->nRowByte += nByte;
    if( rc!=SQLITE_OK ) return rc;
  }
  b->rows++;
  b->bytes += b->width + r->nRowByte;
  b->at_row = 0;
  r->nRowByte = 0;
  r->iCol = 0;
  return SQLITE_OK;
}

static int clibRead(clib_reader *r, clib_batch *b){
  Vdbe *v = r->v;
  int rc;
  if( b->column_count!=v->nResColumn || b->column_count<=0 ) return SQLITE_MISUSE;
  for(;;){
    /* When stepping, the first misfit that is met is the first one there is. */
    if( b->stop_row>=0 && r->nRow==0 ){
      if( b->at_row && v->pResultRow && b->key_column>r->iCol ){
        i64 nIgnored = 0;
        return clibPushMem(b, b->key_column, &v->pResultRow[b->key_column], &nIgnored)==CLIB_ROOM ? CLIB_ROOM : CLIB_FULL;
      }
      return CLIB_FULL;
    }
    if( r->nRow>0 ){
      /* The page is the cursor's as long as that stays where it is; nobody should have moved it in between. */
      const BtCursor *pCur = r->plan.pC->uc.pCursor;
      if( pCur->eState!=CURSOR_VALID || pCur->pPage->aData!=r->aData ) return SQLITE_ABORT;
      rc = clibFlush(r, b);
      if( rc!=SQLITE_OK ) return rc;
    }
    if( b->at_row ){
      if( v->pResultRow==0 ) return SQLITE_MISUSE;
      rc = clibRow(r, b);
      if( rc!=SQLITE_OK ) return rc;
    }
    if( b->rows>=b->max_rows || b->bytes>=b->max_bytes ) return CLIB_FULL;
    /* The row can be another loop's: the next one of a UNION ALL, say. */
    if( r->zObstacle==0 && v->pc==r->iPc ){
      clibCollect(r, b);
      if( r->nRow>0 ) continue;
    }
    /* sqlite3_step without preparing again, which only a first step does. */
    rc = sqlite3Step(v);
    if( rc!=SQLITE_ROW ) return rc;
    if( r->iOuter>=0 ) clibKeepAhead(&r->ahead, v, r->iOuter);
    b->at_row = 1;
  }
}

int clib_read(clib_reader *r, clib_batch *b){
  sqlite3_mutex *pMutex = r->v->db->mutex;
  int rc;
  sqlite3_mutex_enter(pMutex);
  rc = clibRead(r, b);
  sqlite3_mutex_leave(pMutex);
  return rc;
}

int clib_start(sqlite3_stmt *stmt, int scan, int reprepares, clib_reader **reader, clib_batch *b, const char **obstacle){
  Vdbe *v = (Vdbe*)stmt;
  int rc;
  *reader = 0;
  *obstacle = 0;
  rc = sqlite3_step(stmt);
  if( rc!=SQLITE_ROW && rc!=SQLITE_DONE ) return rc;
  b->at_row = rc==SQLITE_ROW;
  if( v->aCounter[SQLITE_STMTSTATUS_REPREPARE]!=(u32)reprepares ) return CLIB_CHANGED;
  if( rc==SQLITE_DONE ) return rc;
  rc = clib_reader_new(stmt, scan, reader);
  if( rc!=SQLITE_OK ) return rc;
  *obstacle = clib_reader_obstacle(*reader);
  rc = clib_read(*reader, b);
  if( rc==SQLITE_DONE ){
    clib_reader_free(*reader);
    *reader = 0;
  }
  return rc;
}
