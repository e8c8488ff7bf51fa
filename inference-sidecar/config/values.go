package config

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time such as "150ms", "1h30m" or "14d". The empty text is 0.
type Duration struct{ time.Duration }

const day = 24 * time.Hour

// UnmarshalText reads what MarshalText writes and whatever time.ParseDuration reads, with days before it.
func (d *Duration) UnmarshalText(text []byte) error {
	rest, days := string(text), int64(0)
	if before, after, ok := strings.Cut(rest, "d"); ok {
		n, err := strconv.ParseInt(before, 10, 32)
		if err != nil || n < 0 || n > math.MaxInt64/int64(day) {
			return expected("a duration such as 150ms, 1h30m or 14d", text)
		}
		rest, days = after, n
	}
	length := time.Duration(0)
	if rest != "" {
		var err error
		if length, err = time.ParseDuration(rest); err != nil || (days > 0 && (length < 0 || length >= day)) {
			return expected("a duration such as 150ms, 1h30m or 14d", text)
		}
	}
	if length < 0 {
		return expected("a duration of 0 or more", text)
	}
	d.Duration = time.Duration(days)*day + length
	if d.Duration < 0 {
		return expected("a duration below 292 years", text)
	}
	return nil
}

// MarshalText writes the shortest form: 1h30m rather than 1h30m0s, 14d rather than 336h0m0s.
func (d Duration) MarshalText() ([]byte, error) {
	if d.Duration == 0 {
		return []byte("0s"), nil
	}
	days, rest := d.Duration/day, d.Duration%day
	text := ""
	if days > 0 {
		text = strconv.FormatInt(int64(days), 10) + "d"
	}
	if rest != 0 {
		s := rest.String()
		if strings.HasSuffix(s, "m0s") {
			s = strings.TrimSuffix(s, "0s")
		}
		if strings.HasSuffix(s, "h0m") {
			s = strings.TrimSuffix(s, "0m")
		}
		text += s
	}
	return []byte(text), nil
}

// Size is a number of bytes such as "512MiB", "2GB" or "4096B".
type Size struct{ Bytes int64 }

var units = []struct {
	name  string
	bytes int64
}{
	{"TiB", 1 << 40},
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"TB", 1e12},
	{"GB", 1e9},
	{"MB", 1e6},
	{"kB", 1e3},
	{"B", 1},
}

// UnmarshalText reads a whole number and a unit: B, kB, MB, GB, TB, KiB, MiB, GiB or TiB.
func (s *Size) UnmarshalText(text []byte) error {
	digits := strings.TrimRight(string(text), "TGMKkiB")
	n, err := strconv.ParseUint(strings.TrimSuffix(digits, " "), 10, 63)
	if err != nil {
		return expected("a size such as 512MiB", text)
	}
	for _, u := range units {
		if string(text[len(digits):]) == u.name {
			if n > uint64(math.MaxInt64/u.bytes) {
				return expected("a size below 8388608TiB", text)
			}
			s.Bytes = int64(n) * u.bytes
			return nil
		}
	}
	return expected("a size such as 512MiB", text)
}

// MarshalText writes the largest unit that divides the size.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s Size) String() string {
	best := units[len(units)-1]
	for _, u := range units {
		if u.bytes > best.bytes && s.Bytes >= u.bytes && s.Bytes%u.bytes == 0 {
			best = u
		}
	}
	return strconv.FormatInt(s.Bytes/best.bytes, 10) + best.name
}

// Hex is bytes, written in hexadecimal.
type Hex []byte

// UnmarshalText reads hexadecimal digits of either case.
func (h *Hex) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*h = nil
		return nil
	}
	b, err := hex.DecodeString(string(text))
	if err != nil {
		return expected("hexadecimal digits, two to a byte", text)
	}
	*h = b
	return nil
}

// MarshalText writes upper case, as CometBFT does.
func (h Hex) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

func (h Hex) String() string { return strings.ToUpper(hex.EncodeToString(h)) }

func expected(what string, got []byte) error { return fmt.Errorf("expected %s, got %q", what, got) }
