// Products of matrices of 64 by 64 integers: n of them, each with the one before. 48 KiB of memory.
#include "kernel.h"

enum { size = 64 };

static uint32_t a[size][size], b[size][size], c[size][size];

static void multiply(void) {
  for (uint32_t i = 0; i < size; i++)
    for (uint32_t j = 0; j < size; j++) {
      uint32_t sum = 0;
      for (uint32_t k = 0; k < size; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
}

EXPORT uint32_t run(uint32_t n) {
  uint32_t state = 1;
  for (uint32_t i = 0; i < size; i++)
    for (uint32_t j = 0; j < size; j++) a[i][j] = next(&state) >> 8, b[i][j] = next(&state) >> 8;
  for (uint32_t round = 0; round < n; round++) {
    multiply();
    for (uint32_t i = 0; i < size; i++)
      for (uint32_t j = 0; j < size; j++) a[i][j] = c[i][j];
  }
  uint32_t sum = 0;
  for (uint32_t i = 0; i < size; i++)
    for (uint32_t j = 0; j < size; j++) sum = sum * 31 + a[i][j];
  return sum;
}
