// Structs by value and by pointer, bit fields, unions, function pointers, a sort with a comparison, and overlapping moves.
#include "memory.h"

typedef struct {
  uint32_t id;
  int16_t score;
  uint8_t standing : 2, seen : 1;
  char label[9];
} record;

typedef union {
  uint32_t word;
  uint8_t bytes[4];
  struct { uint16_t low, high; } halves;
} cell;

typedef int (*order)(const record *, const record *);

static int by_id(const record *a, const record *b) { return a->id < b->id ? -1 : a->id > b->id; }
static int by_score(const record *a, const record *b) { return a->score - b->score; }
static int by_label(const record *a, const record *b) { return memcmp(a->label, b->label, sizeof a->label); }

static order orders[] = {by_id, by_score, by_label};

static record records[32];

static record make(uint32_t i) {
  record r = {.id = i * 2654435761u, .score = (int16_t)(i * 977), .standing = i % 3, .seen = i & 1, .label = "label-"};
  r.label[6] = 'a' + i * 7 % 26;
  r.label[7] = 'a' + i * 11 % 26;
  return r;
}

static void sort(record *r, int n, order less) {
  for (int i = 1; i < n; i++) {
    record moved = r[i];
    int j = i;
    while (j > 0 && less(&moved, &r[j - 1]) < 0) j--;
    memmove(&r[j + 1], &r[j], (i - j) * sizeof *r);
    r[j] = moved;
  }
}

// sorted gives a checksum of 32 records in one of three orders.
EXPORT uint32_t sorted(uint32_t which) {
  for (uint32_t i = 0; i < 32; i++) records[i] = make(i);
  sort(records, 32, orders[which]);
  uint32_t sum = 0;
  for (int i = 0; i < 32; i++) {
    cell c = {.word = records[i].id};
    sum = sum * 33 + c.bytes[i & 3] + c.halves.high + records[i].standing + records[i].seen * 4 + records[i].label[7];
  }
  return sum;
}
