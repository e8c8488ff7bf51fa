package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// accept gives a rollout its fleets; from here on it binds their devices. The rollout is not saved. It is refused whole
// where it has no fleet, too many, or one that another rollout of the model has.
func (k Keeper) accept(ctx sdk.Context, z *types.ZoneRollout) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	selected, err := k.selected(ctx, z.Target, params)
	if err != nil {
		return err
	}
	var taken []types.Assignment
	for _, fleet := range selected {
		a, ok, err := k.mayTake(ctx, *z, fleet)
		if err != nil {
			return err
		}
		if ok {
			taken = append(taken, a)
		}
	}
	if len(taken) == 0 {
		return refuse(types.AckNoFleet, types.ErrNoFleet.Wrapf("%d selected", len(selected)))
	}
	z.Standing, z.Fleets, z.Skipped = types.StandingAccepted, uint32(len(taken)), uint32(len(selected)-len(taken))
	for _, a := range taken {
		if err := k.takeFleet(ctx, *z, a); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) takeFleet(ctx context.Context, z types.ZoneRollout, a types.Assignment) error {
	if err := k.Assignments.Set(ctx, collections.Join(a.Fleet, a.Model), a); err != nil {
		return err
	}
	return k.ZoneFleets.Set(ctx, collections.Join(z.Number, a.Fleet), types.FleetEvidence{Fleet: a.Fleet})
}

// selected are the fleets that a target names, or that carry its labels and belong to operators that the zone trusts.
// Others could give their fleets any label, and report what they like.
func (k Keeper) selected(ctx context.Context, t types.Target, params types.Params) ([]uint64, error) {
	if len(t.Fleets) > 0 {
		if uint64(len(t.Fleets)) > uint64(params.MaxFleets) {
			return nil, refuse(types.AckTooManyFleets, types.ErrLimit.Wrapf("expected at most %d fleets, got %d", params.MaxFleets, len(t.Fleets)))
		}
		return t.Fleets, nil
	}
	operators, err := k.trustedOperators(ctx, params)
	if err != nil {
		return nil, err
	}
	var ids []uint64
	for _, o := range operators {
		found, err := k.labelled(ctx, o, t.Labels, params)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	if uint64(len(ids)) > uint64(params.MaxFleets) {
		return nil, refuse(types.AckTooManyFleets, types.ErrLimit.Wrapf("expected at most %d fleets, got %d", params.MaxFleets, len(ids)))
	}
	slices.Sort(ids)
	return ids, nil
}

func (k Keeper) trustedOperators(ctx context.Context, params types.Params) ([]string, error) {
	policy, err := k.Policy.Get(ctx)
	if err != nil {
		return nil, err
	}
	operators := slices.Clone(policy.FleetOperators)
	if params.ZoneOperator != "" && !slices.Contains(operators, params.ZoneOperator) {
		operators = append(operators, params.ZoneOperator)
	}
	return operators, nil
}

// labelled are an operator's fleets that carry all labels. An operator with more fleets than a rollout may take is looked
// at no further.
func (k Keeper) labelled(ctx context.Context, operator string, labels []string, params types.Params) (ids []uint64, err error) {
	address, err := sdk.AccAddressFromBech32(operator)
	if err != nil {
		return nil, err
	}
	limit := int(params.MaxFleets) + 1
	all, err := k.fleets.FleetIDsByOperator(ctx, address, limit)
	if err != nil {
		return nil, err
	}
	if len(all) == limit {
		return nil, refuse(types.AckTooManyFleets, types.ErrLimit.Wrapf("operator %s has more than %d fleets: name them by id", operator, params.MaxFleets))
	}
	for _, id := range all {
		f, err := k.fleets.Fleet(ctx, id)
		if err != nil {
			return nil, err
		}
		if hasAll(f.Labels, labels) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func hasAll(have, want []string) bool {
	for _, l := range want {
		if !slices.Contains(have, l) {
			return false
		}
	}
	return true
}

// mayTake says whether a selected fleet takes part: its operator allows the model, and what it has on record is the version
// that is replaced, or nothing. The assignment is what it gets. A fleet that another rollout has refuses the whole.
func (k Keeper) mayTake(ctx context.Context, z types.ZoneRollout, fleet uint64) (types.Assignment, bool, error) {
	id, err := types.ParseVersionID(z.Version)
	if err != nil {
		return types.Assignment{}, false, err
	}
	allowed, err := k.fleets.FleetAllows(ctx, fleet, id.QualifiedPublisher(), id.Model)
	if err != nil || !allowed {
		return types.Assignment{}, false, nil // no such fleet here, or its operator does not want it
	}
	d, err := k.Directive(ctx, fleet, types.ModelOf(id))
	if err != nil && !errors.Is(err, types.ErrAssignmentNotFound) {
		return types.Assignment{}, false, err
	}
	if d.Candidate != "" {
		return types.Assignment{}, false, refuse(types.AckBusy, types.ErrActiveRollout.Wrapf("rollout %d has fleet %d and %s", d.Number, fleet, d.Model))
	}
	ok := d.Version != z.Version && (d.Version == "" || d.Version == z.Replaces)
	return types.Assignment{Fleet: fleet, Model: types.ModelOf(id), Version: d.Version, Number: z.Number}, ok, nil
}

// Directive says what the devices of a fleet may run of a model. Errors: ErrAssignmentNotFound.
func (k Keeper) Directive(ctx context.Context, fleet uint64, model string) (types.Directive, error) {
	a, err := k.Assignments.Get(ctx, collections.Join(fleet, model))
	if err != nil {
		_, err = found(a, err, types.ErrAssignmentNotFound, "fleet %d, model %q", fleet, model)
		return types.Directive{}, err
	}
	z, err := k.zoneRollout(ctx, a.Number)
	if err != nil {
		return types.Directive{}, err
	}
	return types.Resolve(a, z), nil
}
