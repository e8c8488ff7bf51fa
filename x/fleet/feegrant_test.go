package fleet_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client"
	clienttx "github.com/cosmos/cosmos-sdk/client/tx"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectestutil "github.com/cosmos/cosmos-sdk/codec/testutil"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	"github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	feegrantkeeper "github.com/cosmos/cosmos-sdk/x/feegrant/keeper"

	"github.com/assay-chain/assay/x/fleet/keeper"
	"github.com/assay-chain/assay/x/fleet/types"
)

// feeChain is the module beside the SDK's own accounts, bank, fee grants and ante handler.
type feeChain struct {
	t        *testing.T
	ctx      sdk.Context
	accounts authkeeper.AccountKeeper
	bank     bankkeeper.BaseKeeper
	grants   feegrantkeeper.Keeper
	fleet    keeper.Keeper
	router   *baseapp.MsgServiceRouter
	config   client.TxConfig
	ante     sdk.AnteHandler
}

func newFeeChain(t *testing.T) *feeChain {
	t.Helper()
	keys := storetypes.NewKVStoreKeys(authtypes.StoreKey, banktypes.StoreKey, feegrant.StoreKey, types.StoreKey)
	ctx := testutil.DefaultContextWithKeys(keys, nil, nil).WithChainID("fleet-test").WithBlockHeight(1)
	c := &feeChain{t: t, ctx: ctx, router: baseapp.NewMsgServiceRouter()}

	cdc := codectestutil.CodecOptions{}.NewCodec()
	cryptocodec.RegisterInterfaces(cdc.InterfaceRegistry())
	authtypes.RegisterInterfaces(cdc.InterfaceRegistry())
	feegrant.RegisterInterfaces(cdc.InterfaceRegistry())
	types.RegisterInterfaces(cdc.InterfaceRegistry())
	store := func(name string) corestore.KVStoreService { return runtime.NewKVStoreService(keys[name]) }
	gov := authtypes.NewModuleAddress("gov").String()
	permissions := map[string][]string{authtypes.FeeCollectorName: nil, "faucet": {authtypes.Minter}}
	c.accounts = authkeeper.NewAccountKeeper(cdc, store(authtypes.StoreKey), authtypes.ProtoBaseAccount, permissions,
		address.NewBech32Codec("cosmos"), "cosmos", gov)
	c.bank = bankkeeper.NewBaseKeeper(cdc, store(banktypes.StoreKey), c.accounts, nil, gov, log.NewNopLogger())
	c.grants = feegrantkeeper.NewKeeper(cdc, store(feegrant.StoreKey), c.accounts).SetBankKeeper(c.bank)
	c.fleet = keeper.NewKeeper(cdc, store(types.StoreKey), gov)
	require.NoError(t, c.accounts.Params.Set(c.ctx, authtypes.DefaultParams()))
	require.NoError(t, c.bank.SetParams(c.ctx, banktypes.DefaultParams()))
	require.NoError(t, c.fleet.InitGenesis(c.ctx, *types.DefaultGenesis()))

	c.router.SetInterfaceRegistry(cdc.InterfaceRegistry())
	types.RegisterMsgServer(c.router, keeper.NewMsgServer(c.fleet))
	c.config = authtx.NewTxConfig(cdc, authtx.DefaultSignModes)
	var err error
	c.ante, err = ante.NewAnteHandler(ante.HandlerOptions{
		AccountKeeper: c.accounts, BankKeeper: c.bank, FeegrantKeeper: c.grants,
		SignModeHandler: c.config.SignModeHandler(), SigGasConsumer: ante.DefaultSigVerificationGasConsumer,
	})
	require.NoError(t, err)
	return c
}

func coins(n int64) sdk.Coins { return sdk.NewCoins(sdk.NewInt64Coin("uassay", n)) }

// fund gives an account coins, which makes it.
func (c *feeChain) fund(to sdk.AccAddress, amount int64) {
	c.t.Helper()
	require.NoError(c.t, c.bank.MintCoins(c.ctx, "faucet", coins(amount)))
	require.NoError(c.t, c.bank.SendCoinsFromModuleToAccount(c.ctx, "faucet", to, coins(amount)))
}

// send delivers a signed transaction with a fee of 100 uassay, paid by granter if there is one.
func (c *feeChain) send(key *secp256k1.PrivKey, granter sdk.AccAddress, msg sdk.Msg) error {
	c.t.Helper()
	builder := c.config.NewTxBuilder()
	require.NoError(c.t, builder.SetMsgs(msg))
	builder.SetFeeAmount(coins(100))
	builder.SetFeeGranter(granter)
	builder.SetGasLimit(200_000)
	signer := authsigning.SignerData{ChainID: c.ctx.ChainID(), Address: sdk.AccAddress(key.PubKey().Address()).String(), PubKey: key.PubKey()}
	if account := c.accounts.GetAccount(c.ctx, sdk.AccAddress(key.PubKey().Address())); account != nil {
		signer.AccountNumber, signer.Sequence = account.GetAccountNumber(), account.GetSequence()
	}
	require.NoError(c.t, builder.SetSignatures(signing.SignatureV2{
		PubKey: key.PubKey(), Sequence: signer.Sequence, Data: &signing.SingleSignatureData{SignMode: signing.SignMode_SIGN_MODE_DIRECT},
	}))
	signature, err := clienttx.SignWithPrivKey(context.Background(), signing.SignMode_SIGN_MODE_DIRECT, signer, builder, key, c.config, signer.Sequence)
	require.NoError(c.t, err)
	require.NoError(c.t, builder.SetSignatures(signature))

	ctx, write := c.ctx.CacheContext()
	if ctx, err = c.ante(ctx, builder.GetTx(), false); err != nil {
		return err
	}
	if _, err := c.router.Handler(msg)(ctx, msg); err != nil {
		return err
	}
	write()
	return nil
}

// A device that never had a coin confirms its enrollment at its operator's expense.
func TestFeeGrant(t *testing.T) {
	c := newFeeChain(t)
	operatorKey, deviceKey := secp256k1.GenPrivKeyFromSecret([]byte("operator")), secp256k1.GenPrivKeyFromSecret([]byte("device"))
	operator, device := sdk.AccAddress(operatorKey.PubKey().Address()), sdk.AccAddress(deviceKey.PubKey().Address())
	c.fund(operator, 1000)

	require.NoError(t, c.send(operatorKey, nil, &types.MsgCreateFleet{Operator: operator.String()}))
	require.NoError(t, c.send(operatorKey, nil, &types.MsgEnrollDevice{Operator: operator.String(), FleetId: 1, Addresses: []string{device.String()}}))
	require.Nil(t, c.accounts.GetAccount(c.ctx, device), "enrolling alone makes no account")
	confirm := &types.MsgConfirmDevice{Address: device.String(), FleetId: 1}
	require.ErrorIs(t, c.send(deviceKey, nil, confirm), sdkerrors.ErrUnknownAddress)

	allowance, err := feegrant.NewAllowedMsgAllowance(&feegrant.BasicAllowance{SpendLimit: coins(150)}, []string{sdk.MsgTypeURL(confirm)})
	require.NoError(t, err)
	require.NoError(t, c.grants.GrantAllowance(c.ctx, operator, device, allowance))
	require.NotNil(t, c.accounts.GetAccount(c.ctx, device), "the grant makes the account")
	require.NoError(t, c.send(deviceKey, operator, confirm))

	got, err := c.fleet.Device(c.ctx, device)
	require.NoError(t, err)
	require.NoError(t, got.Usable())
	require.Equal(t, coins(700), c.bank.GetAllBalances(c.ctx, operator))
	require.True(t, c.bank.GetAllBalances(c.ctx, device).IsZero())

	rotate := &types.MsgRotateDeviceKey{Signer: device.String(), DeviceId: got.Id, NewAddress: operator.String()}
	require.ErrorIs(t, c.send(deviceKey, operator, rotate), feegrant.ErrMessageNotAllowed)
	require.ErrorIs(t, c.send(deviceKey, operator, confirm), feegrant.ErrFeeLimitExceeded)
}

// Someone else's signature does not confirm a device.
func TestConfirmNeedsTheDevicesSignature(t *testing.T) {
	c := newFeeChain(t)
	operatorKey, deviceKey := secp256k1.GenPrivKeyFromSecret([]byte("operator")), secp256k1.GenPrivKeyFromSecret([]byte("device"))
	operator, device := sdk.AccAddress(operatorKey.PubKey().Address()), sdk.AccAddress(deviceKey.PubKey().Address())
	c.fund(operator, 1000)
	c.fund(device, 1000)
	require.NoError(t, c.send(operatorKey, nil, &types.MsgCreateFleet{Operator: operator.String()}))
	require.NoError(t, c.send(operatorKey, nil, &types.MsgEnrollDevice{Operator: operator.String(), FleetId: 1, Addresses: []string{device.String()}}))
	require.ErrorIs(t, c.send(operatorKey, nil, &types.MsgConfirmDevice{Address: device.String(), FleetId: 1}), sdkerrors.ErrInvalidPubKey)
	got, err := c.fleet.Device(c.ctx, device)
	require.NoError(t, err)
	require.False(t, got.Confirmed)
}
