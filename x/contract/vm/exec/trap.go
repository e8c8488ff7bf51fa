package exec

import "fmt"

// TrapCode says why a run was ended. The numbers are stable.
//
//nolint:errname // as the specification calls it
type TrapCode uint8

// The traps. In brackets: the text of the official tests.
//
//nolint:errname // codes of traps, which are the names that people know
const (
	// TrapUnreachable: an unreachable instruction ran.
	TrapUnreachable TrapCode = 1
	// TrapDivideByZero: div or rem by zero [integer divide by zero].
	TrapDivideByZero TrapCode = 2
	// TrapIntegerOverflow: div_s of -2^31 by -1 [integer overflow].
	TrapIntegerOverflow TrapCode = 3
	// TrapMemory: an access or a data segment reaches out of memory [out of bounds memory access].
	TrapMemory TrapCode = 4
	// TrapUndefinedElement: call_indirect or an element segment reaches out of the table [undefined element].
	TrapUndefinedElement TrapCode = 5
	// TrapUninitializedElement: call_indirect of an element that no segment set [uninitialized element].
	TrapUninitializedElement TrapCode = 6
	// TrapSignature: call_indirect of a function of another type [indirect call type mismatch].
	TrapSignature TrapCode = 7
	// TrapCallStack: too many frames, or too large ones [call stack exhausted].
	TrapCallStack TrapCode = 8
	// TrapOutOfGas: all gas is used; the machine then has none left.
	TrapOutOfGas TrapCode = 9
	// TrapHost: a host function returned an error.
	TrapHost TrapCode = 10
	// TrapInternal: the interpreter panicked. This is a bug of it.
	TrapInternal TrapCode = 11
)

var trapTexts = [...]string{
	TrapUnreachable:          "unreachable",
	TrapDivideByZero:         "integer divide by zero",
	TrapIntegerOverflow:      "integer overflow",
	TrapMemory:               "out of bounds memory access",
	TrapUndefinedElement:     "undefined element",
	TrapUninitializedElement: "uninitialized element",
	TrapSignature:            "indirect call type mismatch",
	TrapCallStack:            "call stack exhausted",
	TrapOutOfGas:             "out of gas",
	TrapHost:                 "host function",
	TrapInternal:             "internal error of the interpreter",
}

// Error gives the text of the official tests where they have one.
func (c TrapCode) Error() string {
	if int(c) < len(trapTexts) && c > 0 {
		return trapTexts[c]
	}
	return fmt.Sprintf("trap %d", uint8(c))
}

// Trap ends a run. Code is the same on every machine and in every version. Func and Offset are for people: they
// may change with the way that a function is lowered.
//
//nolint:errname // as the specification calls it
type Trap struct {
	Code   TrapCode
	Func   uint32 // index of the function that ran; zero if none did
	Offset int    // of the instruction in the binary, or of the basic block that could not be paid; zero if none
	Err    error  // what the host function returned, or what the panic said; else nil
}

// Error says what happened and where.
func (t *Trap) Error() string {
	text := t.Code.Error()
	if t.Err != nil {
		text += ": " + t.Err.Error()
	}
	if t.Offset == 0 {
		return "trap: " + text
	}
	return fmt.Sprintf("trap: %s (function %d, offset %#x)", text, t.Func, t.Offset)
}

// Is makes errors.Is(err, TrapOutOfGas) hold of a trap with this code.
func (t *Trap) Is(target error) bool {
	c, ok := target.(TrapCode)
	return ok && c == t.Code
}

// Unwrap gives Err.
func (t *Trap) Unwrap() error { return t.Err }
