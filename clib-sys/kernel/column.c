/*
** Appending to columns.
**
** The caller has made sure of room for the row; only bytes can be short. A value that does not fit is described in the
** batch and left to the caller, who appends something in its place, so the next value of the column is the next row's.
*/

/* The largest offset that Arrow's 32-bit offsets reach. */
#define CLIB_MOST_BYTES 0x7fffffff

/* Doubles hold every integer up to this one. */
#define CLIB_EXACT ((i64)1 << 53)

static int clibMisfit(clib_batch *b, int iCol, int eClass, u64 bits, const void *p, i64 n){
  b->column = iCol;
  b->misfit_class = eClass;
  b->misfit_row = b->columns[iCol].rows;
  b->misfit_bits = bits;
  b->misfit_data = p;
  b->misfit_length = n;
  return CLIB_MISFIT;
}

static u64 clibBits(double r){
  u64 bits;
  memcpy(&bits, &r, sizeof(bits));
  return bits;
}

static int clibPushNull(clib_batch *b, int iCol){
  clib_column *c = &b->columns[iCol];
  i64 iRow = c->rows;
  if( c->not_null ) return clibMisfit(b, iCol, CLIB_CLASS_NULL, 0, 0, 0);
  c->rows++;
  c->nulls++;
  switch( c->kind ){
    case CLIB_INT64:
    case CLIB_FLOAT64:
      ((u64*)c->values)[iRow] = 0;
      break;
    case CLIB_MIXED:
      memset(&((clib_slot*)c->values)[iRow], 0, sizeof(clib_slot));
      return SQLITE_OK;
    default:
      ((int*)c->values)[iRow+1] = (int)c->bytes;
  }
  c->validity[iRow>>3] &= (u8)~(1<<(iRow&7));
  return SQLITE_OK;
}

static int clibPushInteger(clib_batch *b, int iCol, i64 v){
  clib_column *c = &b->columns[iCol];
  switch( c->kind ){
    case CLIB_INT64:
      ((i64*)c->values)[c->rows++] = v;
      return SQLITE_OK;
    case CLIB_FLOAT64:
      if( v<-CLIB_EXACT || v>CLIB_EXACT ) break;
      ((double*)c->values)[c->rows++] = (double)v;
      return SQLITE_OK;
    case CLIB_MIXED: {
      clib_slot *s = &((clib_slot*)c->values)[c->rows++];
      s->bits = (u64)v;
      s->length = 0;
      s->kind = CLIB_CLASS_INTEGER;
      return SQLITE_OK;
    }
  }
  return clibMisfit(b, iCol, CLIB_CLASS_INTEGER, (u64)v, 0, 0);
}

static int clibPushReal(clib_batch *b, int iCol, double r){
  clib_column *c = &b->columns[iCol];
  switch( c->kind ){
    case CLIB_FLOAT64:
      ((double*)c->values)[c->rows++] = r;
      return SQLITE_OK;
    case CLIB_MIXED: {
      clib_slot *s = &((clib_slot*)c->values)[c->rows++];
      s->bits = clibBits(r);
      s->length = 0;
      s->kind = CLIB_CLASS_REAL;
      return SQLITE_OK;
    }
  }
  return clibMisfit(b, iCol, CLIB_CLASS_REAL, clibBits(r), 0, 0);
}

/* Whether a byte of `n` is not ASCII. */
static u8 clibNonAscii(const u8 *p, i64 n){
  u64 all = 0, x;
  i64 i;
  for(i=0; i+8<=n; i+=8){
    memcpy(&x, p+i, 8);
    all |= x;
  }
  for(; i<n; i++) all |= p[i];
  return (all & 0x8080808080808080ULL)!=0;
}

/* Appends a text or blob. `p` is readable for `n` bytes, and never null where there are any. */
static int clibPushBytes(clib_batch *b, int iCol, int eClass, const u8 *p, i64 n){
  clib_column *c = &b->columns[iCol];
  int fits = c->kind==CLIB_MIXED
          || (c->kind==CLIB_TEXT && eClass==CLIB_CLASS_TEXT)
          || (c->kind==CLIB_BLOB && eClass==CLIB_CLASS_BLOB);
  if( !fits || c->bytes+n>CLIB_MOST_BYTES ) return clibMisfit(b, iCol, eClass, 0, p, n);
  if( c->bytes+n>c->bytes_room ){
    b->column = iCol;
    b->need = c->bytes+n;
    return CLIB_ROOM;
  }
  if( n>0 ) memcpy(&c->data[c->bytes], p, (size_t)n);
  if( c->kind==CLIB_MIXED ){
    clib_slot *s = &((clib_slot*)c->values)[c->rows];
    s->bits = (u64)c->bytes;
    s->length = (u32)n;
    s->kind = (u32)eClass;
  }else{
    ((int*)c->values)[c->rows+1] = (int)(c->bytes+n);
    if( !c->non_ascii ) c->non_ascii = clibNonAscii(&c->data[c->bytes], n);
  }
  c->bytes += n;
  c->rows++;
  return SQLITE_OK;
}

/* Appends the value of a register, and adds the length of a text or blob to `*pnByte`. */
static int clibPushMem(clib_batch *b, int iCol, Mem *p, i64 *pnByte){
  switch( p->flags & (MEM_Null|MEM_Str|MEM_Int|MEM_Real|MEM_Blob|MEM_IntReal|MEM_Zero) ){
    case MEM_Null:
      return clibPushNull(b, iCol);
    case MEM_Int:
      return clibPushInteger(b, iCol, p->u.i);
    case MEM_Real:
      return clibPushReal(b, iCol, p->u.r);
    case MEM_Blob:
      *pnByte += p->n;
      return clibPushBytes(b, iCol, CLIB_CLASS_BLOB, (const u8*)p->z, p->n);
    case MEM_Str:
      if( p->enc==SQLITE_UTF8 ){
        *pnByte += p->n;
        return clibPushBytes(b, iCol, CLIB_CLASS_TEXT, (const u8*)p->z, p->n);
      }
  }
  /* Values with more than one representation, UTF-16, zeroblobs: as the public interface has it. */
  switch( sqlite3_value_type(p) ){
    case SQLITE_INTEGER:
      return clibPushInteger(b, iCol, sqlite3_value_int64(p));
    case SQLITE_FLOAT:
      return clibPushReal(b, iCol, sqlite3_value_double(p));
    case SQLITE_TEXT: {
      const u8 *z = sqlite3_value_text(p);
      int n = sqlite3_value_bytes(p);
      if( z==0 ) return SQLITE_NOMEM;
      *pnByte += n;
      return clibPushBytes(b, iCol, CLIB_CLASS_TEXT, z, n);
    }
    case SQLITE_BLOB: {
      const u8 *z = sqlite3_value_blob(p);
      int n = sqlite3_value_bytes(p);
      if( z==0 && n>0 ) return SQLITE_NOMEM;
      *pnByte += n;
      return clibPushBytes(b, iCol, CLIB_CLASS_BLOB, z, n);
    }
  }
  return clibPushNull(b, iCol);
}
