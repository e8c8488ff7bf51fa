package spectest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// script is one file of the official tests.
type script struct {
	name     string
	dir      string
	Commands []command `json:"commands"`
}

// command is a line of a script, in the form of wast2json.
type command struct {
	Type       string  `json:"type"`
	Line       int     `json:"line"`
	Name       string  `json:"name"`     // of a module
	As         string  `json:"as"`       // what register calls it
	Filename   string  `json:"filename"` // of a module, relative to the script
	ModuleType string  `json:"module_type"`
	Text       string  `json:"text"` // of the trap or refusal
	Action     action  `json:"action"`
	Expected   []value `json:"expected"`
}

// action is a call of an export, or a look at a global.
type action struct {
	Type   string  `json:"type"`
	Module string  `json:"module"` // empty: the last one
	Field  string  `json:"field"`
	Args   []value `json:"args"`
}

// value is a number in decimal digits. Vectors have a list, which no module of the profile can give or take.
type value struct {
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

func (v value) number() (uint32, error) {
	if v.Type != "i32" {
		return 0, fmt.Errorf("value: expected i32, got %s", v.Type)
	}
	text, err := strconv.Unquote(string(v.Value))
	if err != nil {
		return 0, fmt.Errorf("value %s: %w", v.Value, err)
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("value %s: %w", v.Value, err)
	}
	return uint32(n), nil
}

func numbers(values []value) ([]uint32, error) {
	var out []uint32
	for _, v := range values {
		n, err := v.number()
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func (s *script) read(t *testing.T, c command) []byte {
	t.Helper()
	code, err := os.ReadFile(filepath.Join(s.dir, c.Filename))
	require.NoError(t, err)
	return code
}

// scripts reads the tests of a version, or skips.
func scripts(t *testing.T, version string) []*script {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil || len(strings.TrimSpace(string(out))) == 0 {
		t.Skipf("the module of wazero, which has the official tests, is not there (run go mod download): %v", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "internal", "integration_test", "spectest", version, "testdata")
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files, dir)
	var all []*script
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		s := &script{name: strings.TrimSuffix(filepath.Base(file), ".json"), dir: dir}
		require.NoError(t, json.Unmarshal(text, s), file)
		all = append(all, s)
	}
	return all
}
