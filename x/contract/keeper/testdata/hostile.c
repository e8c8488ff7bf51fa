// A contract that tries what a contract must not get away with. Each method first writes, so that a test sees it undone.
#include "abi.h"

EXPORT(init) void init(void) {}

static u32 recurse(volatile u32 n) { return n ? recurse(n + 1) + n : 0; }

EXPORT(execute) void execute(void) {
	start();
	value method;
	next(&method);
	storage_set("mark", 4, "x", 1);
	static uint8_t big[20000];
	if (is(&method, "loop"))
		for (volatile u32 i = 0;; i++) {}
	if (is(&method, "unreachable")) __builtin_trap();
	if (is(&method, "divide")) {
		volatile u32 zero = 0;
		output_number(100000 / zero);
	}
	if (is(&method, "recurse")) output_number(recurse(1));
	if (is(&method, "memory")) output_number(*(volatile u32 *)0xfffffff0);
	if (is(&method, "pointer")) storage_set((void *)0xfffffff0, 32, "x", 1);
	if (is(&method, "output")) output(big, 1 << 20);
	if (is(&method, "key")) storage_set(big, 257, "x", 1);
	if (is(&method, "empty key")) storage_set(big, 0, "x", 1);
	if (is(&method, "value")) storage_set("k", 1, big, 16385);
	if (is(&method, "result")) result_read(big, 1, 100);
	if (is(&method, "flood"))
		for (u32 i = 0;; i++) {
			big[0] = i, big[1] = i >> 8, big[2] = i >> 16;
			storage_set(big, 3, big, 64);
		}
	if (is(&method, "events"))
		for (;;) emit("x", 1, "", 0);
	if (is(&method, "grow")) output_number(__builtin_wasm_memory_grow(0, 1));
}
