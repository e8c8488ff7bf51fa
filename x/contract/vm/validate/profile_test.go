package validate_test

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm"
	"github.com/assay-chain/assay/x/contract/vm/binary"
	"github.com/assay-chain/assay/x/contract/vm/compile"
)

// profileTable gives the rows of the table under a heading of docs/wasm-profile.md, by cell.
func profileTable(t *testing.T, heading string) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../../../docs/wasm-profile.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	require.True(t, found, heading)
	section, _, _ = strings.Cut(section, "\n## ")
	var rows [][]string
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "|---") {
			rows = append(rows, strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | "))
		}
	}
	require.NotEmpty(t, rows, heading)
	return rows[1:]
}

var (
	quoted  = regexp.MustCompile("`([^`]+)`")
	numeral = regexp.MustCompile(`[0-9][0-9,]*`)
)

// numerals gives the numbers of a text, without their thousands separators.
func numerals(t *testing.T, text string) (out []uint32) {
	t.Helper()
	for _, s := range numeral.FindAllString(text, -1) {
		n, err := strconv.ParseUint(strings.Trim(strings.ReplaceAll(s, ",", ""), ","), 10, 32)
		require.NoError(t, err)
		out = append(out, uint32(n))
	}
	return out
}

// TestProfileInstructions: the page has every instruction of the profile and no other, with the gas that
// compilation charges.
func TestProfileInstructions(t *testing.T) {
	gas := map[string]uint32{}
	for _, row := range profileTable(t, "Instructions and their gas") {
		for _, name := range quoted.FindAllStringSubmatch(row[0], -1) {
			require.NotContains(t, gas, name[1])
			gas[name[1]] = numerals(t, row[1])[0]
		}
		switch {
		case strings.Contains(row[0], "memory.grow"):
			require.Equal(t, uint32(compile.GrowPageGas), numerals(t, row[1])[1])
		case strings.Contains(row[0], "memory.copy"):
			require.Equal(t, uint32(compile.BulkBytes), numerals(t, row[1])[2])
		}
	}
	text, err := os.ReadFile("../binary/testdata/opcodes.txt")
	require.NoError(t, err)
	n := 0
	for line := range strings.Lines(string(text)) {
		var prefix, code uint16
		var in, name string
		if _, err := fmt.Sscanf(line, "%x %x %s %s", &prefix, &code, &in, &name); err != nil || in != "in" {
			continue
		}
		want, ok := gas[name]
		require.True(t, ok, "the page does not have %s", name)
		require.Equal(t, want, compile.InstructionGas(binary.Opcode(prefix<<8|code)), name)
		n++
	}
	require.Len(t, gas, n)
}

// TestProfileLimits: the page has every limit, with its default.
func TestProfileLimits(t *testing.T) {
	want := map[string]uint64{}
	for _, limits := range []any{binary.DefaultLimits(), vm.DefaultLimits()} {
		v := reflect.ValueOf(limits)
		for i := range v.NumField() {
			if field := v.Type().Field(i); !field.Anonymous {
				want[field.Name] = v.Field(i).Uint()
			}
		}
	}
	got := map[string]uint64{}
	for _, row := range profileTable(t, "Limits") {
		got[quoted.FindStringSubmatch(row[0])[1]] = uint64(numerals(t, row[1])[0])
	}
	require.Equal(t, want, got)
}
