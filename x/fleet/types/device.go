package types

// Usable returns nil for a device whose results count: confirmed, and of active standing.
// Errors: ErrNotConfirmed, ErrSuspect, ErrRevoked.
func (d Device) Usable() error {
	switch {
	case !d.Confirmed:
		return ErrNotConfirmed.Wrapf("device %d", d.Id)
	case d.Standing == StandingSuspect:
		return ErrSuspect.Wrapf("device %d", d.Id)
	case d.Standing != StandingActive:
		return ErrRevoked.Wrapf("device %d", d.Id)
	}
	return nil
}

// ValidateStanding checks that s is a standing that a device can have.
// Errors: ErrInvalidStanding.
func ValidateStanding(s Standing) error {
	switch s {
	case StandingActive, StandingSuspect, StandingRevoked:
		return nil
	default:
		return ErrInvalidStanding.Wrapf("expected active, suspect or revoked, got %s", s)
	}
}
