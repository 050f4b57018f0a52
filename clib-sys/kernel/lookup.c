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

/* One key. */
typedef struct ClibKey ClibKey;
struct ClibKey {
  int eKind;
  i64 i;
  const u8 *z;
  i64 n;
};

static int clibKeyIsNull(const clib_keys *pKeys, i64 iKey){
  i64 iBit = pKeys->validity_offset + iKey;
  return pKeys->validity!=0 && (pKeys->validity[iBit>>3] & (1<<(iBit&7)))==0;
}

static SQLITE_INLINE void clibKeyAt(const clib_keys *pKeys, i64 iKey, ClibKey *pOut){
  pOut->eKind = pKeys->kind;
  if( pKeys->kind==CLIB_CLASS_INTEGER ){
    pOut->i = ((const i64*)pKeys->values)[iKey];
    pOut->z = 0;
    pOut->n = 0;
  }else{
    const int *aOff = (const int*)pKeys->values;
    pOut->i = 0;
    pOut->z = &pKeys->data[aOff[iKey]];
    pOut->n = (i64)aOff[iKey+1]-aOff[iKey];
  }
}

/* Sorts few. */
static void clibShell(ClibSort *a, i64 n){
  static const i64 aGap[4] = { 57, 23, 10, 4 };
  int g;
  i64 j, h;
  for(g=0; g<=4; g++){
    i64 nGap = g<4 ? aGap[g] : 1;
    for(j=nGap; j<n; j++){
      ClibSort x = a[j];
      for(h=j; h>=nGap && a[h-nGap].k>x.k; h-=nGap) a[h] = a[h-nGap];
      a[h] = x;
    }
  }
}

/*
** Sorts by `k`: 11 bits at a time, from the lowest, but not by bits that all have in common. `b` is room for as many. Returns
** the one of the two that holds the result.
*/
static ClibSort *clibRadix(ClibSort *a, ClibSort *b, i64 n){
  u64 differ = 0;
  i64 j;
  int iShift, bSorted = 1;
  if( n<512 ){
    clibShell(a, n);
    return a;
  }
  for(j=1; j<n; j++){
    differ |= a[j].k ^ a[0].k;
    bSorted &= a[j-1].k<=a[j].k;
  }
  if( bSorted ) return a;
  for(iShift=0; iShift<64; iShift+=11){
    u32 aCount[2048], nSum = 0;
    int d;
    if( ((differ>>iShift)&2047)==0 ) continue;
    memset(aCount, 0, sizeof(aCount));
    for(j=0; j<n; j++) aCount[(a[j].k>>iShift)&2047]++;
    for(d=0; d<2048; d++){
      u32 x = aCount[d];
      aCount[d] = nSum;
      nSum += x;
    }
    for(j=0; j<n; j++) b[aCount[(a[j].k>>iShift)&2047]++] = a[j];
    { ClibSort *x = a; a = b; b = x; }
  }
  return a;
}

/* The 8 bytes of a text from `iDepth` on, so that their order is that of integers. */
static SQLITE_INLINE u64 clibChunk(const ClibKey *pKey, i64 iDepth){
  i64 n = pKey->n-iDepth;
  u64 x = 0;
  i64 i;
  if( n>=8 ) return clibLoad8(&pKey->z[iDepth]);
  for(i=0; i<n; i++) x |= (u64)pKey->z[iDepth+i]<<(56-8*i);
  return x;
}

/*
** Sorts texts or blobs by their bytes from `iDepth` on: what all of them begin with is skipped, the next 8 bytes are sorted as
** integers, and those that have them in common go on behind them, a few levels deep.
*/
static void clibSortBytes(const clib_lookup *p, const clib_keys *pKeys, ClibSort *a, ClibSort *b, i64 n, i64 iDepth, int nLevel){
  ClibKey first, key;
  ClibSort *pSorted;
  i64 j, nCommon, iGroup;
  clibKeyAt(pKeys, p->iWin+a[0].i, &first);
  nCommon = first.n;
  for(j=1; j<n && nCommon>iDepth; j++){
    i64 i = iDepth, nMost;
    clibKeyAt(pKeys, p->iWin+a[j].i, &key);
    nMost = key.n<nCommon ? key.n : nCommon;
    while( i+8<=nMost && memcmp(&first.z[i], &key.z[i], 8)==0 ) i += 8;
    while( i<nMost && first.z[i]==key.z[i] ) i++;
    nCommon = i;
  }
  if( nCommon>iDepth ) iDepth = nCommon;
  for(j=0; j<n; j++){
    clibKeyAt(pKeys, p->iWin+a[j].i, &key);
    a[j].k = clibChunk(&key, iDepth);
  }
  pSorted = clibRadix(a, b, n);
  if( pSorted!=a ) memcpy(a, pSorted, (size_t)n*sizeof(*a));
  if( nLevel<=0 ) return;
  for(j=1, iGroup=0; j<=n; j++){
    if( j<n && a[j].k==a[iGroup].k ) continue;
    if( j-iGroup>1 ) clibSortBytes(p, pKeys, &a[iGroup], &b[iGroup], j-iGroup, iDepth+8, nLevel-1);
    iGroup = j;
  }
}

/*
** The record of cell `iCell` of a leaf page, and its integer key where it is a table's. Returns 0 where it is not a record that
** has all its bytes on the page.
*/
static SQLITE_INLINE int clibCell(const MemPage *pPage, int iCell, const u8 **pp, u32 *pnPayload, i64 *piKey){
  u32 iOff = pPage->maskPage & get2byte(&pPage->aCellIdx[2*iCell]);
  const u8 *p = &pPage->aData[iOff];
  const u8 *pEnd = pPage->aDataEnd;
  u32 nPayload;
  if( iOff<pPage->cellOffset ) return 0;
  if( pPage->intKey ){
    /* The longest cell header is 3 and 9 bytes, and a record has at least one. */
    if( pEnd-p<13 ) return 0;
  }else if( pEnd-p<4 ){
    return 0;
  }
  nPayload = *p++;
  if( nPayload>=0x80 ){
    nPayload = ((nPayload&0x7f)<<7) | (*p&0x7f);
    if( *p++>=0x80 ){
      nPayload = (nPayload<<7) | (*p&0x7f);
      if( *p++>=0x80 ) return 0;
    }
  }
  if( pPage->intKey ){
    u64 iKey;
    p += sqlite3GetVarint(p, &iKey);
    *piKey = (i64)iKey;
  }
  if( nPayload>pPage->maxLocal || nPayload==0 || (i64)nPayload>pEnd-p ) return 0;
  *pp = p;
  *pnPayload = nPayload;
  return 1;
}

/* Whether the cursor's page is a leaf on which cells can be looked for. */
static int clibIsLeaf(const BtCursor *pCur, int bTable){
  const MemPage *pPage = pCur->pPage;
  return pCur->eState==CURSOR_VALID && pPage->isInit && pPage->leaf && pPage->intKey==(u8)bTable && pPage->nOverflow==0
      && pPage->nCell>0;
}

/* Keeps a copy of a record for the key at `iPos` of the window. Returns 0 where there is no room for it. */
static SQLITE_INLINE int clibCopy(clib_lookup *p, u32 iPos, const u8 *pRecord, u32 nRecord){
  if( p->nCopy+nRecord>p->nCopySpace ){
    i64 nNew = p->nCopySpace*2;
    u8 *aNew;
    if( nNew<(1<<20) ) nNew = 1<<20;
    if( nNew>p->nCopyMost ) nNew = p->nCopyMost;
    if( p->nCopy+nRecord>nNew ) return 0;
    aNew = sqlite3_realloc64(p->aCopy, (u64)nNew);
    if( aNew==0 ) return 0;
    if( p->aCopy==0 ) memset(aNew, 0, CLIB_COPIES);
    p->aCopy = aNew;
    p->nCopySpace = nNew;
  }
  memcpy(&p->aCopy[p->nCopy], pRecord, nRecord);
  p->aOff[iPos] = (u32)p->nCopy;
  p->aLen[iPos] = nRecord;
  p->nCopy += nRecord;
  return 1;
}

#define CLIB_SHORT 2000  /* There is no room for all records of the window */

/*
** Whether looking goes on: SQLITE_OK; SQLITE_INTERRUPT where the progress handler says so, which the connection then knows; or
** CLIB_FULL where the virtual machine is to find out by itself.
*/
static int clibLook(clib_lookup *p){
  sqlite3 *db = p->pPoint->v->db;
  if( AtomicLoad(&db->u1.isInterrupted) ) return CLIB_FULL;
#ifndef SQLITE_OMIT_PROGRESS_CALLBACK
  if( db->xProgress ){
    p->nTick += CLIB_KEYS_UNTIL_LOOK*CLIB_OPS_OF_KEY;
    if( p->nTick>=db->nProgressOps ){
      p->nTick = 0;
      if( db->xProgress(db->pProgressArg) ){
        sqlite3ErrorWithMsg(db, SQLITE_INTERRUPT, "%s", sqlite3ErrStr(SQLITE_INTERRUPT));
        return SQLITE_INTERRUPT;
      }
    }
  }
#endif
  return SQLITE_OK;
}

/*
** Finds the records of rowids: `a` is sorted, and aOff is CLIB_POINT for all of them. `*pnDone` is how many were looked for. Returns
** CLIB_SHORT where there was no room for one, or what clibLook returns.
*/
static int clibFindRowids(clib_lookup *p, const ClibSort *a, i64 n, i64 *pnDone){
  BtCursor *pCur = p->pTable->plan.pC->uc.pCursor;
  const MemPage *pPage = 0;  /* The leaf that the cursor is on, or null */
  int ix = 0;                /* Cells before this one are of smaller keys */
  i64 iLast = 0;             /* The key of its last cell */
  i64 j;
  for(j=0; j<n; j++){
    const i64 iKey = (i64)(a[j].k ^ ((u64)1<<63));
    const u8 *pRecord = 0;
    u32 nRecord = 0;
    i64 iFound = 0;
    *pnDone = j;
    if( (j & (CLIB_KEYS_UNTIL_LOOK-1))==0 ){
      int rc = clibLook(p);
      if( rc!=SQLITE_OK ) return rc;
    }
    if( j>0 && a[j].k==a[j-1].k ){
      p->aOff[a[j].i] = p->aOff[a[j-1].i];
      p->aLen[a[j].i] = p->aLen[a[j-1].i];
      continue;
    }
    if( pPage!=0 && iKey<=iLast ){
      /* On this page, or nowhere: the first cell of a key that is not smaller. */
      int lo = ix, hi = pPage->nCell-1, nStep = 1, bOdd = 0;
      while( lo<hi ){
        int mid = lo+nStep-1<hi ? lo+nStep-1 : (lo+hi)/2;
        if( !clibCell(pPage, mid, &pRecord, &nRecord, &iFound) ){ bOdd = 1; break; }
        if( iFound<iKey ){
          lo = mid+1;
          nStep *= 2;
        }else{
          hi = mid;
          nStep = pPage->nCell;
        }
      }
      if( !bOdd && clibCell(pPage, lo, &pRecord, &nRecord, &iFound) ){
        ix = lo;
        if( iFound!=iKey ){
          p->aOff[a[j].i] = CLIB_NOWHERE;
        }else if( !clibCopy(p, a[j].i, pRecord, nRecord) ){
          return CLIB_SHORT;
        }
        continue;
      }
    }
    {
      int res = 0;
      pPage = 0;
      if( sqlite3BtreeTableMoveto(pCur, iKey, 0, &res)!=SQLITE_OK ) continue;
      if( clibIsLeaf(pCur, 1) && pCur->ix<pCur->pPage->nCell ){
        const u8 *pIgnored;
        u32 nIgnored;
        ix = pCur->ix;
        if( clibCell(pCur->pPage, pCur->pPage->nCell-1, &pIgnored, &nIgnored, &iLast) ) pPage = pCur->pPage;
        if( res!=0 ){
          p->aOff[a[j].i] = CLIB_NOWHERE;
        }else if( clibCell(pCur->pPage, ix, &pRecord, &nRecord, &iFound) && iFound==iKey
               && !clibCopy(p, a[j].i, pRecord, nRecord)
        ){
          return CLIB_SHORT;
        }
      }else if( res!=0 ){
        p->aOff[a[j].i] = CLIB_NOWHERE;
      }
    }
  }
  *pnDone = n;
  return SQLITE_OK;
}

/* Where an index record's first two fields are. Returns 0 where it is malformed. */
static SQLITE_INLINE int clibTwoFields(const u8 *p, u32 nPayload, u32 *pt0, u32 *pi0, u32 *pt1, u32 *pi1){
  u32 nHdr = p[0], i = 1, t, aType[2];
  u64 n;
  int k;
  if( nHdr>=0x80 ){
    if( nPayload<2 || p[1]>=0x80 ) return 0;
    nHdr = ((nHdr&0x7f)<<7) | p[1];
    i = 2;
  }
  if( nHdr>nPayload ) return 0;
  for(k=0; k<2; k++){
    if( i>=nHdr ){
      if( k==0 ) return 0;
      aType[1] = 0;
      break;
    }
    t = p[i++];
    if( t>=0x80 ){
      if( i>=nHdr ) return 0;
      t = ((t&0x7f)<<7) | (p[i]&0x7f);
      if( p[i++]>=0x80 ){
        if( i>=nHdr || p[i]>=0x80 ) return 0;
        t = (t<<7) | p[i++];
      }
    }
    if( t==10 || t==11 ) return 0;
    aType[k] = t;
  }
  *pt0 = aType[0];
  *pi0 = nHdr;
  n = aType[0]>=12 ? (aType[0]-12)>>1 : clibSize[aType[0]];
  if( nHdr+n>nPayload ) return 0;
  *pt1 = aType[1];
  *pi1 = (u32)(nHdr+n);
  n += aType[1]>=12 ? (aType[1]-12)>>1 : clibSize[aType[1]];
  return nHdr+n<=nPayload;
}

/* How an index record's first field compares with a key: negative where it is smaller. 0 in `*pbOk` where that is not known. */
static SQLITE_INLINE int clibCompareKey(const u8 *p, u32 nPayload, const ClibKey *pKey, int *pbOk){
  u32 t, i, t1, i1, n;
  int res;
  if( !clibTwoFields(p, nPayload, &t, &i, &t1, &i1) ){
    *pbOk = 0;
    return 0;
  }
  if( pKey->eKind==CLIB_CLASS_INTEGER ){
    double r;
    if( t==0 ) return -1;
    if( t>=12 ) return 1;
    if( t==7 ){
      if( !clibReal(&p[i], &r) ) return -1;
      return -sqlite3IntFloatCompare(pKey->i, r);
    }else{
      i64 x = t-8<2 ? (i64)t-8 : clibInteger(&p[i], t);
      return x<pKey->i ? -1 : x>pKey->i;
    }
  }
  if( t<12 ) return -1;
  if( (t&1)!=(pKey->eKind==CLIB_CLASS_TEXT) ) return (t&1) ? -1 : 1;
  n = (t-12)>>1;
  res = memcmp(&p[i], pKey->z, n<pKey->n ? n : (size_t)pKey->n);
  if( res==0 ) res = n<pKey->n ? -1 : n>pKey->n;
  return res;
}

/* What was found at an index record: its rowid, or itself. Returns 0 where there is no room. */
static SQLITE_INLINE int clibTake(clib_lookup *p, u32 iPos, const u8 *pRecord, u32 nRecord){
  u32 t0, i0, t, i;
  if( p->bSame ) return clibCopy(p, iPos, pRecord, nRecord);
  if( !clibTwoFields(pRecord, nRecord, &t0, &i0, &t, &i) ) return 1;
  if( t-1<6 ){
    p->aRowid[iPos] = clibInteger(&pRecord[i], t);
  }else if( t-8<2 ){
    p->aRowid[iPos] = t-8;
  }else{
    return 1;
  }
  p->aOff[iPos] = CLIB_COPIES;
  return 1;
}

/*
** Finds keys in the index, as clibFindRowids does in the table. Where index and table are two, what is found has a rowid, and
** CLIB_COPIES in aOff.
*/
static int clibFindKeys(clib_lookup *p, const clib_keys *pKeys, const ClibSort *a, i64 n, i64 *pnDone){
  BtCursor *pCur = p->pIndex->plan.pC->uc.pCursor;
  const MemPage *pPage = 0;
  int ix = 0;
  i64 j;
  ClibKey key, before;
  memset(&before, 0, sizeof(before));
  for(j=0; j<n; j++){
    const u32 iPos = a[j].i;
    const u8 *pRecord;
    u32 nRecord;
    i64 iIgnored;
    *pnDone = j;
    if( (j & (CLIB_KEYS_UNTIL_LOOK-1))==0 ){
      int rc = clibLook(p);
      if( rc!=SQLITE_OK ) return rc;
    }
    clibKeyAt(pKeys, p->iWin+iPos, &key);
    if( j>0 ){
      int c;
      if( key.eKind==CLIB_CLASS_INTEGER ){
        c = before.i<key.i ? -1 : before.i>key.i;
      }else{
        c = memcmp(before.z, key.z, (size_t)(before.n<key.n ? before.n : key.n));
        if( c==0 ) c = before.n<key.n ? -1 : before.n>key.n;
      }
      if( c==0 ){
        p->aOff[iPos] = p->aOff[a[j-1].i];
        p->aLen[iPos] = p->aLen[a[j-1].i];
        if( p->aRowid ) p->aRowid[iPos] = p->aRowid[a[j-1].i];
        continue;
      }
      if( c>0 ) pPage = 0;
    }
    before = key;
    if( pPage ){
      int lo = ix, hi = pPage->nCell, nStep = 1, bOk = 1, bEqual = 0;
      while( lo<hi ){
        int mid = lo+nStep-1<hi ? lo+nStep-1 : (lo+hi)/2;
        int c = 0;
        if( !clibCell(pPage, mid, &pRecord, &nRecord, &iIgnored) ) bOk = 0;
        else c = clibCompareKey(pRecord, nRecord, &key, &bOk);
        if( !bOk ) break;
        if( c==0 ){
          lo = mid;
          bEqual = 1;
          break;
        }
        if( c<0 ){
          lo = mid+1;
          nStep *= 2;
        }else{
          hi = mid;
          nStep = pPage->nCell;
        }
      }
      /* Behind the last cell, the key may be on another page. */
      if( bOk && (bEqual || lo<pPage->nCell) ){
        ix = lo;
        if( !bEqual ){
          p->aOff[iPos] = CLIB_NOWHERE;
        }else if( !clibTake(p, iPos, pRecord, nRecord) ){
          return CLIB_SHORT;
        }
        continue;
      }
    }
    {
      int res = 0, rc;
      Mem *pMem = p->pKey->aMem;
      pPage = 0;
      if( key.n>p->pPoint->v->db->aLimit[SQLITE_LIMIT_LENGTH] ) continue;
      if( key.eKind==CLIB_CLASS_INTEGER ){
        pMem->flags = MEM_Int;
        pMem->u.i = key.i;
      }else{
        pMem->flags = key.eKind==CLIB_CLASS_TEXT ? MEM_Str : MEM_Blob;
        pMem->enc = SQLITE_UTF8;
        pMem->z = (char*)key.z;
        pMem->n = (int)key.n;
      }
      p->pKey->default_rc = 0;
      p->pKey->eqSeen = 0;
      rc = sqlite3BtreeIndexMoveto(pCur, p->pKey, &res);
      if( rc!=SQLITE_OK || p->pKey->errCode ) continue;
      if( res!=0 ){
        p->aOff[iPos] = CLIB_NOWHERE;
      }else if( pCur->eState==CURSOR_VALID && pCur->ix<pCur->pPage->nCell ){
        getCellInfo(pCur);
        if( pCur->info.nLocal==pCur->info.nPayload && pCur->info.pPayload<pCur->pPage->aDataEnd
         && (i64)pCur->info.nLocal<=pCur->pPage->aDataEnd-pCur->info.pPayload && pCur->info.nLocal>0
         && !clibTake(p, iPos, pCur->info.pPayload, pCur->info.nLocal)
        ){
          return CLIB_SHORT;
        }
      }
      if( p->bBinary && clibIsLeaf(pCur, 0) ){
        pPage = pCur->pPage;
        ix = pCur->ix;
      }
    }
  }
  *pnDone = n;
  return SQLITE_OK;
}

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
#if defined(__GNUC__) || defined(__clang__)
  for(k=0; k<nMost && k<16; k++){
    if( aOff[k]>=CLIB_COPIES ) __builtin_prefetch(&p->aCopy[aOff[k]]);
  }
#endif
  for(; n<nMost && nBytes<b->max_bytes; n++){
    int bRendered = 0;
#if defined(__GNUC__) || defined(__clang__)
    if( n+16<nMost && aOff[n+16]>=CLIB_COPIES ){
      __builtin_prefetch(&p->aCopy[aOff[n+16]]);
      __builtin_prefetch(&p->aCopy[aOff[n+16]]+64);
    }
#endif
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
