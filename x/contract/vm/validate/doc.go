// Package validate types a decoded module as section 3 of the WebAssembly core specification says, with the
// algorithm of its appendix. In the profile every value is an i32, so the stack of operand types is a height.
//
// It walks each function body once. That walk also finds what is malformed within bodies, what is out of the
// profile (in dead code too) and what is over a limit; the first offending byte of a body decides. What lies
// before the bodies is checked first, in the order of the sections.
//
// A module that Module accepts can be compiled and run without further checks of indices, types or nesting. What
// only running shows is left to traps: addresses, indirect calls, and segments that do not fit.
package validate
