/*
** What a running statement does for each row, read off its byte code.
**
** SQLite's `SELECT b, a FROM t WHERE c > 5` is a loop over one cursor:
**
**     OpenRead 0 ...            opened, with locks taken and the schema checked, before the first row came
**     Rewind   0
**  L: Column   0 2 r1           filters: columns, the rowid, and registers that the loop does not write
**     Le       r9 N r1          on to the next row, where this one does not pass
**     Column   0 1 r2           what is handed out
**     Column   0 0 r3
**     ResultRow r2 2
**  N: Next     0 L
**
** Where the loop is of that form, and of these instructions alone, the rows can be decoded from the cursor's pages, and
** the virtual machine need not run: see read.c. Anything else is an obstacle, and the statement is stepped.
*/

/* Where a value comes from. */
#define CLIB_FIELD 0 /* A field of the cursor's record */
#define CLIB_ROWID 1 /* The cursor's integer key */
#define CLIB_CONST 2 /* A register that the loop does not write */

typedef struct ClibValue ClibValue;
struct ClibValue {
  u8 eFrom;      /* CLIB_FIELD, CLIB_ROWID or CLIB_CONST */
  u8 bReal;      /* An integer is to become a real: OP_RealAffinity */
  u8 bTypeOnly;  /* Loaded to tell NULL from the rest alone */
  int iField;    /* CLIB_FIELD: which */
  int iSlot;     /* CLIB_FIELD: where collected fields keep it */
  Mem *pMem;     /* CLIB_CONST: the register. CLIB_FIELD: the value in records that are too short, or null for NULL */
};

/* A comparison, a test for NULL, or a search in the list of an IN. */
typedef struct ClibTest ClibTest;
struct ClibTest {
  u8 opcode;     /* OP_Eq to OP_Ge, OP_IsNull, OP_NotNull, OP_NotFound */
  u8 bSwapped;   /* The constant is r[P3] and not r[P1] */
  u8 bCollates;  /* Texts are compared by a collation other than BINARY */
  u16 p5;        /* Flags: what NULL does, and the affinity */
  int iJump;     /* Where it goes if so: another test, CLIB_SKIP or CLIB_STOP */
  ClibValue value;
  Mem *pConst;   /* The register that is compared with; null for other tests */
  VdbeCursor *pSet; /* OP_NotFound: the index that holds the list */
};
#define CLIB_SKIP (-1) /* The row does not pass */
#define CLIB_STOP (-2) /* The loop ends here */

#define CLIB_MAX_TESTS 64

typedef struct ClibPlan ClibPlan;
struct ClibPlan {
  VdbeCursor *pC;     /* The cursor */
  Op *pNext;          /* Its OP_Next */
  Mem *pLimit;        /* The register that LIMIT counts down, or null */
  int nOps;           /* Instructions of the loop, for the progress handler and for counters */
  int nOut;
  ClibValue *aOut;    /* What is handed out */
  int nTest;
  ClibTest *aTest;
  int nField;         /* Fields of a record up to the last one that is needed */
  int nSlot;          /* How many different ones are needed */
  int *aSlot;         /* For each field its slot; `nSlot` for those that nobody needs */
  u8 *aCount;         /* For each field how often it is handed out */
};

/* Whether the cursor is one whose records can be read from its pages. */
static int clibIsTree(const VdbeCursor *pC){
  return pC!=0 && pC->eCurType==CURTYPE_BTREE && !pC->nullRow && !pC->deferredMoveto && !pC->isEphemeral;
}

/*
** The value of register `iReg` at instruction `iAt`, in the loop that begins at `iLoop`: null where it is none that we know,
** or where a jump may lead around its making.
*/
static const char *clibValueOf(
  Vdbe *v,
  int iLoop,
  int iAt,
  int iResult,        /* Where the loop's body ends */
  int iReg,
  int iCursor,
  ClibValue *pOut
){
  int i, j;
  memset(pOut, 0, sizeof(*pOut));
  for(i=iAt-1; i>=iLoop; i--){
    Op *pOp = &v->aOp[i];
    if( pOp->opcode==OP_RealAffinity && pOp->p1==iReg ){
      Op *pLoad = &v->aOp[i-1];
      if( i==iLoop || pLoad->opcode!=OP_Column || pLoad->p3!=iReg ) return "its loop is of another form";
      pOut->bReal = 1;
      continue;
    }
    if( (pOp->opcode==OP_Column || pOp->opcode==OP_Rowid)
     && (pOp->opcode==OP_Column ? pOp->p3 : pOp->p2)==iReg
    ){
      if( pOp->p1!=iCursor ) return "it reads more than one table or index";
      /* Nothing may jump in between: the register would hold something older. */
      for(j=iLoop; j<iAt; j++){
        Op *pJump = &v->aOp[j];
        if( (sqlite3OpcodeProperty[pJump->opcode] & OPFLG_JUMP)!=0 && pJump->p2>i && pJump->p2<=iAt && j<i ){
          return "its conditions jump over a value";
        }
      }
      if( pOp->opcode==OP_Rowid ){
        pOut->eFrom = CLIB_ROWID;
      }else{
        pOut->eFrom = CLIB_FIELD;
        pOut->iField = pOp->p2;
        pOut->bTypeOnly = (pOp->p5 & OPFLAG_BYTELENARG)!=0;
        pOut->pMem = pOp->p4type==P4_MEM ? pOp->p4.pMem : 0;
      }
      return 0;
    }
  }
  for(i=iAt; i<iResult; i++){
    Op *pOp = &v->aOp[i];
    if( (pOp->opcode==OP_Column && pOp->p3==iReg) || (pOp->opcode==OP_Rowid && pOp->p2==iReg)
     || (pOp->opcode==OP_RealAffinity && pOp->p1==iReg)
    ){
      return "its loop is of another form";
    }
  }
  pOut->eFrom = CLIB_CONST;
  pOut->pMem = &v->aMem[iReg];
  return 0;
}

/* The test that a jump to `iTo` from the loop's body goes to. `aAt` are the tests' addresses, in order. */
static int clibTarget(const int *aAt, int nTest, int iTo, int iResult, int iNext){
  int i;
  if( iTo>iNext ) return CLIB_STOP;
  if( iTo>iResult ) return CLIB_SKIP;
  for(i=0; i<nTest; i++){
    if( aAt[i]>=iTo ) return i;
  }
  return nTest;
}

/*
** Fills `pPlan` for a loop whose rows end at instruction `iResult`, which uses `nOut` registers from `iReg` on: an OP_ResultRow,
** or the OP_AggStep of a batched aggregate. Returns null, or the obstacle. Arrays are allocated in one piece at `aOut`, which
** is the caller's to free in both cases.
*/
static const char *clibPlanLoop(Vdbe *v, int iResult, int iReg, int nOut, ClibPlan *pPlan, int *pRc){
  int aAt[CLIB_MAX_TESTS];
  int iNext = iResult+1, iLoop, iCursor, i, nField = 0;
  const char *z;
  Op *pOp;
  u8 *pSpace;
  i64 nSpace;

  *pRc = SQLITE_OK;
  memset(pPlan, 0, sizeof(*pPlan));
  if( v->explain ) return "it is an EXPLAIN";
  if( v->pFrame ) return "it is in the middle of a subprogram";
  if( v->db->mTrace & SQLITE_TRACE_ROW ) return "rows are traced";
  if( IS_STMT_SCANSTATUS(v->db) ) return "scan statistics are on";
  if( ENC(v->db)!=SQLITE_UTF8 ) return "the database's text is UTF-16";
  /* Other connections that share the cache could have a page replaced while it is read. */
  if( DbMaskNonZero(v->lockMask) ) return "its database may be in a shared cache";
  if( v->db->aLimit[SQLITE_LIMIT_LENGTH]<SQLITE_MAX_PAGE_SIZE ) return "SQLITE_LIMIT_LENGTH is low";
  if( iResult<0 || iNext>=v->nOp ) return "it is not running";
  if( v->aOp[iNext].opcode==OP_DecrJumpZero ){
    pPlan->pLimit = &v->aMem[v->aOp[iNext].p1];
    iNext++;
  }
  if( iNext>=v->nOp || v->aOp[iNext].opcode!=OP_Next ){
    return "its rows do not come from one forward scan of a table or index (it sorts, groups, joins, seeks, or writes)";
  }
  pPlan->pNext = &v->aOp[iNext];
  iLoop = pPlan->pNext->p2;
  iCursor = pPlan->pNext->p1;
  if( iLoop<0 || iLoop>iResult || iCursor<0 || iCursor>=v->nCursor ) return "its loop is of another form";
  pPlan->pC = v->apCsr[iCursor];
  if( !clibIsTree(pPlan->pC) ) return "its rows do not come from a table's or index's b-tree";
  pPlan->nOps = iNext-iLoop+1;
  pPlan->nOut = nOut;

  for(i=iLoop; i<iResult; i++){
    pOp = &v->aOp[i];
    switch( pOp->opcode ){
      case OP_Column:
        if( pOp->p1!=iCursor ) return "it reads more than one table or index";
        if( pOp->p2<0 || pOp->p2>=pPlan->pC->nField ) return "its loop is of another form";
        if( pOp->p2>=nField ) nField = pOp->p2+1;
        break;
      case OP_Rowid:
        if( pOp->p1!=iCursor || !pPlan->pC->isTable ) return "it reads more than one table or index";
        break;
      case OP_RealAffinity:
      case OP_Explain:
      case OP_Noop:
        break;
      case OP_Eq: case OP_Ne: case OP_Lt: case OP_Le: case OP_Gt: case OP_Ge:
      case OP_IsNull: case OP_NotNull:
        if( pOp->p2<=i ) return "its loop is of another form";
        if( pPlan->nTest>=CLIB_MAX_TESTS ) return "it has very many conditions";
        aAt[pPlan->nTest++] = i;
        break;
      case OP_NotFound: {
        VdbeCursor *pSet = pOp->p1>=0 && pOp->p1<v->nCursor ? v->apCsr[pOp->p1] : 0;
        if( pSet==0 || pSet->eCurType!=CURTYPE_BTREE || !pSet->isEphemeral || pSet->isTable || pOp->p4.i!=1 || pOp->p2<=i ){
          return "it searches other tables";
        }
        if( pPlan->nTest>=CLIB_MAX_TESTS ) return "it has very many conditions";
        aAt[pPlan->nTest++] = i;
        break;
      }
      case OP_BeginSubrtn: {
        /* The list of an IN is made for the first row, and jumped over for the others. */
        Op *pOnce = &v->aOp[i+1];
        if( pOnce->opcode!=OP_Once || pOnce->p1!=v->aOp[0].p1 || pOnce->p2<=i+1 || pOnce->p2>=iResult
         || v->aOp[pOnce->p2].opcode!=OP_Return || v->aOp[pOnce->p2].p1!=pOp->p2
        ){
          return "it runs a subquery";
        }
        i = pOnce->p2;
        break;
      }
      default:
        return "it computes more than comparisons of columns with constants";
    }
  }

  nSpace = ROUND8(pPlan->nOut*(i64)sizeof(ClibValue)) + ROUND8(pPlan->nTest*(i64)sizeof(ClibTest))
         + ROUND8(nField*(i64)sizeof(int)) + ROUND8(nField) + 8;
  pSpace = sqlite3_malloc64((u64)nSpace);
  if( pSpace==0 ){
    *pRc = SQLITE_NOMEM;
    return "memory is short";
  }
  memset(pSpace, 0, (size_t)nSpace);
  pPlan->aOut = (ClibValue*)pSpace;
  pSpace += ROUND8(pPlan->nOut*(i64)sizeof(ClibValue));
  pPlan->aTest = (ClibTest*)pSpace;
  pSpace += ROUND8(pPlan->nTest*(i64)sizeof(ClibTest));
  pPlan->aSlot = (int*)pSpace;
  pSpace += ROUND8(nField*(i64)sizeof(int));
  pPlan->aCount = pSpace;

  for(i=0; i<nField; i++) pPlan->aSlot[i] = -1;
  for(i=0; i<pPlan->nTest; i++){
    ClibTest *pTest = &pPlan->aTest[i];
    pOp = &v->aOp[aAt[i]];
    pTest->opcode = pOp->opcode;
    pTest->p5 = pOp->p5;
    pTest->iJump = clibTarget(aAt, pPlan->nTest, pOp->p2, iResult, iNext);
    if( pTest->iJump==CLIB_SKIP && pOp->p2<iNext && pPlan->pLimit ) return "its loop is of another form";
    z = clibValueOf(v, iLoop, aAt[i], iResult, pOp->opcode==OP_NotFound ? pOp->p3 : pOp->p1, iCursor, &pTest->value);
    if( z ) return z;
    if( pOp->opcode==OP_IsNull || pOp->opcode==OP_NotNull ){
      if( pTest->value.eFrom==CLIB_CONST ) return "it tests a constant";
    }else if( pOp->opcode==OP_NotFound ){
      if( pTest->value.eFrom==CLIB_CONST || pTest->value.bTypeOnly ) return "it tests a constant";
      pTest->pSet = v->apCsr[pOp->p1];
    }else{
      ClibValue other;
      z = clibValueOf(v, iLoop, aAt[i], iResult, pOp->p3, iCursor, &other);
      if( z ) return z;
      if( pTest->value.eFrom==CLIB_CONST ){
        ClibValue x = pTest->value;
        pTest->value = other;
        other = x;
      }else{
        pTest->bSwapped = 1;
      }
      if( pTest->value.eFrom==CLIB_CONST || other.eFrom!=CLIB_CONST || pTest->value.bTypeOnly ){
        return "it compares columns with each other";
      }
      pTest->bCollates = pOp->p4type==P4_COLLSEQ && !sqlite3IsBinary(pOp->p4.pColl);
      if( pTest->bCollates && (other.pMem->flags & MEM_Str)!=0 ) return "it compares texts by a collation";
      pTest->pConst = other.pMem;
    }
    if( pTest->value.eFrom==CLIB_FIELD ) pPlan->aSlot[pTest->value.iField] = 0;
  }
  for(i=0; i<pPlan->nOut; i++, iReg++){
    ClibValue *pOut = &pPlan->aOut[i];
    z = clibValueOf(v, iLoop, iResult, iResult, iReg, iCursor, pOut);
    if( z ) return z;
    if( pOut->bTypeOnly ) return "it computes more than comparisons of columns with constants";
    if( pOut->eFrom==CLIB_FIELD ){
      pPlan->aSlot[pOut->iField] = 0;
      if( pPlan->aCount[pOut->iField]==255 ) return "it hands out one column very often";
      pPlan->aCount[pOut->iField]++;
    }
  }
  for(i=0; i<nField; i++){
    if( pPlan->aSlot[i]==0 ){
      pPlan->aSlot[i] = pPlan->nSlot++;
      pPlan->nField = i+1;
    }
  }
  for(i=0; i<nField; i++){
    if( pPlan->aSlot[i]<0 ) pPlan->aSlot[i] = pPlan->nSlot;
  }
  for(i=0; i<pPlan->nOut; i++){
    if( pPlan->aOut[i].eFrom==CLIB_FIELD ) pPlan->aOut[i].iSlot = pPlan->aSlot[pPlan->aOut[i].iField];
  }
  for(i=0; i<pPlan->nTest; i++){
    if( pPlan->aTest[i].value.eFrom==CLIB_FIELD ){
      pPlan->aTest[i].value.iSlot = pPlan->aSlot[pPlan->aTest[i].value.iField];
    }
  }
  return 0;
}

/* The plan of a statement that stands after OP_ResultRow, as clibPlanLoop. */
static const char *clibPlan(Vdbe *v, ClibPlan *pPlan, int *pRc){
  int iResult = v->pc-1;
  if( iResult>=0 && iResult<v->nOp && v->aOp[iResult].opcode==OP_ResultRow ){
    return clibPlanLoop(v, iResult, v->aOp[iResult].p1, v->aOp[iResult].p2, pPlan, pRc);
  }
  *pRc = SQLITE_OK;
  memset(pPlan, 0, sizeof(*pPlan));
  return "it has no plain result row";
}
