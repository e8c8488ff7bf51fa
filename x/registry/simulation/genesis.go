package simulation

import (
	"crypto/sha256"
	"math/rand"

	"github.com/cosmos/cosmos-sdk/types/module"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"

	"github.com/assay-chain/assay/x/registry/types"
)

// RandomizedGenState gives some accounts a publisher with a model and a version, and mirrors some versions of other chains.
func RandomizedGenState(state *module.SimulationState) {
	gs := types.GenesisState{Params: randomParams(state.Rand)}
	for _, account := range state.Accounts {
		if state.Rand.Intn(4) == 0 {
			addPublisher(state.Rand, &gs, account)
		}
	}
	for range 1 + state.Rand.Intn(3) {
		addMirror(state.Rand, &gs)
	}
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(&gs)
}

func addPublisher(r *rand.Rand, gs *types.GenesisState, account simtypes.Account) {
	owner := account.Address.String()
	id := types.VersionID{Publisher: randomName(r), Model: randomName(r), Number: randomNumber(r)}
	inputs := minKeyInputs + r.Intn(maxKeyInputs-minKeyInputs+1)
	key := UnsafeRandomKey(r, inputs)
	digest := sha256.Sum256(key)
	gs.Publishers = append(gs.Publishers, types.Publisher{Name: id.Publisher, Owner: owner})
	gs.Models = append(gs.Models, types.Model{Publisher: id.Publisher, Name: id.Model})
	gs.VerifyingKeys = append(gs.VerifyingKeys, types.VerifyingKey{
		Digest: digest[:], Key: key, PublicInputs: uint32(inputs), Registrant: owner,
	})
	gs.Versions = append(gs.Versions, types.NewVersion(id, randomSpec(r, digest[:], inputs), 0))
}

// addMirror adds a version that came over IBC with its key.
func addMirror(r *rand.Rand, gs *types.GenesisState) {
	source := []string{"channel-0", "channel-7", "07-tendermint-3"}[r.Intn(3)]
	id := types.VersionID{Source: source, Publisher: randomName(r), Model: randomName(r), Number: randomNumber(r)}
	inputs := minKeyInputs + r.Intn(maxKeyInputs-minKeyInputs+1)
	key := UnsafeRandomKey(r, inputs)
	digest := sha256.Sum256(key)
	gs.VerifyingKeys = append(gs.VerifyingKeys, types.VerifyingKey{Digest: digest[:], Key: key, PublicInputs: uint32(inputs), Source: source})
	gs.Versions = append(gs.Versions, types.NewVersion(id, randomSpec(r, digest[:], inputs), 0))
}

// randomParams are between the defaults, which every message of this package fits, and the bounds.
func randomParams(r *rand.Rand) types.Params {
	p, most := types.DefaultParams(), types.MaxParams()
	between := func(low *uint32, high uint32) {
		*low += uint32(r.Int63n(int64(high-*low) + 1))
	}
	between(&p.MaxVerifyingKeyBytes, most.MaxVerifyingKeyBytes)
	between(&p.MaxDescriptionBytes, most.MaxDescriptionBytes)
	between(&p.MaxReasonBytes, most.MaxReasonBytes)
	between(&p.MaxArtifacts, most.MaxArtifacts)
	between(&p.MaxUris, most.MaxUris)
	between(&p.MaxUriBytes, most.MaxUriBytes)
	between(&p.MaxTensors, most.MaxTensors)
	between(&p.MaxRank, most.MaxRank)
	between(&p.MaxSessionOptions, most.MaxSessionOptions)
	between(&p.MaxSessionOptionBytes, most.MaxSessionOptionBytes)
	between(&p.MaxContributions, most.MaxContributions)
	between(&p.MaxAttestationBytes, most.MaxAttestationBytes)
	between(&p.MaxAliases, most.MaxAliases)
	return p
}
