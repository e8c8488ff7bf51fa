// A contract without hooks.
#include "../abi.h"

EXPORT(init) void init(void) {}
EXPORT(migrate) void migrate(void) {}
