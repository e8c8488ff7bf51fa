package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/registry/types"
)

func TestParseVersionID(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     types.VersionID
		err      error
	}{
		{"success: release", "acme/vibration@1.0.0", types.VersionID{Publisher: "acme", Model: "vibration", Number: "1.0.0"}, nil},
		{"success: pre-release", "acme/vib-2@1.0.0-rc.1", types.VersionID{Publisher: "acme", Model: "vib-2", Number: "1.0.0-rc.1"}, nil},
		{"failure: empty", "", types.VersionID{}, types.ErrInvalidVersionID},
		{"failure: no model", "acme@1.0.0", types.VersionID{}, types.ErrInvalidVersionID},
		{"failure: no number", "acme/vibration", types.VersionID{}, types.ErrInvalidVersionID},
		{"failure: publisher", "Acme/vibration@1.0.0", types.VersionID{}, types.ErrInvalidName},
		{"failure: model", "acme/v@1.0.0", types.VersionID{}, types.ErrInvalidName},
		{"failure: two slashes", "acme/vib/ration@1.0.0", types.VersionID{}, types.ErrInvalidName},
		{"failure: two ats", "acme/vibration@1.0.0@2.0.0", types.VersionID{}, types.ErrInvalidNumber},
		{"failure: number", "acme/vibration@v1", types.VersionID{}, types.ErrInvalidNumber},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := types.ParseVersionID(tc.in)
			require.ErrorIs(t, err, tc.err)
			if tc.err == nil {
				require.Equal(t, tc.want, got)
				require.Equal(t, tc.in, got.String())
			}
		})
	}
}

func FuzzParseVersionID(f *testing.F) {
	f.Add("acme/vibration@1.0.0")
	f.Add("acme/vibration@1.0.0-rc.1")
	f.Add("a/b@c")
	f.Fuzz(func(t *testing.T, in string) {
		v, err := types.ParseVersionID(in)
		if err == nil && v.String() != in {
			t.Fatalf("%q parsed to %q", in, v)
		}
	})
}
