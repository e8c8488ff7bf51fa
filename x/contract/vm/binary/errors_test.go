package binary_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
)

func TestQuote(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"success: empty", "", `""`},
		{"success: escaped", "a\"\n\x00größe", `"a\"\n\x00größe"`},
		{"success: as long as may be", strings.Repeat("n", 64), `"` + strings.Repeat("n", 64) + `"`},
		{"success: longer", strings.Repeat("n", 65), `"` + strings.Repeat("n", 64) + `"…`},
		{"success: cut before a character of two bytes", strings.Repeat("n", 63) + "ßn", `"` + strings.Repeat("n", 63) + `"…`},
		{"success: cut after a character of two bytes", strings.Repeat("n", 62) + "ßn", `"` + strings.Repeat("n", 62) + `ß"…`},
		{"success: cut before a character of four bytes", strings.Repeat("n", 61) + "😀", `"` + strings.Repeat("n", 61) + `"…`},
		{"success: no UTF-8", strings.Repeat("\x80", 60_000), `"` + strings.Repeat(`\x80`, 60) + `"…`},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, binary.Quote(c.in)) })
	}
}
