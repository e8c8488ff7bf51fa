/*
 * assay.h: the host functions of the Assay chain for contracts in C, ABI version 1, and small helpers.
 *
 * Build with clang and wasm-ld, which is what `assay contract build` does:
 *
 *   clang --target=wasm32 -nostdlib -O2 -I include -Wl,--no-entry -Wl,-z,stack-size=8192 \
 *     -Wl,--initial-memory=65536 -Wl,--max-memory=65536 -o counter.wasm counter.c
 *
 * The chain's profile of WebAssembly has 32-bit integers only: no 64-bit types, no floating point. A number of 64 bits is an
 * assay_u64. There is one page of memory (64 KiB), of which the stack is the first 8 KiB, and no allocator.
 *
 * Costs are VM gas; c(n) is one for each 16 bytes begun of n. All pointers are into the contract's memory; one outside of it
 * traps, which ends the call and undoes what it wrote. A "result" is a buffer on the host's side that the next call which
 * makes one replaces; assay_result_read copies from it. docs/host-functions.md is the reference.
 */
#ifndef ASSAY_H
#define ASSAY_H

typedef unsigned char assay_u8;
typedef unsigned int assay_u32;
typedef int assay_i32;

/* A number of 64 bits: its low and its high word. */
typedef struct {
  assay_u32 lo, hi;
} assay_u64;

/* Bytes somewhere in memory. */
typedef struct {
  const assay_u8 *ptr;
  assay_u32 len;
} assay_bytes;

#define ASSAY_IMPORT(name) __attribute__((import_module("assay"), import_name(#name)))
/* Before a function without parameters: makes it an entry point, such as init, execute, query, on_attestation. */
#define ASSAY_ENTRY(name) __attribute__((export_name(#name)))
/* Once in a contract: the marker of the version of these functions. */
#define ASSAY_CONTRACT ASSAY_ENTRY(abi_version_1) void abi_version_1(void) {}

/* ---- The message of this call, and what it returns. ---- */

/* The length of the message. Gas: 100. */
ASSAY_IMPORT(input_size) assay_u32 assay_input_size(void);
/* Copies n bytes of the message, from off, to dst. Gas: 100 + c(n). Traps beyond its end. */
ASSAY_IMPORT(input_read) void assay_input_read(void *dst, assay_u32 off, assay_u32 n);
/* The length of the result, for the functions that return a code. Gas: 100. */
ASSAY_IMPORT(result_size) assay_u32 assay_result_size(void);
/* Copies n bytes of the result, from off, to dst. Gas: 100 + c(n). Traps beyond its end. */
ASSAY_IMPORT(result_read) void assay_result_read(void *dst, assay_u32 off, assay_u32 n);
/* Sets what the call returns, at most 64 KiB; the last one counts. Gas: 100 + c(n). */
ASSAY_IMPORT(output) void assay_output(const void *ptr, assay_u32 n);
/* Ends the call with an error of at most 256 bytes. What the call wrote is undone. Gas: 100. */
ASSAY_IMPORT(abort) __attribute__((noreturn)) void assay_abort(const void *ptr, assay_u32 n);

/* ---- Storage: keys of 1 to 256 bytes, values of up to 16 KiB. ---- */

/* The length of the value under a key, which is the result; -1 for none. Gas: 10,000 + 30 per byte of key and value. */
ASSAY_IMPORT(storage_get) assay_i32 assay_storage_get(const void *key, assay_u32 n);
/* Stores a value under a key. Gas: 20,000 + 300 per byte of key and value. Traps in a query. */
ASSAY_IMPORT(storage_set) void assay_storage_set(const void *key, assay_u32 n, const void *val, assay_u32 m);
/* Deletes a key, if it is there. Gas: 10,000. Traps in a query. */
ASSAY_IMPORT(storage_delete) void assay_storage_delete(const void *key, assay_u32 n);
/*
 * The entries from start to end, exclusive and endless where it is empty, at most limit (1 to 64), backwards if reverse:
 * values, bytes key and bytes value in turn, as result. Returns its length. Gas: 10,000 + 300 per entry + 30 per byte.
 */
ASSAY_IMPORT(storage_range)
assay_i32 assay_storage_range(const void *start, assay_u32 n, const void *end, assay_u32 m, assay_u32 limit, assay_u32 reverse);

/* ---- Who, where, when. ---- */

/* The address of who calls, as result; for a hook, the module's. Gas: 200. */
ASSAY_IMPORT(caller) assay_i32 assay_caller(void);
/* The address of this contract, as result. Gas: 200. */
ASSAY_IMPORT(self) assay_i32 assay_self(void);
/* Values: number height, number seconds since 1970, number nanoseconds, text chain id; as result. Gas: 200. */
ASSAY_IMPORT(block) assay_i32 assay_block(void);

/* ---- Coins. ---- */

/* The coins that came with this call: values, text denomination and number amount in turn; as result. Gas: 200. */
ASSAY_IMPORT(funds) assay_i32 assay_funds(void);
/* What this contract has of a denomination: a number, 2^64-1 if it is more; as result. Gas: 5,000. */
ASSAY_IMPORT(balance) assay_i32 assay_balance(const void *denom, assay_u32 n);
/*
 * Sends coins of this contract, at once. 0, or 1 not enough, 2 no address or one that takes none, 3 no denomination or one
 * that cannot be sent. Gas: 50,000. Traps in a query.
 */
ASSAY_IMPORT(transfer)
assay_u32 assay_transfer(const void *to, assay_u32 n, const void *denom, assay_u32 m, assay_u32 amount_lo, assay_u32 amount_hi);

/* ---- Events and digests. ---- */

/* Emits an event; attrs are values, text key and text value in turn. At most 16 a call. Gas: 2,000 + 10 per byte. Traps in a query. */
ASSAY_IMPORT(emit) void assay_emit(const void *type, assay_u32 n, const void *attrs, assay_u32 m);
/* The SHA-256 digest, 32 bytes, as result. Gas: 500 + 10 per 64 bytes begun. */
ASSAY_IMPORT(sha256) assay_i32 assay_sha256(const void *ptr, assay_u32 n);

/* ---- Records of the chain, as values; -1 for none. Gas of each: 10,000 + 30 per byte. ---- */

/* text publisher, text model, text owner, number created height. */
ASSAY_IMPORT(read_model) assay_i32 assay_read_model(const void *name, assay_u32 n);
/*
 * text id, text publisher, text model, text number, number yanked, bytes circuit digest, bytes verifying key digest, number
 * published height, text source.
 */
ASSAY_IMPORT(read_version) assay_i32 assay_read_version(const void *id, assay_u32 n);
/*
 * number id, text device, number fleet, number suspect, text version, bytes nonce, bytes input digest, bytes output (empty if
 * only its digest is kept), bytes sha256 of the output, number output size, number height, number seconds, number device id.
 * It is also the message of on_attestation.
 */
ASSAY_IMPORT(read_attestation) assay_i32 assay_read_attestation(assay_u32 id_lo, assay_u32 id_hi);
/* number id, number fleet, text address, text standing (active, suspect, revoked), number confirmed, text label … */
ASSAY_IMPORT(read_device) assay_i32 assay_read_device(const void *address, assay_u32 n);
/*
 * number id, text owner, text version, text replaces, text phase, number step, number steps, number generation, number started
 * height, number step height, number attestations, number ready, number serving, number failures, number zones accepted.
 * It is also the message of decide_step, which returns 0 wait, 1 yes, 2 no.
 */
ASSAY_IMPORT(read_rollout) assay_i32 assay_read_rollout(assay_u32 id_lo, assay_u32 id_hi);

/* ---- Other contracts. ---- */

/*
 * Runs execute of another contract with gas of this call's (0: all that is left), and coins of this contract unless the amount is 0.
 * 0, with what it returned as result; or 1 failed, with its error as result, its effects undone and its gas spent; 2 no such
 * contract, 3 too deep, 4 already running. Gas: 20,000 and what it uses, 40,000 for each KiB of its code included. Traps in a query.
 */
ASSAY_IMPORT(call)
assay_u32 assay_call(const void *to, assay_u32 n, const void *msg, assay_u32 m, const void *denom, assay_u32 k,
                     assay_u32 amount_lo, assay_u32 amount_hi, assay_u32 gas);
/* Runs query of another contract, which cannot write: the codes of assay_call. Gas: 20,000 and what it uses. */
ASSAY_IMPORT(query_contract)
assay_u32 assay_query_contract(const void *to, assay_u32 n, const void *msg, assay_u32 m, assay_u32 gas);

/* ---- Memory: what clang calls by itself. ---- */

__attribute__((weak, no_builtin)) void *memcpy(void *dst, const void *src, unsigned long n) {
  assay_u8 *d = dst;
  for (const assay_u8 *s = src; n > 0; n--) *d++ = *s++;
  return dst;
}

__attribute__((weak, no_builtin)) void *memmove(void *dst, const void *src, unsigned long n) {
  assay_u8 *d = dst;
  const assay_u8 *s = src;
  if (d <= s) return memcpy(dst, src, n);
  while (n > 0) {
    n--;
    d[n] = s[n];
  }
  return dst;
}

__attribute__((weak, no_builtin)) void *memset(void *dst, int value, unsigned long n) {
  for (assay_u8 *d = dst; n > 0; n--) *d++ = (assay_u8)value;
  return dst;
}

__attribute__((weak, no_builtin)) int memcmp(const void *a, const void *b, unsigned long n) {
  const assay_u8 *p = a, *q = b;
  for (; n > 0; n--, p++, q++)
    if (*p != *q) return *p < *q ? -1 : 1;
  return 0;
}

/* ---- Text and bytes. ---- */

/* A string literal as bytes. */
#define ASSAY_TEXT(literal) ((assay_bytes){(const assay_u8 *)("" literal), sizeof(literal) - 1})
/* Ends the call with a literal as its error. */
#define ASSAY_FAIL(literal) assay_abort("" literal, sizeof(literal) - 1)

static inline int assay_same(assay_bytes a, assay_bytes b) { return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0; }

/* The message of this call, copied to a buffer. A message that is longer ends the call with an error. */
static inline assay_bytes assay_input(void *buffer, assay_u32 room) {
  assay_u32 n = assay_input_size();
  if (n > room) ASSAY_FAIL("message: too long");
  assay_input_read(buffer, 0, n);
  return (assay_bytes){buffer, n};
}

/* The result that a host function gave the length of, copied to a buffer: assay_result(assay_caller(), buffer, sizeof buffer). */
static inline assay_bytes assay_result(assay_i32 n, void *buffer, assay_u32 room) {
  if (n < 0) return (assay_bytes){buffer, 0};
  if ((assay_u32)n > room) ASSAY_FAIL("result: too long");
  assay_result_read(buffer, 0, (assay_u32)n);
  return (assay_bytes){buffer, (assay_u32)n};
}

/* ---- Values: tag, length in four bytes, payload. Little endian, not aligned. ---- */

#define ASSAY_TAG_TEXT 't'
#define ASSAY_TAG_BYTES 'b'
#define ASSAY_TAG_NUMBER 'n'

static inline assay_u32 assay_load(const assay_u8 *p) {
  return p[0] | (assay_u32)p[1] << 8 | (assay_u32)p[2] << 16 | (assay_u32)p[3] << 24;
}

static inline void assay_store(assay_u8 *p, assay_u32 v) {
  p[0] = (assay_u8)v;
  p[1] = (assay_u8)(v >> 8);
  p[2] = (assay_u8)(v >> 16);
  p[3] = (assay_u8)(v >> 24);
}

/*
 * Takes the next value off an encoding. One that is missing, malformed or of another kind ends the call with an error that
 * the host's reader of the message would not have let through, but for the kind.
 */
static inline assay_bytes assay_take(assay_bytes *in, assay_u8 tag) {
  if (in->len < 5) ASSAY_FAIL("arguments: too few");
  if (in->ptr[0] != tag) {
    if (tag == ASSAY_TAG_TEXT) ASSAY_FAIL("arguments: expected text");
    if (tag == ASSAY_TAG_BYTES) ASSAY_FAIL("arguments: expected bytes");
    ASSAY_FAIL("arguments: expected a number");
  }
  assay_u32 n = assay_load(in->ptr + 1);
  if (n > in->len - 5) ASSAY_FAIL("arguments: malformed");
  assay_bytes value = {in->ptr + 5, n};
  in->ptr += 5 + n;
  in->len -= 5 + n;
  return value;
}

static inline assay_bytes assay_take_text(assay_bytes *in) { return assay_take(in, ASSAY_TAG_TEXT); }
static inline assay_bytes assay_take_bytes(assay_bytes *in) { return assay_take(in, ASSAY_TAG_BYTES); }

static inline assay_u64 assay_take_number(assay_bytes *in) {
  assay_bytes b = assay_take(in, ASSAY_TAG_NUMBER);
  if (b.len != 8) ASSAY_FAIL("arguments: malformed number");
  return (assay_u64){assay_load(b.ptr), assay_load(b.ptr + 4)};
}

/* Takes a number that has to fit a word. */
static inline assay_u32 assay_take_u32(assay_bytes *in) {
  assay_u64 n = assay_take_number(in);
  if (n.hi != 0) ASSAY_FAIL("arguments: number too large");
  return n.lo;
}

/* Ends the call with an error if values are left. */
static inline void assay_done(assay_bytes in) {
  if (in.len != 0) ASSAY_FAIL("arguments: too many");
}

/* Writes values to a buffer. */
typedef struct {
  assay_u8 *ptr;
  assay_u32 len, room;
} assay_writer;

static inline void assay_put(assay_writer *w, assay_u8 tag, assay_bytes value) {
  if (w->room - w->len < 5 || value.len > w->room - w->len - 5) ASSAY_FAIL("values: buffer too small");
  assay_u8 *p = w->ptr + w->len;
  p[0] = tag;
  assay_store(p + 1, value.len);
  memcpy(p + 5, value.ptr, value.len);
  w->len += 5 + value.len;
}

static inline void assay_put_text(assay_writer *w, assay_bytes value) { assay_put(w, ASSAY_TAG_TEXT, value); }
static inline void assay_put_bytes(assay_writer *w, assay_bytes value) { assay_put(w, ASSAY_TAG_BYTES, value); }

static inline void assay_put_number(assay_writer *w, assay_u64 n) {
  assay_u8 b[8];
  assay_store(b, n.lo);
  assay_store(b + 4, n.hi);
  assay_put(w, ASSAY_TAG_NUMBER, (assay_bytes){b, sizeof b});
}

#endif
