/*
** Index entries: collected row by row, sorted, and inserted in order. Part of append.c.
**
** Entries are sorted by eight bytes that order them as far as eight bytes can, by counting (radix sort, which keeps the order of
** arrival among equals), and then, where these are equal, by SQLite's own comparison of records. In order they go into the
** b-tree with one search where the last key was not the greatest of all, and without any behind that.
*/

/* Not a code of SQLite's: a key is there already. See clib_load.iRefused. */
#define CLIB_REFUSED 1902

/* The part of a prefix for a double, which orders numbers. */
static SQLITE_INLINE u64 clibRealPrefix(double r){
  u64 x;
  if( r==0.0 ) r = 0.0;
  memcpy(&x, &r, 8);
  return (x>>63) ? ~x : x | ((u64)1<<63);
}

/* Eight bytes that order entries by their first field, given its serial type and bits. */
static u64 clibPrefix(const KeyInfo *pKeyInfo, u32 t, u64 bits){
  u64 x = 0;
  if( t==0 ){
    x = 0;
  }else if( t==7 ){
    double r;
    memcpy(&r, &bits, 8);
    x = ((u64)1<<62) | (clibRealPrefix(r)>>2);
  }else if( t<12 ){
    /* Integers compare with reals, so they are ordered as such, and the rest is left to the comparison. */
    x = ((u64)1<<62) | (clibRealPrefix((double)(i64)bits)>>2);
  }else{
    const u8 *z = (const u8*)(uptr)bits;
    u32 n = (t-12)>>1;
    u32 i;
    if( (t&1)==0 ){
      x = (u64)3<<62;
    }else{
      const CollSeq *pColl = pKeyInfo->aColl[0];
      x = (u64)2<<62;
      if( !sqlite3IsBinary(pColl) && pColl->xCmp!=nocaseCollatingFunc ) n = 0;
    }
    if( n>0 ){
      int bFold = (t&1)!=0 && pKeyInfo->aColl[0]!=0 && pKeyInfo->aColl[0]->xCmp==nocaseCollatingFunc;
      u64 y = 0;
      for(i=0; i<8; i++){
        u8 c = i<n ? z[i] : 0;
        /* NOCASE does not look beyond a NUL. */
        if( c==0 && bFold ) n = 0;
        y = (y<<8) | (bFold ? sqlite3UpperToLower[c] : c);
      }
      x |= y>>2;
    }
  }
  return (pKeyInfo->aSortFlags[0] & KEYINFO_ORDER_DESC) ? ~x : x;
}

/*
** Collects the entries of row `r` of the chunk. The caller counts it as pending when it is in the table. CLIB_LEFT where one is
** over the length limit, which the table's record need not be.
*/
static int clibCollectEntries(clib_load *L, int r, i64 iRowid, i64 iRow, i64 iRowidBefore){
  const ClibInsert *p = &L->insert;
  int i, rc;
  if( L->nPending==0 ){
    L->iPendingFirst = iRow;
    L->iRowidBefore = iRowidBefore;
    for(i=0; i<CLIB_MAX_INDEX; i++) L->aPending[i].nData = 0;
  }
  rc = clibRoom(&L->aRowid, &L->nRowidRoom, (u64)L->nPending+1, sizeof(i64));
  if( rc!=SQLITE_OK ) return rc;
  for(i=0; i<p->nIndex; i++){
    const ClibRecord *pRecord = &p->aRecord[p->aIndex[i].iRecord];
    ClibPending *pPending = &L->aPending[i];
    ClibEntry *pEntry;
    int nHdr;
    i64 n = clibRecordSize(L, pRecord, r, iRowid, &nHdr);
    u64 bits;
    u32 t, nRecord = (u32)n;
    if( n>L->v->db->aLimit[SQLITE_LIMIT_LENGTH] ) return CLIB_LEFT;
    rc = clibRoom(&pPending->aData, &pPending->nDataRoom, pPending->nData+(u64)n+16, 1);
    if( rc==SQLITE_OK ) rc = clibRoom(&pPending->aEntry, &pPending->nEntryRoom, (u64)L->nPending+1, sizeof(ClibEntry));
    if( rc!=SQLITE_OK ) return rc;
    pEntry = &pPending->aEntry[L->nPending];
    t = clibFieldOf(L, p->aField[pRecord->iField], r, iRowid, &bits);
    if( t-8<2 ) bits = t-8;
    pEntry->iPrefix = clibPrefix(pPending->pKeyInfo, t, bits);
    pEntry->iOff = (u32)pPending->nData;
    pEntry->iRow = (u32)L->nPending;
    memcpy(&pPending->aData[pPending->nData], &nRecord, 4);
    clibRecordWrite(L, pRecord, r, iRowid, nHdr, &pPending->aData[pPending->nData+4]);
    pPending->nData += (u64)n+4;
    L->nPendingByte += n+4+(i64)sizeof(ClibEntry);
  }
  L->nPendingByte += sizeof(i64);
  return SQLITE_OK;
}

/* An entry's record. */
static SQLITE_INLINE const u8 *clibEntryRecord(const ClibPending *p, const ClibEntry *pEntry, int *pn){
  u32 n;
  memcpy(&n, &p->aData[pEntry->iOff], 4);
  *pn = (int)n;
  return &p->aData[pEntry->iOff+4];
}

/* Sorts by prefix. aTmp has room for as many entries. Returns where the sorted ones are. */
static ClibEntry *clibSortPrefixes(ClibEntry *a, ClibEntry *aTmp, u32 n){
  static const int nBit = 11;
  u32 aCount[6][2048];
  u32 i;
  int k;
  memset(aCount, 0, sizeof(aCount));
  for(i=0; i<n; i++){
    u64 x = a[i].iPrefix;
    for(k=0; k<6; k++) aCount[k][(x>>(k*nBit))&2047]++;
  }
  for(k=0; k<6; k++){
    u32 nSum = 0;
    ClibEntry *aSwap;
    if( aCount[k][(a[0].iPrefix>>(k*nBit))&2047]==n ) continue;
    for(i=0; i<2048; i++){
      u32 c = aCount[k][i];
      aCount[k][i] = nSum;
      nSum += c;
    }
    for(i=0; i<n; i++) aTmp[aCount[k][(a[i].iPrefix>>(k*nBit))&2047]++] = a[i];
    aSwap = a;
    a = aTmp;
    aTmp = aSwap;
  }
  return a;
}

/*
** Unpacks a record of `nField` fields. SQLite takes from `nField` how many fields are wanted, and a comparison how many are compared,
** so it may be fewer from the time before.
*/
static SQLITE_INLINE void clibUnpack(UnpackedRecord *pUnpacked, const u8 *z, int n, int nField){
  pUnpacked->nField = (u16)nField;
  sqlite3VdbeRecordUnpack(n, z, pUnpacked);
  pUnpacked->default_rc = 0;
}

/* Compares two entries by SQLite's comparison. Less than, equal to or greater than 0. */
static int clibCompareEntries(const ClibPending *p, UnpackedRecord *pUnpacked, const ClibEntry *a, const ClibEntry *b){
  int nA, nB;
  const u8 *zA = clibEntryRecord(p, a, &nA);
  const u8 *zB = clibEntryRecord(p, b, &nB);
  clibUnpack(pUnpacked, zB, nB, pUnpacked->nField);
  return sqlite3VdbeRecordCompare(nA, zA, pUnpacked);
}

/* Sorts entries with one prefix, by merging; aTmp has room for as many. */
static void clibMergeSort(const ClibPending *p, UnpackedRecord *pUnpacked, ClibEntry *a, ClibEntry *aTmp, u32 n){
  u32 i, j, k, nHalf;
  for(i=1; i<n; i++){
    if( clibCompareEntries(p, pUnpacked, &a[i-1], &a[i])>0 ) break;
  }
  if( i>=n ) return;
  nHalf = n/2;
  clibMergeSort(p, pUnpacked, a, aTmp, nHalf);
  clibMergeSort(p, pUnpacked, &a[nHalf], aTmp, n-nHalf);
  memcpy(aTmp, a, nHalf*sizeof(*a));
  for(i=0, j=nHalf, k=0; i<nHalf; ){
    if( j<n && clibCompareEntries(p, pUnpacked, &aTmp[i], &a[j])>0 ){
      a[k++] = a[j++];
    }else{
      a[k++] = aTmp[i++];
    }
  }
}

/* Whether one of the first `n` fields is NULL. */
static int clibHasNull(const UnpackedRecord *pUnpacked, int n){
  int i;
  for(i=0; i<n; i++){
    if( pUnpacked->aMem[i].flags & MEM_Null ) return 1;
  }
  return 0;
}

/* Pending row `iRow` and those behind it were counted, and executed one by one would not have been inserted. */
static void clibUncount(clib_load *L, i64 iRow){
  sqlite3 *db = L->v->db;
  db->nTotalChange -= L->nPending-iRow;
  db->lastRowid = iRow>0 ? L->aRowid[iRow-1] : L->iRowidBefore;
}

/* Inserts sorted entries. Keys that are there already are noted in L->iRefused and go nowhere. */
static int clibInsertSorted(clib_load *L, int iIndex, const ClibEntry *a, u32 n, UnpackedRecord *pUnpacked, u32 *piAt){
  const ClibIndex *pIndex = &L->insert.aIndex[iIndex];
  const ClibPending *p = &L->aPending[iIndex];
  BtCursor *pCur = 0;
  int nField, bEmpty = 0, bBehind = 0, rc;
  u32 i;
  rc = clibOpen(L, pIndex->iRoot, p->pKeyInfo, &pCur);
  if( rc==SQLITE_OK ) rc = sqlite3BtreeLast(pCur, &bEmpty);
  if( rc==SQLITE_OK && bEmpty ) sqlite3BtreeCursorHintFlags(pCur, BTREE_BULKLOAD);
  nField = L->insert.aRecord[pIndex->iRecord].nField;
  for(i=0; rc==SQLITE_OK && i<n; i++){
    BtreePayload x;
    int nRecord, iLoc = 0;
    const u8 *z = clibEntryRecord(p, &a[i], &nRecord);
    /* In sorted order, records lie all over memory. */
    if( i+16<n ) clibPrefetch(&p->aData[a[i+16].iOff]);
    *piAt = a[i].iRow;
    if( (i&1023)==0 ){
      rc = clibPause(L, 0);
      if( rc!=SQLITE_OK ) break;
    }
    if( !bBehind || pIndex->nUnique ){
      clibUnpack(pUnpacked, z, nRecord, nField);
    }
    if( !bEmpty && !bBehind ){
      if( pIndex->nUnique ) pUnpacked->nField = (u16)pIndex->nUnique;
      rc = sqlite3BtreeIndexMoveto(pCur, pUnpacked, &iLoc);
      if( rc!=SQLITE_OK ) break;
      if( iLoc==0 && pIndex->nUnique && pUnpacked->errCode==SQLITE_OK ){
        if( !clibHasNull(pUnpacked, pIndex->nUnique) ) goto refuse;
        pUnpacked->nField = (u16)nField;
        rc = sqlite3BtreeIndexMoveto(pCur, pUnpacked, &iLoc);
        if( rc!=SQLITE_OK ) break;
      }
      pUnpacked->nField = (u16)nField;
      if( iLoc<0 && cursorOnLastPage(pCur) && pCur->pPage->leaf && pCur->ix==pCur->pPage->nCell-1 ) bBehind = 1;
    }else if( i>0 && pIndex->nUnique && !clibHasNull(pUnpacked, pIndex->nUnique) ){
      int nBefore, c;
      const u8 *zBefore = clibEntryRecord(p, &a[i-1], &nBefore);
      pUnpacked->nField = (u16)pIndex->nUnique;
      c = sqlite3VdbeRecordCompare(nBefore, zBefore, pUnpacked);
      pUnpacked->nField = (u16)nField;
      if( c==0 && pUnpacked->errCode==SQLITE_OK ) goto refuse;
    }
    if( pUnpacked->errCode ){
      rc = pUnpacked->errCode;
      break;
    }
    memset(&x, 0, sizeof(x));
    x.pKey = z;
    x.nKey = nRecord;
    if( bEmpty ){
      rc = sqlite3BtreeInsert(pCur, &x, 0, 0);
      bEmpty = 0;
      bBehind = 1;
    }else if( bBehind ){
      int bNone = 0;
      rc = sqlite3BtreeLast(pCur, &bNone);
      if( rc!=SQLITE_OK ) break;
      if( bNone ){
        rc = SQLITE_CORRUPT_BKPT;
        break;
      }
      if( pCur->pPage->nFree<0 ){
        rc = btreeComputeFreeSpace(pCur->pPage);
        if( rc!=SQLITE_OK ) break;
      }
      rc = SQLITE_DONE;
      if( nRecord<=pCur->pPage->maxLocal ){
        u8 *zCell = L->aCell;
        if( (u64)nRecord+16>L->nCellRoom ){
          rc = clibRoom(&L->aCell, &L->nCellRoom, (u64)nRecord+16, 1);
          if( rc!=SQLITE_OK ) break;
          zCell = L->aCell;
        }
        zCell += putVarint32(zCell, (u32)nRecord);
        memcpy(zCell, z, (size_t)nRecord);
        rc = clibAppendCell(pCur, 0, L->aCell, (int)(zCell-L->aCell)+nRecord);
      }
      if( rc==SQLITE_DONE ) rc = sqlite3BtreeInsert(pCur, &x, 0, -1);
    }else{
      rc = sqlite3BtreeInsert(pCur, &x, 0, iLoc);
    }
    continue;
refuse:
    /* In the order of arrival, and of the statement's own checks. */
    if( L->iRefused<0 || (i64)a[i].iRow<L->iRefused
     || ((i64)a[i].iRow==L->iRefused && pIndex->iHalt<L->iRefusedHalt)
    ){
      L->iRefused = (i64)a[i].iRow;
      L->iRefusedHalt = pIndex->iHalt;
    }
  }
  clibClose(pCur);
  return rc;
}

/*
** Puts what is pending into the indexes. CLIB_REFUSED where a key is there already, and clibRefuse is to be called; other codes are
** SQLite's. `pStop->row` is the row of the load at fault. Whatever comes of it, it is not done a second time: a part of the entries
** may be there.
*/
static int clibFlushSorted(clib_load *L, clib_stop *pStop){
  int i, rc = SQLITE_OK;
  u32 n = (u32)L->nPending;
  ClibEntry *aTmp;
  u32 iAt = 0;
  L->iRefused = -1;
  pStop->column = -1;
  if( n==0 ) return SQLITE_OK;
  pStop->row = L->iPendingFirst;
  aTmp = sqlite3_malloc64((u64)n*sizeof(*aTmp));
  if( aTmp==0 ) rc = SQLITE_NOMEM;
  for(i=0; i<L->insert.nIndex && rc==SQLITE_OK; i++){
    ClibPending *p = &L->aPending[i];
    int nField = L->insert.aRecord[L->insert.aIndex[i].iRecord].nField;
    UnpackedRecord *pUnpacked;
    ClibEntry *a, *aOther;
    u32 j, k;
    /* One that was refused stays refused: only earlier rows matter now. */
    if( L->iRefused>=0 && L->insert.aIndex[i].nUnique==0 ) continue;
    pUnpacked = sqlite3VdbeAllocUnpackedRecord(p->pKeyInfo);
    if( pUnpacked==0 ){
      rc = SQLITE_NOMEM;
      break;
    }
    pUnpacked->errCode = SQLITE_OK;
    a = clibSortPrefixes(p->aEntry, aTmp, n);
    aOther = a==aTmp ? p->aEntry : aTmp;
    pUnpacked->nField = (u16)nField;
    for(j=0; j<n && rc==SQLITE_OK; j=k){
      for(k=j+1; k<n && a[k].iPrefix==a[j].iPrefix; k++){}
      if( k-j>1 ){
        clibMergeSort(p, pUnpacked, &a[j], aOther, k-j);
        rc = pUnpacked->errCode;
      }
    }
    if( rc==SQLITE_OK ) rc = clibInsertSorted(L, i, a, n, pUnpacked, &iAt);
    sqlite3DbFree(L->v->db, pUnpacked);
  }
  sqlite3_free(aTmp);
  if( rc!=SQLITE_OK ){
    pStop->row = L->iPendingFirst+iAt;
    clibUncount(L, (i64)iAt);
    clibForget(L);
    return rc;
  }
  if( L->iRefused>=0 ){
    pStop->row = L->iPendingFirst+L->iRefused;
    return CLIB_REFUSED;
  }
  clibForget(L);
  pStop->row = -1;
  return SQLITE_OK;
}

/* The error that the statement has for a key that is there, and the counters as it would have left them. */
static int clibRefuse(clib_load *L){
  sqlite3 *db = L->v->db;
  const Op *pOp = &L->insert.aOp[L->insert.iRecord>=0 ? L->iRefusedHalt : 0];
  int rc = pOp->p1;
  clibUncount(L, L->iRefused);
  db->nChange = 0;
  sqlite3ErrorWithMsg(db, rc, "UNIQUE constraint failed: %s", pOp->p4.z);
  clibForget(L);
  return rc & db->errMask;
}
