package types

import (
	"bytes"
	"cmp"
	"crypto/sha256"

	errorsmod "cosmossdk.io/errors"
)

// DefaultGenesis returns the state of a new chain.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), NextAttestationId: FirstAttestationID}
}

// Validate returns ErrInvalidGenesis where the state could not be an export of this module: lists
// out of order or with duplicates, malformed records, or records that contradict each other.
func (g *GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	if g.NextAttestationId < FirstAttestationID {
		return errorsmod.Wrap(ErrInvalidGenesis, "next_attestation_id: expected at least 1, got 0")
	}
	for _, check := range []func() error{g.validateNonces, g.validateAttestations, g.validateCounters, g.validateTotals} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (g *GenesisState) validateNonces() error {
	var last []byte
	users := make(map[uint64]struct{}, len(g.Nonces))
	for i, n := range g.Nonces {
		switch {
		case len(n.Key) != NonceKeyBytes:
			return errorsmod.Wrapf(ErrInvalidGenesis, "nonce %d: expected a key of %d bytes, got %d", i, NonceKeyBytes, len(n.Key))
		case i > 0 && bytes.Compare(last, n.Key) >= 0:
			return errorsmod.Wrapf(ErrInvalidGenesis, "nonce %d: keys do not ascend", i)
		case n.AttestationId == 0 || n.AttestationId >= g.NextAttestationId:
			return errorsmod.Wrapf(ErrInvalidGenesis, "nonce %d: expected an attestation id from 1 to below %d, got %d", i, g.NextAttestationId, n.AttestationId)
		}
		last = n.Key
		users[n.AttestationId] = struct{}{}
	}
	// Every attestation, pruned or not, leaves one nonce.
	if len(users) != len(g.Nonces) {
		return errorsmod.Wrapf(ErrInvalidGenesis, "nonces: expected one for each attestation id, got %d ids of %d nonces", len(users), len(g.Nonces))
	}
	if got := uint64(len(g.Nonces)); got != g.NextAttestationId-1 {
		return errorsmod.Wrapf(ErrInvalidGenesis, "nonces: expected %d, got %d", g.NextAttestationId-1, got)
	}
	return nil
}

func (g *GenesisState) validateAttestations() error {
	nonces := make(map[string]uint64, len(g.Nonces))
	for _, n := range g.Nonces {
		nonces[string(n.Key)] = n.AttestationId
	}
	var last uint64
	for i, a := range g.Attestations {
		if err := a.Validate(); err != nil {
			return errorsmod.Wrapf(ErrInvalidGenesis, "attestation %d: %s", i, err)
		}
		if a.Id <= last || a.Id >= g.NextAttestationId {
			return errorsmod.Wrapf(ErrInvalidGenesis, "attestation %d: expected an id from %d to below %d, got %d", i, last+1, g.NextAttestationId, a.Id)
		}
		last = a.Id
		addr, err := DeviceAddress(a.Device)
		if err != nil {
			return errorsmod.Wrapf(ErrInvalidGenesis, "attestation %d: %s", i, err)
		}
		if got := nonces[string(NonceKey(addr, a.Version, a.Nonce))]; got != a.Id {
			return errorsmod.Wrapf(ErrInvalidGenesis, "attestation %d: expected its nonce to be marked as used by %d, got %d", i, a.Id, got)
		}
	}
	return nil
}

func (g *GenesisState) validateCounters() error {
	total := g.NextAttestationId - 1
	versions := counterList{name: "version counter", total: total}
	for i, c := range g.VersionCounters {
		if err := ValidateVersion(c.Version); err != nil {
			return errorsmod.Wrapf(ErrInvalidGenesis, "version counter %d: %s", i, err)
		}
		ordered := i == 0 || g.VersionCounters[i-1].Version < c.Version
		if err := versions.add(i, ordered, c.Counter); err != nil {
			return err
		}
	}
	devices := counterList{name: "device counter", total: total}
	for i, c := range g.DeviceCounters {
		ordered := c.DeviceId > 0 && (i == 0 || g.DeviceCounters[i-1].DeviceId < c.DeviceId)
		if err := devices.add(i, ordered, c.Counter); err != nil {
			return err
		}
	}
	pairs := counterList{name: "version and device counter", total: total}
	for i, c := range g.VersionDeviceCounters {
		if err := ValidateVersion(c.Version); err != nil {
			return errorsmod.Wrapf(ErrInvalidGenesis, "version and device counter %d: %s", i, err)
		}
		ordered := c.DeviceId > 0
		if i > 0 {
			p := g.VersionDeviceCounters[i-1]
			ordered = ordered && cmp.Or(cmp.Compare(p.Version, c.Version), cmp.Compare(p.DeviceId, c.DeviceId)) < 0
		}
		if err := pairs.add(i, ordered, c.Counter); err != nil {
			return err
		}
	}
	for _, l := range []counterList{versions, devices, pairs} {
		if l.sum != total {
			return errorsmod.Wrapf(ErrInvalidGenesis, "%ss: expected a sum of %d, got %d", l.name, total, l.sum)
		}
	}
	return nil
}

// validateTotals checks that the totals of versions and of devices are the sums of those of both together, and that no
// more attestations are on record than were counted.
func (g *GenesisState) validateTotals() error {
	type pair struct {
		version string
		device  uint64
	}
	versions, devices, pairs := make(map[string]Counter), make(map[uint64]Counter), make(map[pair]uint64)
	for _, c := range g.VersionDeviceCounters {
		versions[c.Version] = versions[c.Version].plus(c.Counter)
		devices[c.DeviceId] = devices[c.DeviceId].plus(c.Counter)
		pairs[pair{c.Version, c.DeviceId}] = c.Counter.Accepted
	}
	for i, c := range g.VersionCounters {
		if want := versions[c.Version]; c.Counter != want {
			return errorsmod.Wrapf(ErrInvalidGenesis, "version counter %d: expected the sum over its devices, %v, got %v", i, want, c.Counter)
		}
	}
	for i, c := range g.DeviceCounters {
		if want := devices[c.DeviceId]; c.Counter != want {
			return errorsmod.Wrapf(ErrInvalidGenesis, "device counter %d: expected the sum over its versions, %v, got %v", i, want, c.Counter)
		}
	}
	for i, a := range g.Attestations {
		p := pair{a.Version, a.DeviceId}
		if pairs[p] == 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "attestation %d: not counted", i)
		}
		pairs[p]--
	}
	return nil
}

// counterList checks one list of counters: all attestations ever made are in it once.
type counterList struct {
	name       string
	total, sum uint64
}

func (l *counterList) add(i int, ordered bool, c Counter) error {
	if !ordered {
		return errorsmod.Wrapf(ErrInvalidGenesis, "%s %d: keys do not ascend", l.name, i)
	}
	if err := c.Validate(); err != nil {
		return errorsmod.Wrapf(ErrInvalidGenesis, "%s %d: %s", l.name, i, err)
	}
	if c.Accepted > l.total-l.sum {
		return errorsmod.Wrapf(ErrInvalidGenesis, "%s %d: the sum exceeds %d", l.name, i, l.total)
	}
	l.sum += c.Accepted
	return nil
}

// Validate checks a stored attestation.
func (a Attestation) Validate() error {
	if _, err := DeviceAddress(a.Device); err != nil {
		return err
	}
	if err := ValidateVersion(a.Version); err != nil {
		return err
	}
	if err := ValidateNonce(a.Nonce); err != nil {
		return err
	}
	if _, err := InputDigestElement(a.InputDigest); err != nil {
		return err
	}
	stored := uint64(len(a.Output)) == uint64(a.OutputSize) && len(a.OutputSHA256) == 0
	hashed := len(a.Output) == 0 && len(a.OutputSHA256) == sha256.Size
	switch {
	case a.DeviceId == 0:
		return errorsmod.Wrap(ErrInvalidDevice, "device_id: expected at least 1, got 0")
	case a.OutputSize == 0 || !stored && !hashed:
		return errorsmod.Wrap(ErrOutputSize, "output, output_sha256 and output_size contradict each other")
	case len(a.KeyDigest) != sha256.Size:
		return errorsmod.Wrapf(ErrKeyUnknown, "key_digest: expected %d bytes, got %d", sha256.Size, len(a.KeyDigest))
	case a.Height < 0:
		return errorsmod.Wrapf(ErrInvalidGenesis, "height: expected at least 0, got %d", a.Height)
	}
	return nil
}
