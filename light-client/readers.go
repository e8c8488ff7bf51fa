package lightclient

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// message is a record of a module.
type message[T any] interface {
	*T
	Unmarshal([]byte) error
}

// record reads and decodes one record. what names it in errors.
func record[T any, M message[T]](ctx context.Context, s *Snapshot, what, store string, key []byte) (T, bool, error) {
	var v T
	raw, found, err := s.Read(ctx, store, key)
	if err != nil || !found {
		return v, false, err
	}
	if err := M(&v).Unmarshal(raw); err != nil {
		return *new(T), false, fmt.Errorf("%w: %s: %w", ErrState, what, err)
	}
	return v, true, nil
}

// number reads a number of 8 bytes, big endian.
func (s *Snapshot) number(ctx context.Context, what, store string, key []byte) (uint64, bool, error) {
	raw, found, err := s.Read(ctx, store, key)
	if err != nil || !found {
		return 0, false, err
	}
	if len(raw) != 8 {
		return 0, false, fmt.Errorf("%w: %s: expected 8 bytes, got %d", ErrState, what, len(raw))
	}
	return binary.BigEndian.Uint64(raw), true, nil
}

// expect checks that a record is the one that was asked for.
func expect[T comparable](what string, want, got T) error {
	if want != got {
		return fmt.Errorf("%w: %s: expected %v, got %v", ErrState, what, want, got)
	}
	return nil
}

// Version returns a version by its id: of this chain, or a mirror's.
func (s *Snapshot) Version(ctx context.Context, id string) (registrytypes.Version, bool, error) {
	key, err := registrytypes.VersionStoreKey(id)
	if err != nil {
		return registrytypes.Version{}, false, err
	}
	v, found, err := record[registrytypes.Version](ctx, s, "version", registrytypes.StoreKey, key)
	if err != nil || !found {
		return v, found, err
	}
	return v, true, expect("id of version", id, v.Id)
}

// Alias returns what a moving name of a model stands for. The publisher of a mirror is qualified with its source.
func (s *Snapshot) Alias(ctx context.Context, publisher, model, name string) (registrytypes.Alias, bool, error) {
	key, err := registrytypes.AliasStoreKey(publisher, model, name)
	if err != nil {
		return registrytypes.Alias{}, false, err
	}
	return record[registrytypes.Alias](ctx, s, "alias", registrytypes.StoreKey, key)
}

// VerifyingKey returns the verifying key of a digest of 32 bytes.
func (s *Snapshot) VerifyingKey(ctx context.Context, digest []byte) (registrytypes.VerifyingKey, bool, error) {
	key, err := registrytypes.VerifyingKeyStoreKey(digest)
	if err != nil {
		return registrytypes.VerifyingKey{}, false, err
	}
	return record[registrytypes.VerifyingKey](ctx, s, "verifying key", registrytypes.StoreKey, key)
}

// Directive returns what the devices of a fleet may run of a model: the assignment, and the rollout that it names. found is
// false if no rollout ever took the fleet for that model.
func (s *Snapshot) Directive(ctx context.Context, fleet uint64, model string) (rollouttypes.Directive, bool, error) {
	var none rollouttypes.Directive
	key, err := rollouttypes.AssignmentStoreKey(fleet, model)
	if err != nil {
		return none, false, err
	}
	a, found, err := record[rollouttypes.Assignment](ctx, s, "assignment", rollouttypes.StoreKey, key)
	if err != nil || !found {
		return none, false, err
	}
	return s.resolve(ctx, a)
}

func (s *Snapshot) resolve(ctx context.Context, a rollouttypes.Assignment) (rollouttypes.Directive, bool, error) {
	z, found, err := s.ZoneRollout(ctx, a.Number)
	if err != nil {
		return rollouttypes.Directive{}, false, err
	}
	if !found {
		return rollouttypes.Directive{}, false, fmt.Errorf("%w: assignment of fleet %d and %q: expected rollout %d", ErrState, a.Fleet, a.Model, a.Number)
	}
	return rollouttypes.Resolve(a, z), true, nil
}

// ZoneRollout returns a rollout by its number on this chain.
func (s *Snapshot) ZoneRollout(ctx context.Context, number uint64) (rollouttypes.ZoneRollout, bool, error) {
	key, err := rollouttypes.ZoneRolloutStoreKey(number)
	if err != nil {
		return rollouttypes.ZoneRollout{}, false, err
	}
	return record[rollouttypes.ZoneRollout](ctx, s, "rollout", rollouttypes.StoreKey, key)
}

// Directives returns the directives of all models of a fleet, in the order of their names and at most limit of them. It is
// proven that there are no others; more says that the limit cut it short.
func (s *Snapshot) Directives(ctx context.Context, fleet uint64, limit int) (out []rollouttypes.Directive, more bool, err error) {
	from, err := rollouttypes.AssignmentStoreKey(fleet, "")
	if err != nil {
		return nil, false, err
	}
	below, err := rollouttypes.AssignmentStoreKey(fleet+1, "")
	if err != nil {
		return nil, false, err
	}
	entries, more, err := s.Range(ctx, rollouttypes.StoreKey, from, below, limit)
	if err != nil {
		return nil, false, err
	}
	for _, e := range entries {
		var a rollouttypes.Assignment
		if err := a.Unmarshal(e.Value); err != nil {
			return nil, false, fmt.Errorf("%w: assignment: %w", ErrState, err)
		}
		d, _, err := s.resolve(ctx, a)
		if err != nil {
			return nil, false, err
		}
		out = append(out, d)
	}
	return out, more, nil
}

// Device returns the confirmed device of an address of 20 bytes.
func (s *Snapshot) Device(ctx context.Context, address []byte) (fleettypes.Device, bool, error) {
	var none fleettypes.Device
	key, err := fleettypes.DeviceByAddressStoreKey(address)
	if err != nil {
		return none, false, err
	}
	id, found, err := s.number(ctx, "id of device", fleettypes.StoreKey, key)
	if err != nil || !found {
		return none, false, err
	}
	return s.DeviceByID(ctx, id)
}

// DeviceByID returns a device, confirmed or pending.
func (s *Snapshot) DeviceByID(ctx context.Context, id uint64) (fleettypes.Device, bool, error) {
	key, err := fleettypes.DeviceStoreKey(id)
	if err != nil {
		return fleettypes.Device{}, false, err
	}
	d, found, err := record[fleettypes.Device](ctx, s, "device", fleettypes.StoreKey, key)
	if err != nil || !found {
		return d, found, err
	}
	return d, true, expect("id of device", id, d.Id)
}

// Enrollment returns the device that is pending in a fleet under an address of 20 bytes.
func (s *Snapshot) Enrollment(ctx context.Context, address []byte, fleet uint64) (fleettypes.Device, bool, error) {
	var none fleettypes.Device
	key, err := fleettypes.EnrollmentStoreKey(address, fleet)
	if err != nil {
		return none, false, err
	}
	id, found, err := s.number(ctx, "id of device", fleettypes.StoreKey, key)
	if err != nil || !found {
		return none, false, err
	}
	return s.DeviceByID(ctx, id)
}

// AttestationID returns the number of the attestation that used a nonce of a device (20 bytes) and a version.
func (s *Snapshot) AttestationID(ctx context.Context, device []byte, version string, nonce []byte) (uint64, bool, error) {
	key := slices.Concat(prooftypes.NoncesKey.Bytes(), prooftypes.NonceKey(device, version, nonce))
	return s.number(ctx, "id of attestation", prooftypes.StoreKey, key)
}

// Attestation returns the attestation that used a nonce of a device (20 bytes) and a version. found is false where there is
// none, or where the chain keeps it no more: AttestationID tells.
func (s *Snapshot) Attestation(ctx context.Context, device []byte, version string, nonce []byte) (prooftypes.Attestation, bool, error) {
	id, found, err := s.AttestationID(ctx, device, version, nonce)
	if err != nil || !found {
		return prooftypes.Attestation{}, false, err
	}
	key := binary.BigEndian.AppendUint64(slices.Clone(prooftypes.AttestationsKey.Bytes()), id)
	a, found, err := record[prooftypes.Attestation](ctx, s, "attestation", prooftypes.StoreKey, key)
	if err != nil || !found {
		return a, found, err
	}
	return a, true, expect("id of attestation", id, a.Id)
}
