// Package exec runs programs of package compile.
//
// A Machine has the state of one instance: memory, globals, table, the stack of registers and the gas that is
// left. It sees that state and its Host, nothing else, and its results are the same on every machine. Programs
// come from package compile; one from elsewhere may make a run panic, though never reach outside of the
// machine. Whatever a contract does wrong ends the run with a *Trap.
//
// The package allocates nothing while a program runs unless memory or the stack has to grow, and it does not
// recurse: calls within a program are frames of the machine.
package exec
