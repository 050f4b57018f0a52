/*
** Batched aggregates.
**
** xStep appends its arguments to columns, and calls into Rust when a thousand rows have come together (or fewer at first, so
** that small groups take little memory). That alone saves little, because most of the time per row goes into the virtual
** machine that leads to the call. So where the statement is one loop over a b-tree that ends in this xStep,
**
**     Rewind   0
**  L: Column   0 2 r1           conditions, as in plan.c
**     Le       r9 N r1
**     Column   0 1 r2           the arguments
**     AggStep  0 r2 r5          we are here
**  N: Next     0 L
**
** xStep goes on reading: it walks the cursor as read.c does, and leaves it on the last row that it took, from where the
** OP_Next that follows goes on. What read.c says about why this cannot be told from stepping holds here, with one
** difference: the virtual machine is running, and keeps its count of instructions for the progress handler to itself. So with
** a progress handler nothing is walked.
**
** User code runs between pieces only, when no record's page is being looked at: it may use the connection, and move the cursor.
*/

/* A group of so many rows is worth finding out how its rows come about. */
#define CLIB_WORTH 64

/* A reader for the loop that called this function, or null. */
static clib_reader *clibAggregateReader(sqlite3_context *ctx, int argc){
  Vdbe *v = ctx->pVdbe;
  clib_reader *r;
  Op *pOp;
  int rc;
  if( argc<1 || v==0 || v->db->xProgress!=0 || ctx->iOp<0 || ctx->iOp>=v->nOp ) return 0;
  pOp = &v->aOp[ctx->iOp];
  if( pOp->opcode!=OP_AggStep1 || pOp->p1!=0 || pOp->p4type!=P4_FUNCCTX || pOp->p4.pCtx!=ctx ) return 0;
  r = sqlite3_malloc64(sizeof(*r));
  if( r==0 ) return 0;
  memset(r, 0, sizeof(*r));
  r->v = v;
  r->zObstacle = clibPlanLoop(v, ctx->iOp, pOp->p2, argc, &r->plan, &rc);
  if( r->zObstacle==0 && r->plan.pLimit==0 && clibReaderRoom(r)==SQLITE_OK ) return r;
  clib_reader_free(r);
  return 0;
}

/* Takes the rows after the current one from the b-tree, as far as that goes. */
static void clibAggregateWalk(sqlite3_context *ctx, clib_aggregate *a, clib_group *g){
  clib_batch *b = &g->batch;
  clib_reader *r = g->reader;
  while( r->zObstacle==0 && r->v->db->xProgress==0 ){
    if( (b->rows>=b->max_rows || b->bytes>=b->max_bytes) && a->xRoom(a, ctx, g, CLIB_FULL)!=SQLITE_OK ) return;
    clibCollect(r, b);
    if( r->nRow==0 ) return;
    for(;;){
      int rc = clibFlush(r, b);
      if( rc==SQLITE_OK ) break;
      if( rc==SQLITE_NOMEM ){
        sqlite3_result_error_nomem(ctx);
        return;
      }
      if( a->xRoom(a, ctx, g, rc)!=SQLITE_OK ) return;
    }
  }
}

void clib_aggregate_step(sqlite3_context *context, int argc, sqlite3_value **argv){
  clib_aggregate *a = (clib_aggregate*)sqlite3_user_data(context);
  clib_group *g = (clib_group*)sqlite3_aggregate_context(context, sizeof(clib_group));
  clib_batch *b;
  int i;
  if( g==0 ){
    sqlite3_result_error_nomem(context);
    return;
  }
  b = &g->batch;
  if( (b->rows>=b->max_rows || b->bytes>=b->max_bytes) && a->xRoom(a, context, g, CLIB_FULL)!=SQLITE_OK ) return;
  for(i=0; i<argc; i++){
    i64 nByte = 0;
    int rc;
    while( (rc = clibPushMem(b, i, (Mem*)argv[i], &nByte))!=SQLITE_OK ){
      if( rc==SQLITE_NOMEM ){
        sqlite3_result_error_nomem(context);
        return;
      }
      if( a->xRoom(a, context, g, rc)!=SQLITE_OK ) return;
    }
    b->bytes += nByte;
  }
  b->rows++;
  if( b->rows<CLIB_WORTH && g->tried==0 ) return;
  if( g->tried==0 ){
    g->tried = 1;
    g->reader = clibAggregateReader(context, argc);
  }
  if( g->reader ) clibAggregateWalk(context, a, g);
}

void clib_aggregate_end(clib_group *group){
  clib_reader_free(group->reader);
  group->reader = 0;
}
