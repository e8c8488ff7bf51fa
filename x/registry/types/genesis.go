package types

import (
	errorsmod "cosmossdk.io/errors"
)

// DefaultGenesis is an empty registry with DefaultParams.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks every record, that none is there twice, and that each refers to records that are
// there. Records are checked against the bounds in code: they may be older than today's parameters.
// Verifying keys themselves are checked when the keeper imports them.
func (gs GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	seen := make(genesisIndex)
	return firstFailure(
		func() error { return seen.publishers(gs.Publishers) },
		func() error { return seen.models(gs.Models) },
		func() error { return seen.verifyingKeys(gs.VerifyingKeys) },
		func() error { return seen.versions(gs.Versions) },
		func() error { return seen.mirroredKeys(gs.VerifyingKeys) },
		func() error { return seen.aliases(gs.Aliases) },
	)
}

func firstFailure(checks ...func() error) error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// genesisIndex holds the names of the records seen so far: "kind key".
type genesisIndex map[string]bool

func (x genesisIndex) add(kind, key string) error {
	if x[kind+" "+key] {
		return errorsmod.Wrapf(ErrInvalidGenesis, "%s %q twice", kind, key)
	}
	x[kind+" "+key] = true
	return nil
}

func (x genesisIndex) need(kind, key, by string) error {
	if !x[kind+" "+key] {
		return errorsmod.Wrapf(ErrInvalidGenesis, "%s: %s %q is missing", by, kind, key)
	}
	return nil
}

func (x genesisIndex) publishers(list []Publisher) error {
	for _, p := range list {
		if err := firstError(p.Validate(MaxParams()), x.add("publisher", p.Name)); err != nil {
			return err
		}
	}
	return nil
}

func (x genesisIndex) models(list []Model) error {
	for _, m := range list {
		name := m.Publisher + "/" + m.Name
		err := firstError(m.Validate(MaxParams()), x.add("model", name), x.need("publisher", m.Publisher, name))
		if err != nil {
			return err
		}
	}
	return nil
}

func (x genesisIndex) verifyingKeys(list []VerifyingKey) error {
	for _, k := range list {
		if err := firstError(k.Validate(MaxParams()), x.add("verifying key", string(k.Digest))); err != nil {
			return err
		}
	}
	return nil
}

func (x genesisIndex) versions(list []Version) error {
	for _, v := range list {
		err := firstError(
			v.Validate(MaxParams()),
			x.add("version", v.Id),
			x.needModel(v),
			x.need("verifying key", string(v.VerifyingKeyDigest), v.Id),
		)
		if err != nil {
			return err
		}
		x[mirroredKey(v.Source, v.VerifyingKeyDigest)] = true
	}
	return nil
}

// needModel wants the model of a version of this chain; a mirror has none.
func (x genesisIndex) needModel(v Version) error {
	if v.Source != "" {
		return nil
	}
	return x.need("model", v.Publisher+"/"+v.Model, v.Id)
}

// mirroredKeys wants the mirror that brought a key with a source.
func (x genesisIndex) mirroredKeys(list []VerifyingKey) error {
	for _, k := range list {
		if k.Source != "" && !x[mirroredKey(k.Source, k.Digest)] {
			return errorsmod.Wrapf(ErrInvalidGenesis, "verifying key %x: a version from %q with this key is missing", k.Digest, k.Source)
		}
	}
	return nil
}

func mirroredKey(source string, digest []byte) string {
	return "mirrored key " + source + " " + string(digest)
}

func (x genesisIndex) aliases(list []Alias) error {
	for _, a := range list {
		name := a.Publisher + "/" + a.Model + ":" + a.Name
		err := firstError(a.Validate(), x.add("alias", name), x.need("version", a.VersionID().String(), name))
		if err != nil {
			return err
		}
	}
	return nil
}
