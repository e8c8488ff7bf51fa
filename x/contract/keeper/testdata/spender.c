// A contract that tells what it sees of the chain, and pays who asks.
#include "abi.h"

EXPORT(init) void init(void) {}

EXPORT(execute) void execute(void) {
	start();
	value method;
	next(&method);
	if (is(&method, "pay")) {
		value to, denom, amount;
		next(&to);
		next(&denom);
		next(&amount);
		u32 code = transfer(to.p, to.n, denom.p, denom.n, word(amount.p), word(amount.p + 4));
		output_number(code);
		if (more()) fail("paid and sorry");
	}
	if (is(&method, "funds")) funds(), output_result(0);
	if (is(&method, "caller")) caller(), output_result(0);
	if (is(&method, "self")) self(), output_result(0);
	if (is(&method, "block")) block(), output_result(0);
	if (is(&method, "balance")) {
		value denom;
		next(&denom);
		balance(denom.p, denom.n), output_result(0);
	}
	if (is(&method, "set")) {
		value key, val;
		next(&key);
		next(&val);
		storage_set(key.p, key.n, val.p, val.n);
	}
	if (is(&method, "range")) {
		value from, to;
		next(&from);
		next(&to);
		u32 limit = next_number(), reverse = next_number();
		storage_range(from.p, from.n, to.p, to.n, limit, reverse), output_result(0);
	}
}
