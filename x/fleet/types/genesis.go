package types

import (
	"bytes"
	"slices"

	errorsmod "cosmossdk.io/errors"
)

// DefaultGenesis returns the state of a chain without fleets.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), NextFleetId: 1, NextDeviceId: 1}
}

// Validate checks that a chain could have exported the state: everything is in its stored form and order, ids
// are below the next one, and every address has one meaning.
// Errors: ErrInvalidGenesis, or that of the part that is wrong.
func (g GenesisState) Validate() error {
	if err := g.Params.Validate(); err != nil {
		return err
	}
	v := genesisValidator{
		fleets: map[uint64]uint32{}, addresses: map[string]uint64{}, enrolled: map[enrollment]bool{},
	}
	for _, check := range []func(GenesisState) error{v.retired, v.fleetList, v.deviceList, v.counts} {
		if err := check(g); err != nil {
			return err
		}
	}
	return nil
}

type enrollment struct {
	address string
	fleet   uint64
}

// genesisValidator gathers what later parts of a genesis state are checked against. Its maps are only looked up.
type genesisValidator struct {
	fleets    map[uint64]uint32 // devices seen, by fleet
	addresses map[string]uint64 // confirmed and retired addresses, to the device
	enrolled  map[enrollment]bool
}

func (v genesisValidator) retired(g GenesisState) error {
	var last []byte
	for _, r := range g.RetiredAddresses {
		addr, err := ParseDeviceAddress("retired address", r.Address)
		if err != nil {
			return err
		}
		if addr.String() != r.Address || bytes.Compare(addr, last) <= 0 {
			return ErrInvalidGenesis.Wrapf("retired address %q: not in canonical form or order", r.Address)
		}
		if r.DeviceId == 0 || r.DeviceId >= g.NextDeviceId {
			return ErrInvalidGenesis.Wrapf("retired address %q: device %d: expected an id below %d", r.Address, r.DeviceId, g.NextDeviceId)
		}
		last = addr
		v.addresses[r.Address] = r.DeviceId
	}
	return nil
}

func (v genesisValidator) fleetList(g GenesisState) error {
	last := uint64(0)
	for _, f := range g.Fleets {
		if f.Id <= last || f.Id >= g.NextFleetId {
			return ErrInvalidGenesis.Wrapf("fleet %d: expected an id above %d and below %d", f.Id, last, g.NextFleetId)
		}
		if err := f.validate(); err != nil {
			return errorsmod.Wrapf(err, "fleet %d", f.Id)
		}
		last = f.Id
		v.fleets[f.Id] = 0
	}
	if g.NextFleetId == 0 {
		return ErrInvalidGenesis.Wrap("next fleet id: expected at least 1, got 0")
	}
	return nil
}

func (v genesisValidator) deviceList(g GenesisState) error {
	last := uint64(0)
	for _, d := range g.Devices {
		if d.Id <= last || d.Id >= g.NextDeviceId {
			return ErrInvalidGenesis.Wrapf("device %d: expected an id above %d and below %d", d.Id, last, g.NextDeviceId)
		}
		if err := d.validate(); err != nil {
			return errorsmod.Wrapf(err, "device %d", d.Id)
		}
		if _, ok := v.fleets[d.FleetId]; !ok {
			return ErrInvalidGenesis.Wrapf("device %d: fleet %d not found", d.Id, d.FleetId)
		}
		if err := v.claim(d); err != nil {
			return err
		}
		last = d.Id
		v.fleets[d.FleetId]++
	}
	if g.NextDeviceId == 0 {
		return ErrInvalidGenesis.Wrap("next device id: expected at least 1, got 0")
	}
	return nil
}

// claim records the device's address; a pending one need only be unique in its fleet.
func (v genesisValidator) claim(d Device) error {
	if !d.Confirmed {
		e := enrollment{d.Address, d.FleetId}
		if v.enrolled[e] {
			return ErrInvalidGenesis.Wrapf("device %d: address %q enrolled twice in fleet %d", d.Id, d.Address, d.FleetId)
		}
		v.enrolled[e] = true
		return nil
	}
	if other, ok := v.addresses[d.Address]; ok {
		return ErrInvalidGenesis.Wrapf("device %d: address %q belongs to device %d", d.Id, d.Address, other)
	}
	v.addresses[d.Address] = d.Id
	return nil
}

func (v genesisValidator) counts(g GenesisState) error {
	for _, f := range g.Fleets {
		if got := v.fleets[f.Id]; got != f.DeviceCount {
			return ErrInvalidGenesis.Wrapf("fleet %d: device count: expected %d, got %d", f.Id, got, f.DeviceCount)
		}
	}
	return nil
}

// validate checks a fleet by itself, against the hard caps.
func (f Fleet) validate() error {
	if err := canonicalAddress("operator", f.Operator); err != nil {
		return err
	}
	if f.PendingOperator != "" {
		if err := canonicalAddress("pending operator", f.PendingOperator); err != nil {
			return err
		}
	}
	limits := CapParams()
	if err := ValidateText("description", f.Description, 0, limits.MaxDescriptionBytes); err != nil {
		return err
	}
	allow, err := NormalizeAllow(f.Allow, limits)
	if err != nil {
		return err
	}
	if !slices.Equal(allow, f.Allow) {
		return ErrInvalidPolicy.Wrap("not sorted")
	}
	return canonicalLabels(f.Labels)
}

// validate checks a device by itself, against the hard caps.
func (d Device) validate() error {
	if err := canonicalAddress("address", d.Address); err != nil {
		return err
	}
	if _, err := ParseDeviceAddress("address", d.Address); err != nil {
		return err
	}
	if err := ValidateStanding(d.Standing); err != nil {
		return err
	}
	if err := ValidateText("standing reason", d.StandingReason, 0, MaxReasonBytesCap); err != nil {
		return err
	}
	if d.PendingAddress != "" {
		if err := d.validateRotation(); err != nil {
			return err
		}
	}
	return canonicalLabels(d.Labels)
}

func (d Device) validateRotation() error {
	if !d.Confirmed {
		return ErrNotConfirmed.Wrap("has a pending address")
	}
	if d.Standing == StandingRevoked {
		return ErrRevoked.Wrap("has a pending address")
	}
	if _, err := ParseDeviceAddress("pending address", d.PendingAddress); err != nil {
		return err
	}
	return canonicalAddress("pending address", d.PendingAddress)
}

func canonicalAddress(what, address string) error {
	addr, err := ParseAddress(what, address)
	if err != nil {
		return err
	}
	if addr.String() != address {
		return ErrInvalidAddress.Wrapf("%s %q: expected %q", what, address, addr)
	}
	return nil
}

func canonicalLabels(labels []string) error {
	sorted, err := NormalizeLabels(labels, CapParams())
	if err != nil {
		return err
	}
	if !slices.Equal(sorted, labels) {
		return ErrInvalidLabels.Wrap("not sorted")
	}
	return nil
}
