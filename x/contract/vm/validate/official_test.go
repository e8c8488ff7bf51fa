package validate_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/vm/binary"
	"github.com/assay-chain/assay/x/contract/vm/validate"
)

// officialCommand is a line of the official test suite that has a module in the binary format.
type officialCommand struct {
	Type       string `json:"type"`
	Line       int    `json:"line"`
	Filename   string `json:"filename"`
	Text       string `json:"text"`
	ModuleType string `json:"module_type"`
	Script     string `json:"-"`
}

// officialSuite reads the official tests that the module of wazero ships in compiled form.
func officialSuite(tb testing.TB, version string) []officialCommand {
	tb.Helper()
	dir := officialDir(tb, version)
	scripts, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(tb, err)
	require.NotEmpty(tb, scripts)
	var commands []officialCommand
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		require.NoError(tb, err)
		var parsed struct{ Commands []officialCommand }
		require.NoError(tb, json.Unmarshal(text, &parsed))
		for _, c := range parsed.Commands {
			if filepath.Ext(c.Filename) != ".wasm" {
				continue
			}
			c.Script = strings.TrimSuffix(filepath.Base(script), ".json")
			c.Filename = filepath.Join(dir, c.Filename)
			commands = append(commands, c)
		}
	}
	return commands
}

func officialDir(tb testing.TB, version string) string {
	tb.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		tb.Skipf("no module of wazero to take the official tests from: %v", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "internal", "integration_test", "spectest", version, "testdata")
	if _, err := os.Stat(dir); err != nil {
		tb.Skipf("no official tests: %v", err)
	}
	return dir
}

// wideLimits refuse nothing that the official tests have.
func wideLimits() binary.Limits {
	const most = ^uint32(0)
	return binary.Limits{
		CodeBytes: most, Types: most, Imports: most, Funcs: most, Params: most, Locals: most, BodyBytes: most,
		BranchTargets: most, ControlDepth: most, Globals: most, TableSize: most, MemoryPages: most, Elements: most,
		Data: most, Exports: most,
	}
}

func check(code []byte, l binary.Limits) (*binary.Module, *validate.Info, error) {
	m, err := binary.Decode(code, l)
	if err != nil {
		return nil, nil, err
	}
	info, err := validate.Module(m, l)
	return m, info, err
}

// earlier lists the official modules with a malformation that an invalid byte comes before.
var earlier = map[string]string{
	"v1/binary.32.wasm": "call_indirect: unknown table 1", // what version 1.0 calls malformed, later versions call an index
	"v1/binary.80.wasm": "br_table: unknown label 11",     // and then too few labels
}

// TestOfficial decodes and validates every module of the official tests in the binary format, malformed and
// invalid ones included.
func TestOfficial(t *testing.T) {
	for _, version := range []struct {
		name   string
		counts map[string]int
	}{
		{"v1", map[string]int{
			"module: accepted": 179, "module: out of the profile": 601,
			"assert_unlinkable: accepted": 39, "assert_unlinkable: out of the profile": 56,
			"assert_uninstantiable: accepted": 1, "assert_uninstantiable: out of the profile": 1,
			"assert_invalid: invalid module": 473, "assert_invalid: out of the profile": 516,
			"assert_malformed: malformed module": 648, "assert_malformed: out of the profile": 11,
			"assert_malformed: invalid module": 2,
		}},
		{"v2", map[string]int{
			"module: accepted": 274, "module: out of the profile": 1325,
			"assert_unlinkable: accepted": 21, "assert_unlinkable: out of the profile": 62,
			"assert_uninstantiable: accepted": 19, "assert_uninstantiable: out of the profile": 15,
			"assert_invalid: invalid module": 522, "assert_invalid: out of the profile": 1624,
			"assert_malformed: malformed module": 698, "assert_malformed: out of the profile": 21,
		}},
	} {
		t.Run(version.name, func(t *testing.T) {
			counts := map[string]int{}
			for _, c := range officialSuite(t, version.name) {
				code, err := os.ReadFile(c.Filename)
				require.NoError(t, err)
				_, _, err = check(code, wideLimits())
				id := version.name + "/" + filepath.Base(c.Filename)
				verdict := "accepted"
				if err != nil {
					verdict = errors.Unwrap(err).Error()
				}
				counts[c.Type+": "+verdict]++
				switch {
				case errors.Is(err, binary.ErrUnsupported):
				case c.Type == "assert_malformed" && earlier[id] != "":
					require.ErrorContains(t, err, earlier[id], id)
				case c.Type == "assert_malformed":
					require.ErrorIs(t, err, binary.ErrMalformed, "%s line %d: %s", id, c.Line, c.Text)
				case c.Type == "assert_invalid":
					require.ErrorIs(t, err, binary.ErrInvalid, "%s line %d: %s", id, c.Line, c.Text)
				default:
					require.NoError(t, err, "%s line %d", id, c.Line)
				}
			}
			require.Equal(t, version.counts, counts)
		})
	}
}
