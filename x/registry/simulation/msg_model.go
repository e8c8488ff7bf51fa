package simulation

import (
	"context"
	"crypto/sha256"
	"slices"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/assay-chain/assay/x/registry/keeper"
	"github.com/assay-chain/assay/x/registry/types"
)

// aliases are the names that simulated aliases have: few, so that they move.
var aliases = []string{"stable", "beta", "edge"}

// MsgCreateModelFactory adds a model to a publisher.
func MsgCreateModelFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgCreateModel] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgCreateModel) {
		p := pick(ctx, k.Publishers, data, reporter, everything[types.Publisher])
		owner := data.GetAccount(reporter, p.Owner)
		msg := &types.MsgCreateModel{Owner: p.Owner, Publisher: p.Name, Name: randomName(data.Rand().Rand)}
		if taken, err := k.Models.Has(ctx, collections.Join(msg.Publisher, msg.Name)); taken || err != nil {
			reporter.Skip("name is taken")
		}
		return []simsx.SimAccount{owner}, msg
	}
}

// MsgUpdateModelFactory changes a model's description.
func MsgUpdateModelFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgUpdateModel] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateModel) {
		m := pick(ctx, k.Models, data, reporter, everything[types.Model])
		owner := ownerOf(ctx, k, m.Publisher, data, reporter)
		return []simsx.SimAccount{owner}, &types.MsgUpdateModel{
			Owner: owner.AddressBech32, Publisher: m.Publisher, Name: m.Name, Description: simtypes.RandStringOfLength(data.Rand().Rand, 30),
		}
	}
}

// MsgRegisterVerifyingKeyFactory registers a key.
func MsgRegisterVerifyingKeyFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgRegisterVerifyingKey] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgRegisterVerifyingKey) {
		registrant := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		key := UnsafeRandomKey(data.Rand().Rand, data.Rand().IntInRange(minKeyInputs, maxKeyInputs+1))
		digest := sha256.Sum256(key)
		if known, err := k.VerifyingKeys.Has(ctx, digest[:]); known || err != nil {
			reporter.Skip("key is known")
		}
		return []simsx.SimAccount{registrant}, &types.MsgRegisterVerifyingKey{Registrant: registrant.AddressBech32, Key: key}
	}
}

// MsgPublishVersionFactory publishes a version, with a key of its own or one on record.
func MsgPublishVersionFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgPublishVersion] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgPublishVersion) {
		r := data.Rand().Rand
		m := pick(ctx, k.Models, data, reporter, everything[types.Model])
		owner := ownerOf(ctx, k, m.Publisher, data, reporter)
		msg := &types.MsgPublishVersion{Owner: owner.AddressBech32, Publisher: m.Publisher, Model: m.Name, Number: randomNumber(r)}
		if r.Intn(2) == 0 {
			inputs := minKeyInputs + r.Intn(maxKeyInputs-minKeyInputs+1)
			msg.VerifyingKey = UnsafeRandomKey(r, inputs)
			digest := sha256.Sum256(msg.VerifyingKey)
			msg.Spec = randomSpec(r, digest[:], inputs)
		} else {
			key := pick(ctx, k.VerifyingKeys, data, reporter, ofVersion)
			msg.Spec = randomSpec(r, key.Digest, max(int(key.PublicInputs), minKeyInputs))
		}
		if reporter.IsSkipped() {
			return nil, nil
		}
		if taken, err := k.Versions.Has(ctx, msg.VersionID().Key()); taken || err != nil {
			reporter.Skip("number is taken")
		}
		return []simsx.SimAccount{owner}, msg
	}
}

func ofVersion(key types.VerifyingKey) bool {
	return minKeyInputs <= key.PublicInputs && key.PublicInputs <= maxKeyInputs
}

// MsgSetAliasFactory makes or moves an alias.
func MsgSetAliasFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgSetAlias] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgSetAlias) {
		v := pick(ctx, k.Versions, data, reporter, isCurrent)
		owner := ownerOf(ctx, k, v.Publisher, data, reporter)
		return []simsx.SimAccount{owner}, &types.MsgSetAlias{
			Owner: owner.AddressBech32, Publisher: v.Publisher, Model: v.Model, Alias: simsx.OneOf(data.Rand(), slices.Clone(aliases)), Number: v.Number,
		}
	}
}

// MsgRemoveAliasFactory removes an alias.
func MsgRemoveAliasFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgRemoveAlias] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgRemoveAlias) {
		a := pick(ctx, k.Aliases, data, reporter, everything[types.Alias])
		owner := ownerOf(ctx, k, a.Publisher, data, reporter)
		return []simsx.SimAccount{owner}, &types.MsgRemoveAlias{
			Owner: owner.AddressBech32, Publisher: a.Publisher, Model: a.Model, Alias: a.Name,
		}
	}
}

// MsgYankVersionFactory yanks a version.
func MsgYankVersionFactory(k keeper.Keeper) simsx.SimMsgFactoryFn[*types.MsgYankVersion] {
	return func(ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgYankVersion) {
		v := pick(ctx, k.Versions, data, reporter, isCurrent)
		owner := ownerOf(ctx, k, v.Publisher, data, reporter)
		return []simsx.SimAccount{owner}, &types.MsgYankVersion{
			Owner: owner.AddressBech32, Version: v.Id, Reason: simtypes.RandStringOfLength(data.Rand().Rand, 20),
		}
	}
}
