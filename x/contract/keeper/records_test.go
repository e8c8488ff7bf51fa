package keeper_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/keeper"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

// populate gives the chain a record of each kind, with another value in every field that a contract can see.
func (s *stage) populate() {
	s.chain.versions = map[string]types.Version{}
	for _, id := range []string{stageModel + "@1.2.0", stageMirror + "@1.2.0"} {
		v := types.Version{Id: id, Publisher: "acme", Model: "vibration", Number: "1.2.0", Yanked: true, PublishedHeight: 5}
		v.CircuitDigest, v.VerifyingKeyDigest = []byte{1, 2}, []byte{3, 4}
		if strings.HasPrefix(id, "channel-7:") {
			v.Publisher, v.Source, v.Yanked = "channel-7:acme", "channel-7", false
		}
		s.chain.versions[id] = v
	}
	s.chain.attestations[1<<32+1] = types.Attestation{
		Id: 1<<32 + 1, Device: who(50), FleetId: 2, Suspect: true, Version: stageModel + "@1.2.0", Nonce: []byte{9}, InputDigest: []byte{8},
		Output: []byte("out"), OutputSize: 3, Height: 11, Time: time.Unix(1_700_000_000, 5), DeviceId: 6,
	}
	s.chain.attestations[2] = types.Attestation{Id: 2, OutputSHA256: []byte{5, 5}, OutputSize: 4000, Time: time.Unix(-5, 0), Height: -1}
	s.chain.attestations[3] = types.Attestation{Id: 3, Output: bytes.Repeat([]byte{7}, 61<<10), OutputSize: 61 << 10}
	s.chain.devices = map[string]types.Device{who(50): {
		Id: 6, FleetId: 2, Address: who(50), Standing: 2, Confirmed: true, Labels: []string{"line=4", "site=hamburg"},
	}}
	r := types.Rollout{
		Id: 1, Owner: landlord, Version: stageModel + "@1.2.0", Replaces: stageModel + "@1.1.0", Step: 1, Generation: 4,
		StartedHeight: 12, StepHeight: 13, Phase: 5,
	}
	r.Steps = slices.Grow(r.Steps, 3)[:3]
	r.Totals.Attestations, r.Totals.Ready, r.Totals.Serving, r.Totals.Failures, r.Zones.Accepted = 14, 15, 16, 17, 18
	s.chain.rollouts = map[uint64]types.Rollout{1: r}
}

// TestRecords pins what contracts read. The order and the kinds are part of the ABI: what is here must never change.
func TestRecords(t *testing.T) {
	s := newStage(t)
	s.populate()
	out, large := sha256.Sum256([]byte("out")), sha256.Sum256(bytes.Repeat([]byte{7}, 61<<10))
	for _, tc := range []struct {
		name string
		kind host.RecordKind
		key  string
		id   uint64
		want []values.Value // nil for none
	}{
		{
			name: "success: model", kind: host.Model, key: stageModel,
			want: []values.Value{values.T("acme"), values.T("vibration"), values.T(landlord), values.N(4)},
		},
		{
			name: "success: version", kind: host.Version, key: stageModel + "@1.2.0",
			want: []values.Value{
				values.T(stageModel + "@1.2.0"), values.T("acme"), values.T("vibration"), values.T("1.2.0"), values.N(1),
				values.B([]byte{1, 2}), values.B([]byte{3, 4}), values.N(5), values.T(""),
			},
		},
		{
			name: "success: mirror", kind: host.Version, key: stageMirror + "@1.2.0",
			want: []values.Value{
				values.T(stageMirror + "@1.2.0"), values.T("channel-7:acme"), values.T("vibration"), values.T("1.2.0"), values.N(0),
				values.B([]byte{1, 2}), values.B([]byte{3, 4}), values.N(5), values.T("channel-7"),
			},
		},
		{
			name: "success: attestation", kind: host.Attestation, id: 1<<32 + 1,
			want: []values.Value{
				values.N(1<<32 + 1), values.T(who(50)), values.N(2), values.N(1), values.T(stageModel + "@1.2.0"), values.B([]byte{9}),
				values.B([]byte{8}), values.B([]byte("out")), values.B(out[:]), values.N(3), values.N(11), values.N(1_700_000_000), values.N(6),
			},
		},
		{
			name: "success: attestation of a hash, before 1970", kind: host.Attestation, id: 2,
			want: []values.Value{
				values.N(2), values.T(""), values.N(0), values.N(0), values.T(""), values.B(nil),
				values.B(nil), values.B(nil), values.B([]byte{5, 5}), values.N(4000), values.N(0), values.N(0), values.N(0),
			},
		},
		{
			name: "success: attestation of an output that fits no record", kind: host.Attestation, id: 3,
			want: []values.Value{
				values.N(3), values.T(""), values.N(0), values.N(0), values.T(""), values.B(nil),
				values.B(nil), values.B(nil), values.B(large[:]), values.N(61 << 10), values.N(0), values.N(0), values.N(0),
			},
		},
		{
			name: "success: device", kind: host.Device, key: who(50),
			want: []values.Value{
				values.N(6), values.N(2), values.T(who(50)), values.T("suspect"), values.N(1), values.T("line=4"), values.T("site=hamburg"),
			},
		},
		{
			name: "success: rollout", kind: host.Rollout, id: 1,
			want: []values.Value{
				values.N(1), values.T(landlord), values.T(stageModel + "@1.2.0"), values.T(stageModel + "@1.1.0"), values.T("rolled-back"),
				values.N(1), values.N(3), values.N(4), values.N(12), values.N(13),
				values.N(14), values.N(15), values.N(16), values.N(17), values.N(18),
			},
		},
		{name: "failure: model that is not there", kind: host.Model, key: "acme/sound"},
		{name: "failure: model of a mirror", kind: host.Model, key: stageMirror},
		{name: "failure: model that is no name", kind: host.Model, key: "acme"},
		{name: "failure: model with more", kind: host.Model, key: "acme/vibration/x"},
		{name: "failure: empty", kind: host.Model},
		{name: "failure: version that is not there", kind: host.Version, key: stageModel + "@9.0.0"},
		{name: "failure: version that is no id", kind: host.Version, key: stageModel},
		{name: "failure: attestation that is not there", kind: host.Attestation, id: 77},
		{name: "failure: device that is not there", kind: host.Device, key: who(51)},
		{name: "failure: device that is no address", kind: host.Device, key: "assay1"},
		{name: "failure: device in upper case", kind: host.Device, key: strings.ToUpper(who(50))},
		{name: "failure: rollout that is not there", kind: host.Rollout, id: 77},
		{name: "failure: a kind of its own", kind: 77, key: stageModel, id: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok, err := keeper.Record(s.k, s.ctx, tc.kind, tc.key, tc.id)
			require.NoError(t, err)
			require.Equal(t, tc.want != nil, ok)
			if !ok {
				require.Empty(t, got)
				return
			}
			list, err := values.Decode(got)
			require.NoError(t, err, "every record can be read")
			require.Equal(t, values.Format(tc.want), values.Format(list))
		})
	}
	s.chain.err = errors.New("disk gone")
	for kind := host.Model; kind <= host.Rollout; kind++ {
		keys := map[host.RecordKind]string{host.Model: stageModel, host.Version: stageModel + "@1.2.0", host.Device: who(50)}
		_, ok, err := keeper.Record(s.k, s.ctx, kind, keys[kind], 1)
		require.ErrorIs(t, err, s.chain.err, kind.String())
		require.False(t, ok)
	}
}

// TestRecordBytes pins the bytes themselves, of the smallest record.
func TestRecordBytes(t *testing.T) {
	s := newStage(t)
	s.chain.owners["acme"] = "o"
	got, ok, err := keeper.Record(s.k, s.ctx, host.Model, stageModel, 0)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "740400000061636d65"+"7409000000766962726174696f6e"+"74010000006f"+"6e080000000400000000000000", hex.EncodeToString(got))
}
