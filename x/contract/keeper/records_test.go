package keeper_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"regexp"
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

// TestRecordBytes pins the bytes of every record, written by hand from docs/host-functions.md. Contracts that are on record were
// compiled against them. A change of what is here is a new version of the ABI, with a marker, an import namespace or function names
// of its own, and never an edit of this table; only a field after the last may come, with a line in that document.
func TestRecordBytes(t *testing.T) {
	s := newStage(t)
	s.chain.owners["acme"] = "o"
	version := types.Version{Id: "acme/vibration@1.2.0", Publisher: "acme", Model: "vibration", Number: "1.2.0", Yanked: true, PublishedHeight: 5}
	version.CircuitDigest, version.VerifyingKeyDigest = []byte{1, 2}, []byte{3, 4}
	s.chain.versions = map[string]types.Version{version.Id: version}
	s.chain.attestations[1<<32+1] = types.Attestation{
		Id: 1<<32 + 1, Device: "dev", FleetId: 2, Suspect: true, Version: "v", Nonce: []byte{9}, InputDigest: []byte{8},
		Output: []byte("out"), OutputSize: 3, Height: 11, Time: time.Unix(1_700_000_000, 5), DeviceId: 6,
	}
	s.chain.devices = map[string]types.Device{who(50): {
		Id: 6, FleetId: 2, Address: "dev", Standing: 2, Confirmed: true, Labels: []string{"line=4", "site=hamburg"},
	}}
	r := types.Rollout{Id: 1, Owner: "o", Version: "v", Replaces: "r", Step: 1, Generation: 4, StartedHeight: 12, StepHeight: 13, Phase: 5}
	r.Steps = slices.Grow(r.Steps, 3)[:3]
	r.Totals.Attestations, r.Totals.Ready, r.Totals.Serving, r.Totals.Failures, r.Zones.Accepted = 14, 15, 16, 17, 18
	s.chain.rollouts = map[uint64]types.Rollout{1: r}
	for _, tc := range []struct {
		name   string
		kind   host.RecordKind
		key    string
		id     uint64
		golden string
	}{
		{
			"success: model", host.Model, stageModel, 0,
			"740400000061636d65" + "7409000000766962726174696f6e" + "74010000006f" + "6e080000000400000000000000",
		},
		{
			"success: version", host.Version, version.Id, 0,
			"741400000061636d652f766962726174696f6e40312e322e30" + "740400000061636d65" + "7409000000766962726174696f6e" +
				"7405000000312e322e30" + "6e080000000100000000000000" + "62020000000102" + "62020000000304" +
				"6e080000000500000000000000" + "7400000000",
		},
		{
			"success: attestation", host.Attestation, "", 1<<32 + 1,
			"6e080000000100000001000000" + "7403000000646576" + "6e080000000200000000000000" + "6e080000000100000000000000" +
				"740100000076" + "620100000009" + "620100000008" + "62030000006f7574" +
				"6220000000762069bc07a6e1b5df123a5ae7bd91c10daa04694fbaa17fba0cd6a8dcce8f22" + "6e080000000300000000000000" +
				"6e080000000b00000000000000" + "6e0800000000f1536500000000" + "6e080000000600000000000000",
		},
		{
			"success: device", host.Device, who(50), 0,
			"6e080000000600000000000000" + "6e080000000200000000000000" + "7403000000646576" + "740700000073757370656374" +
				"6e080000000100000000000000" + "74060000006c696e653d34" + "740c000000736974653d68616d62757267",
		},
		{
			"success: rollout", host.Rollout, "", 1,
			"6e080000000100000000000000" + "74010000006f" + "740100000076" + "740100000072" + "740b000000726f6c6c65642d6261636b" +
				"6e080000000100000000000000" + "6e080000000300000000000000" + "6e080000000400000000000000" +
				"6e080000000c00000000000000" + "6e080000000d00000000000000" + "6e080000000e00000000000000" +
				"6e080000000f00000000000000" + "6e080000001000000000000000" + "6e080000001100000000000000" + "6e080000001200000000000000",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok, err := keeper.Record(s.k, s.ctx, tc.kind, tc.key, tc.id)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, tc.golden, hex.EncodeToString(got))
		})
	}
}

// TestHookMessages pins what the hooks are called with: the records, and for a publication the four texts that the document names.
func TestHookMessages(t *testing.T) {
	s := newStage(t)
	s.populate()
	c := s.cast(s.puppet, 1_000_000, stageModel)
	record := func(kind host.RecordKind, id uint64) string {
		b, ok, err := keeper.Record(s.k, s.ctx, kind, "", id)
		require.NoError(t, err)
		require.True(t, ok)
		return hex.EncodeToString(b)
	}
	s.attest(1)
	s.endBlock()
	require.Equal(t, record(host.Attestation, 1), hex.EncodeToString([]byte(s.value(c, 'm'))))
	_, err := s.decider.DecideStep(s.ctx, c, s.chain.rollouts[1])
	require.NoError(t, err)
	require.Equal(t, record(host.Rollout, 1), hex.EncodeToString([]byte(s.value(c, 'm'))))

	s.set(func(p *types.Params) { p.PublishGuard = c })
	require.NoError(t, s.k.Guard().AllowPublish(s.ctx, "acme", "vibration", "1.0.0", "o"))
	require.Equal(t,
		"740400000061636d65"+"7409000000766962726174696f6e"+"7405000000312e302e30"+"74010000006f",
		hex.EncodeToString([]byte(s.value(c, 'm'))))
	require.NoError(t, s.k.Guard().AllowPublish(s.ctx, "acme", "", "", "o"))
	require.Equal(t, "740400000061636d657400000000740000000074010000006f", hex.EncodeToString([]byte(s.value(c, 'm'))), "of a publisher")
}

// TestRecordsAreAsDocumented compares the kinds of the fields with the table in docs/host-functions.md.
func TestRecordsAreAsDocumented(t *testing.T) {
	s := newStage(t)
	s.populate()
	document, err := os.ReadFile("../../../docs/host-functions.md")
	require.NoError(t, err)
	rows := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\w+) \| [^|]+ \| ((?:number|text|bytes) \w+(?:, \w+ \w+)*) \|$`).FindAllStringSubmatch(string(document), -1) {
		rows[m[1]] = m[2]
	}
	require.Len(t, rows, 5)
	for kind, of := range map[host.RecordKind]struct {
		key string
		id  uint64
	}{
		host.Model: {key: stageModel}, host.Version: {key: stageModel + "@1.2.0"}, host.Attestation: {id: 1<<32 + 1},
		host.Device: {key: who(50)}, host.Rollout: {id: 1},
	} {
		got, ok, err := keeper.Record(s.k, s.ctx, kind, of.key, of.id)
		require.NoError(t, err)
		require.True(t, ok)
		list, err := values.Decode(got)
		require.NoError(t, err)
		fields := strings.Split(rows[kind.String()], ", ")
		if kind == host.Device {
			list = list[:5] // the labels follow
		}
		require.Len(t, list, len(fields), kind.String())
		for i, field := range fields {
			word, _, _ := strings.Cut(field, " ")
			require.Equal(t, word, list[i].Kind.String(), "%s: %s", kind, field)
		}
	}
}
