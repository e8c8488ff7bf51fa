package types_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/statement"
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
		{"success: mirror from a channel", "channel-7:acme/vibration@1.2.0", types.VersionID{Source: "channel-7", Publisher: "acme", Model: "vibration", Number: "1.2.0"}, nil},
		{"success: mirror from a client", "07-tendermint-3:acme/vibration@1.2.0-rc.1", types.VersionID{Source: "07-tendermint-3", Publisher: "acme", Model: "vibration", Number: "1.2.0-rc.1"}, nil},
		{"failure: empty source", ":acme/vibration@1.0.0", types.VersionID{}, types.ErrInvalidName},
		{"failure: source that is a publisher", "acme:acme/vibration@1.0.0", types.VersionID{}, types.ErrInvalidName},
		{"failure: source without a publisher", "channel-7:/vibration@1.0.0", types.VersionID{}, types.ErrInvalidName},
		{"failure: source of a source", "channel-7:channel-8:acme/vibration@1.0.0", types.VersionID{}, types.ErrInvalidName},
		{"failure: source of the model", "acme/channel-7:vibration@1.0.0", types.VersionID{}, types.ErrInvalidName},
		{"failure: source after a slash", "channel-7/acme:vibration@1.0.0", types.VersionID{}, types.ErrInvalidName},
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
	f.Add("channel-7:acme/vibration@1.2.0")
	f.Add("07-tendermint-3:acme/vibration@1.2.0")
	f.Add("channel-07:acme/vibration@1.2.0")
	f.Add(":acme/vibration@1.2.0")
	f.Fuzz(func(t *testing.T, in string) {
		v, err := types.ParseVersionID(in)
		if err != nil {
			return
		}
		if v.String() != in {
			t.Fatalf("%q parsed to %q", in, v)
		}
		if len(in) > statement.MaxFieldBytes {
			t.Fatalf("%q is too long for a proof's context", in)
		}
		if v.IsMirror() != strings.Contains(in, ":") || v.Unqualified().Qualify(v.Source) != v || v.Unqualified().Validate() != nil {
			t.Fatalf("%q parsed to source %q and %q", in, v.Source, v.Unqualified())
		}
		key, err := types.VersionStoreKey(in)
		if err != nil {
			t.Fatal(err)
		}
		_, parts, err := types.VersionKeyCodec.Decode(key[1:])
		if err != nil || !reflect.DeepEqual(parts, v.Key()) {
			t.Fatalf("%q has key %x, which is of %v: %v", in, key, parts, err)
		}
	})
}

// The longest id fits a proof's context.
func TestLongestVersionID(t *testing.T) {
	name := strings.Repeat("a", 40)
	id := strings.Repeat("c", 62) + "-0:" + name + "/" + name + "@1.0.0-" + strings.Repeat("x", 58)
	_, err := types.ParseVersionID(id)
	require.NoError(t, err)
	_, err = statement.Binding{ChainID: "c", Device: make([]byte, statement.DeviceBytes), Version: id, Nonce: []byte{1}}.Context()
	require.NoError(t, err)
}
