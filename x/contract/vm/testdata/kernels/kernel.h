// What the kernels share. Each exports run: the amount of work in, a checksum out.
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

// next is a linear congruential generator; the kernels fill their memory with it, so that no input is needed.
static inline uint32_t next(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; }
