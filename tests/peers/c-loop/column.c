/* The parts of column.h that are not called for every value, and the checksum. */
#include "column.h"

#include <stdio.h>
#include <stdlib.h>

void fail(const char *what, const char *why) {
  fprintf(stderr, "c-loop: %s: %s\n", what, why);
  exit(1);
}

static void *grown(void *memory, size_t bytes) {
  void *more = realloc(memory, bytes);
  if (more == NULL) fail("realloc", "out of memory");
  return more;
}

struct column column_new(enum kind kind) {
  struct column column = {.kind = kind};
  column_grow(&column);
  if (kind == TEXT) column.offsets[0] = 0;
  return column;
}

void column_clear(struct column *column) {
  memset(column->validity, 0, (column->rows + 7) / 8);
  column->rows = 0;
  column->data_used = 0;
}

void column_grow(struct column *column) {
  size_t room = column->room ? 2 * column->room : 1024;
  column->validity = grown(column->validity, room / 8);
  memset(column->validity + column->room / 8, 0, (room - column->room) / 8);
  switch (column->kind) {
    case INTEGER: column->integers = grown(column->integers, room * sizeof(int64_t)); break;
    case REAL: column->reals = grown(column->reals, room * sizeof(double)); break;
    case TEXT: column->offsets = grown(column->offsets, (room + 1) * sizeof(int32_t)); break;
  }
  column->room = room;
}

void column_grow_data(struct column *column, size_t more) {
  size_t room = column->data_room ? column->data_room : 16384;
  while (room - column->data_used < more) room *= 2;
  if (room > INT32_MAX) room = INT32_MAX;
  if (room - column->data_used < more) fail("text", "more than 2 GiB in one column");
  column->data = grown(column->data, room);
  column->data_room = room;
}

static void checksum_word(struct checksum *sum) {
  sum->words += sum->pending * (2 * sum->word_count++ + 1);
  sum->pending = 0;
  sum->pending_bytes = 0;
}

void checksum_add(struct checksum *sum, const struct column *column) {
  for (size_t row = 0; row < column->rows; row++) {
    uint64_t weight = 2 * sum->rows++ + 1;
    uint64_t value = 0;
    if (!column_is_valid(column, row)) {
      sum->nulls += weight;
      continue;
    }
    switch (column->kind) {
      case INTEGER: value = (uint64_t)column->integers[row]; break;
      case REAL: memcpy(&value, &column->reals[row], sizeof value); break;
      case TEXT: value = (uint64_t)(column->offsets[row + 1] - column->offsets[row]); break;
    }
    sum->values += value * weight;
  }
  for (size_t at = 0; at < column->data_used; at++) {
    sum->pending |= (uint64_t)(unsigned char)column->data[at] << (8 * sum->pending_bytes++);
    if (sum->pending_bytes == 8) checksum_word(sum);
  }
}

uint64_t checksum_finish(struct checksum *sums, int count) {
  uint64_t all = 0xcbf29ce484222325u;
  for (int index = 0; index < count; index++) {
    struct checksum *sum = &sums[index];
    if (sum->pending_bytes > 0) checksum_word(sum);
    uint64_t parts[3] = {sum->nulls, sum->values, sum->words};
    for (int part = 0; part < 3; part++) {
      all = (all ^ parts[part]) * 0x100000001b3u;
      all = all << 23 | all >> 41;
    }
  }
  return all;
}
