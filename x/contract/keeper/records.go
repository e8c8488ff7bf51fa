package keeper

import (
	"context"
	"crypto/sha256"
	"errors"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

// maxRecordOutput is the longest output of an attestation that a record holds, so that every record fits the encoding, whatever
// x/proof keeps. Of a longer one there is the hash.
const maxRecordOutput = 60 << 10

// record returns a record of another module in the encoding of values, and false where there is none; a key that cannot be
// one names nothing. What is where in a record is part of the ABI that contracts are compiled against: it never changes within
// a version of it.
func (k Keeper) record(ctx context.Context, kind host.RecordKind, key string, id uint64) ([]byte, bool, error) {
	encoded, err := k.readRecord(ctx, kind, key, id)
	if err == nil {
		return encoded, true, nil
	}
	for _, missing := range []error{
		types.ErrInvalidRequest, types.ErrPublisherNotFound, types.ErrModelNotFound, types.ErrVersionNotFound,
		types.ErrAttestationNotFound, types.ErrDeviceNotFound, types.ErrAddressRetired, types.ErrRolloutNotFound,
	} {
		if errors.Is(err, missing) {
			return nil, false, nil
		}
	}
	return nil, false, err
}

func (k Keeper) readRecord(ctx context.Context, kind host.RecordKind, key string, id uint64) ([]byte, error) {
	switch kind {
	case host.Model:
		return k.modelRecord(ctx, key)
	case host.Version:
		return k.versionRecord(ctx, key)
	case host.Attestation:
		a, err := k.chain.Proof.Attestation(ctx, id)
		if err != nil {
			return nil, err
		}
		return attestationRecord(a), nil
	case host.Device:
		return k.deviceRecord(ctx, key)
	case host.Rollout:
		r, err := k.chain.Rollout.Rollout(ctx, id)
		if err != nil {
			return nil, err
		}
		return rolloutRecord(r), nil
	}
	return nil, errorsmod.Wrapf(types.ErrInvalidRequest, "record of kind %d", kind)
}

// modelRecord is that of a model of this chain: mirrors are on record by version alone.
func (k Keeper) modelRecord(ctx context.Context, name string) ([]byte, error) {
	publisher, model, err := types.SplitModel(name)
	if err != nil {
		return nil, err
	}
	m, err := k.chain.Registry.Model(ctx, publisher, model)
	if err != nil {
		return nil, err
	}
	p, err := k.chain.Registry.Publisher(ctx, publisher)
	if err != nil {
		return nil, err
	}
	return values.Encode(values.T(m.Publisher), values.T(m.Name), values.T(p.Owner), number(m.CreatedHeight)), nil
}

func (k Keeper) versionRecord(ctx context.Context, id string) ([]byte, error) {
	if types.ValidateVersionID(id) != nil {
		return nil, types.ErrInvalidRequest
	}
	v, err := k.chain.Registry.Version(ctx, id)
	if err != nil {
		return nil, err
	}
	return values.Encode(
		values.T(v.Id), values.T(v.Publisher), values.T(v.Model), values.T(v.Number), flag(v.Yanked),
		values.B(v.CircuitDigest), values.B(v.VerifyingKeyDigest), number(v.PublishedHeight), values.T(v.Source),
	), nil
}

// attestationRecord has the hash of the output also where it has the output.
func attestationRecord(a types.Attestation) []byte {
	output, digest := a.Output, a.OutputSHA256
	if len(digest) == 0 {
		sum := sha256.Sum256(output)
		digest = sum[:]
	}
	if len(output) > maxRecordOutput {
		output = nil
	}
	return values.Encode(
		values.N(a.Id), values.T(a.Device), values.N(a.FleetId), flag(a.Suspect), values.T(a.Version), values.B(a.Nonce),
		values.B(a.InputDigest), values.B(output), values.B(digest), values.N(uint64(a.OutputSize)), number(a.Height),
		number(a.Time.Unix()), values.N(a.DeviceId),
	)
}

func (k Keeper) deviceRecord(ctx context.Context, address string) ([]byte, error) {
	a, err := types.ParseAddress("device", address)
	if err != nil {
		return nil, err
	}
	d, err := k.chain.Fleet.Device(ctx, a)
	if err != nil {
		return nil, err
	}
	list := []values.Value{
		values.N(d.Id), values.N(d.FleetId), values.T(d.Address), values.T(types.StandingWord(d)), flag(d.Confirmed),
	}
	for _, label := range d.Labels {
		list = append(list, values.T(label))
	}
	return values.Encode(list...), nil
}

func rolloutRecord(r types.Rollout) []byte {
	return values.Encode(
		values.N(r.Id), values.T(r.Owner), values.T(r.Version), values.T(r.Replaces), values.T(types.PhaseWord(r)),
		values.N(uint64(r.Step)), values.N(uint64(len(r.Steps))), values.N(r.Generation), number(r.StartedHeight), number(r.StepHeight),
		values.N(r.Totals.Attestations), values.N(r.Totals.Ready), values.N(r.Totals.Serving), values.N(r.Totals.Failures),
		values.N(uint64(r.Zones.Accepted)),
	)
}

// number is a height or a time, none of which is negative on a chain that runs.
func number(n int64) values.Value { return values.N(uint64(max(n, 0))) }

func flag(set bool) values.Value {
	if set {
		return values.N(1)
	}
	return values.N(0)
}
