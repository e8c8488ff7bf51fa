package types_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"github.com/assay-chain/assay/x/registry/types"
)

func TestVersionSpecFile(t *testing.T) {
	data, err := types.MarshalVersionSpec(spec())
	require.NoError(t, err)
	again, err := types.UnmarshalVersionSpec(data)
	require.NoError(t, err)
	want := spec()
	require.True(t, want.Equal(&again))

	for _, tc := range []struct {
		name, in string
		err      string
	}{
		{"failure: empty", "", "expected one JSON object"},
		{"failure: truncated", string(data[:len(data)/2]), "expected one JSON object"},
		{"failure: trailing bytes", string(data) + "{}", "expected one JSON object"},
		{"failure: unknown field", strings.Replace(string(data), `"description"`, `"descriptions"`, 1), "unknown field"},
		{"failure: no spec", "{}", types.ErrInvalidArtifact.Error()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := types.UnmarshalVersionSpec([]byte(tc.in))
			require.ErrorContains(t, err, tc.err)
		})
	}
}

func FuzzUnmarshalVersionSpec(f *testing.F) {
	data, err := types.MarshalVersionSpec(spec())
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte(`{"artifacts":[null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := types.UnmarshalVersionSpec(data)
		if err != nil {
			return
		}
		again, err := types.MarshalVersionSpec(s)
		require.NoError(t, err)
		back, err := types.UnmarshalVersionSpec(again)
		require.NoError(t, err)
		require.True(t, s.Equal(&back))
	})
}

// The embedded spec keeps its place and its name in both encodings of a version.
func TestVersionEncodings(t *testing.T) {
	cdc := codec.NewProtoCodec(codectypes.NewInterfaceRegistry())
	v := genesis().Versions[0]

	binary, err := cdc.Marshal(&v)
	require.NoError(t, err)
	var fromBinary types.Version
	require.NoError(t, cdc.Unmarshal(binary, &fromBinary))
	require.True(t, v.Equal(&fromBinary))

	text, err := cdc.MarshalJSON(&v)
	require.NoError(t, err)
	require.Contains(t, string(text), `"spec":{"description":"first"`)
	var fromText types.Version
	require.NoError(t, cdc.UnmarshalJSON(text, &fromText))
	require.True(t, v.Equal(&fromText))
}
