/*
** Finding the records of sorted keys in the tree of a table or an index. Part of lookup.c.
**
** The cursor goes on from where it is: keys are looked for on its leaf first, and only those behind the leaf's last one descend from
** the root. What is malformed is left to the point statement, which reports it.
*/

/*
** The record of cell `iCell` of a leaf page, and its integer key where it is a table's. Returns 0 where it is not a record that
** has all its bytes on the page.
*/
static SQLITE_INLINE int clibCell(const MemPage *pPage, int iCell, const u8 **pp, u32 *pnPayload, i64 *piKey){
  u32 iOff = pPage->maskPage & get2byte(&pPage->aCellIdx[2*iCell]);
  const u8 *p = &pPage->aData[iOff];
  const u8 *pEnd = pPage->aDataEnd;
  u32 nPayload;
  if( iOff<pPage->cellOffset ) return 0;
  if( pPage->intKey ){
    /* The longest cell header is 3 and 9 bytes, and a record has at least one. */
    if( pEnd-p<13 ) return 0;
  }else if( pEnd-p<4 ){
    return 0;
  }
  nPayload = *p++;
  if( nPayload>=0x80 ){
    nPayload = ((nPayload&0x7f)<<7) | (*p&0x7f);
    if( *p++>=0x80 ){
      nPayload = (nPayload<<7) | (*p&0x7f);
      if( *p++>=0x80 ) return 0;
    }
  }
  if( pPage->intKey ){
    u64 iKey;
    p += sqlite3GetVarint(p, &iKey);
    *piKey = (i64)iKey;
  }
  if( nPayload>pPage->maxLocal || nPayload==0 || (i64)nPayload>pEnd-p ) return 0;
  *pp = p;
  *pnPayload = nPayload;
  return 1;
}

/* Whether the cursor's page is a leaf on which cells can be looked for. */
static int clibIsLeaf(const BtCursor *pCur, int bTable){
  const MemPage *pPage = pCur->pPage;
  return pCur->eState==CURSOR_VALID && pPage->isInit && pPage->leaf && pPage->intKey==(u8)bTable && pPage->nOverflow==0
      && pPage->nCell>0;
}

/* Keeps a copy of a record for the key at `iPos` of the window. Returns 0 where there is no room for it. */
static SQLITE_INLINE int clibCopy(clib_lookup *p, u32 iPos, const u8 *pRecord, u32 nRecord){
  if( p->nCopy+nRecord>p->nCopySpace ){
    i64 nNew = p->nCopySpace*2;
    u8 *aNew;
    if( nNew<(1<<20) ) nNew = 1<<20;
    if( nNew>p->nCopyMost ) nNew = p->nCopyMost;
    if( p->nCopy+nRecord>nNew ) return 0;
    aNew = sqlite3_realloc64(p->aCopy, (u64)nNew);
    if( aNew==0 ) return 0;
    if( p->aCopy==0 ) memset(aNew, 0, CLIB_COPIES);
    p->aCopy = aNew;
    p->nCopySpace = nNew;
  }
  memcpy(&p->aCopy[p->nCopy], pRecord, nRecord);
  p->aOff[iPos] = (u32)p->nCopy;
  p->aLen[iPos] = nRecord;
  p->nCopy += nRecord;
  return 1;
}

#define CLIB_SHORT 2000  /* There is no room for all records of the window */

/*
** Whether looking goes on: SQLITE_OK; SQLITE_INTERRUPT where the progress handler says so, which the connection then knows; or
** CLIB_FULL where the virtual machine is to find out by itself.
*/
static int clibLook(clib_lookup *p){
  sqlite3 *db = p->pPoint->v->db;
  if( AtomicLoad(&db->u1.isInterrupted) ) return CLIB_FULL;
#ifndef SQLITE_OMIT_PROGRESS_CALLBACK
  if( db->xProgress ){
    p->nTick += CLIB_KEYS_UNTIL_LOOK*CLIB_OPS_OF_KEY;
    if( p->nTick>=db->nProgressOps ){
      p->nTick = 0;
      if( db->xProgress(db->pProgressArg) ){
        sqlite3ErrorWithMsg(db, SQLITE_INTERRUPT, "%s", sqlite3ErrStr(SQLITE_INTERRUPT));
        return SQLITE_INTERRUPT;
      }
    }
  }
#endif
  return SQLITE_OK;
}

/*
** Finds the records of rowids: `a` is sorted, and aOff is CLIB_POINT for all of them. `*pnDone` is how many were looked for. Returns
** CLIB_SHORT where there was no room for one, or what clibLook returns.
*/
static int clibFindRowids(clib_lookup *p, const ClibSort *a, i64 n, i64 *pnDone){
  BtCursor *pCur = p->pTable->plan.pC->uc.pCursor;
  const MemPage *pPage = 0;  /* The leaf that the cursor is on, or null */
  int ix = 0;                /* Cells before this one are of smaller keys */
  i64 iLast = 0;             /* The key of its last cell */
  i64 j;
  for(j=0; j<n; j++){
    const i64 iKey = (i64)(a[j].k ^ ((u64)1<<63));
    const u8 *pRecord = 0;
    u32 nRecord = 0;
    i64 iFound = 0;
    *pnDone = j;
    if( (j & (CLIB_KEYS_UNTIL_LOOK-1))==0 ){
      int rc = clibLook(p);
      if( rc!=SQLITE_OK ) return rc;
    }
    if( j>0 && a[j].k==a[j-1].k ){
      p->aOff[a[j].i] = p->aOff[a[j-1].i];
      p->aLen[a[j].i] = p->aLen[a[j-1].i];
      continue;
    }
    if( pPage!=0 && iKey<=iLast ){
      /* On this page, or nowhere: the first cell of a key that is not smaller. */
      int lo = ix, hi = pPage->nCell-1, nStep = 1, bOdd = 0;
      while( lo<hi ){
        int mid = lo+nStep-1<hi ? lo+nStep-1 : (lo+hi)/2;
        if( !clibCell(pPage, mid, &pRecord, &nRecord, &iFound) ){ bOdd = 1; break; }
        if( iFound<iKey ){
          lo = mid+1;
          nStep *= 2;
        }else{
          hi = mid;
          nStep = pPage->nCell;
        }
      }
      if( !bOdd && clibCell(pPage, lo, &pRecord, &nRecord, &iFound) ){
        ix = lo;
        if( iFound!=iKey ){
          p->aOff[a[j].i] = CLIB_NOWHERE;
        }else if( !clibCopy(p, a[j].i, pRecord, nRecord) ){
          return CLIB_SHORT;
        }
        continue;
      }
    }
    {
      int res = 0;
      pPage = 0;
      if( sqlite3BtreeTableMoveto(pCur, iKey, 0, &res)!=SQLITE_OK ) continue;
      if( clibIsLeaf(pCur, 1) && pCur->ix<pCur->pPage->nCell ){
        const u8 *pIgnored;
        u32 nIgnored;
        ix = pCur->ix;
        if( clibCell(pCur->pPage, pCur->pPage->nCell-1, &pIgnored, &nIgnored, &iLast) ) pPage = pCur->pPage;
        if( res!=0 ){
          p->aOff[a[j].i] = CLIB_NOWHERE;
        }else if( clibCell(pCur->pPage, ix, &pRecord, &nRecord, &iFound) && iFound==iKey
               && !clibCopy(p, a[j].i, pRecord, nRecord)
        ){
          return CLIB_SHORT;
        }
      }else if( res!=0 ){
        p->aOff[a[j].i] = CLIB_NOWHERE;
      }
    }
  }
  *pnDone = n;
  return SQLITE_OK;
}

/* Where an index record's first two fields are. Returns 0 where it is malformed. */
static SQLITE_INLINE int clibTwoFields(const u8 *p, u32 nPayload, u32 *pt0, u32 *pi0, u32 *pt1, u32 *pi1){
  u32 nHdr = p[0], i = 1, t, aType[2];
  u64 n;
  int k;
  if( nHdr>=0x80 ){
    if( nPayload<2 || p[1]>=0x80 ) return 0;
    nHdr = ((nHdr&0x7f)<<7) | p[1];
    i = 2;
  }
  if( nHdr>nPayload ) return 0;
  for(k=0; k<2; k++){
    if( i>=nHdr ){
      if( k==0 ) return 0;
      aType[1] = 0;
      break;
    }
    t = p[i++];
    if( t>=0x80 ){
      if( i>=nHdr ) return 0;
      t = ((t&0x7f)<<7) | (p[i]&0x7f);
      if( p[i++]>=0x80 ){
        if( i>=nHdr || p[i]>=0x80 ) return 0;
        t = (t<<7) | p[i++];
      }
    }
    if( t==10 || t==11 ) return 0;
    aType[k] = t;
  }
  *pt0 = aType[0];
  *pi0 = nHdr;
  n = aType[0]>=12 ? (aType[0]-12)>>1 : clibSize[aType[0]];
  if( nHdr+n>nPayload ) return 0;
  *pt1 = aType[1];
  *pi1 = (u32)(nHdr+n);
  n += aType[1]>=12 ? (aType[1]-12)>>1 : clibSize[aType[1]];
  return nHdr+n<=nPayload;
}

/* How an index record's first field compares with a key: negative where it is smaller. 0 in `*pbOk` where that is not known. */
static SQLITE_INLINE int clibCompareKey(const u8 *p, u32 nPayload, const ClibKey *pKey, int *pbOk){
  u32 t, i, t1, i1, n;
  int res;
  if( !clibTwoFields(p, nPayload, &t, &i, &t1, &i1) ){
    *pbOk = 0;
    return 0;
  }
  if( pKey->eKind==CLIB_CLASS_INTEGER ){
    double r;
    if( t==0 ) return -1;
    if( t>=12 ) return 1;
    if( t==7 ){
      if( !clibReal(&p[i], &r) ) return -1;
      return -sqlite3IntFloatCompare(pKey->i, r);
    }else{
      i64 x = t-8<2 ? (i64)t-8 : clibInteger(&p[i], t);
      return x<pKey->i ? -1 : x>pKey->i;
    }
  }
  if( t<12 ) return -1;
  if( (t&1)!=(pKey->eKind==CLIB_CLASS_TEXT) ) return (t&1) ? -1 : 1;
  n = (t-12)>>1;
  res = memcmp(&p[i], pKey->z, n<pKey->n ? n : (size_t)pKey->n);
  if( res==0 ) res = n<pKey->n ? -1 : n>pKey->n;
  return res;
}

/* What was found at an index record: its rowid, or itself. Returns 0 where there is no room. */
static SQLITE_INLINE int clibTake(clib_lookup *p, u32 iPos, const u8 *pRecord, u32 nRecord){
  u32 t0, i0, t, i;
  if( p->bSame ) return clibCopy(p, iPos, pRecord, nRecord);
  if( !clibTwoFields(pRecord, nRecord, &t0, &i0, &t, &i) ) return 1;
  if( t-1<6 ){
    p->aRowid[iPos] = clibInteger(&pRecord[i], t);
  }else if( t-8<2 ){
    p->aRowid[iPos] = t-8;
  }else{
    return 1;
  }
  p->aOff[iPos] = CLIB_COPIES;
  return 1;
}

/*
** Finds keys in the index, as clibFindRowids does in the table. Where index and table are two, what is found has a rowid, and
** CLIB_COPIES in aOff.
*/
static int clibFindKeys(clib_lookup *p, const clib_keys *pKeys, const ClibSort *a, i64 n, i64 *pnDone){
  BtCursor *pCur = p->pIndex->plan.pC->uc.pCursor;
  const MemPage *pPage = 0;
  int ix = 0;
  i64 j;
  ClibKey key, before;
  memset(&before, 0, sizeof(before));
  for(j=0; j<n; j++){
    const u32 iPos = a[j].i;
    const u8 *pRecord;
    u32 nRecord;
    i64 iIgnored;
    *pnDone = j;
    if( (j & (CLIB_KEYS_UNTIL_LOOK-1))==0 ){
      int rc = clibLook(p);
      if( rc!=SQLITE_OK ) return rc;
    }
    clibKeyAt(pKeys, p->iWin+iPos, &key);
    if( j>0 ){
      int c;
      if( key.eKind==CLIB_CLASS_INTEGER ){
        c = before.i<key.i ? -1 : before.i>key.i;
      }else{
        c = memcmp(before.z, key.z, (size_t)(before.n<key.n ? before.n : key.n));
        if( c==0 ) c = before.n<key.n ? -1 : before.n>key.n;
      }
      if( c==0 ){
        p->aOff[iPos] = p->aOff[a[j-1].i];
        p->aLen[iPos] = p->aLen[a[j-1].i];
        if( p->aRowid ) p->aRowid[iPos] = p->aRowid[a[j-1].i];
        continue;
      }
      if( c>0 ) pPage = 0;
    }
    before = key;
    /* Binding it is an error, whether it is there or not. */
    if( key.n>p->pPoint->v->db->aLimit[SQLITE_LIMIT_LENGTH] ) continue;
    if( pPage ){
      int lo = ix, hi = pPage->nCell, nStep = 1, bOk = 1, bEqual = 0;
      while( lo<hi ){
        int mid = lo+nStep-1<hi ? lo+nStep-1 : (lo+hi)/2;
        int c = 0;
        if( !clibCell(pPage, mid, &pRecord, &nRecord, &iIgnored) ) bOk = 0;
        else c = clibCompareKey(pRecord, nRecord, &key, &bOk);
        if( !bOk ) break;
        if( c==0 ){
          lo = mid;
          bEqual = 1;
          break;
        }
        if( c<0 ){
          lo = mid+1;
          nStep *= 2;
        }else{
          hi = mid;
          nStep = pPage->nCell;
        }
      }
      /* Behind the last cell, the key may be on another page. */
      if( bOk && (bEqual || lo<pPage->nCell) ){
        ix = lo;
        if( !bEqual ){
          p->aOff[iPos] = CLIB_NOWHERE;
        }else if( !clibTake(p, iPos, pRecord, nRecord) ){
          return CLIB_SHORT;
        }
        continue;
      }
    }
    {
      int res = 0, rc;
      Mem *pMem = p->pKey->aMem;
      pPage = 0;
      if( key.eKind==CLIB_CLASS_INTEGER ){
        pMem->flags = MEM_Int;
        pMem->u.i = key.i;
      }else{
        pMem->flags = key.eKind==CLIB_CLASS_TEXT ? MEM_Str : MEM_Blob;
        pMem->enc = SQLITE_UTF8;
        pMem->z = (char*)key.z;
        pMem->n = (int)key.n;
      }
      p->pKey->default_rc = 0;
      p->pKey->eqSeen = 0;
      rc = sqlite3BtreeIndexMoveto(pCur, p->pKey, &res);
      if( rc!=SQLITE_OK || p->pKey->errCode ) continue;
      if( res!=0 ){
        p->aOff[iPos] = CLIB_NOWHERE;
      }else if( pCur->eState==CURSOR_VALID && pCur->ix<pCur->pPage->nCell ){
        getCellInfo(pCur);
        if( pCur->info.nLocal==pCur->info.nPayload && pCur->info.pPayload<pCur->pPage->aDataEnd
         && (i64)pCur->info.nLocal<=pCur->pPage->aDataEnd-pCur->info.pPayload && pCur->info.nLocal>0
         && !clibTake(p, iPos, pCur->info.pPayload, pCur->info.nLocal)
        ){
          return CLIB_SHORT;
        }
      }
      if( p->bBinary && clibIsLeaf(pCur, 0) ){
        pPage = pCur->pPage;
        ix = pCur->ix;
      }
    }
  }
  *pnDone = n;
  return SQLITE_OK;
}
