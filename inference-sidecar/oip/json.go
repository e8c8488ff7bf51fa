package oip

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON (RFC 8259) from memory, a value at a time. It keeps nothing and allocates only for texts with
// escapes. Its errors wrap ErrInvalid and name the offset.
type scanner struct {
	b  []byte
	at int
}

func (s *scanner) fail(format string, args ...any) error {
	return invalid("json: offset %d: %s", s.at, fmt.Sprintf(format, args...))
}

// next skips blanks and returns the byte that comes, or 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.b); s.at++ {
		if c := s.b[s.at]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

func (s *scanner) expect(c byte) error {
	if s.next() != c || s.at == len(s.b) {
		return s.fail("expected %q, got %s", c, s.found())
	}
	s.at++
	return nil
}

// found describes what comes, for errors.
func (s *scanner) found() string {
	s.next()
	rest := s.b[s.at:]
	if len(rest) == 0 {
		return "the end"
	}
	return strconv.Quote(string(clip(rest, 16)))
}

// clip shortens b for an error.
func clip(b []byte, n int) []byte { return b[:min(n, len(b))] }

// end is nil where nothing but blanks is left.
func (s *scanner) end() error {
	if s.next(); s.at < len(s.b) {
		return s.fail("expected the end, got %s", s.found())
	}
	return nil
}

// more reads what stands before an element of an array or object that c closes: nothing before the first, a comma
// before others. It is false after the last.
func (s *scanner) more(first *bool, c byte) (bool, error) {
	got := s.next()
	switch {
	case got == c && s.at < len(s.b):
		s.at++
		return false, nil
	case *first:
		*first = false
		return true, nil
	case got == ',':
		s.at++
		return true, nil
	}
	return false, s.fail("expected ',' or %q, got %s", c, s.found())
}

// object calls member for each member, which reads its value.
func (s *scanner) object(member func(name []byte) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	for first := true; ; {
		if ok, err := s.more(&first, '}'); err != nil || !ok {
			return err
		}
		name, err := s.text()
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
	}
}

// array calls element for each element, which reads it.
func (s *scanner) array(element func(i int) error) error {
	if err := s.expect('['); err != nil {
		return err
	}
	first := true
	for i := 0; ; i++ {
		if ok, err := s.more(&first, ']'); err != nil || !ok {
			return err
		}
		if err := element(i); err != nil {
			return err
		}
	}
}

// text reads a text. Without escapes it is part of what is scanned.
func (s *scanner) text() ([]byte, error) {
	if err := s.expect('"'); err != nil {
		return nil, err
	}
	start, plain := s.at, true
	for ; s.at < len(s.b); s.at++ {
		switch c := s.b[s.at]; {
		case c == '"':
			raw := s.b[start:s.at]
			s.at++
			if plain {
				return s.valid(raw)
			}
			return s.unescape(raw)
		case c == '\\':
			plain = false
			s.at++ // whatever is escaped does not end the text
		case c < ' ':
			return nil, s.fail("expected no control character in a text, got 0x%02x", c)
		}
	}
	s.at = len(s.b)
	return nil, s.fail("expected the text to end")
}

func (s *scanner) valid(raw []byte) ([]byte, error) {
	if !utf8.Valid(raw) {
		return nil, s.fail("expected UTF-8, got %q", clip(raw, 32))
	}
	return raw, nil
}

func (s *scanner) unescape(raw []byte) ([]byte, error) {
	out := make([]byte, 0, len(raw))
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return s.valid(append(out, raw...))
		}
		out = append(out, raw[:i]...)
		r, n := unescapeOne(raw[i:])
		if n == 0 {
			return nil, s.fail("expected an escape, got %q", clip(raw[i:], 12))
		}
		out = utf8.AppendRune(out, r)
		raw = raw[i+n:]
	}
}

// unescapeOne reads the escape that b begins with and says how long it is; 0 where it is none. Half of a surrogate pair
// becomes U+FFFD.
func unescapeOne(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), b[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	r, ok := hexRune(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := hexRune(b[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// hexRune reads \uXXXX.
func hexRune(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(v), err == nil
}

// integer reads a whole number. It accepts neither fractions nor exponents, whatever their value.
func (s *scanner) integer() (int64, error) {
	raw, err := s.number()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return 0, s.fail("expected a whole number of 64 bits, got %q", clip(raw, 32))
	}
	return v, nil
}

// number returns the characters of a number.
func (s *scanner) number() ([]byte, error) {
	s.next()
	n := numberLength(s.b[s.at:])
	if n == 0 {
		return nil, s.fail("expected a number, got %s", s.found())
	}
	raw := s.b[s.at : s.at+n]
	s.at += n
	return raw, nil
}

// numberLength measures the number that b begins with; 0 where it is none.
func numberLength(b []byte) int {
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch n := digits(b[i:]); {
	case n == 0, n > 1 && b[i] == '0':
		return 0
	default:
		i += n
	}
	if i < len(b) && b[i] == '.' {
		n := digits(b[i+1:])
		if n == 0 {
			return 0
		}
		i += 1 + n
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		j := i + 1
		if j < len(b) && (b[j] == '+' || b[j] == '-') {
			j++
		}
		n := digits(b[j:])
		if n == 0 {
			return 0
		}
		i = j + n
	}
	return i
}

func digits(b []byte) int {
	n := 0
	for n < len(b) && '0' <= b[n] && b[n] <= '9' {
		n++
	}
	return n
}

// word reads true, false or null.
func (s *scanner) word() (string, error) {
	s.next()
	for _, w := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(s.b[s.at:], []byte(w)) {
			s.at += len(w)
			return w, nil
		}
	}
	return "", s.fail("expected a value, got %s", s.found())
}

// skip reads a value of any kind, at most depth arrays and objects deep.
func (s *scanner) skip(depth int) error {
	c := s.next()
	if (c == '{' || c == '[') && depth == 0 {
		return s.fail("expected at most %d arrays and objects within each other", maxNesting)
	}
	switch {
	case c == '{':
		return s.object(func([]byte) error { return s.skip(depth - 1) })
	case c == '[':
		return s.array(func(int) error { return s.skip(depth - 1) })
	case c == '"':
		_, err := s.text()
		return err
	case c == '-' || '0' <= c && c <= '9':
		_, err := s.number()
		return err
	}
	_, err := s.word()
	return err
}

// span returns the array that comes, brackets included, without looking at what is between numbers: decodeData does.
func (s *scanner) span() ([]byte, error) {
	if s.next() != '[' {
		return nil, s.fail("expected an array, got %s", s.found())
	}
	start, depth := s.at, 0
	for ; s.at < len(s.b); s.at++ {
		switch s.b[s.at] {
		case '[':
			if depth++; depth > maxRank {
				return nil, s.fail("data: expected at most %d arrays within each other", maxRank)
			}
		case ']':
			if depth--; depth == 0 {
				s.at++
				return s.b[start:s.at], nil
			}
		case '"', '{', '}':
			return nil, s.fail("data: expected whole numbers, got %s", s.found())
		}
	}
	return nil, s.fail("data: expected the array to end")
}
