// A contract that calls others: with the rest of its message, or along a list of contracts.
#include "abi.h"

EXPORT(init) void init(void) {}

static void run(int reading) {
	start();
	value method;
	next(&method);
	storage_get("x", 1);
	if (!reading) storage_set("x", 1, method.p, method.n);
	if (is(&method, "chain")) { // the next contract gets this message without its own address
		if (!more()) return;
		value to;
		next(&to);
		u32 head = 5 + method.n;
		static uint8_t msg[16384];
		u32 n = 0;
		for (u32 i = 0; i < head; i++) msg[n++] = in[i];
		for (u32 i = in_at; i < in_size; i++) msg[n++] = in[i];
		u32 code = reading ? query_contract(to.p, to.n, msg, n, 0) : call(to.p, to.n, msg, n, 0, 0, 0, 0, 0);
		output_result(code);
		return;
	}
	value to, msg;
	next(&to);
	next(&msg);
	if (is(&method, "call")) {
		u32 gas = next_number();
		u32 code = call(to.p, to.n, msg.p, msg.n, 0, 0, 0, 0, gas);
		output_result(code);
	}
	if (is(&method, "ask")) {
		u32 gas = next_number();
		u32 code = query_contract(to.p, to.n, msg.p, msg.n, gas);
		output_result(code);
	}
	if (is(&method, "give")) {
		value denom, amount;
		next(&denom);
		next(&amount);
		u32 code = call(to.p, to.n, msg.p, msg.n, denom.p, denom.n, word(amount.p), word(amount.p + 4), 0);
		output_number(code);
	}
}

EXPORT(execute) void execute(void) { run(0); }
EXPORT(query) void query(void) { run(1); }
