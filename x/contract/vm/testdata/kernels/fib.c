// The n-th Fibonacci number, by calls alone.
#include "kernel.h"

EXPORT __attribute__((noinline)) uint32_t run(uint32_t n) { return n < 2 ? n : run(n - 1) + run(n - 2); }
