package cmd

import (
	"context"
	"fmt"
	"os"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/client/tx"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

// genesisTx is the signed transaction by which a validator bonds its stake at genesis.
func (b *testnetBuilder) genesisTx(
	ring keyring.Keyring, name string, address sdk.AccAddress, consensusKey cryptotypes.PubKey,
) (sdk.Tx, error) {
	msg, err := stakingtypes.NewMsgCreateValidator(
		sdk.ValAddress(address).String(), consensusKey, wholeCoins(stakedAssay),
		stakingtypes.NewDescription(name, "", "", "", ""),
		stakingtypes.NewCommissionRates(math.LegacyNewDecWithPrec(5, 2), math.LegacyNewDecWithPrec(20, 2), math.LegacyNewDecWithPrec(1, 2)),
		math.OneInt(),
	)
	if err != nil {
		return nil, err
	}
	builder := b.wiring.TxConfig().NewTxBuilder()
	if err := builder.SetMsgs(msg); err != nil {
		return nil, err
	}
	factory := tx.Factory{}.WithChainID(b.options.chainID).WithKeybase(ring).WithTxConfig(b.wiring.TxConfig())
	if err := tx.Sign(context.Background(), factory, name, builder, true); err != nil {
		return nil, fmt.Errorf("sign genesis transaction: %w", err)
	}
	return builder.GetTx(), nil
}

func copyFile(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, raw, 0o600)
}
