package keeper

import (
	"context"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/wasm"
)

// InitGenesis fills an empty store. Every code is compiled again, as calls rely on what is in the store.
func (k Keeper) InitGenesis(ctx context.Context, gs types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.Params.Set(ctx, gs.Params); err != nil {
		return err
	}
	pinned := 0
	for _, c := range gs.Codes {
		if c.Code.Pinned {
			pinned++
		}
		if err := k.importCode(ctx, c); err != nil {
			return errorsmod.Wrapf(err, "code %d", c.Code.Id)
		}
	}
	if pinned > maxPinned {
		return errorsmod.Wrapf(types.ErrLimit, "pinned codes: expected at most %d, got %d", maxPinned, pinned)
	}
	for _, c := range gs.Contracts {
		if err := k.insertContract(ctx, c); err != nil {
			return err
		}
	}
	for _, e := range gs.State {
		address, err := types.ParseContractAddress("state", e.Contract)
		if err != nil {
			return err
		}
		// A value may be empty, but the store takes no nil.
		if err := k.State.Set(ctx, collections.Join([]byte(address), e.Key), append([]byte{}, e.Value...)); err != nil {
			return err
		}
	}
	if err := k.NextCodeID.Set(ctx, gs.NextCodeId); err != nil {
		return err
	}
	if err := k.NextInstance.Set(ctx, gs.NextInstance); err != nil {
		return err
	}
	if err := k.initHooks(ctx, gs); err != nil {
		return err
	}
	if gs.Params.PublishGuard == "" {
		return nil
	}
	return k.needEntry(ctx, gs.Params.PublishGuard, types.EntryAllowPublish)
}

// importCode compiles a code under the widest limits, for it may be older than today's parameters, and checks what the record
// says of it.
func (k Keeper) importCode(ctx context.Context, c types.StoredCode) error {
	module, err := wasm.Compile(c.Bytes, types.MaxParams().MemoryPages)
	if err != nil {
		return err
	}
	if want := host.Entries(module); !slices.Equal(want, c.Code.Entries) {
		return errorsmod.Wrapf(types.ErrGenesis, "entries: expected %q, got %q", want, c.Code.Entries)
	}
	return k.insertCode(ctx, c.Code, c.Bytes)
}

// ExportGenesis returns the whole state, each list in the order of its keys.
func (k Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	var gs types.GenesisState
	var err error
	if gs.Params, err = k.Params.Get(ctx); err != nil {
		return nil, err
	}
	if gs.Codes, err = k.exportCodes(ctx); err != nil {
		return nil, err
	}
	if gs.Contracts, err = k.exportContracts(ctx); err != nil {
		return nil, err
	}
	if gs.State, err = k.exportState(ctx); err != nil {
		return nil, err
	}
	if gs.NextCodeId, err = k.NextCodeID.Peek(ctx); err != nil {
		return nil, err
	}
	if gs.NextInstance, err = k.NextInstance.Peek(ctx); err != nil {
		return nil, err
	}
	return &gs, k.exportHooks(ctx, &gs)
}

func (k Keeper) exportCodes(ctx context.Context) (out []types.StoredCode, err error) {
	err = k.Codes.Walk(ctx, nil, func(id uint64, code types.Code) (bool, error) {
		module, err := k.CodeBytes.Get(ctx, id)
		out = append(out, types.StoredCode{Code: code, Bytes: module})
		return err != nil, err
	})
	return out, err
}

func (k Keeper) exportContracts(ctx context.Context) ([]types.Contract, error) {
	it, err := k.Contracts.Iterate(ctx, nil)
	if err != nil {
		return nil, err
	}
	return it.Values()
}

func (k Keeper) exportState(ctx context.Context) (out []types.StateEntry, err error) {
	err = k.State.Walk(ctx, nil, func(key collections.Pair[[]byte, []byte], value []byte) (bool, error) {
		out = append(out, types.StateEntry{Contract: sdk.AccAddress(key.K1()).String(), Key: key.K2(), Value: value})
		return false, nil
	})
	return out, err
}
