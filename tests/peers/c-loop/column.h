/*
** A column that grows, in Arrow's layout: a validity bitmap (1 is a value, 0 a NULL), and 64-bit values, or 32-bit
** offsets into the bytes of all texts.
*/
#ifndef COLUMN_H
#define COLUMN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum kind { INTEGER, REAL, TEXT };

struct column {
  enum kind kind;
  size_t rows;          /* in use */
  size_t room;          /* rows there is room for; a multiple of 64 */
  uint8_t *validity;    /* a bit per row; 0 beyond the rows in use */
  int64_t *integers;    /* where kind is INTEGER; 0 where NULL */
  double *reals;        /* where kind is REAL; 0 where NULL */
  int32_t *offsets;     /* where kind is TEXT; one more than rows */
  char *data;           /* where kind is TEXT */
  size_t data_used;     /* bytes */
  size_t data_room;     /* bytes */
};

/* Ends the program with a message. */
_Noreturn void fail(const char *what, const char *why);

/* An empty column. */
struct column column_new(enum kind kind);

/* No rows, and the same room. */
void column_clear(struct column *column);

/* Makes room for one more row at least. */
void column_grow(struct column *column);

/* Makes room for `more` more bytes of text. */
void column_grow_data(struct column *column, size_t more);

/* The checksum of the columns; see ../checksum.rs. It is the one of all rows since the columns were new, where
** checksum_add is called before each column_clear. */
struct checksum {
  uint64_t rows, nulls, values, words, word_count, pending;
  unsigned pending_bytes;
};
void checksum_add(struct checksum *sum, const struct column *column);
uint64_t checksum_finish(struct checksum *sums, int count);

static inline int column_is_valid(const struct column *column, size_t row) {
  return column->validity[row / 8] >> (row % 8) & 1;
}

/* The following append one row each. There must be room for it. */

static inline void column_valid(struct column *column) {
  column->validity[column->rows / 8] |= (uint8_t)(1 << (column->rows % 8));
}

static inline void column_append_integer(struct column *column, int64_t value) {
  column_valid(column);
  column->integers[column->rows++] = value;
}

static inline void column_append_real(struct column *column, double value) {
  column_valid(column);
  column->reals[column->rows++] = value;
}

static inline void column_append_text(struct column *column, const void *text, size_t bytes) {
  column_valid(column);
  if (column->data_room - column->data_used < bytes) column_grow_data(column, bytes);
  memcpy(column->data + column->data_used, text, bytes);
  column->data_used += bytes;
  column->offsets[++column->rows] = (int32_t)column->data_used;
}

static inline void column_append_null(struct column *column) {
  switch (column->kind) {
    case INTEGER: column->integers[column->rows++] = 0; break;
    case REAL: column->reals[column->rows++] = 0; break;
    case TEXT: column->rows++; column->offsets[column->rows] = (int32_t)column->data_used; break;
  }
}

#endif
