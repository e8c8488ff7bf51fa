package binary

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Why a module is refused. Every error of this package and of package validate is an *Error that wraps one of them.
var (
	// ErrMalformed is for bytes that the binary grammar of the specification does not derive.
	ErrMalformed = errors.New("malformed module")
	// ErrInvalid is for a well-formed module that the specification's validation refuses.
	ErrInvalid = errors.New("invalid module")
	// ErrUnsupported is for what a specification of WebAssembly has and the profile has not.
	ErrUnsupported = errors.New("out of the profile")
	// ErrLimit is for a module that is larger than Limits allow.
	ErrLimit = errors.New("limit exceeded")
)

// Error says why a module is refused, and where.
type Error struct {
	Err    error  // ErrMalformed, ErrInvalid, ErrUnsupported or ErrLimit
	Offset int    // of the first byte of what is refused, from the start of the module
	Msg    string // short; of ErrUnsupported the name of what is refused, such as "f32.add" or "imported memory"
}

// Error gives all three parts; the offset is hexadecimal, as disassemblers print it.
func (e *Error) Error() string { return fmt.Sprintf("%v: %s (offset %#x)", e.Err, e.Msg, e.Offset) }

// Unwrap gives the sentinel.
func (e *Error) Unwrap() error { return e.Err }

func fail(sentinel error, offset int, format string, args ...any) error {
	return &Error{Err: sentinel, Offset: offset, Msg: fmt.Sprintf(format, args...)}
}

// maxQuoted is how many bytes of a name Quote gives.
const maxQuoted = 64

// Quote quotes a name for an error. A name may be as long as the module: of one with more than 64 bytes it gives the
// first, up to a whole character, and an ellipsis.
func Quote(name string) string {
	if len(name) <= maxQuoted {
		return strconv.Quote(name)
	}
	n := maxQuoted
	for n > maxQuoted-utf8.UTFMax && !utf8.RuneStart(name[n]) {
		n--
	}
	return strconv.Quote(name[:n]) + "…"
}
