package chain

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/slots"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

const vibration = "channel-0:acme/vibration"

// snapshot is made-up verified state that counts reads.
type snapshot struct {
	height     int64
	device     *fleettypes.Device
	directives map[string]rollouttypes.Directive
	versions   map[string]registrytypes.Version
	reads      map[string]int
	err        error
}

func (s *snapshot) Height() int64   { return s.height }
func (s *snapshot) Time() time.Time { return time.Unix(s.height, 0).UTC() }

func (s *snapshot) Device(context.Context, []byte) (fleettypes.Device, bool, error) {
	s.reads["device"]++
	if s.device == nil {
		return fleettypes.Device{}, false, s.err
	}
	return *s.device, true, s.err
}

func (s *snapshot) Directive(_ context.Context, fleet uint64, model string) (rollouttypes.Directive, bool, error) {
	d, found := s.directives[model]
	return d, found && fleet == s.device.FleetId, s.err
}

func (s *snapshot) Version(_ context.Context, id string) (registrytypes.Version, bool, error) {
	s.reads[id]++
	v, found := s.versions[id]
	return v, found, s.err
}

func record(id string) registrytypes.Version {
	tensor := []registrytypes.TensorSignature{{Name: "x", ElementType: registrytypes.ELEMENT_TYPE_INT8, Shape: []uint32{1, 4}}}
	return registrytypes.Version{Id: id, VersionSpec: registrytypes.VersionSpec{
		Inputs: tensor, Outputs: tensor, CircuitDigest: make([]byte, 32), VerifyingKeyDigest: []byte{31: 7},
		SessionOptions: []registrytypes.SessionOption{{Key: "k", Value: "v"}},
		Artifacts:      []registrytypes.Artifact{{Name: "canonical.onnx", Digest: []byte{31: 9}, Size_: 5, Uris: []string{"https://example.org/m"}}},
	}}
}

func newWorld() (*snapshot, *Watcher, *time.Time) {
	s := &snapshot{
		height: 10, device: &fleettypes.Device{Id: 1, FleetId: 3, Standing: fleettypes.StandingActive}, reads: map[string]int{},
		directives: map[string]rollouttypes.Directive{vibration: {
			Fleet: 3, Model: vibration, Version: vibration + "@1.0.0", Candidate: vibration + "@1.1.0", Weight: 10, Number: 2, Generation: 4,
		}},
		versions: map[string]registrytypes.Version{},
	}
	for _, n := range []string{"1.0.0", "1.1.0"} {
		s.versions[vibration+"@"+n] = record(vibration + "@" + n)
	}
	now := time.Unix(1000, 0)
	w := NewWatcher(WatcherOptions{
		Snapshot: func(context.Context) (Snapshot, error) { return s, s.err },
		Models:   []string{vibration, "channel-0:acme/absent"}, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
	})
	return s, w, &now
}

func TestLookTurnsStateIntoOrders(t *testing.T) {
	s, w, now := newWorld()
	state, news, err := w.Look(t.Context())
	require.NoError(t, err)
	require.True(t, news)
	require.Equal(t, "active", state.Standing())
	require.Len(t, state.Orders, 1, "a model without a directive has no order")
	o := state.Orders[0]
	require.Equal(t, int64(10), o.Height)
	require.Equal(t, 10, o.Weight)
	require.Equal(t, uint64(2), o.Number)
	require.Equal(t, uint64(4), o.Generation)
	require.Equal(t, vibration+"@1.0.0", o.Version.ID)
	require.Equal(t, vibration+"@1.1.0", o.Candidate.ID)
	require.Equal(t, byte(7), o.Version.KeyDigest[31])
	require.Equal(t, map[string]string{"k": "v"}, o.Version.Options)
	require.Equal(t, []int{1, 4}, o.Version.Input.Shape)
	require.Equal(t, byte(9), o.Version.Artifacts[0].Digest[31])

	_, news, err = w.Look(t.Context())
	require.NoError(t, err)
	require.False(t, news, "the same height is no news")

	// Records that never change are not read again each time, and are after a while: for a yank, or a standing.
	s.height++
	_, _, err = w.Look(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, s.reads[vibration+"@1.0.0"])
	yanked := s.versions[vibration+"@1.0.0"]
	yanked.Yanked = true
	s.versions[vibration+"@1.0.0"] = yanked
	s.height++
	*now = now.Add(refresh)
	state, _, err = w.Look(t.Context())
	require.NoError(t, err)
	require.True(t, state.Orders[0].Version.Yanked)
	require.Equal(t, 2, s.reads["device"])
}

func TestLookWithoutDevice(t *testing.T) {
	s, w, _ := newWorld()
	s.device = nil
	state, news, err := w.Look(t.Context())
	require.NoError(t, err)
	require.True(t, news)
	require.Equal(t, "not enrolled", state.Standing())
	require.Empty(t, state.Orders)

	s.device = &fleettypes.Device{FleetId: 3, Standing: fleettypes.StandingActive} // enrolled in the next block
	s.height++
	state, _, err = w.Look(t.Context())
	require.NoError(t, err)
	require.True(t, state.Enrolled)
	require.Len(t, state.Orders, 1)
}

// A round that fails leaves everything as it was: the next one at the same height is news.
func TestLookAfterFailure(t *testing.T) {
	s, w, _ := newWorld()
	s.err = errors.New("no endpoint")
	_, news, err := w.Look(t.Context())
	require.ErrorIs(t, err, s.err)
	require.False(t, news)
	s.err = nil
	delete(s.versions, vibration+"@1.1.0")
	_, _, err = w.Look(t.Context())
	require.ErrorContains(t, err, "the registry does not have it")
	s.versions[vibration+"@1.1.0"] = record(vibration + "@1.1.0")
	_, news, err = w.Look(t.Context())
	require.NoError(t, err)
	require.True(t, news)
}

// A version that no device can run is an order like any other: the slots refuse it and say so.
func TestLookAtVersionOutOfShape(t *testing.T) {
	s, w, _ := newWorld()
	bad := record(vibration + "@1.1.0")
	bad.Inputs = nil
	s.versions[bad.Id] = bad
	state, _, err := w.Look(t.Context())
	require.NoError(t, err)
	require.Equal(t, &slots.Spec{ID: bad.Id}, state.Orders[0].Candidate)
	require.NotEmpty(t, state.Orders[0].Version.Artifacts)
}

func TestSpecRefuses(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*registrytypes.VersionSpec)
	}{
		{"failure: two inputs", func(s *registrytypes.VersionSpec) { s.Inputs = append(s.Inputs, s.Inputs[0]) }},
		{"failure: no output", func(s *registrytypes.VersionSpec) { s.Outputs = nil }},
		{"failure: no element type", func(s *registrytypes.VersionSpec) { s.Inputs[0].ElementType = 0 }},
		{"failure: short digest", func(s *registrytypes.VersionSpec) { s.Artifacts[0].Digest = []byte{1} }},
		{"failure: huge artifact", func(s *registrytypes.VersionSpec) { s.Artifacts[0].Size_ = 1 << 63 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := record(vibration + "@1.0.0")
			tc.change(&v.VersionSpec)
			_, err := Spec(v)
			require.ErrorIs(t, err, ErrVersion)
		})
	}
}
