/*
** Loading by executing a statement for each row.
**
** This is the loop that a C program writes around sqlite3_bind, sqlite3_step and sqlite3_reset, in one call for all rows of a
** batch. Where it makes no difference, values are put into the statement's variables without the calls.
*/

/* Binds a value that has a form in SQLite to variable `iVar` (from 0). Texts and blobs are lent. */
static int clibBind(Vdbe *v, int iVar, int eClass, const ClibCell *pCell){
  sqlite3_stmt *pStmt = (sqlite3_stmt*)v;
  Mem *pVar = &v->aVar[iVar];
  /* What sqlite3_bind has to do besides: free what is there, convert, see to plans that depend on values. */
  if( (pVar->flags & (MEM_Agg|MEM_Dyn))==0 && pVar->szMalloc==0 && v->expmask==0 ){
    switch( eClass ){
      case CLIB_CLASS_NULL:
        pVar->flags = MEM_Null;
        return SQLITE_OK;
      case CLIB_CLASS_INTEGER:
        pVar->u.i = pCell->u.i;
        pVar->flags = MEM_Int;
        return SQLITE_OK;
      case CLIB_CLASS_REAL:
        pVar->u.r = pCell->u.r;
        pVar->flags = MEM_Real;
        return SQLITE_OK;
      case CLIB_CLASS_TEXT:
        if( ENC(v->db)!=SQLITE_UTF8 || pCell->n>v->db->aLimit[SQLITE_LIMIT_LENGTH] ) break;
        pVar->z = (char*)pCell->u.z;
        pVar->n = (int)pCell->n;
        pVar->enc = SQLITE_UTF8;
        pVar->flags = MEM_Str|MEM_Static;
        return SQLITE_OK;
      default:
        break;
    }
  }
  switch( eClass ){
    case CLIB_CLASS_NULL:    return sqlite3_bind_null(pStmt, iVar+1);
    case CLIB_CLASS_INTEGER: return sqlite3_bind_int64(pStmt, iVar+1, pCell->u.i);
    case CLIB_CLASS_REAL:    return sqlite3_bind_double(pStmt, iVar+1, pCell->u.r);
    case CLIB_CLASS_TEXT:
      return sqlite3_bind_text64(pStmt, iVar+1, (const char*)pCell->u.z, (u64)pCell->n, SQLITE_STATIC, SQLITE_UTF8);
    default:
      return sqlite3_bind_blob64(pStmt, iVar+1, pCell->u.z, (u64)pCell->n, SQLITE_STATIC);
  }
}

/*
** Executes the statement for `nGroup` rows from `iRow` on. Column by column, as the portable twin: so is what fails first.
**
** An interrupt between two executions ends the load. sqlite3_step would forget it where nothing runs, and where something does, roll
** back the whole transaction, as for a statement that has begun to write.
*/
static int clibExecute(Vdbe *v, const clib_source *aSource, int nSource, i64 iRow, int nGroup, clib_stop *pStop){
  int i, k, rc;
  pStop->row = iRow;
  pStop->column = -1;
  if( AtomicLoad(&v->db->u1.isInterrupted) ){
    sqlite3Error(v->db, SQLITE_INTERRUPT);
    return SQLITE_INTERRUPT;
  }
  for(i=0; i<nSource; i++){
    for(k=0; k<nGroup; k++){
      ClibCell cell;
      int eClass = clibSourceValue(&aSource[i], iRow+k, &cell);
      if( eClass==CLIB_CLASS_MISFIT ){
        pStop->row = iRow+k;
        pStop->column = i;
        return CLIB_MISFIT;
      }
      rc = clibBind(v, k*nSource+i, eClass, &cell);
      if( rc!=SQLITE_OK ){
        pStop->row = iRow+k;
        pStop->column = i;
        return rc;
      }
    }
  }
  rc = sqlite3_step((sqlite3_stmt*)v);
  if( rc==SQLITE_ROW ) rc = SQLITE_DONE;
  if( rc!=SQLITE_DONE ){
    sqlite3_reset((sqlite3_stmt*)v);
    return rc;
  }
  sqlite3_reset((sqlite3_stmt*)v);
  pStop->row = iRow+nGroup;
  return SQLITE_OK;
}

int clib_load_prepared(
  sqlite3_stmt *pStmt,
  const clib_source *aSource,
  int nSource,
  i64 iFrom,
  i64 iTo,
  int nGroup,
  clib_stop *pStop
){
  Vdbe *v = (Vdbe*)pStmt;
  i64 iRow;
  int rc = SQLITE_OK;
  pStop->row = iFrom;
  pStop->column = -1;
  if( nGroup<1 || v->nVar!=(i64)nSource*nGroup || v->eVdbeState!=VDBE_READY_STATE ) return SQLITE_MISUSE;
  for(iRow=iFrom; iRow+nGroup<=iTo && rc==SQLITE_OK; iRow+=nGroup){
    rc = clibExecute(v, aSource, nSource, iRow, nGroup, pStop);
  }
  return rc;
}
