// A switch with a table of jumps and one with few cases, nested loops with breaks, goto, shifts, signed and unsigned division
// and remainder by constants and variables, variadic sums.
#include <stdarg.h>

#include "memory.h"

enum phase { pending, canary, paused, promoted, rolled_back, aborted };

static enum phase step(enum phase p, uint32_t event) {
  switch (p) {
  case pending: return event & 1 ? canary : event & 2 ? aborted : pending;
  case canary:
    switch (event % 5) {
    case 0: return promoted;
    case 1: return rolled_back;
    case 2: return paused;
    default: return canary;
    }
  case paused: return event > 1000 ? canary : rolled_back;
  case promoted: return event == 7 ? rolled_back : promoted;
  case rolled_back: return pending;
  case aborted: return pending;
  }
  __builtin_unreachable();
}

// walk makes n steps and gives how often each phase was seen, in 5 bits each.
EXPORT uint32_t walk(uint32_t n) {
  uint32_t seen[6] = {0}, state = 12345;
  enum phase p = pending;
  for (uint32_t i = 0; i < n; i++) {
    state = state * 1103515245u + 12345u;
    p = step(p, state >> 16 & 0x7ff);
    seen[p]++;
  }
  uint32_t out = 0;
  for (int i = 0; i < 6; i++) out = out << 5 | (seen[i] & 31);
  return out;
}

static int total(int n, ...) {
  va_list list;
  va_start(list, n);
  int sum = 0;
  while (n--) sum = sum * 3 + va_arg(list, int);
  va_end(list);
  return sum;
}

// numbers mixes the divisions.
EXPORT int32_t numbers(int32_t a, int32_t b) {
  if (b == 0) goto zero;
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < 8; j++) {
      if (j > i + 3) break;
      if ((i ^ j) == 5) continue;
      a += a / 7 - a % 10 + (int32_t)((uint32_t)a / 1000003u) + a / b - (int32_t)((uint32_t)a % (uint32_t)b) + (a >> j) + (int8_t)a;
    }
  return total(4, a, b, a ^ b, (int16_t)a);
zero:
  return -1;
}
