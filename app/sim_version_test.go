package app_test

import (
	"crypto/sha256"
	"encoding/json"
	"math/rand"
	"time"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	simtypes "github.com/cosmos/cosmos-sdk/types/simulation"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/assay-chain/assay/app"
	contractsim "github.com/assay-chain/assay/x/contract/simulation"
	proofsim "github.com/assay-chain/assay/x/proof/simulation"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rolloutsim "github.com/assay-chain/assay/x/rollout/simulation"
)

// Rollouts of the simulation name contracts of the simulation as their deciders.
func init() { rolloutsim.Deciders = contractsim.Deciders() }

// withProvableVersion puts the version that x/proof simulates proofs of into the registry's genesis, and gives the first contract coins.
func withProvableVersion(cdc codec.JSONCodec, next simtypes.AppStateFn) simtypes.AppStateFn {
	return func(r *rand.Rand, accounts []simtypes.Account, cfg simtypes.Config) (json.RawMessage, []simtypes.Account, string, time.Time) {
		raw, accounts, chainID, at := next(r, accounts, cfg)
		var state app.GenesisState
		if err := json.Unmarshal(raw, &state); err != nil {
			panic(err)
		}
		var g registrytypes.GenesisState
		cdc.MustUnmarshalJSON(state[registrytypes.ModuleName], &g)
		addProvableVersion(&g, accounts[0].Address.String())
		state[registrytypes.ModuleName] = cdc.MustMarshalJSON(&g)
		var coins banktypes.GenesisState
		cdc.MustUnmarshalJSON(state[banktypes.ModuleName], &coins)
		endow(&coins, accounts[0].Address.String(), contractsim.Deciders()[0])
		state[banktypes.ModuleName] = cdc.MustMarshalJSON(&coins)
		raw, err := json.Marshal(state)
		if err != nil {
			panic(err)
		}
		return raw, accounts, chainID, at
	}
}

// endow moves coins that pay for many hooks from an account to the first contract.
func endow(g *banktypes.GenesisState, from, to string) {
	coins := sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, 1_000_000))
	for i, b := range g.Balances {
		if b.Address == from {
			g.Balances[i].Coins = b.Coins.Sub(coins...)
			g.Balances = append(g.Balances, banktypes.Balance{Address: to, Coins: coins})
			return
		}
	}
	panic("an account without coins")
}

func addProvableVersion(g *registrytypes.GenesisState, owner string) {
	key := proofsim.UnsafeKey()
	digest := sha256.Sum256(key)
	tensor := registrytypes.TensorSignature{Name: "t", ElementType: registrytypes.ELEMENT_TYPE_INT8, Shape: []uint32{proofsim.OutputBytes}, ScaleBits: 0x3f800000}
	g.Publishers = append(g.Publishers, registrytypes.Publisher{Name: "acme", Owner: owner})
	g.Models = append(g.Models, registrytypes.Model{Publisher: "acme", Name: "vibration"})
	g.VerifyingKeys = append(g.VerifyingKeys, registrytypes.VerifyingKey{Digest: digest[:], Key: key, PublicInputs: 3, Registrant: owner})
	for _, id := range rolloutsim.Versions {
		v, err := registrytypes.ParseVersionID(id)
		if err != nil {
			panic(err)
		}
		g.Versions = append(g.Versions, registrytypes.NewVersion(v, registrytypes.VersionSpec{
			Inputs: []registrytypes.TensorSignature{tensor}, Outputs: []registrytypes.TensorSignature{tensor},
			Artifacts:     []registrytypes.Artifact{{Name: "canonical.onnx", MediaType: "application/onnx", Digest: digest[:], Size_: 1, Uris: []string{"ipfs:x"}}},
			CircuitDigest: digest[:], VerifyingKeyDigest: digest[:], Setup: registrytypes.SetupProvenance{Kind: registrytypes.SETUP_KIND_SINGLE_PARTY_INSECURE},
		}, 0))
	}
}
