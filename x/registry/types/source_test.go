package types_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/registry/types"
)

func TestValidateSource(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		err      error
	}{
		{"success: channel", "channel-0", nil},
		{"success: channel of many digits", "channel-18446744073709551615", nil},
		{"success: client", "07-tendermint-3", nil},
		{"success: client without a number in front", "attestations-12", nil},
		{"success: longest", strings.Repeat("a", 62) + "-1", nil},
		{"failure: empty", "", types.ErrInvalidName},
		{"failure: no number", "channel-", types.ErrInvalidName},
		{"failure: no hyphen", "channel77", types.ErrInvalidName},
		{"failure: leading zero", "channel-07", types.ErrInvalidName},
		{"failure: sign", "channel-+7", types.ErrInvalidName},
		{"failure: negative", "channel--7", types.ErrInvalidName},
		{"failure: underscore in the number", "channel-1_0", types.ErrInvalidName},
		{"failure: hexadecimal", "channel-0x7", types.ErrInvalidName},
		{"failure: number above 64 bits", "channel-18446744073709551616", types.ErrInvalidName},
		{"failure: too short", "chan-1", types.ErrInvalidName},
		{"failure: too long", strings.Repeat("a", 63) + "-1", types.ErrInvalidName},
		{"failure: hyphen first", "-channel-7", types.ErrInvalidName},
		{"failure: nothing but a number", "---------7", types.ErrInvalidName},
		{"failure: upper case", "Channel-7", types.ErrInvalidName},
		{"failure: a colon", "channel:-7", types.ErrInvalidName},
		{"failure: a slash", "chan/nel-7", types.ErrInvalidName},
		{"failure: a space", "channel-7 ", types.ErrInvalidName},
		{"failure: not ASCII", "chännel-7", types.ErrInvalidName},
		{"failure: digits that are not ASCII", "channel-٧", types.ErrInvalidName},
		{"failure: localhost", "09-localhost", types.ErrInvalidName},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, types.ValidateSource(tc.in), tc.err)
		})
	}
}

func TestPublisher(t *testing.T) {
	for _, tc := range []struct {
		name, in, source, local string
		err                     error
	}{
		{"success: of this chain", "acme", "", "acme", nil},
		{"success: of a channel", "channel-7:acme", "channel-7", "acme", nil},
		{"failure: empty", "", "", "", types.ErrInvalidName},
		{"failure: a name that looks like a source", "channel-7:", "channel-7", "", types.ErrInvalidName},
		{"failure: empty source", ":acme", "", "acme", types.ErrInvalidName},
		{"failure: source", "acme:acme", "acme", "acme", types.ErrInvalidName},
		{"failure: name", "channel-7:Acme", "channel-7", "Acme", types.ErrInvalidName},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, types.ValidatePublisher(tc.in), tc.err)
			source, local := types.SplitPublisher(tc.in)
			require.Equal(t, tc.source, source)
			require.Equal(t, tc.local, local)
			if tc.err == nil {
				require.Equal(t, tc.in, types.QualifyPublisher(source, local))
			}
		})
	}
}

func TestQualify(t *testing.T) {
	id := types.VersionID{Publisher: "acme", Model: "vibration", Number: "1.2.0"}
	mirror := id.Qualify("channel-7")
	require.Equal(t, "channel-7:acme/vibration@1.2.0", mirror.String())
	require.Equal(t, "channel-7:acme", mirror.QualifiedPublisher())
	require.True(t, mirror.IsMirror())
	require.NoError(t, mirror.Validate())
	require.Equal(t, id, mirror.Unqualified())
	require.False(t, id.IsMirror())
	require.Equal(t, "acme", id.QualifiedPublisher())
	require.ErrorIs(t, id.Qualify("channel").Validate(), types.ErrInvalidName)
	require.NotEqual(t, id.Key(), mirror.Key())

	for _, v := range []types.VersionID{id, mirror} {
		record := types.NewVersion(v, spec(), 7)
		require.Equal(t, v, record.VersionID())
		require.NoError(t, record.Validate(types.MaxParams()))
	}
}
