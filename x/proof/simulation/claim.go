package simulation

import (
	"context"
	"math/rand"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/x/proof/keeper"
	"github.com/assay-chain/assay/x/proof/types"
)

const (
	// Version is the id of the version that simulated proofs are of. A simulation that wants accepted proofs puts it
	// into the registry's genesis, with UnsafeKey and an output of OutputBytes.
	Version = "acme/vibration@1.0.0"
	// OutputBytes is the length of the version's output.
	OutputBytes = 7
)

// claim returns a random claim of a device with a valid proof. A nonce of one byte is sooner or later a used one.
func claim(ctx context.Context, r *rand.Rand, device sdk.AccAddress, nonceBytes int) (types.ProofEntry, error) {
	e := types.ProofEntry{Version: Version, Nonce: make([]byte, nonceBytes), Output: make([]byte, OutputBytes)}
	r.Read(e.Nonce)
	r.Read(e.Output)
	input := make([]byte, 1+r.Intn(100))
	r.Read(input)
	digest, err := statement.Digest(input)
	if err != nil {
		return e, err
	}
	b := digest.Bytes()
	e.InputDigest = b[:]
	inputs, err := statement.PublicInputs(digest, e.Output, statement.Binding{
		ChainID: sdk.UnwrapSDKContext(ctx).ChainID(), Device: device, Version: Version, Nonce: e.Nonce,
	})
	if err != nil {
		return e, err
	}
	e.Proof = UnsafeProve(r, inputs)
	return e, nil
}

// admissibleDevice returns an account that may submit proofs of Version, or skips.
func admissibleDevice(ctx context.Context, k keeper.Keeper, data *simsx.ChainDataSource, reporter simsx.SimulationReporter) simsx.SimAccount {
	e, err := claim(ctx, rand.New(rand.NewSource(1)), make([]byte, statement.DeviceBytes), statement.MaxNonceBytes)
	if err != nil {
		reporter.Skip(err.Error())
	}
	may := simsx.SimAccountFilterFn(func(a simsx.SimAccount) bool {
		return k.Admissible(ctx, a.AddressBech32, e) == nil
	})
	return data.AnyAccountN(data.AccountsCount(), reporter, may, simsx.WithSpendableBalance())
}
