package types

import (
	errorsmod "cosmossdk.io/errors"
)

// validateSessionOptions checks that the options are in strictly ascending order of their keys, so
// that one set of options has one encoding.
func validateSessionOptions(options []SessionOption, p Params) error {
	if uint64(len(options)) > uint64(p.MaxSessionOptions) {
		return errorsmod.Wrapf(ErrLimit, "session options: expected at most %d, got %d", p.MaxSessionOptions, len(options))
	}
	previous := ""
	for _, o := range options {
		if err := o.validate(p); err != nil {
			return err
		}
		if o.Key <= previous {
			return errorsmod.Wrapf(ErrInvalidSessionOption, "%q after %q: expected strictly ascending keys", o.Key, previous)
		}
		previous = o.Key
	}
	return nil
}

func (o SessionOption) validate(p Params) error {
	if most := uint64(p.MaxSessionOptionBytes); uint64(len(o.Key)) > most || uint64(len(o.Value)) > most {
		return errorsmod.Wrapf(ErrLimit, "session option %q: expected key and value of at most %d bytes", clip(o.Key), most)
	}
	if o.Key == "" || !isVisible(o.Key) || !isVisible(o.Value) {
		return errorsmod.Wrapf(ErrInvalidSessionOption, "%q: expected key and value of visible ASCII", clip(o.Key))
	}
	return nil
}
