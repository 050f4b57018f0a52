/*
** Splitting a table by the interior of its b-tree.
**
** The leaves of a table's b-tree hold its rows, in the order of rowids. The pages above them hold, between two pointers to
** pages below, the largest rowid that the left one can have. So the keys of the lowest interior pages tell where each leaf
** ends, for some four hundred leaves with the reading of one page, and those of the pages above tell the same of whole
** subtrees. It does not matter how rowids are spread: leaves are counted, not numbers.
**
** We go down from the root, one level at a time, for as long as a level has at most CLIB_SPLIT_PAGES pages, and at most to
** the level above the leaves. The children of that level are counted off: with each key that ends enough of them, a part
** ends. How many rows a child has is estimated from three of them.
**
** Nothing on a page is trusted. A page number is checked by the pager, a page's header and its number of cells by
** btreeInitPage(), and where a cell is against the page's end, here. The depth and the number of pages are bounded, so a
** loop in a damaged tree ends. A page that is no interior page counts as one child, and keys that do not rise are left out.
*/

/* How many pages of one level are read */
#define CLIB_SPLIT_PAGES 512

/* The pages of one level, in order */
typedef struct ClibLevel ClibLevel;
struct ClibLevel {
  int nPage;
  Pgno aPgno[CLIB_SPLIT_PAGES];
  i64 aKey[CLIB_SPLIT_PAGES]; /* The largest rowid under each, but for the last */
};

/* The page, or null where it cannot be had or is no page of a table. To be given to releasePage(). */
static MemPage *clibTablePage(BtShared *pBt, Pgno pgno){
  MemPage *pPage = 0;
  if( getAndInitPage(pBt, pgno, &pPage, 0)!=SQLITE_OK ) return 0;
  if( !pPage->intKey ){
    releasePage(pPage);
    return 0;
  }
  return pPage;
}

/* How many children an interior page has */
static int clibChildren(const MemPage *pPage){
  return pPage->nCell+1;
}

/* The page number of child `i`, and the largest rowid under it; the last child has none. False where the cell is not on the page. */
static int clibChild(MemPage *pPage, int i, Pgno *pPgno, i64 *pKey){
  u8 aKey[9];
  u64 key;
  u8 *pCell;
  i64 nLeft;
  *pKey = 0;
  if( i>=pPage->nCell ){
    *pPgno = get4byte(&pPage->aData[pPage->hdrOffset+8]);
    return 1;
  }
  pCell = findCell(pPage, i);
  nLeft = pPage->aDataEnd-pCell;
  if( nLeft<5 ) return 0;
  *pPgno = get4byte(pCell);
  /* A varint has at most 9 bytes. Zeros end one that the page's end cuts. */
  nLeft -= 4;
  memset(aKey, 0, sizeof(aKey));
  memcpy(aKey, pCell+4, (size_t)(nLeft<9 ? nLeft : 9));
  sqlite3GetVarint(aKey, &key);
  *pKey = (i64)key;
  return 1;
}

/* Goes down from a page by children in the middle: how many leaves it has, about, and how many rows one of them has. */
static void clibDescend(BtShared *pBt, Pgno pgno, double *pLeaves, double *pRows){
  int i;
  double rLeaves = 1.0;
  *pRows = 0.0;
  for(i=0; i<BTCURSOR_MAX_DEPTH; i++){
    i64 key;
    int bOk;
    MemPage *pPage = clibTablePage(pBt, pgno);
    if( pPage==0 ) break;
    if( pPage->leaf ){
      *pRows = pPage->nCell;
      releasePage(pPage);
      break;
    }
    rLeaves *= clibChildren(pPage);
    bOk = clibChild(pPage, clibChildren(pPage)/2, &pgno, &key);
    releasePage(pPage);
    if( !bOk ) break;
  }
  *pLeaves = rLeaves;
}

/* The level below, and whether there is one of interior pages, not too many. */
static int clibNextLevel(BtShared *pBt, const ClibLevel *pAbove, ClibLevel *pBelow){
  int i, j, nChild = 0;
  pBelow->nPage = 0;
  for(i=0; i<pAbove->nPage; i++){
    MemPage *pPage = clibTablePage(pBt, pAbove->aPgno[i]);
    if( pPage==0 ) return 0;
    nChild += clibChildren(pPage);
    if( pPage->leaf || nChild>CLIB_SPLIT_PAGES ){
      releasePage(pPage);
      return 0;
    }
    for(j=0; j<clibChildren(pPage); j++){
      Pgno *pPgno = &pBelow->aPgno[pBelow->nPage];
      i64 *pKey = &pBelow->aKey[pBelow->nPage];
      if( !clibChild(pPage, j, pPgno, pKey) ){
        releasePage(pPage);
        return 0;
      }
      if( j==pPage->nCell ) *pKey = pAbove->aKey[i];
      pBelow->nPage++;
    }
    releasePage(pPage);
  }
  /* In a sound tree all leaves are at one depth. */
  if( pBelow->nPage>0 ){
    MemPage *pPage = clibTablePage(pBt, pBelow->aPgno[0]);
    int bInterior = pPage!=0 && !pPage->leaf;
    releasePage(pPage);
    return bInterior;
  }
  return 0;
}

/* How many rows one child of this level's pages has, about. */
static double clibRowsPerChild(BtShared *pBt, const ClibLevel *pLevel){
  double rRows = 0.0;
  int i, nSample = 0;
  for(i=1; i<=3; i++){
    MemPage *pPage = clibTablePage(pBt, pLevel->aPgno[(i64)pLevel->nPage*i/4]);
    if( pPage==0 ) continue;
    if( !pPage->leaf ){
      Pgno pgno;
      i64 key;
      int bOk = clibChild(pPage, clibChildren(pPage)*i/4, &pgno, &key);
      releasePage(pPage);
      pPage = 0;
      if( bOk ){
        double rLeaves, rCells;
        clibDescend(pBt, pgno, &rLeaves, &rCells);
        rRows += rLeaves*rCells;
        nSample++;
      }
    }
    releasePage(pPage);
  }
  return nSample>0 && rRows>=nSample ? rRows/nSample : 1.0;
}

/* Rowids that were found */
typedef struct ClibDividers ClibDividers;
struct ClibDividers {
  i64 *aKey;
  int nKey;
  int nRoom;
  i64 nStep;   /* How many children a part has */
  i64 nChild;  /* How many were counted since the last one */
};

/* Counts a child, which ends with that rowid. */
static void clibCount(ClibDividers *p, i64 key){
  if( ++p->nChild<p->nStep ) return;
  if( p->nKey>0 && key<=p->aKey[p->nKey-1] ) return;
  p->nChild = 0;
  if( p->nKey==p->nRoom ){
    /* Parts of twice the size */
    int i;
    for(i=0; i*2+1<p->nKey; i++) p->aKey[i] = p->aKey[i*2+1];
    p->nKey = i;
    p->nStep *= 2;
    if( i>0 && key<=p->aKey[i-1] ) return;
    if( p->nKey==p->nRoom ) return;
    /* Half of a part has been counted, where the last one was left out. */
  }
  p->aKey[p->nKey++] = key;
}

int clib_split(sqlite3_stmt *pStmt, sqlite3_int64 nRows, sqlite3_int64 *aRowid, int nRoom, int *pnFound){
  Vdbe *v = (Vdbe*)pStmt;
  BtCursor *pCur = 0;
  BtShared *pBt;
  ClibLevel aLevel[2];
  ClibLevel *pLevel = &aLevel[0];
  ClibDividers dividers;
  double rStep;
  int i, j, nDepth;

  *pnFound = 0;
  if( v==0 || v->eVdbeState!=VDBE_RUN_STATE || nRoom<=0 || nRows<=0 ) return SQLITE_MISUSE;
  for(i=0; i<v->nCursor && pCur==0; i++){
    VdbeCursor *pC = v->apCsr[i];
    if( clibIsTree(pC) && pC->isTable ) pCur = pC->uc.pCursor;
  }
  if( pCur==0 || pCur->pKeyInfo!=0 || pCur->pBtree->inTrans==TRANS_NONE ) return SQLITE_MISUSE;
  sqlite3BtreeEnter(pCur->pBtree);
  pBt = pCur->pBt;
  pLevel->nPage = 1;
  pLevel->aPgno[0] = pCur->pgnoRoot;
  pLevel->aKey[0] = 0;
  for(nDepth=0; nDepth<BTCURSOR_MAX_DEPTH; nDepth++){
    ClibLevel *pBelow = pLevel==&aLevel[0] ? &aLevel[1] : &aLevel[0];
    if( !clibNextLevel(pBt, pLevel, pBelow) ) break;
    pLevel = pBelow;
  }

  dividers.aKey = aRowid;
  dividers.nKey = 0;
  dividers.nRoom = nRoom;
  dividers.nChild = 0;
  rStep = (double)nRows/clibRowsPerChild(pBt, pLevel);
  dividers.nStep = rStep<1.0 ? 1 : rStep>1e9 ? 1000000000 : (i64)(rStep+0.5);
  for(i=0; i<pLevel->nPage; i++){
    MemPage *pPage = clibTablePage(pBt, pLevel->aPgno[i]);
    if( pPage!=0 && !pPage->leaf ){
      for(j=0; j<pPage->nCell; j++){
        Pgno pgno;
        i64 key;
        if( clibChild(pPage, j, &pgno, &key) ) clibCount(&dividers, key);
      }
    }
    releasePage(pPage);
    if( i+1<pLevel->nPage ) clibCount(&dividers, pLevel->aKey[i]);
  }
  sqlite3BtreeLeave(pCur->pBtree);
  *pnFound = dividers.nKey;
  return SQLITE_OK;
}
