/*
** Fetching the next page into the processor's cache while this one is decoded.
**
** The pages of a table lie all over the memory of SQLite's page cache, so the processor cannot guess which one comes next, and waits for each
** one of its lines. But the tree's interior tells: the next leaf is the next child of this leaf's parent. Where that
** page is in SQLite's cache, its lines are asked for while this page's rows are decoded, some with each row.
**
** Nothing is read by way of what is found here, and nothing is changed: a page that is not there, or not the one that the cursor
** comes to, costs a few lines of cache.
*/

typedef struct ClibAhead ClibAhead;
struct ClibAhead {
  const u8 *p;     /* What to ask for next */
  const u8 *pEnd;
  int nStep;       /* How many bytes with each row */
  Pgno pgno;       /* The leaf that it is the next one of */
};

#if defined(__GNUC__) || defined(__clang__)
# define clibPrefetch(p) __builtin_prefetch(p)
#else
# define clibPrefetch(p) ((void)(p))
#endif

/* The page in SQLite's page cache, or null. */
static const u8 *clibCached(Pager *pPager, Pgno pgno){
  PCache1 *pCache;
  PgHdr1 *pPage;
  if( sqlite3GlobalConfig.pcache2.xFetch!=pcache1Fetch ) return 0;
  pCache = (PCache1*)pPager->pPCache->pCache;
  if( pCache==0 || pCache->pGroup->mutex!=0 ) return 0;
  pPage = pCache->apHash[pgno % pCache->nHash];
  while( pPage && pPage->iKey!=pgno ) pPage = pPage->pNext;
  return pPage ? (const u8*)pPage->page.pBuf : 0;
}

/* A cursor has come to a new leaf. */
static void clibLookAhead(ClibAhead *pAhead, const BtCursor *pCur){
  const MemPage *pParent;
  const u8 *p;
  int i;
  pAhead->p = pAhead->pEnd = 0;
  pAhead->pgno = pCur->pPage->pgno;
  if( pCur->iPage<1 || !pCur->pPage->leaf || pCur->pPage->nCell==0 ) return;
  pParent = pCur->apPage[pCur->iPage-1];
  i = pCur->aiIdx[pCur->iPage-1]+1;
  if( i<pParent->nCell ){
    u32 iCell = pParent->maskPage & get2byte(&pParent->aCellIdx[2*i]);
    if( pParent->aDataEnd-&pParent->aData[iCell]<4 ) return;
    p = &pParent->aData[iCell];
  }else if( i==pParent->nCell ){
    p = &pParent->aData[pParent->hdrOffset+8];
  }else{
    return;
  }
  p = clibCached(pCur->pBt->pPager, get4byte(p));
  if( p==0 ) return;
  pAhead->p = p;
  pAhead->pEnd = p + pCur->pBt->pageSize;
  pAhead->nStep = (int)((pAhead->pEnd-p)/pCur->pPage->nCell/64)*64+64;
}

static SQLITE_INLINE void clibFetchAhead(ClibAhead *pAhead){
  int n;
  for(n=pAhead->nStep; n>0 && pAhead->p<pAhead->pEnd; n-=64){
    clibPrefetch(pAhead->p);
    pAhead->p += 64;
  }
}

/*
** The cursor of the statement's outermost loop, whose next row is on this page or the next leaf; -1 where there is no such loop, or
** the cache is shared: another thread may be changing it between two steps.
*/
static int clibOuterCursor(const Vdbe *v){
  int i;
  /* A statement that has not begun is not in a loop: lookups have one. */
  if( v->pc<0 || DbMaskNonZero(v->lockMask) ) return -1;
  for(i=v->nOp-1; i>=v->pc; i--){
    if( v->aOp[i].opcode==OP_Next ) return v->aOp[i].p1;
  }
  return -1;
}

/* After each row that is stepped to. */
static SQLITE_INLINE void clibKeepAhead(ClibAhead *pAhead, const Vdbe *v, int iCursor){
  const VdbeCursor *pC = v->apCsr[iCursor];
  const BtCursor *pCur;
  if( pC==0 || pC->eCurType!=CURTYPE_BTREE ) return;
  pCur = pC->uc.pCursor;
  if( pCur->eState!=CURSOR_VALID ) return;
  if( pCur->pPage->pgno!=pAhead->pgno ) clibLookAhead(pAhead, pCur);
  clibFetchAhead(pAhead);
}
