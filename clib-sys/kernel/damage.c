/*
** Looking for the page that is damaged, after a statement has ended with SQLITE_CORRUPT.
**
** SQLite's error names no page, and which one it was on is gone when the statement has ended. So the b-trees that the statement's
** program opens are looked at again, by what PRAGMA integrity_check uses, until the first mistake. It checks pages, cells, the order
** of rowids, and chains of overflow pages, and does not look into records: where the trees are whole, the records' headers are checked
** as OP_Column does.
**
** This happens once for an error, and the work is bounded: after so much time, or an interrupt, nothing was found. No user code runs,
** busy handlers included.
*/

/* For how long is looked, in milliseconds. */
#define CLIB_DAMAGE_TIME 250

/* A b-tree that the program opens. */
typedef struct ClibTree ClibTree;
struct ClibTree {
  int iDb;
  Pgno iRoot;
  KeyInfo *pKeyInfo;   /* The statement's; null for a table with rowids */
};
#define CLIB_MAX_TREE 64

typedef struct ClibTrees ClibTrees;
struct ClibTrees {
  int n;
  u8 bWrite;           /* Pages may be taken from the list of free ones */
  ClibTree a[CLIB_MAX_TREE];
};

/* Collects the b-trees that instructions open. */
static void clibTreesOf(const sqlite3 *db, const Op *aOp, int nOp, ClibTrees *pTrees){
  int i, k;
  for(i=0; i<nOp; i++){
    const Op *pOp = &aOp[i];
    if( pOp->opcode!=OP_OpenRead && pOp->opcode!=OP_OpenWrite && pOp->opcode!=OP_ReopenIdx ) continue;
    if( (pOp->p5 & OPFLAG_P2ISREG)!=0 || pOp->p2<=0 || pOp->p3<0 || pOp->p3>=db->nDb ) continue;
    if( pOp->opcode==OP_OpenWrite ) pTrees->bWrite = 1;
    for(k=0; k<pTrees->n; k++){
      if( pTrees->a[k].iDb==pOp->p3 && pTrees->a[k].iRoot==(Pgno)pOp->p2 ) break;
    }
    if( k<pTrees->n || k>=CLIB_MAX_TREE ) continue;
    pTrees->a[k].iDb = pOp->p3;
    pTrees->a[k].iRoot = (Pgno)pOp->p2;
    pTrees->a[k].pKeyInfo = pOp->p4type==P4_KEYINFO ? pOp->p4.pKeyInfo : 0;
    pTrees->n = k+1;
  }
}

/* When the looking ends. */
typedef struct ClibEnd ClibEnd;
struct ClibEnd {
  sqlite3_vfs *pVfs;
  i64 iTime;
};

static i64 clibTime(sqlite3_vfs *pVfs){
  i64 iTime = 0;
  return sqlite3OsCurrentTimeInt64(pVfs, &iTime)==SQLITE_OK ? iTime : LARGEST_INT64;
}

/* A progress handler that stops the check. */
static int clibDamageStop(void *pArg){
  const ClibEnd *pEnd = (const ClibEnd*)pArg;
  return clibTime(pEnd->pVfs)>pEnd->iTime;
}

/* The number behind `page` or `page number` in the check's words; 0 where there is none. */
static Pgno clibPageIn(const char *z){
  u64 n = 0;
  z = strstr(z, "page ");
  if( z==0 ) return 0;
  z += 5;
  if( strncmp(z, "number ", 7)==0 ) z += 7;
  while( sqlite3Isdigit(*z) && n<=0xffffffffU ) n = n*10+(u64)(*z++-'0');
  return n<=0xffffffffU ? (Pgno)n : 0;
}

/* Whether the check's words are about damage: they can also be about memory or the disk. */
static int clibIsDamage(const char *z){
  return strstr(z, "get the page")==0 || strstr(z, "code=11")!=0;
}

/* Checks the trees of database `iDb` as PRAGMA integrity_check does, until the first mistake; the list of free pages too if `bFree`. */
static int clibCheckTrees(sqlite3 *db, const ClibTrees *pTrees, int iDb, int bFree, ClibEnd *pEnd, clib_damage *pDamage){
  Pgno aRoot[CLIB_MAX_TREE+2];
  Mem aCount[CLIB_MAX_TREE+2];
  int (*xProgress)(void*) = db->xProgress;
  void *pProgressArg = db->pProgressArg;
  unsigned nProgressOps = db->nProgressOps;
  int i, rc, nErr = 0, n = 1;
  char *z = 0;
  /* 0 in front: not the whole database. 1 after it: the list of free pages too. */
  aRoot[0] = 0;
  if( bFree ) aRoot[n++] = 1;
  for(i=0; i<pTrees->n; i++){
    if( pTrees->a[i].iDb==iDb && !(bFree && pTrees->a[i].iRoot==1) ) aRoot[n++] = pTrees->a[i].iRoot;
  }
  memset(aCount, 0, sizeof(aCount));
  db->xProgress = clibDamageStop;
  db->pProgressArg = pEnd;
  db->nProgressOps = 1;
  rc = sqlite3BtreeIntegrityCheck(db, db->aDb[iDb].pBt, aRoot, aCount, n, 1, &nErr, &z);
  db->xProgress = xProgress;
  db->pProgressArg = pProgressArg;
  db->nProgressOps = nProgressOps;
  if( rc==SQLITE_OK && z!=0 && z[0]!=0 && clibIsDamage(z) ){
    Pgno iPage = clibPageIn(z);
    if( iPage!=0 ){
      const char *zWhat = strncmp(z, "Tree ", 5)==0 ? strstr(z, ": ") : 0;
      pDamage->schema = db->aDb[iDb].zDbSName;
      pDamage->page = iPage;
      sqlite3_snprintf((int)sizeof(pDamage->text), pDamage->text, "%s", zWhat ? zWhat+2 : z);
    }
  }
  sqlite3_free(z);
  return rc;
}

/* Whether the header of the record that the cursor is on is one that OP_Column reads. */
static int clibCheckRecord(BtCursor *pCur, int *pbWhole){
  u32 nRecord = sqlite3BtreePayloadSize(pCur);
  u32 nLocal, nHdr, i;
  const u8 *z = (const u8*)sqlite3BtreePayloadFetch(pCur, &nLocal);
  u8 *aCopy = 0;
  u8 aFirst[16];
  u64 nData;
  int rc = SQLITE_OK;
  *pbWhole = 1;
  if( nRecord==0 || nLocal==0 ) return SQLITE_OK;
  /* Copied where a varint could be read beyond the end of what is there. */
  memset(aFirst, 0, sizeof(aFirst));
  memcpy(aFirst, z, nLocal<9 ? nLocal : 9);
  i = (u32)getVarint32(aFirst, nHdr);
  if( nHdr>98307 || nHdr>nRecord || i>nHdr ){
    *pbWhole = 0;
    return SQLITE_OK;
  }
  if( nHdr+9>nLocal ){
    aCopy = sqlite3MallocZero((u64)nHdr+16);
    if( aCopy==0 ) return SQLITE_NOMEM;
    rc = sqlite3BtreePayload(pCur, 0, nHdr, aCopy);
    z = aCopy;
  }
  nData = nHdr;
  while( rc==SQLITE_OK && i<nHdr ){
    u32 t;
    i += (u32)getVarint32(&z[i], t);
    nData += sqlite3VdbeSerialTypeLen(t);
  }
  sqlite3_free(aCopy);
  if( i!=nHdr || nData!=nRecord ) *pbWhole = 0;
  return rc;
}

/* Checks the records of a tree. */
static int clibCheckRecords(sqlite3 *db, const ClibTree *pTree, ClibEnd *pEnd, clib_damage *pDamage){
  u32 nRecord = 0;
  BtCursor *pCur = sqlite3MallocZero((u64)sqlite3BtreeCursorSize());
  int rc, bEmpty = 0;
  if( pCur==0 ) return SQLITE_NOMEM;
  rc = sqlite3BtreeCursor(db->aDb[pTree->iDb].pBt, pTree->iRoot, 0, pTree->pKeyInfo, pCur);
  if( rc==SQLITE_OK ){
    rc = sqlite3BtreeFirst(pCur, &bEmpty);
    if( (rc & 0xff)==SQLITE_CORRUPT && pCur->iPage==0 && pCur->pPage->isInit
     && (pTree->pKeyInfo==0)!=(pCur->pPage->intKey!=0)
    ){
      pDamage->schema = db->aDb[pTree->iDb].zDbSName;
      pDamage->page = pTree->iRoot;
      sqlite3_snprintf((int)sizeof(pDamage->text), pDamage->text, "not the kind of b-tree that the schema says it is");
      rc = SQLITE_DONE;
    }
  }
  while( rc==SQLITE_OK && !bEmpty ){
    int bWhole;
    if( AtomicLoad(&db->u1.isInterrupted) || ((++nRecord & 1023)==0 && clibDamageStop(pEnd)) ) break;
    getCellInfo(pCur);
    rc = clibCheckRecord(pCur, &bWhole);
    if( rc==SQLITE_OK && !bWhole ){
      pDamage->schema = db->aDb[pTree->iDb].zDbSName;
      pDamage->page = pCur->pPage->pgno;
      pDamage->is_record = 1;
      pDamage->has_rowid = pTree->pKeyInfo==0;
      if( pDamage->has_rowid ) pDamage->rowid = sqlite3BtreeIntegerKey(pCur);
      break;
    }
    if( rc==SQLITE_OK ) rc = sqlite3BtreeNext(pCur, 0);
  }
  sqlite3BtreeCloseCursor(pCur);
  sqlite3_free(pCur);
  return rc==SQLITE_DONE ? SQLITE_OK : rc;
}

/*
** Begins to read, without waiting for locks. Not where the schema is another one by now: the roots would be those of other trees. The
** caller ends it where this has succeeded.
*/
static int clibBeginRead(sqlite3 *db, int iDb){
  int (*xBusy)(void*,int) = db->busyHandler.xBusyHandler;
  u32 iCookie = 0;
  int rc;
  db->busyHandler.xBusyHandler = 0;
  rc = sqlite3BtreeBeginTrans(db->aDb[iDb].pBt, 0, (int*)&iCookie);
  db->busyHandler.xBusyHandler = xBusy;
  if( rc==SQLITE_OK && (int)iCookie!=db->aDb[iDb].pSchema->schema_cookie ){
    sqlite3BtreeCommit(db->aDb[iDb].pBt);
    rc = SQLITE_SCHEMA;
  }
  return rc;
}

int clib_find_damage(sqlite3_stmt *pStmt, clib_damage *pDamage){
  Vdbe *v = (Vdbe*)pStmt;
  sqlite3 *db = v->db;
  const SubProgram *pSub;
  ClibTrees trees;
  ClibEnd end;
  int i, iDb, rc = SQLITE_OK;
  memset(pDamage, 0, sizeof(*pDamage));
  sqlite3_mutex_enter(db->mutex);
  end.pVfs = db->pVfs;
  end.iTime = clibTime(db->pVfs);
  if( end.iTime<LARGEST_INT64-CLIB_DAMAGE_TIME ) end.iTime += CLIB_DAMAGE_TIME;
  memset(&trees, 0, sizeof(trees));
  clibTreesOf(db, v->aOp, v->nOp, &trees);
  for(pSub=v->pProgram; pSub; pSub=pSub->pNext) clibTreesOf(db, pSub->aOp, pSub->nOp, &trees);
  for(iDb=0; iDb<db->nDb && pDamage->schema==0 && rc==SQLITE_OK; iDb++){
    Btree *pBt = db->aDb[iDb].pBt;
    int bHas = 0, bBegun;
    for(i=0; i<trees.n; i++) bHas |= trees.a[i].iDb==iDb;
    if( !bHas || pBt==0 ) continue;
    sqlite3BtreeEnter(pBt);
    bBegun = sqlite3BtreeTxnState(pBt)==SQLITE_TXN_NONE;
    /* What is begun here must end here: not while other statements are reading. */
    if( bBegun ) rc = db->nVdbeRead>0 ? SQLITE_BUSY : clibBeginRead(db, iDb);
    if( rc==SQLITE_OK ){
      if( trees.bWrite ) rc = clibCheckTrees(db, &trees, iDb, 1, &end, pDamage);
      /* Once more where the check stopped at the list of free pages, and named none. */
      if( rc==SQLITE_OK && pDamage->schema==0 ) rc = clibCheckTrees(db, &trees, iDb, 0, &end, pDamage);
      for(i=0; i<trees.n && pDamage->schema==0 && rc==SQLITE_OK; i++){
        if( trees.a[i].iDb==iDb ) rc = clibCheckRecords(db, &trees.a[i], &end, pDamage);
      }
      if( bBegun ) sqlite3BtreeCommit(pBt);
    }
    sqlite3BtreeLeave(pBt);
  }
  sqlite3_mutex_leave(db->mutex);
  return rc;
}
