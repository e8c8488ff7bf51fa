package types_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/semver"

	"github.com/assay-chain/assay/x/registry/types"
)

// ascending are numbers by semver precedence, as in section 11 of the specification and beyond.
var ascending = []string{
	"0.0.0-0", "0.0.0-A", "0.0.0", "0.0.1", "0.1.0", "0.9.0", "0.10.0",
	"1.0.0-0", "1.0.0-9", "1.0.0-10", "1.0.0--", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
	"1.0.0-alpha-", "1.0.0-alpha1", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0",
	"1.0.1", "1.2.0", "1.10.0", "2.0.0", "10.0.0", "999999999.999999999.999999999",
}

func TestValidateNumber(t *testing.T) {
	for _, number := range ascending {
		t.Run("success: "+number, func(t *testing.T) {
			require.NoError(t, types.ValidateNumber(number))
		})
	}
	for name, number := range map[string]string{
		"empty":                         "",
		"leading v":                     "v1.0.0",
		"two parts":                     "1.0",
		"four parts":                    "1.0.0.0",
		"leading zero":                  "01.0.0",
		"leading zero in a pre-release": "1.0.0-01",
		"sign":                          "+1.0.0",
		"space":                         "1.0.0 ",
		"empty pre-release":             "1.0.0-",
		"empty identifier":              "1.0.0-a..b",
		"build metadata":                "1.0.0+build",
		"ten digits":                    "1000000000.0.0",
		"ten digits in a pre-release":   "1.0.0-1000000000",
		"not ASCII":                     "1.0.0-é",
		"65 bytes":                      "1.0.0-" + strings.Repeat("a", 59),
	} {
		t.Run("failure: "+name, func(t *testing.T) {
			require.ErrorIs(t, types.ValidateNumber(number), types.ErrInvalidNumber)
		})
	}
}

func versionKey(t testing.TB, number string) []byte {
	t.Helper()
	key, err := types.VersionStoreKey("acme/vibration@" + number)
	require.NoError(t, err)
	return key
}

func TestVersionStoreKeyHasSemverOrder(t *testing.T) {
	for i, a := range ascending {
		for j, b := range ascending {
			got := bytes.Compare(versionKey(t, a), versionKey(t, b))
			want := semver.Compare("v"+a, "v"+b)
			require.Equal(t, want, got, "%s against %s", a, b)
			require.Equal(t, i < j, got < 0, "%s against %s", a, b)
		}
	}
}

func TestVersionKeyCodecRoundTrip(t *testing.T) {
	for _, number := range ascending {
		id := types.VersionID{Publisher: "acme", Model: "vibration", Number: number}
		buf := make([]byte, types.VersionKeyCodec.Size(id.Key()))
		n, err := types.VersionKeyCodec.Encode(buf, id.Key())
		require.NoError(t, err)
		require.Equal(t, len(buf), n)
		n, key, err := types.VersionKeyCodec.Decode(buf)
		require.NoError(t, err)
		require.Equal(t, len(buf), n)
		require.Equal(t, number, key.K3())
	}
}

func FuzzValidateNumber(f *testing.F) {
	for _, number := range ascending {
		f.Add(number, "1.0.0-rc.1")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if types.ValidateNumber(a) != nil || types.ValidateNumber(b) != nil {
			return
		}
		if !semver.IsValid("v"+a) || semver.Build("v"+a) != "" {
			t.Fatalf("%q is no semantic version", a)
		}
		if got, want := bytes.Compare(versionKey(t, a), versionKey(t, b)), semver.Compare("v"+a, "v"+b); got != want {
			t.Fatalf("%q against %q: expected %d, got %d", a, b, want, got)
		}
	})
}

func FuzzVersionKeyCodecDecode(f *testing.F) {
	for _, number := range ascending {
		f.Add(versionKey(f, number)[1:])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, key, err := types.VersionKeyCodec.Decode(data)
		if err != nil {
			return
		}
		again := make([]byte, types.VersionKeyCodec.Size(key))
		if _, err := types.VersionKeyCodec.Encode(again, key); err != nil || !bytes.Equal(again, data[:n]) {
			t.Fatalf("%x: decoded to %v, encoded to %x: %v", data[:n], key, again, err)
		}
	})
}
