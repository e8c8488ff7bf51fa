package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
)

// Keeper holds the state of the module. Copies share one store and what the node has compiled.
type Keeper struct {
	hookState

	accounts types.AccountKeeper
	bank     types.BankKeeper
	chain    Chain
	compiled *compiled
	// authority may send what governance alone may: the address of the gov module.
	authority string

	Schema collections.Schema
	Params collections.Item[types.Params]

	// Codes is id → code, without its bytes, which are in CodeBytes.
	Codes     collections.Map[uint64, types.Code]
	CodeBytes collections.Map[uint64, []byte]
	// CodesByDigest is digest → id.
	CodesByDigest collections.Map[[]byte, uint64]
	NextCodeID    collections.Sequence
	// PinnedCodes has the ids of codes that are pinned.
	PinnedCodes collections.KeySet[uint64]

	// Contracts is address → contract.
	Contracts collections.Map[[]byte, types.Contract]
	// ContractsByCode has (code id, address).
	ContractsByCode collections.KeySet[collections.Pair[uint64, []byte]]
	// NextInstance is the number of the next contract, from which its address follows.
	NextInstance collections.Sequence

	// State is (address, key) → value: the storage of all contracts.
	State collections.Map[collections.Pair[[]byte, []byte], []byte]
}

// Chain is what contracts can read of the other modules.
type Chain struct {
	Registry types.RegistryKeeper
	Fleet    types.FleetKeeper
	Proof    types.ProofKeeper
	Rollout  types.RolloutKeeper
}

func (c Chain) complete() bool {
	return c.Registry != nil && c.Fleet != nil && c.Proof != nil && c.Rollout != nil
}

// NewKeeper returns a keeper over the module's store. It panics on missing parts, which only broken wiring can cause.
func NewKeeper(
	cdc codec.BinaryCodec, storeService store.KVStoreService, accounts types.AccountKeeper, bank types.BankKeeper, chain Chain, authority string,
) Keeper {
	if accounts == nil || bank == nil || !chain.complete() {
		panic(errors.New("contract keeper: expected keepers of accounts, coins, and of what contracts read"))
	}
	if err := types.ValidateAddress("authority", authority); err != nil {
		panic(err)
	}
	sb := collections.NewSchemaBuilder(storeService)
	k := Keeper{
		hookState: newHookState(sb, cdc),
		accounts:  accounts,
		bank:      bank,
		chain:     chain,
		compiled:  newCompiled(),
		authority: authority,

		Params: collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),

		Codes:         collections.NewMap(sb, types.CodesPrefix, "codes", collections.Uint64Key, codec.CollValue[types.Code](cdc)),
		CodeBytes:     collections.NewMap(sb, types.CodeBytesPrefix, "code_bytes", collections.Uint64Key, collections.BytesValue),
		CodesByDigest: collections.NewMap(sb, types.CodesByDigestPrefix, "codes_by_digest", collections.BytesKey, collections.Uint64Value),
		NextCodeID:    collections.NewSequence(sb, types.NextCodeIDPrefix, "next_code_id"),
		PinnedCodes:   collections.NewKeySet(sb, types.PinnedCodesPrefix, "pinned_codes", collections.Uint64Key),

		Contracts:       collections.NewMap(sb, types.ContractsPrefix, "contracts", collections.BytesKey, codec.CollValue[types.Contract](cdc)),
		ContractsByCode: collections.NewKeySet(sb, types.ContractsByCodePrefix, "contracts_by_code", types.ContractsByCodeKeyCodec),
		NextInstance:    collections.NewSequence(sb, types.NextInstancePrefix, "next_instance"),

		State: collections.NewMap(sb, types.StatePrefix, "state", types.StateKeyCodec, collections.BytesValue),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.Schema = schema
	return k
}

// Authority is the address that may do what governance alone may.
func (k Keeper) Authority() string { return k.authority }

func emit(ctx context.Context, event sdk.Msg) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}

// atomically gives do a branch of the state and of the events, and keeps what it did there if it returns nil. Gas that do
// consumes stays consumed.
func atomically(ctx context.Context, do func(sdk.Context) error) error {
	branch, write := sdk.UnwrapSDKContext(ctx).CacheContext()
	if err := do(branch); err != nil {
		return err
	}
	write()
	return nil
}

// unmetered is the context with a meter of its own that has no limit: what is done with it is paid for in another way.
func unmetered(ctx context.Context) sdk.Context {
	return sdk.UnwrapSDKContext(ctx).WithGasMeter(storetypes.NewInfiniteGasMeter())
}

func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }
