//go:build e2e

package e2e

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	rpctypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/cosmos/cosmos-sdk/client"
	clienttx "github.com/cosmos/cosmos-sdk/client/tx"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	"github.com/cosmos/cosmos-sdk/std"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	txsigning "github.com/cosmos/cosmos-sdk/x/tx/signing"
	"github.com/cosmos/gogoproto/proto"
	transfertypes "github.com/cosmos/ibc-go/v11/modules/apps/transfer/types"

	contracttypes "github.com/assay-chain/assay/x/contract/types"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

const prefix = "assay"

var (
	encodingOnce sync.Once
	interfaces   codectypes.InterfaceRegistry
	txConfig     client.TxConfig
)

func encoding() client.TxConfig {
	encodingOnce.Do(func() {
		sdk.GetConfig().SetBech32PrefixForAccount(prefix, prefix+"pub")
		var err error
		interfaces, err = codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
			ProtoFiles: proto.HybridResolver,
			SigningOptions: txsigning.Options{
				AddressCodec:          address.NewBech32Codec(prefix),
				ValidatorAddressCodec: address.NewBech32Codec(prefix + "valoper"),
			},
		})
		if err != nil {
			panic(err)
		}
		std.RegisterInterfaces(interfaces)
		authtypes.RegisterInterfaces(interfaces)
		banktypes.RegisterInterfaces(interfaces)
		transfertypes.RegisterInterfaces(interfaces)
		feegrant.RegisterInterfaces(interfaces)
		cryptocodec.RegisterInterfaces(interfaces)
		registrytypes.RegisterInterfaces(interfaces)
		fleettypes.RegisterInterfaces(interfaces)
		prooftypes.RegisterInterfaces(interfaces)
		rollouttypes.RegisterInterfaces(interfaces)
		contracttypes.RegisterInterfaces(interfaces)
		txConfig = authtx.NewTxConfig(codec.NewProtoCodec(interfaces), authtx.DefaultSignModes)
	})
	return txConfig
}

// account signs transactions; its sequence is counted here, so it must be used from one goroutine.
type account struct {
	key      cryptotypes.PrivKey
	addr     sdk.AccAddress
	number   uint64
	sequence uint64
	known    bool
}

func newAccount() *account {
	key := secp256k1.GenPrivKey()
	return &account{key: key, addr: sdk.AccAddress(key.PubKey().Address())}
}

func (a *account) String() string { encoding(); return a.addr.String() }

// validatorAccount is the funded account of a node's validator.
func (n *network) validatorAccount(i int) *account {
	encoding()
	kr, err := keyring.New("assay", keyring.BackendTest, n.nodes[i].Home, nil, codec.NewProtoCodec(interfaces))
	require.NoError(n.t, err)
	exporter, ok := kr.(interface {
		ExportPrivateKeyObject(string) (cryptotypes.PrivKey, error)
	})
	require.True(n.t, ok, "the keyring does not export keys")
	key, err := exporter.ExportPrivateKeyObject(n.nodes[i].Name)
	require.NoError(n.t, err)
	return &account{key: key, addr: sdk.AccAddress(key.PubKey().Address())}
}

// conn is a gRPC connection to a node.
func (nd *node) conn(t testing.TB) *grpc.ClientConn {
	t.Helper()
	encoding()
	c, err := grpc.NewClient(nd.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(codec.NewProtoCodec(interfaces).GRPCCodec())))
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// txOptions are what differs from transaction to transaction.
type txOptions struct {
	gas     uint64
	granter sdk.AccAddress
}

// sign makes the bytes of a transaction and counts the sequence up.
func (n *network) sign(nd *node, from *account, opts txOptions, msgs ...sdk.Msg) []byte {
	n.t.Helper()
	cfg := encoding()
	if !from.known {
		res, err := authtypes.NewQueryClient(nd.conn(n.t)).AccountInfo(context.Background(), &authtypes.QueryAccountInfoRequest{Address: from.String()})
		require.NoError(n.t, err)
		from.number, from.sequence, from.known = res.Info.AccountNumber, res.Info.Sequence, true
	}
	if opts.gas == 0 {
		opts.gas = 5_000_000
	}
	b := cfg.NewTxBuilder()
	require.NoError(n.t, b.SetMsgs(msgs...))
	b.SetGasLimit(opts.gas)
	b.SetFeeAmount(sdk.NewCoins(sdk.NewInt64Coin("uassay", int64(opts.gas/100))))
	b.SetFeeGranter(opts.granter)
	empty := signing.SignatureV2{PubKey: from.key.PubKey(), Data: &signing.SingleSignatureData{SignMode: signing.SignMode_SIGN_MODE_DIRECT}, Sequence: from.sequence}
	require.NoError(n.t, b.SetSignatures(empty))
	sig, err := clienttx.SignWithPrivKey(context.Background(), signing.SignMode_SIGN_MODE_DIRECT, authsigning.SignerData{
		Address: from.String(), ChainID: n.chainID, AccountNumber: from.number, Sequence: from.sequence, PubKey: from.key.PubKey(),
	}, b, from.key, cfg, from.sequence)
	require.NoError(n.t, err)
	require.NoError(n.t, b.SetSignatures(sig))
	raw, err := cfg.TxEncoder()(b.GetTx())
	require.NoError(n.t, err)
	from.sequence++
	return raw
}

// send broadcasts a transaction to a node and returns CheckTx's answer.
func (nd *node) send(t testing.TB, raw []byte) *rpctypes.ResultBroadcastTx {
	t.Helper()
	res, err := nd.rpc.BroadcastTxSync(context.Background(), raw)
	require.NoError(t, err)
	return res
}

// result waits for a transaction to be in a block.
func (nd *node) result(t testing.TB, hash []byte) *rpctypes.ResultTx {
	t.Helper()
	var res *rpctypes.ResultTx
	eventually(t, time.Minute, func() (err error) {
		res, err = nd.rpc.Tx(context.Background(), hash, false)
		if err == nil && res == nil {
			err = errors.New("no result")
		}
		return err
	})
	return res
}

// must signs, sends and waits; the transaction has to succeed.
func (n *network) must(nd *node, from *account, opts txOptions, msgs ...sdk.Msg) *rpctypes.ResultTx {
	n.t.Helper()
	check := nd.send(n.t, n.sign(nd, from, opts, msgs...))
	require.Zero(n.t, check.Code, "%s", check.Log)
	res := nd.result(n.t, check.Hash)
	require.Zero(n.t, res.TxResult.Code, "%s", res.TxResult.Log)
	return res
}
