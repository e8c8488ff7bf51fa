package simulation

import (
	"crypto/sha256"
	"math/rand"

	"github.com/cosmos/cosmos-sdk/types/module"

	"github.com/assay-chain/assay/x/contract/types"
)

// RandomizedGenState sets random parameters, and a code with one contract, which is subscribed and is the publish guard. A simulation
// that wants hooks from the first block on gives it coins.
func RandomizedGenState(state *module.SimulationState) {
	owner := state.Accounts[0].Address.String()
	g := types.DefaultGenesis()
	g.Params = randomParams(state.Rand)

	code := randomCode(state.Rand)
	digest := sha256.Sum256(code)
	g.Codes = []types.StoredCode{{Bytes: code, Code: types.Code{
		Id: 1, Digest: digest[:], Creator: owner, Size_: uint32(len(code)), Entries: entriesOf(code),
	}}}
	g.NextCodeId = 2
	guard := types.ContractAddress(1).String()
	g.Contracts = []types.Contract{{Address: guard, CodeId: 1, Creator: owner, Admin: owner, Label: "guard"}}
	g.NextInstance = 2
	for _, m := range Models {
		g.Subscriptions = append(g.Subscriptions, types.Subscription{Model: m, Contract: guard, Since: 1})
	}
	g.Params.PublishGuard = guard
	state.GenState[types.ModuleName] = state.Cdc.MustMarshalJSON(g)
}

// randomParams are the defaults with small limits here and there, so that queues and allowances overflow. A hook has gas
// enough to come to its end.
func randomParams(r *rand.Rand) types.Params {
	p := types.DefaultParams()
	p.StoreGasPerByte = 1 + uint64(r.Intn(20))
	p.LoadGasPerKib = 1 + uint64(r.Intn(1_000))
	p.HookGas = 200_000 + uint64(r.Intn(200_000))
	p.HookGasPerBlock = p.HookGas * (1 + uint64(r.Intn(4)))
	p.MaxSubscribersPerModel = 1 + uint32(r.Intn(4))
	p.MaxSubscriptionsPerContract = 1 + uint32(r.Intn(4))
	p.MaxQueue = 1 + uint32(r.Intn(10))
	return p
}
