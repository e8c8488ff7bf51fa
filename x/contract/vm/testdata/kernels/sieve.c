// The sieve of Eratosthenes: how many primes are below n, which is at most 49,152.
#include "kernel.h"

static uint8_t composite[49152];

EXPORT uint32_t run(uint32_t n) {
  if (n > sizeof composite) __builtin_trap();
  for (uint32_t i = 0; i < n; i++) composite[i] = 0;
  uint32_t count = 0;
  for (uint32_t i = 2; i < n; i++) {
    if (composite[i]) continue;
    count++;
    if (i < 256)
      for (uint32_t j = i * i; j < n; j += i) composite[j] = 1;
  }
  return count;
}
