/*
** SQLite and the kernel on a machine for which there may be no Rust here: the kernel's own check reads a table by walking its
** pages, loads rows and index entries directly, and has SQLite look at them. `cargo xtask cross` compiles and runs this.
*/
#include <stdio.h>
#include "sqlite3.h"
#include "kernel.h"

int main(void){
  const union { short s; char c; } one = { 1 };
  int rc = clib_kernel_check();
  printf("SQLite %s, %d-bit, %s endian: %s\n", sqlite3_libversion(), (int)sizeof(void*)*8, one.c ? "little" : "big",
         rc==SQLITE_OK ? "the kernel's check holds" : sqlite3_errstr(rc));
  return rc!=SQLITE_OK;
}
