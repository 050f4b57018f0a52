/*
** Table input: columns from outside as an eponymous virtual table.
**
** There is one module for each table input, and the module's client data are the rows. That it is eponymous means that nothing is
** written to a schema: making and removing it takes no transaction, cannot be rolled back, and works on read-only databases.
** SQLite counts who uses a module: the connection, and each statement that was prepared with it. So the rows live until
** the last statement that may read them is finalized or prepared again, and values can be handed out without a copy: a
** register that points at a text belongs to such a statement.
**
** Rows are numbered from 1 over all pieces; that is the rowid, and it is always ordered. Constraints on the rowid and on columns
** that clib_input_order found ordered become a range, by binary search. SQLite tests every constraint on each row again (`omit`
** is never set), so a range may be too large but never too small. It is all rows where the comparison would convert
** values first, which are left to SQLite: a text compared with numbers, say.
**
** idxNum has the column in its upper bits, from 1 on (0 is the rowid), and below it:
*/
#define CLIB_PLAN_EQ 1      /* One argument: = or IS */
#define CLIB_PLAN_LOWER 2   /* An argument: > or >= */
#define CLIB_PLAN_UPPER 4   /* An argument after that: < or <= */
#define CLIB_PLAN_OVER 8    /* The lower bound is > */
#define CLIB_PLAN_UNDER 16  /* The upper bound is < */
#define CLIB_PLAN_DOWN 32   /* From the last row to the first */
#define CLIB_PLAN_BITS 6

typedef struct ClibInputTable ClibInputTable;
struct ClibInputTable {
  sqlite3_vtab base;        /* Must be first */
  const clib_input *pInput;
  sqlite3 *db;
};

typedef struct ClibInputCursor ClibInputCursor;
struct ClibInputCursor {
  sqlite3_vtab_cursor base; /* Must be first */
  const clib_input *pInput;
  const clib_piece *pPiece; /* The piece of the current row */
  i64 iRow;                 /* The current row, from 0 over all pieces */
  i64 iStart;               /* The first row of the piece */
  i64 iFirst;               /* The range: from this row */
  i64 iEnd;                 /* to the one before this */
  int iStep;                /* 1 or -1 */
};

static i64 clibInputRows(const clib_input *p){
  return p->starts[p->piece_count];
}

/* The piece that row `iRow` is in. */
static int clibInputPiece(const clib_input *p, i64 iRow){
  int a = 0, z = p->piece_count-1;
  while( a<z ){
    int m = a+(z-a+1)/2;
    if( p->starts[m]<=iRow ) a = m; else z = m-1;
  }
  return a;
}

static int clibInputCell(const clib_input *p, int iCol, i64 iRow, ClibCell *pCell){
  int i = clibInputPiece(p, iRow);
  return clibSourceValue(&p->pieces[i].columns[iCol], iRow-p->starts[i], pCell);
}

static int clibCompareBytes(const u8 *a, i64 na, const u8 *b, i64 nb){
  i64 n = na<nb ? na : nb;
  int c = n>0 ? memcmp(a, b, (size_t)n) : 0;
  if( c!=0 ) return c;
  return na<nb ? -1 : na>nb;
}

/* SQLite's order of two values, with BINARY texts. Misfits have no place in it, and are not passed. */
static int clibCompareCells(int eA, const ClibCell *a, int eB, const ClibCell *b){
  if( eA==CLIB_CLASS_INTEGER && eB==CLIB_CLASS_INTEGER ) return a->u.i<b->u.i ? -1 : a->u.i>b->u.i;
  if( eA==CLIB_CLASS_REAL && eB==CLIB_CLASS_REAL ) return a->u.r<b->u.r ? -1 : a->u.r>b->u.r;
  if( eA==CLIB_CLASS_INTEGER && eB==CLIB_CLASS_REAL ) return sqlite3IntFloatCompare(a->u.i, b->u.r);
  if( eA==CLIB_CLASS_REAL && eB==CLIB_CLASS_INTEGER ) return -sqlite3IntFloatCompare(b->u.i, a->u.r);
  if( eA!=eB ){
    /* The classes' numbers are in SQLite's order, and integers and reals are of one kind. */
    return eA<eB ? -1 : 1;
  }
  if( eA==CLIB_CLASS_NULL ) return 0;
  return clibCompareBytes(a->u.z, a->n, b->u.z, b->n);
}

void clib_input_order(clib_input *input){
  int iCol;
  for(iCol=0; iCol<input->column_count; iCol++){
    clib_order *pOrder = &input->orders[iCol];
    ClibCell cell, last;
    int eLast = CLIB_CLASS_MISFIT, bDistinct = 1, bOrdered = 1, iPiece;
    i64 nValue = 0;
    memset(&last, 0, sizeof(last));
    memset(&cell, 0, sizeof(cell));
    for(iPiece=0; bOrdered && iPiece<input->piece_count; iPiece++){
      const clib_source *s = &input->pieces[iPiece].columns[iCol];
      i64 n = input->pieces[iPiece].rows, i;
      for(i=0; i<n; i++){
        int e = clibSourceValue(s, i, &cell);
        int c = eLast==CLIB_CLASS_MISFIT ? -1 : clibCompareCells(eLast, &last, e, &cell);
        if( c>0 || e==CLIB_CLASS_MISFIT ){
          bOrdered = 0;
          break;
        }
        if( c==0 ) bDistinct = 0; else nValue++;
        eLast = e;
        last = cell;
      }
    }
    pOrder->order = !bOrdered ? CLIB_UNORDERED : bDistinct ? CLIB_DISTINCT : CLIB_ORDERED;
    pOrder->values = nValue;
  }
}

static int clibInputConnect(sqlite3 *db, void *pAux, int argc, const char *const*argv, sqlite3_vtab **ppVtab, char **pzErr){
  const clib_input *pInput = (const clib_input*)pAux;
  ClibInputTable *pTab;
  int rc = sqlite3_declare_vtab(db, pInput->declaration);
  (void)argc; (void)argv;
  if( rc!=SQLITE_OK ){
    *pzErr = sqlite3_mprintf("%s", sqlite3_errmsg(db));
    return rc;
  }
  pTab = sqlite3_malloc64(sizeof(*pTab));
  if( pTab==0 ) return SQLITE_NOMEM;
  memset(pTab, 0, sizeof(*pTab));
  pTab->pInput = pInput;
  pTab->db = db;
  *ppVtab = &pTab->base;
  return SQLITE_OK;
}

static int clibInputDisconnect(sqlite3_vtab *pVtab){
  sqlite3_free(pVtab);
  return SQLITE_OK;
}

/* What one side of a range on an ordered column would leave, for the planner. */
typedef struct ClibInputChoice ClibInputChoice;
struct ClibInputChoice {
  int iEq, iLower, iUpper;  /* Constraints, or -1 */
  double rRows;             /* How many rows are left */
};

/*
** Whether the constraint compares the column's values as they are: what SQLite asks before it uses an index. Otherwise values of
** the column are converted first, and their order and distinctness say nothing.
*/
static int clibInputComparesAsIs(const clib_input *pInput, sqlite3_index_info *pInfo, int i){
  const HiddenIndexInfo *pHidden = (const HiddenIndexInfo*)&pInfo[1];
  const WhereTerm *pTerm = termFromWhereClause(pHidden->pWC, pInfo->aConstraint[i].iTermOffset);
  char eAff;
  switch( pInfo->aConstraint[i].op ){
    case SQLITE_INDEX_CONSTRAINT_EQ: case SQLITE_INDEX_CONSTRAINT_IS:
    case SQLITE_INDEX_CONSTRAINT_GT: case SQLITE_INDEX_CONSTRAINT_GE:
    case SQLITE_INDEX_CONSTRAINT_LT: case SQLITE_INDEX_CONSTRAINT_LE: break;
    default: return 0;  /* LIMIT and the like: their expressions have no left side */
  }
  switch( pInput->orders[pInfo->aConstraint[i].iColumn].compares ){
    case CLIB_COMPARES_NUMBERS: eAff = SQLITE_AFF_NUMERIC; break;
    case CLIB_COMPARES_TEXTS:   eAff = SQLITE_AFF_TEXT;    break;
    case CLIB_COMPARES_BLOBS:   eAff = SQLITE_AFF_BLOB;    break;
    default: return 0;
  }
  return sqlite3IndexAffinityOk(pTerm->pExpr, eAff);
}

/* Finds what the constraints say about column `iCol` (-1: the rowid). */
static void clibInputChoose(
  const clib_input *pInput,
  sqlite3_index_info *pInfo,
  int iCol,
  ClibInputChoice *pOut
){
  double rAll = (double)clibInputRows(pInput);
  int i;
  pOut->iEq = pOut->iLower = pOut->iUpper = -1;
  pOut->rRows = rAll;
  for(i=0; i<pInfo->nConstraint; i++){
    const struct sqlite3_index_constraint *c = &pInfo->aConstraint[i];
    if( !c->usable || c->iColumn!=iCol ) continue;
    if( iCol>=0 && sqlite3_stricmp(sqlite3_vtab_collation(pInfo, i), "BINARY")!=0 ) continue;
    if( iCol>=0 && !clibInputComparesAsIs(pInput, pInfo, i) ) continue;
    switch( c->op ){
      case SQLITE_INDEX_CONSTRAINT_EQ:
      case SQLITE_INDEX_CONSTRAINT_IS:
        pOut->iEq = i;
        break;
      case SQLITE_INDEX_CONSTRAINT_GT:
      case SQLITE_INDEX_CONSTRAINT_GE:
        if( pOut->iLower<0 ) pOut->iLower = i;
        break;
      case SQLITE_INDEX_CONSTRAINT_LT:
      case SQLITE_INDEX_CONSTRAINT_LE:
        if( pOut->iUpper<0 ) pOut->iUpper = i;
        break;
    }
  }
  if( pOut->iEq>=0 ){
    i64 nValue = iCol<0 ? clibInputRows(pInput) : pInput->orders[iCol].values;
    pOut->rRows = nValue>0 ? rAll/(double)nValue : 0;
  }else{
    /* As SQLite takes it to be without statistics. */
    if( pOut->iLower>=0 ) pOut->rRows /= 4;
    if( pOut->iUpper>=0 ) pOut->rRows /= 4;
  }
}

/*
** Whether rows are in the order of column `iCol`, as SQLite compares its values. BINARY compares texts by the bytes of the database's
** encoding, which in UTF-16 is another order than that of UTF-8; and it can be replaced.
*/
static int clibInputIsOrdered(const ClibInputTable *pTab, int iCol){
  const clib_order *pOrder;
  if( iCol<0 ) return 1;
  if( iCol>=pTab->pInput->column_count ) return 0;
  pOrder = &pTab->pInput->orders[iCol];
  if( pOrder->order==CLIB_UNORDERED ) return 0;
  if( pOrder->compares==CLIB_COMPARES_NUMBERS || pOrder->compares==CLIB_COMPARES_BLOBS ) return 1;
  return ENC(pTab->db)==SQLITE_UTF8 && sqlite3IsBinary(pTab->db->pDfltColl);
}

static int clibInputBestIndex(sqlite3_vtab *pVtab, sqlite3_index_info *pInfo){
  const ClibInputTable *pTab = (const ClibInputTable*)pVtab;
  const clib_input *pInput = pTab->pInput;
  double rAll = (double)clibInputRows(pInput), rBest = rAll, rCost;
  ClibInputChoice best, x;
  int iBest = -2, i, nArg = 0, flags = 0;
  for(i=0; i<pInfo->nConstraint; i++){
    int iCol = pInfo->aConstraint[i].iColumn;
    if( !pInfo->aConstraint[i].usable || !clibInputIsOrdered(pTab, iCol) ) continue;
    clibInputChoose(pInput, pInfo, iCol, &x);
    if( (x.iEq>=0 || x.iLower>=0 || x.iUpper>=0) && (iBest==-2 || x.rRows<rBest) ){
      best = x;
      rBest = x.rRows;
      iBest = iCol;
    }
  }
  rCost = rBest;
  if( iBest!=-2 ){
    if( best.iEq>=0 ){
      pInfo->aConstraintUsage[best.iEq].argvIndex = ++nArg;
      flags |= CLIB_PLAN_EQ;
      if( iBest<0 || pInput->orders[iBest].order==CLIB_DISTINCT ){
        pInfo->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
      }
    }else{
      if( best.iLower>=0 ){
        pInfo->aConstraintUsage[best.iLower].argvIndex = ++nArg;
        flags |= CLIB_PLAN_LOWER;
        if( pInfo->aConstraint[best.iLower].op==SQLITE_INDEX_CONSTRAINT_GT ) flags |= CLIB_PLAN_OVER;
      }
      if( best.iUpper>=0 ){
        pInfo->aConstraintUsage[best.iUpper].argvIndex = ++nArg;
        flags |= CLIB_PLAN_UPPER;
        if( pInfo->aConstraint[best.iUpper].op==SQLITE_INDEX_CONSTRAINT_LT ) flags |= CLIB_PLAN_UNDER;
      }
    }
    /* Two binary searches, as long as a table is deep. */
    for(i=1; i<40 && ((i64)1<<i)<clibInputRows(pInput); i++) rCost += 0.2;
  }
  if( pInfo->nOrderBy==1 && clibInputIsOrdered(pTab, pInfo->aOrderBy[0].iColumn) ){
    pInfo->orderByConsumed = 1;
    if( pInfo->aOrderBy[0].desc ) flags |= CLIB_PLAN_DOWN;
  }
  /* A row costs about what one of a table does. */
  pInfo->estimatedCost = rCost+1;
  pInfo->estimatedRows = rBest<1 ? 1 : (i64)rBest;
  pInfo->idxNum = (int)(((u32)(iBest==-2 ? 0 : iBest+1)<<CLIB_PLAN_BITS) | (u32)flags);
  return SQLITE_OK;
}

static int clibInputOpen(sqlite3_vtab *pVtab, sqlite3_vtab_cursor **ppCursor){
  ClibInputCursor *pCur = sqlite3_malloc64(sizeof(*pCur));
  if( pCur==0 ) return SQLITE_NOMEM;
  memset(pCur, 0, sizeof(*pCur));
  pCur->pInput = ((ClibInputTable*)pVtab)->pInput;
  *ppCursor = &pCur->base;
  return SQLITE_OK;
}

static int clibInputClose(sqlite3_vtab_cursor *pCursor){
  sqlite3_free(pCursor);
  return SQLITE_OK;
}

/*
** The value that a column is compared with. Returns its class, or CLIB_CLASS_MISFIT where SQLite would convert before it
** compares, so that the column's order says nothing.
*/
static int clibInputBound(const clib_input *pInput, int iCol, sqlite3_value *pValue, ClibCell *pCell){
  int eCompares = iCol<0 ? CLIB_COMPARES_NUMBERS : pInput->orders[iCol].compares;
  switch( sqlite3_value_type(pValue) ){
    case SQLITE_NULL:
      return CLIB_CLASS_NULL;
    case SQLITE_INTEGER:
      if( eCompares!=CLIB_COMPARES_NUMBERS ) break;
      pCell->u.i = sqlite3_value_int64(pValue);
      return CLIB_CLASS_INTEGER;
    case SQLITE_FLOAT:
      if( eCompares!=CLIB_COMPARES_NUMBERS ) break;
      pCell->u.r = sqlite3_value_double(pValue);
      return CLIB_CLASS_REAL;
    case SQLITE_TEXT:
      if( eCompares!=CLIB_COMPARES_TEXTS ) break;
      pCell->u.z = sqlite3_value_text(pValue);
      pCell->n = sqlite3_value_bytes(pValue);
      if( pCell->u.z==0 ) break;
      return CLIB_CLASS_TEXT;
    case SQLITE_BLOB:
      if( eCompares!=CLIB_COMPARES_BLOBS ) break;
      pCell->u.z = sqlite3_value_blob(pValue);
      pCell->n = sqlite3_value_bytes(pValue);
      if( pCell->u.z==0 && pCell->n>0 ) break;
      return CLIB_CLASS_BLOB;
  }
  return CLIB_CLASS_MISFIT;
}

/* The first row from `iFrom` on whose value is at least (`bAbove`: more than) the bound. */
static i64 clibInputSearch(const clib_input *pInput, int iCol, i64 iFrom, int eBound, const ClibCell *pBound, int bAbove){
  i64 a = iFrom, z = clibInputRows(pInput);
  while( a<z ){
    i64 m = a+(z-a)/2;
    ClibCell cell;
    int e, c;
    if( iCol<0 ){
      e = CLIB_CLASS_INTEGER;
      cell.u.i = m+1;
      cell.n = 0;
    }else{
      e = clibInputCell(pInput, iCol, m, &cell);
    }
    c = clibCompareCells(e, &cell, eBound, pBound);
    if( c<0 || (bAbove && c==0) ) a = m+1; else z = m;
  }
  return a;
}

/* Puts the cursor on row `iRow`, which is in the range. */
static void clibInputSeek(ClibInputCursor *pCur, i64 iRow){
  const clib_input *p = pCur->pInput;
  int i = clibInputPiece(p, iRow);
  pCur->iRow = iRow;
  pCur->pPiece = &p->pieces[i];
  pCur->iStart = p->starts[i];
}

static int clibInputFilter(sqlite3_vtab_cursor *pCursor, int idxNum, const char *idxStr, int argc, sqlite3_value **argv){
  ClibInputCursor *pCur = (ClibInputCursor*)pCursor;
  const clib_input *p = pCur->pInput;
  int iCol = (idxNum>>CLIB_PLAN_BITS)-1, iArg = 0, e;
  ClibCell bound;
  (void)idxStr;
  memset(&bound, 0, sizeof(bound));
  pCur->iFirst = 0;
  pCur->iEnd = clibInputRows(p);
  pCur->iStep = (idxNum & CLIB_PLAN_DOWN) ? -1 : 1;
  if( (idxNum & CLIB_PLAN_EQ) && iArg<argc ){
    /* NULL is looked for as a value, for IS; with = SQLite tests once more, and no row passes. */
    e = clibInputBound(p, iCol, argv[iArg++], &bound);
    if( e!=CLIB_CLASS_MISFIT ){
      pCur->iFirst = clibInputSearch(p, iCol, 0, e, &bound, 0);
      pCur->iEnd = clibInputSearch(p, iCol, pCur->iFirst, e, &bound, 1);
    }
  }
  if( (idxNum & CLIB_PLAN_LOWER) && iArg<argc ){
    e = clibInputBound(p, iCol, argv[iArg++], &bound);
    if( e==CLIB_CLASS_NULL ){
      pCur->iEnd = 0;
    }else if( e!=CLIB_CLASS_MISFIT ){
      pCur->iFirst = clibInputSearch(p, iCol, 0, e, &bound, (idxNum & CLIB_PLAN_OVER)!=0);
    }
  }
  if( (idxNum & CLIB_PLAN_UPPER) && iArg<argc ){
    e = clibInputBound(p, iCol, argv[iArg++], &bound);
    if( e==CLIB_CLASS_NULL ){
      pCur->iEnd = 0;
    }else if( e!=CLIB_CLASS_MISFIT ){
      i64 iEnd = clibInputSearch(p, iCol, 0, e, &bound, (idxNum & CLIB_PLAN_UNDER)==0);
      if( iEnd<pCur->iEnd ) pCur->iEnd = iEnd;
    }
  }
  if( pCur->iFirst<pCur->iEnd ){
    clibInputSeek(pCur, pCur->iStep>0 ? pCur->iFirst : pCur->iEnd-1);
  }else{
    pCur->iRow = pCur->iEnd = pCur->iFirst;
  }
  return SQLITE_OK;
}

static int clibInputNext(sqlite3_vtab_cursor *pCursor){
  ClibInputCursor *pCur = (ClibInputCursor*)pCursor;
  pCur->iRow += pCur->iStep;
  if( pCur->iRow>=pCur->iFirst && pCur->iRow<pCur->iEnd
   && (pCur->iRow<pCur->iStart || pCur->iRow-pCur->iStart>=pCur->pPiece->rows)
  ){
    clibInputSeek(pCur, pCur->iRow);
  }
  return SQLITE_OK;
}

static int clibInputEof(sqlite3_vtab_cursor *pCursor){
  ClibInputCursor *pCur = (ClibInputCursor*)pCursor;
  return pCur->iRow<pCur->iFirst || pCur->iRow>=pCur->iEnd;
}

static int clibInputColumn(sqlite3_vtab_cursor *pCursor, sqlite3_context *ctx, int iCol){
  ClibInputCursor *pCur = (ClibInputCursor*)pCursor;
  ClibCell cell;
  if( iCol<0 || iCol>=pCur->pInput->column_count ) return SQLITE_OK;
  switch( clibSourceValue(&pCur->pPiece->columns[iCol], pCur->iRow-pCur->iStart, &cell) ){
    case CLIB_CLASS_INTEGER:
      sqlite3_result_int64(ctx, cell.u.i);
      break;
    case CLIB_CLASS_REAL:
      /* -0 becomes 0, as in a table. */
      sqlite3_result_double(ctx, cell.u.r+0.0);
      break;
    /* Not copied: see above. */
    case CLIB_CLASS_TEXT:
      sqlite3_result_text64(ctx, (const char*)cell.u.z, (u64)cell.n, SQLITE_STATIC, SQLITE_UTF8);
      break;
    case CLIB_CLASS_BLOB:
      sqlite3_result_blob64(ctx, cell.u.z, (u64)cell.n, SQLITE_STATIC);
      break;
    case CLIB_CLASS_MISFIT:
      sqlite3_result_error(ctx, "a value of the table input has no form in SQLite", -1);
      break;
  }
  return SQLITE_OK;
}

static int clibInputRowid(sqlite3_vtab_cursor *pCursor, sqlite3_int64 *pRowid){
  *pRowid = ((ClibInputCursor*)pCursor)->iRow+1;
  return SQLITE_OK;
}

/* No xCreate: eponymous alone. */
static const sqlite3_module clibInputModule = {
  0,                   /* iVersion */
  0,                   /* xCreate */
  clibInputConnect,
  clibInputBestIndex,
  clibInputDisconnect,
  0,                   /* xDestroy */
  clibInputOpen,
  clibInputClose,
  clibInputFilter,
  clibInputNext,
  clibInputEof,
  clibInputColumn,
  clibInputRowid,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
};

int clib_input_register(sqlite3 *db, const char *name, clib_input *input, void (*destroy)(void*)){
  if( sqlite3HashFind(&db->aModule, name)!=0 || sqlite3_strnicmp(name, "sqlite_", 7)==0
   || sqlite3_strnicmp(name, "pragma_", 7)==0
  ){
    destroy(input);
    return CLIB_TAKEN;
  }
  return sqlite3_create_module_v2(db, name, &clibInputModule, input, destroy);
}

int clib_input_remove(sqlite3 *db, const char *name){
  int rc = sqlite3_create_module_v2(db, name, 0, 0, 0);
  /* Statements that are not running must look for the name again. */
  sqlite3ExpirePreparedStatements(db, 1);
  sqlite3_mutex_enter(db->mutex);
  sqlite3BtreeEnterAll(db);
  sqlite3VtabUnlockList(db);
  sqlite3BtreeLeaveAll(db);
  sqlite3_mutex_leave(db->mutex);
  return rc;
}
