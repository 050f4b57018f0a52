/*
** What an INSERT of one row does, read off its byte code.
**
** `INSERT INTO t(b, a) VALUES (?1, ?2)` compiles to a straight line of instructions: open the table and its indexes, load the
** variables and the defaults, find the rowid, refuse what must not be NULL, convert by affinity, make the records of indexes
** and table, see that unique keys are not there, insert. Where a statement is of these instructions alone, what it stores can be
** told from the values without running it: see append.c. Triggers, foreign keys, CHECKs, generated columns, indexes with
** expressions or conditions and other conflict clauses than ABORT all show as other instructions, and are obstacles.
*/

/* How a value is converted before it is stored. */
#define CLIB_AS_IS 0
#define CLIB_AS_NUMBER 1     /* Affinity INTEGER or NUMERIC: an integral real becomes an integer */
#define CLIB_AS_STORED 2     /* Affinity REAL when the record is made: integral reals are stored as integers of up to 6 bytes */
#define CLIB_AS_REAL 3       /* Affinity REAL before that: integers become reals */
#define CLIB_AS_TEXT 4       /* Affinity TEXT: numbers become text, which is left to SQLite */

/* A value of each row. */
typedef struct ClibSlot ClibSlot;
struct ClibSlot {
  int iSource;       /* The variable, or -1 for a constant */
  u8 eAs;            /* CLIB_AS_... */
  u8 bNotNull;       /* NULL is left to SQLite */
  u8 bRowid;         /* It is the rowid, and an integer or left to SQLite */
  u8 eStrict;        /* COLTYPE_... of a STRICT table, or 0 */
  u8 nUse;           /* Registers that have it */
  u8 eConst;         /* The constant's class */
  ClibCell constant;
};

/* What a register has. */
typedef struct ClibReg ClibReg;
struct ClibReg {
  u8 e;              /* CLIB_REG_... */
  int i;             /* The slot, or the record's number */
};
#define CLIB_REG_UNKNOWN 0
#define CLIB_REG_NULL 1
#define CLIB_REG_SLOT 2
#define CLIB_REG_ROWID 3   /* A new rowid, or that of a slot */
#define CLIB_REG_RECORD 4

/* A record that is made: the fields are slots, or one of these. */
#define CLIB_FIELD_NULL (-1)
#define CLIB_FIELD_ROWID (-2)
typedef struct ClibRecord ClibRecord;
struct ClibRecord {
  int iField;        /* The first one in ClibInsert.aField */
  int nField;
};

/* An index. */
typedef struct ClibIndex ClibIndex;
struct ClibIndex {
  int iCursor;
  Pgno iRoot;
  KeyInfo *pKeyInfo; /* A reference of the statement's */
  int iRecord;       /* In ClibInsert.aRecord, or -1 */
  int nUnique;       /* So many fields must not be there yet, or 0 */
  int iHalt;         /* The instruction that says so */
};

#define CLIB_MAX_INDEX 64
#define CLIB_MAX_RECORD (CLIB_MAX_INDEX+2)

typedef struct ClibInsert ClibInsert;
struct ClibInsert {
  const Op *aOp;     /* The program this was read off: there as long as the statement is not prepared again */
  int nStep;         /* Instructions for a row */
  int iDb;
  int iCookie;       /* OP_Transaction's: the schema's cookie and generation */
  int iGeneration;
  Table *pTab;
  Pgno iRoot;
  u8 bAutoinc;
  u8 bFormat4;       /* 0 and 1 have types of their own */
  int iRowidSlot;    /* The slot that has the rowid, or -1: the next one */
  int nSlot;
  ClibSlot *aSlot;
  int nField;        /* Of all records */
  int *aField;
  int nRecord;
  ClibRecord aRecord[CLIB_MAX_RECORD];
  int iRecord;       /* The table's */
  int nIndex;
  ClibIndex aIndex[CLIB_MAX_INDEX];
};

static void clibInsertClear(ClibInsert *p){
  sqlite3_free(p->aSlot);
  sqlite3_free(p->aField);
  memset(p, 0, sizeof(*p));
}

/* The index of cursor `iCursor`, or null. */
static ClibIndex *clibIndexAt(ClibInsert *p, int iCursor){
  int i;
  for(i=0; i<p->nIndex; i++){
    if( p->aIndex[i].iCursor==iCursor ) return &p->aIndex[i];
  }
  return 0;
}

/* Applies an affinity to a register. Null, or why that is not known here. */
static const char *clibAffinity(ClibInsert *p, ClibReg *pReg, char eAff, u8 eReal){
  ClibSlot *pSlot;
  u8 eAs;
  if( eAff<=SQLITE_AFF_BLOB || pReg->e==CLIB_REG_NULL || pReg->e==CLIB_REG_ROWID ) return 0;
  if( pReg->e!=CLIB_REG_SLOT ) return "its statement is of another form";
  pSlot = &p->aSlot[pReg->i];
  switch( eAff ){
    case SQLITE_AFF_TEXT:    eAs = CLIB_AS_TEXT; break;
    case SQLITE_AFF_NUMERIC:
    case SQLITE_AFF_INTEGER: eAs = CLIB_AS_NUMBER; break;
    case SQLITE_AFF_REAL:    eAs = eReal; break;
    default: return "its statement is of another form";
  }
  if( pSlot->eAs==eAs ) return 0;
  if( pSlot->nUse!=1 || pSlot->eAs!=CLIB_AS_IS ) return "its statement is of another form";
  pSlot->eAs = eAs;
  return 0;
}

/* A new slot in register `iReg`. */
static ClibSlot *clibSlotIn(ClibInsert *p, ClibReg *pReg){
  ClibSlot *pSlot = &p->aSlot[p->nSlot];
  memset(pSlot, 0, sizeof(*pSlot));
  pSlot->iSource = -1;
  pSlot->nUse = 1;
  pReg->e = CLIB_REG_SLOT;
  pReg->i = p->nSlot++;
  return pSlot;
}

static const char clibOtherForm[] = "its statement does more for each row than to convert and store values";

/* Why an instruction is an obstacle. */
static const char *clibInsertObstacle(int opcode){
  switch( opcode ){
    case OP_Program:   return "the table has triggers";
    case OP_FkCounter:
    case OP_FkIfZero:
    case OP_FkCheck:   return "there are foreign keys to check";
    case OP_VUpdate:
    case OP_VOpen:     return "it is a virtual table";
    case OP_TableLock: return "the cache is shared with other connections";
    default:           return clibOtherForm;
  }
}

/* Whether instruction `i` is the OP_Halt of a constraint that undoes the statement. */
static int clibIsAbort(const Vdbe *v, int i){
  const Op *pOp = &v->aOp[i];
  return i<v->nOp && pOp->opcode==OP_Halt && pOp->p1!=SQLITE_OK && pOp->p2==OE_Abort;
}

/* Reads the program. Null, or the obstacle. aReg has a register each, all unknown. */
static const char *clibReadInsert(Vdbe *v, int nSource, ClibInsert *p, ClibReg *aReg, int nReg){
  int i, k, pc, nSeen = 0, bInit = 1, bSequence = 0, iTable = -1, iMain = -1, nVar = 0;
  const char *z;
  const Op *pOp;
  p->iDb = -1;
  p->iRowidSlot = -1;
  p->iRecord = -1;
  if( v->nOp<2 || v->aOp[0].opcode!=OP_Init ) return clibOtherForm;
  /* What tells most, wherever it is. */
  for(i=0; i<v->nOp; i++){
    z = clibInsertObstacle(v->aOp[i].opcode);
    if( z!=clibOtherForm ) return z;
    if( v->aOp[i].opcode==OP_Halt && v->aOp[i].p1==SQLITE_CONSTRAINT_FOREIGNKEY ) return "there are foreign keys to check";
    if( v->aOp[i].opcode==OP_Halt && v->aOp[i].p1==SQLITE_CONSTRAINT_CHECK ) return "the table has CHECK constraints";
  }
  pc = v->aOp[0].p2;
  for(;; pc++){
    if( pc<=0 || pc>=v->nOp || ++nSeen>v->nOp ) return clibOtherForm;
    pOp = &v->aOp[pc];
    p->nStep++;
#define CLIB_REG(i) do{ if( (i)<=0 || (i)>=nReg ) return clibOtherForm; }while(0)
    switch( pOp->opcode ){
      case OP_Noop:
      case OP_Explain:
        break;
      case OP_Goto:
        if( !bInit ) return clibOtherForm;
        if( pOp->p2==1 ) bInit = 0;
        pc = pOp->p2-1;
        break;
      case OP_Transaction:
        if( p->iDb>=0 || pOp->p2!=1 ) return clibOtherForm;
        p->iDb = pOp->p1;
        p->iCookie = pOp->p3;
        p->iGeneration = pOp->p4.i;
        if( pOp->p5==0 ) return clibOtherForm;
        break;
      /* Finding the table's row in sqlite_sequence, for AUTOINCREMENT. */
      case OP_OpenRead:
      case OP_Rewind:
      case OP_Column:
      case OP_Ne:
      case OP_Rowid:
      case OP_AddImm:
      case OP_Next:
      case OP_Close:
        if( !bInit ) return clibInsertObstacle(pOp->opcode);
        bSequence = 1;
        break;
      case OP_MemMax:
        if( !bSequence ) return clibOtherForm;
        break;
      case OP_Null:
        for(i=pOp->p2; i<=pOp->p2 || i<=pOp->p3; i++){
          CLIB_REG(i);
          aReg[i].e = CLIB_REG_NULL;
        }
        break;
      case OP_SoftNull:
        CLIB_REG(pOp->p1);
        aReg[pOp->p1].e = CLIB_REG_NULL;
        break;
      case OP_Integer:
      case OP_Int64:
      case OP_Real:
      case OP_String8:
      case OP_String: {
        ClibSlot *pSlot;
        CLIB_REG(pOp->p2);
        pSlot = clibSlotIn(p, &aReg[pOp->p2]);
        if( pOp->opcode==OP_Integer ){
          pSlot->eConst = CLIB_CLASS_INTEGER;
          pSlot->constant.u.i = pOp->p1;
        }else if( pOp->opcode==OP_Int64 ){
          pSlot->eConst = CLIB_CLASS_INTEGER;
          pSlot->constant.u.i = INT32_TO_64(pOp->p1, pOp->p3);
        }else if( pOp->opcode==OP_Real ){
          pSlot->eConst = CLIB_CLASS_REAL;
          u64 x = (u64)INT32_TO_64(pOp->p1, pOp->p3);
          swapMixedEndianFloat(x);
          memcpy(&pSlot->constant.u.r, &x, 8);
        }else{
          pSlot->eConst = CLIB_CLASS_TEXT;
          pSlot->constant.u.z = (const u8*)pOp->p4.z;
          pSlot->constant.n = pOp->opcode==OP_String ? pOp->p1 : sqlite3Strlen30(pOp->p4.z);
          if( pOp->opcode==OP_String && pOp->p3!=0 ) return clibOtherForm;
        }
        break;
      }
      case OP_Variable: {
        ClibSlot *pSlot;
        CLIB_REG(pOp->p2);
        if( pOp->p1<1 || pOp->p1>nSource ) return clibOtherForm;
        pSlot = clibSlotIn(p, &aReg[pOp->p2]);
        pSlot->iSource = pOp->p1-1;
        nVar++;
        break;
      }
      case OP_Copy:
      case OP_SCopy:
      case OP_IntCopy: {
        int n = pOp->opcode==OP_Copy ? pOp->p3 : 0;
        for(i=0; i<=n; i++){
          CLIB_REG(pOp->p1+i);
          CLIB_REG(pOp->p2+i);
          if( bInit ){
            aReg[pOp->p2+i].e = CLIB_REG_UNKNOWN;
            continue;
          }
          aReg[pOp->p2+i] = aReg[pOp->p1+i];
          if( aReg[pOp->p1+i].e==CLIB_REG_SLOT && p->aSlot[aReg[pOp->p1+i].i].nUse<255 ) p->aSlot[aReg[pOp->p1+i].i].nUse++;
        }
        break;
      }
      case OP_OpenWrite:
        if( pOp->p3!=p->iDb || (pOp->p5 & OPFLAG_P2ISREG)!=0 || bInit ) return clibOtherForm;
        if( pOp->p4type==P4_INT32 ){
          if( iTable>=0 ) return clibOtherForm;
          iTable = pOp->p1;
          p->iRoot = (Pgno)pOp->p2;
        }else if( pOp->p4type==P4_KEYINFO && p->nIndex<CLIB_MAX_INDEX ){
          ClibIndex *pIndex = &p->aIndex[p->nIndex++];
          memset(pIndex, 0, sizeof(*pIndex));
          pIndex->iCursor = pOp->p1;
          pIndex->iRoot = (Pgno)pOp->p2;
          pIndex->pKeyInfo = pOp->p4.pKeyInfo;
          pIndex->iRecord = -1;
        }else{
          return clibOtherForm;
        }
        break;
      case OP_NotNull:
        /* A rowid that is given, or else the next one. */
        CLIB_REG(pOp->p1);
        if( aReg[pOp->p1].e!=CLIB_REG_SLOT || pOp->p2!=pc+2 || pc+2>=v->nOp
         || pOp[1].opcode!=OP_NewRowid || pOp[1].p2!=pOp->p1 || pOp[1].p1!=iTable || pOp[2].opcode!=OP_MustBeInt
         || pOp[2].p1!=pOp->p1 || pOp[2].p2!=0 || p->iRowidSlot>=0
        ){
          return clibOtherForm;
        }
        p->iRowidSlot = aReg[pOp->p1].i;
        if( p->aSlot[p->iRowidSlot].nUse!=1 || p->aSlot[p->iRowidSlot].iSource<0 ) return clibOtherForm;
        p->aSlot[p->iRowidSlot].bRowid = 1;
        p->aSlot[p->iRowidSlot].bNotNull = 1;
        aReg[pOp->p1].e = CLIB_REG_ROWID;
        pc += 2;
        break;
      case OP_NewRowid:
        CLIB_REG(pOp->p2);
        if( pOp->p1!=iTable || p->iRowidSlot>=0 ) return clibOtherForm;
        aReg[pOp->p2].e = CLIB_REG_ROWID;
        break;
      case OP_NotExists:
        CLIB_REG(pOp->p3);
        if( pOp->p1!=iTable || aReg[pOp->p3].e!=CLIB_REG_ROWID || pOp->p2!=pc+2 || !clibIsAbort(v, pc+1) ) return clibOtherForm;
        pc++;
        break;
      case OP_HaltIfNull:
        CLIB_REG(pOp->p3);
        if( pOp->p2!=OE_Abort ) return "a conflict clause does not undo the statement alone";
        if( aReg[pOp->p3].e!=CLIB_REG_SLOT ) return "a column that must not be NULL has no value";
        p->aSlot[aReg[pOp->p3].i].bNotNull = 1;
        break;
      case OP_Affinity:
        for(i=0; i<pOp->p2; i++){
          CLIB_REG(pOp->p1+i);
          if( (z = clibAffinity(p, &aReg[pOp->p1+i], pOp->p4.z[i], CLIB_AS_REAL))!=0 ) return z;
        }
        break;
      case OP_TypeCheck: {
        Table *pTab = pOp->p4.pTab;
        if( pOp->p3!=0 || pOp->p2!=pTab->nCol ) return "the table has generated columns";
        for(i=0; i<pOp->p2; i++){
          ClibReg *pReg;
          CLIB_REG(pOp->p1+i);
          if( pTab->aCol[i].colFlags & COLFLAG_GENERATED ) return "the table has generated columns";
          pReg = &aReg[pOp->p1+i];
          if( (z = clibAffinity(p, pReg, pTab->aCol[i].affinity, CLIB_AS_STORED))!=0 ) return z;
          if( pReg->e==CLIB_REG_SLOT ){
            if( p->aSlot[pReg->i].nUse!=1 ) return clibOtherForm;
            p->aSlot[pReg->i].eStrict = pTab->aCol[i].eCType;
          }
        }
        break;
      }
      case OP_MakeRecord: {
        ClibRecord *pRecord;
        CLIB_REG(pOp->p3);
        if( p->nRecord>=CLIB_MAX_RECORD || pOp->p2<=0 ) return clibOtherForm;
        pRecord = &p->aRecord[p->nRecord];
        pRecord->iField = p->nField;
        pRecord->nField = pOp->p2;
        for(i=0, z=pOp->p4.z; i<pOp->p2; i++){
          ClibReg *pReg;
          CLIB_REG(pOp->p1+i);
          pReg = &aReg[pOp->p1+i];
          if( z && *z ){
            const char *zWhy = clibAffinity(p, pReg, *z++, CLIB_AS_STORED);
            if( zWhy ) return zWhy;
          }
          switch( pReg->e ){
            case CLIB_REG_NULL:  k = CLIB_FIELD_NULL; break;
            case CLIB_REG_ROWID: k = CLIB_FIELD_ROWID; break;
            case CLIB_REG_SLOT:  k = pReg->i; break;
            default: return clibOtherForm;
          }
          p->aField[p->nField++] = k;
        }
        aReg[pOp->p3].e = CLIB_REG_RECORD;
        aReg[pOp->p3].i = p->nRecord++;
        break;
      }
      case OP_NoConflict: {
        ClibIndex *pIndex = clibIndexAt(p, pOp->p1);
        if( pIndex==0 || pOp->p2!=pc+2 || !clibIsAbort(v, pc+1) || pOp->p4type!=P4_INT32 || pIndex->nUnique!=0 ){
          return "a conflict clause does not undo the statement alone";
        }
        pIndex->nUnique = pOp->p4.i;
        pIndex->iHalt = pc+1;
        pc++;
        break;
      }
      case OP_IdxInsert: {
        ClibIndex *pIndex = clibIndexAt(p, pOp->p1);
        CLIB_REG(pOp->p2);
        if( pIndex==0 || pIndex->iRecord>=0 || aReg[pOp->p2].e!=CLIB_REG_RECORD || (pOp->p5 & OPFLAG_NCHANGE)!=0 ){
          return "it is a WITHOUT ROWID table";
        }
        pIndex->iRecord = aReg[pOp->p2].i;
        if( p->aRecord[pIndex->iRecord].nField>pIndex->pKeyInfo->nAllField
         || pIndex->nUnique>p->aRecord[pIndex->iRecord].nField
        ){
          return clibOtherForm;
        }
        break;
      }
      case OP_Insert:
        CLIB_REG(pOp->p2);
        CLIB_REG(pOp->p3);
        if( pOp->p1!=iTable || pOp->p4type!=P4_TABLE || aReg[pOp->p2].e!=CLIB_REG_RECORD || aReg[pOp->p3].e!=CLIB_REG_ROWID
         || (pOp->p5 & (OPFLAG_NCHANGE|OPFLAG_LASTROWID))!=(OPFLAG_NCHANGE|OPFLAG_LASTROWID)
         || (pOp->p5 & (OPFLAG_ISUPDATE|OPFLAG_ISNOOP|OPFLAG_PREFORMAT))!=0
        ){
          return clibOtherForm;
        }
        p->iRecord = aReg[pOp->p2].i;
        p->pTab = pOp->p4.pTab;
        iMain = pc;
        break;
      default:
        return clibInsertObstacle(pOp->opcode);
    }
#undef CLIB_REG
    if( iMain>=0 ) break;
  }
  p->bAutoinc = (p->pTab->tabFlags & TF_Autoincrement)!=0;
  if( bSequence && !p->bAutoinc ) return clibOtherForm;
  /* The greatest one would have to go into sqlite_sequence, and the last one need not be it. */
  if( p->bAutoinc && p->iRowidSlot>=0 ) return "rowids of an AUTOINCREMENT table are given";
  for(i=iMain+1; i<v->nOp && v->aOp[i].opcode!=OP_Halt; i++){
    /* Writing the table's row in sqlite_sequence. */
    switch( v->aOp[i].opcode ){
      case OP_Le: case OP_OpenWrite: case OP_NotNull: case OP_NewRowid: case OP_MakeRecord: case OP_Close: case OP_Noop:
        break;
      case OP_Insert:
        if( v->aOp[i].p4type!=P4_TABLE ) break;
        return clibOtherForm;
      default:
        return clibInsertObstacle(v->aOp[i].opcode);
    }
    if( !p->bAutoinc && v->aOp[i].opcode!=OP_Noop ) return clibOtherForm;
  }
  if( i>=v->nOp || v->aOp[i].p1!=SQLITE_OK ) return clibOtherForm;
  if( p->iDb<0 || nVar!=nSource ) return clibOtherForm;
  if( !HasRowid(p->pTab) || IsVirtual(p->pTab) || (p->pTab->tabFlags & (TF_Shadow|TF_Readonly|TF_Eponymous))!=0 ){
    return "it is a WITHOUT ROWID, virtual or system table";
  }
  if( p->pTab->pSchema!=v->db->aDb[p->iDb].pSchema || p->iRoot!=p->pTab->tnum || p->iRoot<2 ) return clibOtherForm;
  for(i=0; i<p->nIndex; i++){
    if( p->aIndex[i].iRecord<0 ) return clibOtherForm;
  }
  p->bFormat4 = v->db->aDb[p->iDb].pSchema->file_format>=4;
  p->aOp = v->aOp;
  return 0;
}

/* Reads the statement's program. `*pzWhy` is the obstacle, or null. The caller clears the insert. */
static int clibInsertPlan(Vdbe *v, int nSource, ClibInsert *p, const char **pzWhy){
  int nReg = v->nMem+1;
  int i, nField = 1, nSlot = 1;
  ClibReg *aReg;
  clibInsertClear(p);
  for(i=0; i<v->nOp; i++){
    if( v->aOp[i].opcode==OP_MakeRecord && v->aOp[i].p2>0 ) nField += v->aOp[i].p2;
    nSlot++;
  }
  aReg = sqlite3MallocZero((u64)nReg*sizeof(*aReg));
  p->aSlot = sqlite3MallocZero((u64)nSlot*sizeof(*p->aSlot));
  p->aField = sqlite3MallocZero((u64)nField*sizeof(*p->aField));
  if( aReg==0 || p->aSlot==0 || p->aField==0 ){
    sqlite3_free(aReg);
    return SQLITE_NOMEM;
  }
  *pzWhy = clibReadInsert(v, nSource, p, aReg, nReg);
  sqlite3_free(aReg);
  return SQLITE_OK;
}
