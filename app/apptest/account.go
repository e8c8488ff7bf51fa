package apptest

import (
	"context"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	clienttx "github.com/cosmos/cosmos-sdk/client/tx"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"

	"github.com/assay-chain/assay/app"
)

// Account is a key and its address.
type Account struct {
	Key     cryptotypes.PrivKey
	Address sdk.AccAddress

	pending uint64 // transactions signed since the last block
}

// NewAccount is account i of every chain.
func NewAccount(i int) *Account {
	key := secp256k1.GenPrivKeyFromSecret([]byte(fmt.Sprintf("account %d", i)))
	return &Account{Key: key, Address: sdk.AccAddress(key.PubKey().Address())}
}

// Forget lets the next transaction be signed as if none had been since the last block.
func (a *Account) Forget() { a.pending = 0 }

// TxOptions say what a transaction pays. The zero value is usable.
type TxOptions struct {
	Gas     uint64 // default DefaultGas
	Fee     int64  // in app.BaseDenom
	Granter sdk.AccAddress
	Memo    string
	ChainID string // that is signed for; default the chain's
}

// DefaultGas is the gas limit of a transaction for which TxOptions names none.
const DefaultGas = 10_000_000

// Sign makes a transaction with the account's next sequence number. Several may be signed for one block.
func (c *Chain) Sign(from *Account, msgs ...sdk.Msg) []byte {
	c.tb.Helper()
	return c.SignWith(TxOptions{}, from, msgs...)
}

// SignWith makes a transaction with options.
func (c *Chain) SignWith(o TxOptions, from *Account, msgs ...sdk.Msg) []byte {
	c.tb.Helper()
	if o.Gas == 0 {
		o.Gas = DefaultGas
	}
	if o.ChainID == "" {
		o.ChainID = c.ID
	}
	config := c.App.TxConfig()
	b := config.NewTxBuilder()
	require.NoError(c.tb, b.SetMsgs(msgs...))
	b.SetGasLimit(o.Gas)
	b.SetMemo(o.Memo)
	b.SetFeeGranter(o.Granter)
	if o.Fee > 0 {
		b.SetFeeAmount(sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, o.Fee)))
	}
	account := c.App.Account.GetAccount(c.Context(), from.Address)
	require.NotNil(c.tb, account, "account %s", from.Address)
	sequence := account.GetSequence() + from.pending
	data := authsigning.SignerData{
		Address: from.Address.String(), ChainID: o.ChainID, PubKey: from.Key.PubKey(),
		AccountNumber: account.GetAccountNumber(), Sequence: sequence,
	}
	mode := signing.SignMode_SIGN_MODE_DIRECT
	// The signature covers who signs, so an empty one goes first.
	require.NoError(c.tb, b.SetSignatures(signing.SignatureV2{
		PubKey: from.Key.PubKey(), Data: &signing.SingleSignatureData{SignMode: mode}, Sequence: sequence,
	}))
	signature, err := clienttx.SignWithPrivKey(context.Background(), mode, data, b, from.Key, config, sequence)
	require.NoError(c.tb, err)
	require.NoError(c.tb, b.SetSignatures(signature))
	raw, err := config.TxEncoder()(b.GetTx())
	require.NoError(c.tb, err)
	from.pending++
	return raw
}

// Send signs a transaction, makes a block of it, and returns its result.
func (c *Chain) Send(from *Account, msgs ...sdk.Msg) *abci.ExecTxResult {
	c.tb.Helper()
	return c.Block(c.Sign(from, msgs...)).TxResults[0]
}

// Check asks whether a transaction may enter the mempool.
func (c *Chain) Check(tx []byte) *abci.ResponseCheckTx {
	c.tb.Helper()
	res, err := c.App.CheckTx(&abci.RequestCheckTx{Tx: tx, Type: abci.CheckTxType_New})
	require.NoError(c.tb, err)
	return res
}
