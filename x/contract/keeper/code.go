package keeper

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/wasm"
)

// maxPinned is the most codes that may be pinned: each takes memory of every node for good.
const maxPinned = 64

// Code returns a code without its bytes, or ErrCodeNotFound.
func (k Keeper) Code(ctx context.Context, id uint64) (types.Code, error) {
	c, err := k.Codes.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return c, errorsmod.Wrapf(types.ErrCodeNotFound, "code %d", id)
	}
	return c, err
}

// CodeByDigest returns the code of a SHA-256 digest without its bytes, or ErrCodeNotFound.
func (k Keeper) CodeByDigest(ctx context.Context, digest []byte) (types.Code, error) {
	id, err := k.CodesByDigest.Get(ctx, digest)
	if errors.Is(err, collections.ErrNotFound) {
		return types.Code{}, errorsmod.Wrapf(types.ErrCodeNotFound, "digest %s", types.FormatDigest(digest))
	}
	if err != nil {
		return types.Code{}, err
	}
	return k.Code(ctx, id)
}

// storeCode checks a module and puts it on record; one that is there already is returned as it is. Gas for compiling is
// charged before it, by the size alone.
func (k Keeper) storeCode(ctx sdk.Context, msg *types.MsgStoreCode) (code types.Code, isNew bool, err error) {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return code, false, err
	}
	if err := msg.Validate(params); err != nil {
		return code, false, err
	}
	digest := sha256.Sum256(msg.Code)
	code, err = k.CodeByDigest(ctx, digest[:])
	if !errors.Is(err, types.ErrCodeNotFound) {
		return code, false, err
	}
	ctx.GasMeter().ConsumeGas(params.StoreGasPerByte*uint64(len(msg.Code)), "check and compile code")
	module, err := wasm.Compile(msg.Code, params.MemoryPages)
	if err != nil {
		return code, false, err
	}
	id, err := k.NextCodeID.Next(ctx)
	if err != nil {
		return code, false, err
	}
	code = types.Code{
		Id: id, Digest: digest[:], Creator: msg.Sender, Size_: uint32(len(msg.Code)),
		Source: msg.Source, Builder: msg.Builder, Height: height(ctx), Entries: host.Entries(module),
	}
	return code, true, k.insertCode(ctx, code, msg.Code)
}

// insertCode stores a code that was checked, and its bytes.
func (k Keeper) insertCode(ctx context.Context, code types.Code, module []byte) error {
	if err := k.Codes.Set(ctx, code.Id, code); err != nil {
		return err
	}
	if err := k.CodeBytes.Set(ctx, code.Id, module); err != nil {
		return err
	}
	if code.Pinned {
		if err := k.PinnedCodes.Set(ctx, code.Id); err != nil {
			return err
		}
	}
	return k.CodesByDigest.Set(ctx, code.Digest, code.Id)
}

// pinCode pins a code, or unpins it. Nodes follow at the start of the next block.
func (k Keeper) pinCode(ctx context.Context, id uint64, pinned bool) error {
	code, err := k.Code(ctx, id)
	if err != nil {
		return err
	}
	if code.Pinned == pinned {
		return errorsmod.Wrapf(types.ErrInvalidRequest, "code %d: expected pinned %t, got %t", id, !pinned, code.Pinned)
	}
	code.Pinned = pinned
	if err := k.Codes.Set(ctx, id, code); err != nil {
		return err
	}
	if !pinned {
		return k.PinnedCodes.Remove(ctx, id)
	}
	ids, err := k.pinned(ctx)
	if err != nil {
		return err
	}
	if len(ids) >= maxPinned {
		return errorsmod.Wrapf(types.ErrLimit, "pinned codes: expected at most %d", maxPinned)
	}
	return k.PinnedCodes.Set(ctx, id)
}

// pinned returns the ids of codes that are pinned, ascending.
func (k Keeper) pinned(ctx context.Context) ([]uint64, error) {
	it, err := k.PinnedCodes.Iterate(ctx, nil)
	if err != nil {
		return nil, err
	}
	return it.Keys()
}

// hasEntry says whether a code exports an entry point.
func hasEntry(code types.Code, entry string) bool {
	_, found := slices.BinarySearch(code.Entries, entry)
	return found
}
