/*
 * A counter that whoever instantiated it may move: the smallest contract that stores, checks its caller and answers.
 *
 *   init start      execute add n      query value
 */
#include "assay.h"

ASSAY_CONTRACT

static assay_u8 message[256], state[128];

/* The owner's address, after the count in four bytes. */
static void save(assay_u32 count, assay_bytes owner) {
  if (owner.len > sizeof state - 4) ASSAY_FAIL("owner: address too long");
  memmove(state + 4, owner.ptr, owner.len);
  assay_store(state, count);
  assay_storage_set("c", 1, state, 4 + owner.len);
}

static assay_bytes load(void) { return assay_result(assay_storage_get("c", 1), state, sizeof state); }

ASSAY_ENTRY(init) void init(void) {
  assay_bytes in = assay_input(message, sizeof message);
  assay_u32 start = assay_take_u32(&in);
  assay_done(in);
  save(start, assay_result(assay_caller(), state + 4, sizeof state - 4));
}

ASSAY_ENTRY(execute) void execute(void) {
  assay_bytes in = assay_input(message, sizeof message);
  if (!assay_same(assay_take_text(&in), ASSAY_TEXT("add"))) ASSAY_FAIL("method: expected add");
  assay_u32 n = assay_take_u32(&in);
  assay_done(in);

  assay_bytes s = load(), owner = {s.ptr + 4, s.len - 4};
  assay_u8 buffer[128];
  if (!assay_same(assay_result(assay_caller(), buffer, sizeof buffer), owner)) ASSAY_FAIL("add: expected the owner");
  assay_u32 count = assay_load(s.ptr);
  if (count + n < count) ASSAY_FAIL("add: overflow");
  save(count + n, owner);
}

ASSAY_ENTRY(query) void query(void) {
  assay_bytes in = assay_input(message, sizeof message);
  if (!assay_same(assay_take_text(&in), ASSAY_TEXT("value"))) ASSAY_FAIL("method: expected value");
  assay_done(in);
  assay_u8 out[16];
  assay_writer w = {out, 0, sizeof out};
  assay_put_number(&w, (assay_u64){assay_load(load().ptr), 0});
  assay_output(out, w.len);
}
