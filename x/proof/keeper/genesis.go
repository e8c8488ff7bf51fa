package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/x/proof/types"
)

// InitGenesis validates a state and stores it.
func (k Keeper) InitGenesis(ctx context.Context, g *types.GenesisState) error {
	if err := g.Validate(); err != nil {
		return err
	}
	if err := k.Params.Set(ctx, g.Params); err != nil {
		return err
	}
	if err := k.NextAttestationID.Set(ctx, g.NextAttestationId); err != nil {
		return err
	}
	for _, a := range g.Attestations {
		if err := k.insert(ctx, a); err != nil {
			return err
		}
	}
	for _, n := range g.Nonces {
		if err := k.Nonces.Set(ctx, n.Key, n.AttestationId); err != nil {
			return err
		}
	}
	return k.initCounters(ctx, g)
}

func (k Keeper) initCounters(ctx context.Context, g *types.GenesisState) error {
	for _, c := range g.VersionCounters {
		if err := k.VersionCounters.Set(ctx, c.Version, c.Counter); err != nil {
			return err
		}
	}
	for _, c := range g.DeviceCounters {
		if err := k.DeviceCounters.Set(ctx, c.DeviceId, c.Counter); err != nil {
			return err
		}
	}
	for _, c := range g.VersionDeviceCounters {
		if err := k.VersionDeviceCounters.Set(ctx, collections.Join(c.Version, c.DeviceId), c.Counter); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis returns the whole state. InitGenesis of it gives the same state again.
func (k Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	var g types.GenesisState
	var err error
	if g.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if g.NextAttestationId, err = k.NextAttestationID.Peek(ctx); err != nil {
		return nil, err
	}
	if err := k.Attestations.Walk(ctx, nil, func(_ uint64, a types.Attestation) (bool, error) {
		g.Attestations = append(g.Attestations, a)
		return false, nil
	}); err != nil {
		return nil, err
	}
	if err := k.Nonces.Walk(ctx, nil, func(key []byte, id uint64) (bool, error) {
		g.Nonces = append(g.Nonces, types.UsedNonce{Key: key, AttestationId: id})
		return false, nil
	}); err != nil {
		return nil, err
	}
	return &g, k.exportCounters(ctx, &g)
}

func (k Keeper) exportCounters(ctx context.Context, g *types.GenesisState) error {
	if err := k.VersionCounters.Walk(ctx, nil, func(version string, c types.Counter) (bool, error) {
		g.VersionCounters = append(g.VersionCounters, types.VersionCounter{Version: version, Counter: c})
		return false, nil
	}); err != nil {
		return err
	}
	if err := k.DeviceCounters.Walk(ctx, nil, func(id uint64, c types.Counter) (bool, error) {
		g.DeviceCounters = append(g.DeviceCounters, types.DeviceCounter{DeviceId: id, Counter: c})
		return false, nil
	}); err != nil {
		return err
	}
	return k.VersionDeviceCounters.Walk(ctx, nil, func(key collections.Pair[string, uint64], c types.Counter) (bool, error) {
		g.VersionDeviceCounters = append(g.VersionDeviceCounters, types.VersionDeviceCounter{Version: key.K1(), DeviceId: key.K2(), Counter: c})
		return false, nil
	})
}
