// Package compile lowers the validated functions of a module to the form that package exec runs, and works out
// what each basic block costs.
//
// The form is for a machine of registers. A frame has a register for each local and one for each place of the
// operand stack; instructions have a fixed width, name up to three registers, and hold immediates and the
// absolute index of the instruction that they branch to. Lowering walks the body once with a symbolic stack:
// reading a local, a constant or dropping an operand emits nothing, comparisons merge into the branch that
// follows, and addresses into the access.
//
// The module must have passed package validate; a module that has not may make Lower panic. Work and memory
// are linear in the size of the code, whatever the code is. The form is never stored and never leaves the
// process: it may change with any version, gas may not. Gas depends on the binary alone; gas.go has the rule.
package compile
