package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	"github.com/assay-chain/assay/app/apptest"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
)

// TestChecksBeforeProofs shows the order: a transaction with a bad proof is refused for what is cheaper
// to find out, and only one that pays and is signed is refused for its proof.
func TestChecksBeforeProofs(t *testing.T) {
	c := proofNet(t, 2, nil)
	c.SetBaseApp(baseapp.SetMinGasPrices("0.001uassay"))
	device, other := c.Accounts[0], c.Accounts[1]
	bad := prove(t, device.Address, 1)
	bad.Output = []byte("0123456789")
	msg := submit(device.Address, bad)
	paying := apptest.TxOptions{Gas: 1_000_000, Fee: 1000}
	wrongChain, little, noGas := paying, paying, paying
	wrongChain.ChainID, little.Fee, noGas.Gas, noGas.Fee = "another-1", 999, 100_000, 100

	for _, tc := range []struct {
		name string
		opts apptest.TxOptions
		from *apptest.Account
		msg  sdk.Msg
		want uint32
	}{
		{"failure: fees before signatures and proofs", little, device, msg, sdkerrors.ErrInsufficientFee.ABCICode()},
		{"failure: signatures before proofs", wrongChain, device, msg, sdkerrors.ErrUnauthorized.ABCICode()},
		{"failure: gas for the work before proofs", noGas, device, msg, sdkerrors.ErrOutOfGas.ABCICode()},
		{"failure: the proof", paying, device, msg, prooftypes.ErrProofInvalid.ABCICode()},
		{"success: a good proof of another device", paying, other, submit(other.Address, prove(t, other.Address, 2)), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tx := c.SignWith(tc.opts, tc.from, tc.msg)
			tc.from.Forget() // it is refused, so its number stays free
			res := c.Check(tx)
			require.Equal(t, tc.want, res.Code, res.Log)
		})
	}
}

func TestOperatorPaysForDevice(t *testing.T) {
	c := proofNet(t, 2, nil)
	operator, device := c.Accounts[0], c.Accounts[1]
	grant, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{}, operator.Address, device.Address)
	require.NoError(t, err)
	require.Zero(t, c.Send(operator, grant).Code)
	balance := func(a sdk.AccAddress) int64 { return c.App.Bank.GetBalance(c.Context(), a, "uassay").Amount.Int64() }
	before, devices := balance(operator.Address), balance(device.Address)

	o := apptest.TxOptions{Fee: 5000, Granter: operator.Address}
	res := c.Block(c.SignWith(o, device, submit(device.Address, prove(t, device.Address, 1)))).TxResults[0]
	require.Zero(t, res.Code, res.Log)
	require.Equal(t, before-5000, balance(operator.Address))
	require.Equal(t, devices, balance(device.Address))
}
