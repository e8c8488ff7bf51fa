package types

import (
	"bytes"

	"github.com/cosmos/gogoproto/proto"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/codec/unknownproto"
)

// strictMessage is what strictUnmarshal fills.
type strictMessage interface {
	proto.Message
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

var resolver = codectypes.NewInterfaceRegistry()

// strictUnmarshal decodes bytes that are the one encoding of a message: no unknown field at any depth, and the same
// bytes when encoded again.
func strictUnmarshal(bz []byte, m strictMessage) error {
	if err := unknownproto.RejectUnknownFieldsStrict(bz, m, resolver); err != nil {
		return err
	}
	if err := m.Unmarshal(bz); err != nil {
		return err
	}
	again, err := m.Marshal()
	if err != nil {
		return err
	}
	if !bytes.Equal(bz, again) {
		return ErrInvalidPacket.Wrap("expected the canonical encoding")
	}
	return nil
}

// DecodePacket decodes and checks the data of a packet. Errors: ErrInvalidPacket.
func DecodePacket(bz []byte) (*Packet, error) {
	if len(bz) > MaxPacketBytes {
		return nil, ErrInvalidPacket.Wrapf("expected at most %d bytes, got %d", MaxPacketBytes, len(bz))
	}
	var p Packet
	if err := strictUnmarshal(bz, &p); err != nil {
		return nil, ErrInvalidPacket.Wrap(err.Error())
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return &p, nil
}

// Validate checks what needs no state, against hard bounds. Errors: ErrInvalidPacket.
func (p *Packet) Validate() error {
	switch b := p.Body.(type) {
	case *Packet_Announce:
		return b.Announce.validate()
	case *Packet_Command:
		return b.Command.validate()
	case *Packet_Evidence:
		return b.Evidence.validate()
	}
	return ErrInvalidPacket.Wrap("expected an announcement, a command or evidence")
}

// Encode returns the packet's bytes.
func (p *Packet) Encode() ([]byte, error) {
	bz, err := p.Marshal()
	if err == nil && len(bz) > MaxPacketBytes {
		return nil, ErrLimit.Wrapf("packet: expected at most %d bytes, got %d", MaxPacketBytes, len(bz))
	}
	return bz, err
}

// NewAnnounce wraps an announcement.
func NewAnnounce(a *Announce) *Packet { return &Packet{Body: &Packet_Announce{Announce: a}} }

// NewCommand wraps a command.
func NewCommand(c *Command) *Packet { return &Packet{Body: &Packet_Command{Command: c}} }

// NewEvidence wraps evidence.
func NewEvidence(e *Evidence) *Packet { return &Packet{Body: &Packet_Evidence{Evidence: e}} }

func (a *Announce) validate() error {
	switch {
	case a.Rollout == 0 || a.Generation == 0:
		return ErrInvalidPacket.Wrap("announce: expected a rollout and a generation from 1")
	case len(a.Manifest) == 0 || len(a.Manifest) > MaxManifestBytes:
		return ErrInvalidPacket.Wrapf("announce: manifest: expected 1 to %d bytes, got %d", MaxManifestBytes, len(a.Manifest))
	}
	if err := a.Plan.ValidateReceived(HardParams()); err != nil {
		return ErrInvalidPacket.Wrapf("announce: %s", err)
	}
	if a.Action == ActionUnspecified {
		if a.Step != 0 {
			return ErrInvalidPacket.Wrapf("announce: expected step 0 while pending, got %d", a.Step)
		}
		return nil
	}
	if uint64(a.Step) > uint64(len(a.Plan.Steps)) {
		return ErrInvalidPacket.Wrapf("announce: step: expected at most %d, got %d", len(a.Plan.Steps), a.Step)
	}
	return a.command().validate()
}

// command is the state that the announcement carries.
func (a *Announce) command() *Command {
	return &Command{Rollout: a.Rollout, Action: a.Action, Generation: a.Generation, Step: a.Step}
}

func (c *Command) validate() error {
	switch {
	case c.Rollout == 0 || c.Generation == 0:
		return ErrInvalidPacket.Wrap("command: expected a rollout and a generation from 1")
	case c.Action < ActionAdvance || c.Action > ActionAbort:
		return ErrInvalidPacket.Wrapf("command: no action %d", c.Action)
	case c.Step > MaxStepsCap:
		return ErrInvalidPacket.Wrapf("command: step: expected at most %d, got %d", MaxStepsCap, c.Step)
	}
	return nil
}

func (e *Evidence) validate() error {
	switch {
	case e.Rollout == 0 || e.Revision == 0:
		return ErrInvalidPacket.Wrap("evidence: expected a rollout and a revision from 1")
	case e.Standing < StandingHeld || e.Standing > StandingStopped:
		return ErrInvalidPacket.Wrapf("evidence: standing: expected held, accepted, refused or stopped, got %d", e.Standing)
	case e.Phase < PhasePending || e.Phase > PhaseAborted:
		return ErrInvalidPacket.Wrapf("evidence: no phase %d", e.Phase)
	case e.Step > MaxStepsCap:
		return ErrInvalidPacket.Wrapf("evidence: step: expected at most %d, got %d", MaxStepsCap, e.Step)
	case len(e.Fleets) > MaxFleetsCap:
		return ErrInvalidPacket.Wrapf("evidence: expected at most %d fleets, got %d", MaxFleetsCap, len(e.Fleets))
	}
	for i, f := range e.Fleets {
		if f.Fleet == 0 || i > 0 && f.Fleet <= e.Fleets[i-1].Fleet {
			return ErrInvalidPacket.Wrap("evidence: expected fleets from 1, ascending")
		}
		if f.LastFailure < FailureUnspecified || f.LastFailure > FailureOther {
			return ErrInvalidPacket.Wrapf("evidence: fleet %d: no failure code %d", f.Fleet, f.LastFailure)
		}
		if err := f.Totals.validate(); err != nil {
			return err
		}
	}
	return nil
}

// Sum is the sum over the fleets.
func (e *Evidence) Sum() (t Totals) {
	for _, f := range e.Fleets {
		t = t.Add(f.Totals)
	}
	return t
}

// HardParams are the hard caps of what a packet may bring, as parameters.
func HardParams() Params {
	p := DefaultParams()
	p.MaxSteps, p.MaxZones, p.MaxFleets = MaxStepsCap, MaxZonesCap, MaxFleetsCap
	return p
}
