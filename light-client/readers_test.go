package lightclient_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	lightclient "github.com/assay-chain/assay/light-client"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

type marshaler interface{ Marshal() ([]byte, error) }

func (w *world) put(store string, key []byte, err error, value marshaler) {
	w.t.Helper()
	require.NoError(w.t, err)
	raw, err := value.Marshal()
	require.NoError(w.t, err)
	w.chain.Set(store, key, raw)
}

func (w *world) putNumber(store string, key []byte, err error, n uint64) {
	w.t.Helper()
	require.NoError(w.t, err)
	w.chain.Set(store, key, binary.BigEndian.AppendUint64(nil, n))
}

func TestReaders(t *testing.T) {
	w := newWorld(t, "a", "b")
	ctx := t.Context()
	address, other, digest := bytes.Repeat([]byte{1}, 20), bytes.Repeat([]byte{2}, 20), sha256.Sum256([]byte("key"))
	version := registrytypes.Version{Id: "channel-0:acme/vibration@1.2.0", Publisher: "channel-0:acme", Model: "vibration", Number: "1.2.0", Source: "channel-0"}
	alias := registrytypes.Alias{Publisher: "acme", Model: "vibration", Name: "stable", Number: "1.2.0"}
	key := registrytypes.VerifyingKey{Digest: digest[:], Key: []byte("key")}
	device := fleettypes.Device{Id: 7, FleetId: 1, Standing: fleettypes.StandingSuspect, Confirmed: true}
	pending := fleettypes.Device{Id: 8, FleetId: 2}
	attestation := prooftypes.Attestation{Id: 9, DeviceId: 7, Version: version.Id, Nonce: []byte{1}}
	rollout := rollouttypes.ZoneRollout{
		Number: 3, Version: version.Id, Phase: rollouttypes.PhaseCanary, Standing: rollouttypes.StandingAccepted,
		Steps: []rollouttypes.Step{{Weight: 10}, {Weight: 50}}, Step: 1, Generation: 4,
	}

	k, err := registrytypes.VersionStoreKey(version.Id)
	w.put("registry", k, err, &version)
	k, err = registrytypes.AliasStoreKey("acme", "vibration", "stable")
	w.put("registry", k, err, &alias)
	k, err = registrytypes.VerifyingKeyStoreKey(digest[:])
	w.put("registry", k, err, &key)
	k, err = fleettypes.DeviceStoreKey(7)
	w.put("fleet", k, err, &device)
	k, err = fleettypes.DeviceStoreKey(8)
	w.put("fleet", k, err, &pending)
	k, err = fleettypes.DeviceByAddressStoreKey(address)
	w.putNumber("fleet", k, err, 7)
	k, err = fleettypes.EnrollmentStoreKey(other, 2)
	w.putNumber("fleet", k, err, 8)
	w.putNumber("proof", append([]byte{20}, prooftypes.NonceKey(address, version.Id, []byte{1})...), nil, 9)
	w.putNumber("proof", append([]byte{20}, prooftypes.NonceKey(address, version.Id, []byte{2})...), nil, 2) // pruned since
	w.put("proof", []byte{10, 0, 0, 0, 0, 0, 0, 0, 9}, nil, &attestation)
	w.put("rollout", []byte{36, 1}, nil, &rollouttypes.Assignment{}) // a neighbour of another kind
	for _, a := range []rollouttypes.Assignment{
		{Fleet: 1, Model: "channel-0:acme/vibration", Version: "channel-0:acme/vibration@1.1.0", Number: 3},
		{Fleet: 1, Model: "channel-0:acme/zoom", Number: 3},
		{Fleet: 2, Model: "channel-0:acme/vibration", Number: 3},
		{Fleet: 3, Model: "lost", Number: 99},
	} {
		k, err = rollouttypes.AssignmentStoreKey(a.Fleet, a.Model)
		w.put("rollout", k, err, &a)
	}
	k, err = rollouttypes.ZoneRolloutStoreKey(3)
	w.put("rollout", k, err, &rollout)
	w.advance(2)
	c := w.open()
	w.mustUpdate(c)
	s := w.mustSnapshot(c)

	v, found, err := s.Version(ctx, version.Id)
	requireFound(t, version, v, found, err)
	al, found, err := s.Alias(ctx, "acme", "vibration", "stable")
	requireFound(t, alias, al, found, err)
	vk, found, err := s.VerifyingKey(ctx, digest[:])
	requireFound(t, key, vk, found, err)
	d, found, err := s.Device(ctx, address)
	requireFound(t, device, d, found, err)
	d, found, err = s.Enrollment(ctx, other, 2)
	requireFound(t, pending, d, found, err)
	id, found, err := s.AttestationID(ctx, address, version.Id, []byte{1})
	requireFound(t, 9, id, found, err)
	at, found, err := s.Attestation(ctx, address, version.Id, []byte{1})
	requireFound(t, attestation.Version, at.Version, found, err)
	id, found, err = s.AttestationID(ctx, address, version.Id, []byte{2})
	requireFound(t, 2, id, found, err)

	want := rollouttypes.Directive{
		Fleet: 1, Model: "channel-0:acme/vibration", Version: "channel-0:acme/vibration@1.1.0", Candidate: version.Id, Weight: 50,
		Number: 3, Phase: rollouttypes.PhaseCanary, Step: 1, Generation: 4,
	}
	dir, found, err := s.Directive(ctx, 1, want.Model)
	requireFound(t, want, dir, found, err)
	all, more, err := s.Directives(ctx, 1, 10)
	require.NoError(t, err)
	require.False(t, more)
	require.Len(t, all, 2)
	require.Equal(t, want, all[0])
	require.Equal(t, "channel-0:acme/zoom", all[1].Model)
	all, more, err = s.Directives(ctx, 1, 1)
	require.NoError(t, err)
	require.True(t, more)
	require.Len(t, all, 1)
	_, _, err = s.Directive(ctx, 3, "lost")
	require.ErrorIs(t, err, lightclient.ErrState, "an assignment to a rollout that is not there")

	requireAbsent(t, func() (any, bool, error) { return s.Version(ctx, "acme/vibration@1.2.0") })
	requireAbsent(t, func() (any, bool, error) { return s.Alias(ctx, "acme", "vibration", "latest") })
	requireAbsent(t, func() (any, bool, error) { return s.VerifyingKey(ctx, bytes.Repeat([]byte{1}, 32)) })
	requireAbsent(t, func() (any, bool, error) { return s.Device(ctx, other) })
	requireAbsent(t, func() (any, bool, error) { return s.DeviceByID(ctx, 100) })
	requireAbsent(t, func() (any, bool, error) { return s.Enrollment(ctx, other, 1) })
	requireAbsent(t, func() (any, bool, error) { return s.Attestation(ctx, address, version.Id, []byte{2}) })
	requireAbsent(t, func() (any, bool, error) { return s.Attestation(ctx, address, version.Id, []byte{3}) })
	requireAbsent(t, func() (any, bool, error) { return s.Directive(ctx, 1, "acme/vibration") })
	requireAbsent(t, func() (any, bool, error) { return s.ZoneRollout(ctx, 4) })

	_, _, err = s.Version(ctx, "acme")
	require.ErrorIs(t, err, registrytypes.ErrInvalidVersionID)
	_, _, err = s.Device(ctx, address[1:])
	require.ErrorIs(t, err, fleettypes.ErrInvalidAddress)
}

func requireFound[T any](t *testing.T, want, got T, found bool, err error) {
	t.Helper()
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, want, got)
}

func requireAbsent(t *testing.T, read func() (any, bool, error)) {
	t.Helper()
	_, found, err := read()
	require.NoError(t, err)
	require.False(t, found)
}

// Proven bytes that are not what the module writes: the chain runs another version of it.
func TestReadersOfOtherState(t *testing.T) {
	w := newWorld(t, "a", "b")
	address := bytes.Repeat([]byte{1}, 20)
	k, err := registrytypes.VersionStoreKey("acme/vibration@1.0.0")
	w.put("registry", k, err, &registrytypes.Version{Id: "acme/vibration@2.0.0"})
	k, err = rollouttypes.ZoneRolloutStoreKey(1)
	require.NoError(t, err)
	w.chain.Set("rollout", k, []byte{0xff})
	k, err = fleettypes.DeviceByAddressStoreKey(address)
	require.NoError(t, err)
	w.chain.Set("fleet", k, []byte{1})
	w.advance(2)
	c := w.open()
	w.mustUpdate(c)
	s := w.mustSnapshot(c)
	_, _, err = s.Version(t.Context(), "acme/vibration@1.0.0")
	require.ErrorIs(t, err, lightclient.ErrState)
	_, _, err = s.ZoneRollout(t.Context(), 1)
	require.ErrorIs(t, err, lightclient.ErrState)
	_, _, err = s.Device(t.Context(), address)
	require.ErrorIs(t, err, lightclient.ErrState)
}
