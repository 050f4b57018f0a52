/*
** The keys of a lookup, and sorting them. Part of lookup.c.
**
** Integers are sorted by their bits, texts and blobs by eight bytes after the other; what few there are by comparisons.
*/

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
