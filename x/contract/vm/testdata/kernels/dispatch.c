// An interpreter of a small stack machine: a switch for every instruction, a call by pointer for one of them. It counts
// down from n.
#include "kernel.h"

enum { push, load, store, add, sub, mul, xor, and, rotate, less, jump, jump_if, apply, halt };

typedef uint32_t (*function)(uint32_t);

static uint32_t square(uint32_t x) { return x * x; }
static uint32_t mirror(uint32_t x) { return ~x; }
static uint32_t halve(uint32_t x) { return x >> 1; }
static uint32_t scramble(uint32_t x) { return x * 2654435761u ^ x >> 15; }

static function functions[] = {square, mirror, halve, scramble};

// Variable 0 counts down; variable 1 gathers.
static const uint8_t program[] = {
    load, 1, load, 0, xor, push, 3, and, apply,        // functions[(v1 ^ v0) & 3](…)
    load, 1, push, 7, mul, add, push, 5, rotate,       // … + v1 * 7, rotated
    store, 1, load, 0, push, 1, sub, store, 0,         // v1 = …, v0 = v0 - 1
    push, 0, load, 0, less, jump_if, 0, halt,
};

EXPORT uint32_t run(uint32_t n) {
  uint32_t stack[16], variables[4] = {n, 1, 0, 0}, top = 0, pc = 0;
  for (;;) {
    uint32_t x;
    switch (program[pc++]) {
    case push: stack[top++] = program[pc++]; break;
    case load: stack[top++] = variables[program[pc++] & 3]; break;
    case store: variables[program[pc++] & 3] = stack[--top]; break;
    case add: x = stack[--top], stack[top - 1] += x; break;
    case sub: x = stack[--top], stack[top - 1] -= x; break;
    case mul: x = stack[--top], stack[top - 1] *= x; break;
    case xor: x = stack[--top], stack[top - 1] ^= x; break;
    case and: x = stack[--top], stack[top - 1] &= x; break;
    case rotate: x = stack[--top] & 31, stack[top - 1] = stack[top - 1] << x | stack[top - 1] >> (-x & 31); break;
    case less: x = stack[--top], stack[top - 1] = stack[top - 1] < x; break;
    case jump: pc = program[pc]; break;
    case jump_if: pc = stack[--top] ? program[pc] : pc + 1; break;
    case apply: x = stack[--top], stack[top++] = functions[x](x + variables[0]); break;
    case halt: return variables[1];
    }
  }
}
