package values

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrArgument is for an argument of a command line that is no value.
var ErrArgument = errors.New("malformed argument")

// What an argument may begin with to say its kind.
const (
	textPrefix   = "text:"
	bytesPrefix  = "hex:"
	numberPrefix = "number:"
	hexPrefix    = "0x"
)

// Parse reads the arguments of a command line, one value each: digits are a number, 0x and pairs of hexadecimal digits are
// bytes; text:…, hex:… and number:… say what they are; all else is text. Digits with a leading zero are text. Errors:
// ErrArgument, and those of Check.
func Parse(args []string) ([]Value, error) {
	list := make([]Value, 0, min(len(args), MaxValues+1))
	for i, a := range args {
		v, err := parseOne(a)
		if err != nil {
			return nil, fmt.Errorf("argument %d %q: %w", i+1, clip(a), err)
		}
		list = append(list, v)
	}
	return list, Check(list...)
}

func parseOne(arg string) (Value, error) {
	if rest, ok := strings.CutPrefix(arg, textPrefix); ok {
		return T(rest), nil
	}
	if rest, ok := strings.CutPrefix(arg, numberPrefix); ok {
		return parseNumber(rest)
	}
	if rest, ok := strings.CutPrefix(arg, bytesPrefix); ok {
		return parseBytes(rest)
	}
	if rest, ok := strings.CutPrefix(arg, hexPrefix); ok {
		return parseBytes(rest)
	}
	if isNumber(arg) {
		return parseNumber(arg)
	}
	return T(arg), nil
}

// isNumber says whether an argument without a prefix is a number.
func isNumber(arg string) bool {
	return arg != "" && strings.Trim(arg, "0123456789") == "" && (len(arg) == 1 || arg[0] != '0')
}

func parseNumber(digits string) (Value, error) {
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || strings.HasPrefix(digits, "+") {
		return Value{}, fmt.Errorf("expected a number from 0 to 2^64-1, or %s before a text: %w", textPrefix, ErrArgument)
	}
	return N(n), nil
}

func parseBytes(digits string) (Value, error) {
	b, err := hex.DecodeString(digits)
	if err != nil {
		return Value{}, fmt.Errorf("expected pairs of hexadecimal digits, or %s before a text: %w", textPrefix, ErrArgument)
	}
	return B(b), nil
}

// Argument writes a value as an argument that Parse reads back.
func Argument(v Value) string {
	switch v.Kind {
	case Number:
		return strconv.FormatUint(v.Number, 10)
	case Text:
		if isPlain(v.Text) {
			return v.Text
		}
		return textPrefix + v.Text
	default:
		return hexPrefix + hex.EncodeToString(v.Bytes)
	}
}

// isPlain says whether Parse takes a text for itself.
func isPlain(text string) bool {
	for _, prefix := range []string{textPrefix, bytesPrefix, numberPrefix, hexPrefix} {
		if strings.HasPrefix(text, prefix) {
			return false
		}
	}
	return !isNumber(text)
}

// Format writes a list on one line, for people: arguments with a space between them, in quotes where they need some.
// Split and Parse give the list back.
func Format(list []Value) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = Argument(v)
	}
	return Join(words)
}

// Join writes words on one line, each in quotes where it needs some. Split gives them back.
func Join(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		if needsQuotes(w) {
			w = strconv.Quote(w)
		}
		b.WriteString(w)
	}
	return b.String()
}

func needsQuotes(word string) bool {
	if word == "" || !utf8.ValidString(word) {
		return true
	}
	for _, r := range word {
		if r == '"' || r == '\\' || r == '#' || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return true
		}
	}
	return false
}

// Split reads the words of a line: what stands between spaces or tabs. What is in double quotes, a word or a part of one, is
// written as a string of Go and may hold anything. A word that begins with # ends the line. Errors: ErrArgument, with the place.
func Split(line string) ([]string, error) {
	var words []string
	rest := strings.TrimLeft(line, " \t")
	for rest != "" && rest[0] != '#' {
		word, after, err := splitWord(rest)
		if err != nil {
			return nil, fmt.Errorf("column %d: %w", len(line)-len(after)+1, err)
		}
		words = append(words, word)
		rest = strings.TrimLeft(after, " \t")
	}
	return words, nil
}

// splitWord reads the first word of a text that begins with one, and returns what comes after; with an error, where it is.
func splitWord(rest string) (word, after string, err error) {
	var b strings.Builder
	for rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		if rest[0] != '"' {
			end := strings.IndexAny(rest, " \t\"")
			if end < 0 {
				end = len(rest)
			}
			b.WriteString(rest[:end])
			rest = rest[end:]
			continue
		}
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return "", rest, fmt.Errorf("expected a closing quote, and escapes as in Go: %w", ErrArgument)
		}
		part, _ := strconv.Unquote(quoted) // QuotedPrefix saw to it
		b.WriteString(part)
		rest = rest[len(quoted):]
	}
	return b.String(), rest, nil
}
