// A contract that counts. Its count is 4 bytes, little endian, under "count".
#include "abi.h"

static u32 count(void) {
	uint8_t b[4];
	if (storage_get("count", 5) < 0) return 0;
	result_read(b, 0, 4);
	return word(b);
}

static void set(u32 n) {
	uint8_t b[4] = {n, n >> 8, n >> 16, n >> 24};
	storage_set("count", 5, b, 4);
}

EXPORT(init) void init(void) {
	start();
	set(more() ? next_number() : 0);
	output_number(count());
}

EXPORT(execute) void execute(void) {
	start();
	value method;
	next(&method);
	set(count() + (more() ? next_number() : 1));
	if (is(&method, "fail")) fail("the counter says no");
	if (is(&method, "trap")) __builtin_trap();
	if (is(&method, "delete")) storage_delete("count", 5);
	if (is(&method, "emit")) {
		static const char attributes[] = "t\3\0\0\0key" "t\5\0\0\0value";
		emit("counted", 7, attributes, sizeof attributes - 1);
	}
	output_number(count());
}

EXPORT(query) void query(void) {
	start();
	value method;
	next(&method);
	if (is(&method, "write")) set(1);
	if (is(&method, "loop"))
		for (;;) count();
	output_number(count());
}

EXPORT(migrate) void migrate(void) {
	start();
	if (more()) fail("migration takes nothing");
	storage_set("migrated", 8, "yes", 3);
	output_number(count());
}

EXPORT(on_attestation) void on_attestation(void) {
	uint8_t b[4] = {0};
	if (storage_get("seen", 4) >= 0) result_read(b, 0, 4);
	u32 n = word(b) + 1;
	uint8_t c[4] = {n, n >> 8, n >> 16, n >> 24};
	storage_set("seen", 4, c, 4);
}
