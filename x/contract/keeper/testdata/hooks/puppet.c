// A contract that does in its hooks what the test that pulls its strings wrote into its storage.
//
// execute, and init with a message: the first byte is a key, the rest becomes its value. query: the value of such a key.
// Each hook counts itself, keeps its message under 'm', and then does what the value under its own key says: the first
// byte is what, the rest with what.
#include "../abi.h"

static uint8_t strings[256];

static u32 get(uint8_t key, void *to, u32 most) {
	int32_t n = storage_get(&key, 1);
	if (n <= 0 || (u32)n > most) return 0;
	result_read(to, 0, n);
	return n;
}

static void store(void) {
	start();
	if (in_size > 0) storage_set(in, 1, in + 1, in_size - 1);
}

static void count(uint8_t key) {
	uint8_t b[4] = {0};
	get(key, b, sizeof b);
	u32 n = word(b) + 1;
	uint8_t c[4] = {n, n >> 8, n >> 16, n >> 24};
	storage_set(&key, 1, c, sizeof c);
	start();
	storage_set("m", 1, in, in_size);
}

// act returns what the hook is to vote.
static u32 act(uint8_t counter, uint8_t key) {
	count(counter);
	u32 n = get(key, strings, sizeof strings);
	if (n == 0) return 1;
	uint8_t code;
	switch (strings[0]) {
	case 't': __builtin_trap();
	case 'l':
		for (;;) count(counter);
	case 'x': fail("not today");
	case 'p':
		code = '0' + transfer(strings + 5, n - 5, "uassay", 6, word(strings + 1), 0);
		storage_set("c", 1, &code, 1);
		return 1;
	case 'e':
		emit("told", 4, 0, 0);
		return 1;
	case 'k':
		code = '0' + call(strings + 1, n - 1, "s!", 2, 0, 0, 0, 0, 0);
		storage_set("c", 1, &code, 1);
		return 1;
	}
	return strings[0] - '0';
}

EXPORT(init) void init(void) { store(); }
EXPORT(execute) void execute(void) { store(); }
EXPORT(migrate) void migrate(void) {}
EXPORT(on_attestation) void on_attestation(void) { act('A', 'a'); }
EXPORT(decide_step) u32 decide_step(void) { return act('D', 'd'); }
EXPORT(allow_publish) u32 allow_publish(void) { return act('G', 'g'); }

EXPORT(query) void query(void) {
	start();
	output(strings, get(in[0], strings, sizeof strings));
}
