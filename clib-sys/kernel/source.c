/*
** The rows of a column that comes from outside, as SQLite's values.
*/

typedef struct ClibCell ClibCell;
struct ClibCell {
  union {
    i64 i;
    double r;
    const u8 *z;   /* Not null, also where n is 0 */
  } u;
  i64 n;           /* Bytes of a text or blob */
};

/* Not a class of values: the row's value has no form in SQLite. */
#define CLIB_CLASS_MISFIT 5

/* Whether the row has no value. */
static SQLITE_INLINE int clibSourceIsNull(const clib_source *s, i64 iRow){
  u64 iBit;
  if( s->kind==CLIB_FROM_NULL ) return 1;
  if( s->validity==0 ) return 0;
  iBit = (u64)(s->validity_offset+iRow);
  return ((s->validity[iBit>>3]>>(iBit&7))&1)==0;
}

/* Which value the row has. */
static SQLITE_INLINE i64 clibSourceAt(const clib_source *s, i64 iRow){
  return s->indices ? (i64)s->indices[iRow] : iRow;
}

/* A real, or what becomes of NaN. Returns the class. */
static SQLITE_INLINE int clibSourceReal(const clib_source *s, double r, ClibCell *pOut){
  if( r==r ){
    pOut->u.r = r;
    return CLIB_CLASS_REAL;
  }
  if( s->nan==CLIB_NAN_NULL ) return CLIB_CLASS_NULL;
  if( s->nan==CLIB_NAN_TEXT ){
    pOut->u.z = (const u8*)"NaN";
    pOut->n = 3;
    return CLIB_CLASS_TEXT;
  }
  return CLIB_CLASS_MISFIT;
}

/* The value of row `iRow`. Returns its class, CLIB_CLASS_MISFIT where it has no form in SQLite. */
static SQLITE_INLINE int clibSourceValue(const clib_source *s, i64 iRow, ClibCell *pOut){
  i64 i;
  u64 iBit;
  if( clibSourceIsNull(s, iRow) ) return CLIB_CLASS_NULL;
  i = clibSourceAt(s, iRow);
  switch( s->kind ){
    case CLIB_FROM_BOOL:
      iBit = (u64)(s->bit_offset+i);
      pOut->u.i = (((const u8*)s->values)[iBit>>3]>>(iBit&7))&1;
      return CLIB_CLASS_INTEGER;
    case CLIB_FROM_I8:  pOut->u.i = ((const i8*)s->values)[i];  return CLIB_CLASS_INTEGER;
    case CLIB_FROM_I16: pOut->u.i = ((const i16*)s->values)[i]; return CLIB_CLASS_INTEGER;
    case CLIB_FROM_I32: pOut->u.i = ((const int*)s->values)[i]; return CLIB_CLASS_INTEGER;
    case CLIB_FROM_I64: pOut->u.i = ((const i64*)s->values)[i]; return CLIB_CLASS_INTEGER;
    case CLIB_FROM_U8:  pOut->u.i = ((const u8*)s->values)[i];  return CLIB_CLASS_INTEGER;
    case CLIB_FROM_U16: pOut->u.i = ((const u16*)s->values)[i]; return CLIB_CLASS_INTEGER;
    case CLIB_FROM_U32: pOut->u.i = ((const u32*)s->values)[i]; return CLIB_CLASS_INTEGER;
    case CLIB_FROM_U64:
      pOut->u.i = (i64)((const u64*)s->values)[i];
      return pOut->u.i<0 ? CLIB_CLASS_MISFIT : CLIB_CLASS_INTEGER;
    case CLIB_FROM_F32: return clibSourceReal(s, ((const float*)s->values)[i], pOut);
    case CLIB_FROM_F64: return clibSourceReal(s, ((const double*)s->values)[i], pOut);
    case CLIB_FROM_TEXT32:
    case CLIB_FROM_BLOB32: {
      const int *a = &((const int*)s->values)[i];
      pOut->u.z = &s->data[a[0]];
      pOut->n = a[1]-(i64)a[0];
      return s->kind==CLIB_FROM_TEXT32 ? CLIB_CLASS_TEXT : CLIB_CLASS_BLOB;
    }
    case CLIB_FROM_TEXT64:
    case CLIB_FROM_BLOB64: {
      const i64 *a = &((const i64*)s->values)[i];
      pOut->u.z = &s->data[a[0]];
      pOut->n = a[1]-a[0];
      return s->kind==CLIB_FROM_TEXT64 ? CLIB_CLASS_TEXT : CLIB_CLASS_BLOB;
    }
    case CLIB_FROM_BLOB_FIXED:
      pOut->u.z = &s->data[i*s->width];
      pOut->n = s->width;
      return CLIB_CLASS_BLOB;
  }
  return CLIB_CLASS_NULL;
}
