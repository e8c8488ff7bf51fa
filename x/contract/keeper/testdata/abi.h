// The host functions that the test contracts use, and as much of the encoding of messages as they need.
#include <stdint.h>

typedef uint32_t u32;

#define IMPORT(name) __attribute__((import_module("assay"), import_name(#name))) extern
#define STATIC static __attribute__((unused))
#define EXPORT(name) __attribute__((export_name(#name)))

IMPORT(input_size) u32 input_size(void);
IMPORT(input_read) void input_read(void *to, u32 offset, u32 n);
IMPORT(result_size) u32 result_size(void);
IMPORT(result_read) void result_read(void *to, u32 offset, u32 n);
IMPORT(output) void output(const void *p, u32 n);
IMPORT(abort) void abort_with(const void *p, u32 n);
IMPORT(storage_get) int32_t storage_get(const void *key, u32 n);
IMPORT(storage_set) void storage_set(const void *key, u32 n, const void *value, u32 m);
IMPORT(storage_delete) void storage_delete(const void *key, u32 n);
IMPORT(storage_range) int32_t storage_range(const void *start, u32 n, const void *end, u32 m, u32 limit, u32 reverse);
IMPORT(caller) u32 caller(void);
IMPORT(self) u32 self(void);
IMPORT(block) u32 block(void);
IMPORT(funds) u32 funds(void);
IMPORT(balance) u32 balance(const void *denom, u32 n);
IMPORT(transfer) u32 transfer(const void *to, u32 n, const void *denom, u32 m, u32 lo, u32 hi);
IMPORT(emit) void emit(const void *type, u32 n, const void *attributes, u32 m);
IMPORT(call) u32 call(const void *to, u32 n, const void *msg, u32 m, const void *denom, u32 k, u32 lo, u32 hi, u32 gas);
IMPORT(query_contract) u32 query_contract(const void *to, u32 n, const void *msg, u32 m, u32 gas);

EXPORT(abi_version_1) void abi_version_1(void) {}

static uint8_t in[16384];
static u32 in_size, in_at;

typedef struct {
	uint8_t kind;
	const uint8_t *p;
	u32 n;
} value;

STATIC u32 word(const uint8_t *p) { return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24; }

STATIC void start(void) {
	in_size = input_size();
	if (in_size > sizeof in) __builtin_trap();
	input_read(in, 0, in_size);
	in_at = 0;
}

STATIC int more(void) { return in_at < in_size; }

// next reads the next value of the input. It trusts the sender of the test. Values go by pointer: a copy of one would be
// made with 64 bits at a time.
STATIC void next(value *v) {
	v->kind = in[in_at];
	v->p = in + in_at + 5;
	v->n = word(in + in_at + 1);
	in_at += 5 + v->n;
}

STATIC u32 number(const value *v) { return word(v->p); }

STATIC u32 next_number(void) {
	value v;
	next(&v);
	return number(&v);
}

STATIC int is(const value *v, const char *name) {
	u32 i = 0;
	for (; name[i]; i++)
		if (i >= v->n || v->p[i] != (uint8_t)name[i]) return 0;
	return i == v->n;
}

STATIC u32 length(const char *s) {
	u32 n = 0;
	while (s[n]) n++;
	return n;
}

STATIC void fail(const char *why) {
	abort_with(why, length(why));
	__builtin_unreachable();
}

// put_number writes a number as a value and returns its end.
static uint8_t *put_number(uint8_t *p, u32 n) {
	for (u32 i = 0; i < 13; i++) p[i] = 0;
	p[0] = 'n';
	p[1] = 8;
	for (u32 i = 0; i < 4; i++) p[5 + i] = n >> (8 * i);
	return p + 13;
}

STATIC void output_number(u32 n) {
	uint8_t b[13];
	put_number(b, n);
	output(b, sizeof b);
}

static uint8_t out[8192];

// output_result returns a code and what the host gave, as number and raw bytes after it.
STATIC void output_result(u32 code) {
	uint8_t *p = put_number(out, code);
	u32 n = result_size();
	if (n > sizeof out - 13) n = sizeof out - 13;
	result_read(p, 0, n);
	output(out, 13 + n);
}
