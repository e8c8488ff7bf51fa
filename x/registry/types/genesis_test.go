package types_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/registry/types"
)

func TestGenesisValidate(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(gs *types.GenesisState)
		err   error
	}{
		{"success: as it is", func(*types.GenesisState) {}, nil},
		{"success: default", func(gs *types.GenesisState) { *gs = *types.DefaultGenesis() }, nil},
		{"success: yanked", func(gs *types.GenesisState) {
			gs.Versions[0].Yanked, gs.Versions[0].YankReason, gs.Versions[0].YankedHeight = true, "bad", 7
		}, nil},
		{"success: longer than today's limits", func(gs *types.GenesisState) { gs.Params.MaxArtifacts, gs.Params.MaxUris = 1, 1 }, nil},
		{"success: mirror with its key", addMirror, nil},
		{"success: mirror under a registered key", func(gs *types.GenesisState) {
			addMirror(gs)
			gs.VerifyingKeys = gs.VerifyingKeys[:1]
			gs.Versions[1].VerifyingKeyDigest = gs.VerifyingKeys[0].Digest
		}, nil},
		{"success: version of this chain under a mirror's key", func(gs *types.GenesisState) {
			addMirror(gs)
			gs.Versions[0].VerifyingKeyDigest = gs.VerifyingKeys[1].Digest
		}, nil},
		{"success: mirrors alone", func(gs *types.GenesisState) {
			addMirror(gs)
			gs.Publishers, gs.Models, gs.Aliases = nil, nil, nil
			gs.VerifyingKeys, gs.Versions = gs.VerifyingKeys[1:], gs.Versions[1:]
		}, nil},
		{"failure: mirror without its source", func(gs *types.GenesisState) { addMirror(gs); gs.Versions[1].Source = "" }, types.ErrInvalidName},
		{"failure: mirror of another source than its id", func(gs *types.GenesisState) { addMirror(gs); gs.Versions[1].Source = "channel-8" }, types.ErrInvalidName},
		{"failure: source without a qualified publisher", func(gs *types.GenesisState) { addMirror(gs); gs.Versions[1].Publisher = "acme" }, types.ErrInvalidVersionID},
		{"failure: source without a qualified id", func(gs *types.GenesisState) { addMirror(gs); gs.Versions[1].Id = "acme/vibration@1.0.0" }, types.ErrInvalidVersionID},
		{"failure: source of a version of this chain", func(gs *types.GenesisState) { gs.Versions[0].Source = "channel-7" }, types.ErrInvalidVersionID},
		{"failure: source", func(gs *types.GenesisState) {
			addMirror(gs)
			gs.Versions[1] = types.NewVersion(gs.Versions[1].VersionID().Qualify("channel-07"), gs.Versions[1].VersionSpec, 1)
		}, types.ErrInvalidName},
		{"failure: mirror twice", func(gs *types.GenesisState) { addMirror(gs); gs.Versions = append(gs.Versions, gs.Versions[1]) }, types.ErrInvalidGenesis},
		{"failure: mirror without its key", func(gs *types.GenesisState) { addMirror(gs); gs.VerifyingKeys = gs.VerifyingKeys[:1] }, types.ErrInvalidGenesis},
		{"failure: mirror's key with a registrant", func(gs *types.GenesisState) { addMirror(gs); gs.VerifyingKeys[1].Registrant = alice }, types.ErrInvalidAddress},
		{"failure: mirror's key, source", func(gs *types.GenesisState) { addMirror(gs); gs.VerifyingKeys[1].Source = "acme" }, types.ErrInvalidName},
		{"failure: mirror's key of another source", func(gs *types.GenesisState) { addMirror(gs); gs.VerifyingKeys[1].Source = "channel-8" }, types.ErrInvalidGenesis},
		{"failure: mirror's key without the mirror", func(gs *types.GenesisState) { addMirror(gs); gs.Versions = gs.Versions[:1] }, types.ErrInvalidGenesis},
		{"failure: key of nobody", func(gs *types.GenesisState) { gs.VerifyingKeys[0].Registrant = "" }, types.ErrInvalidAddress},
		{"failure: qualified publisher", func(gs *types.GenesisState) { gs.Publishers[0].Name = "channel-7:acme" }, types.ErrInvalidName},
		{"failure: qualified model", func(gs *types.GenesisState) { gs.Models[0].Publisher = "channel-7:acme" }, types.ErrInvalidName},
		{"failure: alias of a mirror", func(gs *types.GenesisState) {
			addMirror(gs)
			gs.Aliases[0].Publisher, gs.Aliases[0].Number = "channel-7:acme", "1.0.0"
		}, types.ErrInvalidName},
		{"failure: params", func(gs *types.GenesisState) { gs.Params.MaxUris = 0 }, types.ErrInvalidParams},
		{"failure: publisher's name", func(gs *types.GenesisState) { gs.Publishers[0].Name = "" }, types.ErrInvalidName},
		{"failure: publisher's owner", func(gs *types.GenesisState) { gs.Publishers[0].Owner = "" }, types.ErrInvalidAddress},
		{"failure: pending owner", func(gs *types.GenesisState) { gs.Publishers[0].PendingOwner = "bob" }, types.ErrInvalidAddress},
		{"failure: pending owner is the owner", func(gs *types.GenesisState) { gs.Publishers[0].PendingOwner = alice }, types.ErrInvalidTransfer},
		{"failure: publisher twice", func(gs *types.GenesisState) { gs.Publishers = slices.Repeat(gs.Publishers, 2) }, types.ErrInvalidGenesis},
		{"failure: model twice", func(gs *types.GenesisState) { gs.Models = slices.Repeat(gs.Models, 2) }, types.ErrInvalidGenesis},
		{"failure: model without its publisher", func(gs *types.GenesisState) { gs.Models[0].Publisher = "other" }, types.ErrInvalidGenesis},
		{"failure: key's digest", func(gs *types.GenesisState) { gs.VerifyingKeys[0].Digest = digest(1) }, types.ErrInvalidVerifyingKey},
		{"failure: key twice", func(gs *types.GenesisState) { gs.VerifyingKeys = slices.Repeat(gs.VerifyingKeys, 2) }, types.ErrInvalidGenesis},
		{"failure: version's id", func(gs *types.GenesisState) { gs.Versions[0].Id = "acme/vibration@1.0.1" }, types.ErrInvalidVersionID},
		{"failure: version twice", func(gs *types.GenesisState) { gs.Versions = slices.Repeat(gs.Versions, 2) }, types.ErrInvalidGenesis},
		{"failure: version without its model", func(gs *types.GenesisState) { gs.Models = nil }, types.ErrInvalidGenesis},
		{"failure: version without its key", func(gs *types.GenesisState) { gs.VerifyingKeys = nil }, types.ErrInvalidGenesis},
		{"failure: version's spec", func(gs *types.GenesisState) { gs.Versions[0].Outputs = nil }, types.ErrInvalidTensor},
		{"failure: yanked without a reason", func(gs *types.GenesisState) { gs.Versions[0].Yanked = true }, types.ErrInvalidText},
		{"failure: a reason without a yank", func(gs *types.GenesisState) { gs.Versions[0].YankReason = "bad" }, types.ErrInvalidText},
		{"failure: alias twice", func(gs *types.GenesisState) { gs.Aliases = slices.Repeat(gs.Aliases, 2) }, types.ErrInvalidGenesis},
		{"failure: alias without its version", func(gs *types.GenesisState) { gs.Aliases[0].Number = "2.0.0" }, types.ErrInvalidGenesis},
	} {
		t.Run(tc.name, func(t *testing.T) {
			gs := genesis()
			tc.spoil(&gs)
			require.ErrorIs(t, gs.Validate(), tc.err)
		})
	}
}
