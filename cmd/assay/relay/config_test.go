package relay

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "relay.toml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

const minimalChain = "[[chains]]\nchain_id = %q\nrpc = \"http://x\"\nkey_name = \"k\"\ngas_price = \"0.01uassay\"\n"

func minimalConfig(more string) string {
	return more + strings.ReplaceAll(minimalChain, "%q", `"a-1"`) + strings.ReplaceAll(minimalChain, "%q", `"b-1"`)
}

func TestLoadConfig(t *testing.T) {
	for _, tc := range []struct{ name, text, err, hint string }{
		{name: "success: what init writes", text: renderTemplate("hub-1", "zone-1")},
		{name: "success: with every key", text: uncommented()},
		{name: "success: what is needed only", text: minimalConfig("")},
		{name: "failure: unknown key", text: minimalConfig("poll = \"1s\"\n"), err: `:1: unknown key "poll"`, hint: "init"},
		{name: "failure: not TOML", text: "chains = [", err: "relay.toml:1:"},
		{name: "failure: bad duration", text: minimalConfig("poll_interval = \"fast\"\n"), err: "fast"},
		{name: "failure: one chain", text: strings.ReplaceAll(minimalChain, "%q", `"a-1"`), err: "expected two [[chains]], got 1"},
		{name: "failure: one chain twice", text: strings.ReplaceAll(minimalConfig(""), "b-1", "a-1"), err: `got "a-1" twice`},
		{name: "failure: no key", text: strings.Replace(minimalConfig(""), `key_name = "k"`, "", 1), err: "chains[0]: key_name"},
		{name: "failure: bad gas price", text: strings.Replace(minimalConfig(""), "0.01uassay", "cheap", 1), err: "gas_price", hint: "0.01uassay"},
		{name: "failure: bad client", text: minimalConfig("") + "client_id = \"x\"\n", err: "chains[1]: client_id"},
		{name: "failure: negative limit", text: minimalConfig("max_packets = -1\n"), err: "max_packets"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := loadConfig(writeConfig(t, tc.text))
			if tc.err == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.err)
			require.Contains(t, hintOf(err), tc.hint)
		})
	}
	t.Run("failure: no file", func(t *testing.T) {
		_, err := loadConfig(filepath.Join(t.TempDir(), "none.toml"))
		require.ErrorIs(t, err, os.ErrNotExist)
		require.Contains(t, hintOf(err), "init")
	})
}

// uncommented is the template with the keys in it that have defaults.
func uncommented() string {
	return regexp.MustCompile(`(?m)^#([a-z_]+ = |\[)`).ReplaceAllString(renderTemplate("hub-1", "zone-1"), "$1")
}

// The file that init writes explains every key, and shows the default of each.
func TestTemplateHasEveryKey(t *testing.T) {
	for _, of := range []any{config{}, chainConfig{}, fixedGas{}} {
		for i := range reflect.TypeOf(of).NumField() {
			key := reflect.TypeOf(of).Field(i).Tag.Get("toml")
			require.Regexp(t, `(?m)^#?(`+key+` = |\[+(chains\.)?`+key+`\])`, configTemplate)
		}
	}
	all, err := loadConfig(writeConfig(t, uncommented()))
	require.NoError(t, err)
	plain, err := loadConfig(writeConfig(t, renderTemplate("hub-1", "zone-1")))
	require.NoError(t, err)
	require.NotNil(t, all.Chains[0].FixedGas)
	all.State, plain.State, all.Chains[0].FixedGas = "", "", nil
	require.Equal(t, plain, all)
}

func TestStatePath(t *testing.T) {
	c := &config{}
	c.setDefaults("/etc/assay/relay.toml")
	require.Equal(t, "/etc/assay/relay.toml.state.json", c.State)
	require.Equal(t, 500*time.Millisecond, time.Duration(c.PollInterval))
	c = &config{State: "s.json"}
	c.setDefaults("/etc/assay/relay.toml")
	require.Equal(t, "/etc/assay/s.json", c.State)
}
