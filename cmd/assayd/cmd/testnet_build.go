package cmd

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	cmtcfg "github.com/cometbft/cometbft/config"

	"cosmossdk.io/math"

	clientconfig "github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/crypto/hd"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	srvconfig "github.com/cosmos/cosmos-sdk/server/config"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/genutil"

	"github.com/assay-chain/assay/app"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

const (
	fundedAssay = 1_000_000 // what each account of a testnet holds, in whole coins
	stakedAssay = 100_000   // what each validator bonds of it
)

func wholeCoins(n int64) sdk.Coin {
	return sdk.NewCoin(app.BaseDenom, math.NewIntWithDecimal(n, app.DisplayExponent))
}

// testnetBuilder collects nodes, accounts and genesis transactions, and writes all files at the end.
type testnetBuilder struct {
	options testnetOptions
	dir     string
	wiring  *app.App

	nodes    []testnetNode
	accounts []testnetAccount
	configs  []*cmtcfg.Config
	funded   []sdk.AccAddress
	genTxs   []sdk.Tx
}

// addNode makes the keys of node i and its genesis transaction.
func (b *testnetBuilder) addNode(i int) error {
	name := fmt.Sprintf("node%d", i)
	home := filepath.Join(b.dir, name)
	config := cometConfig()
	config.SetRoot(home)
	cmtcfg.EnsureRoot(home)
	config.Moniker = name
	nodeID, consensusKey, err := genutil.InitializeNodeValidatorFiles(config)
	if err != nil {
		return err
	}
	ring, address, err := b.newKey(home, name)
	if err != nil {
		return err
	}
	tx, err := b.genesisTx(ring, name, address, consensusKey)
	if err != nil {
		return err
	}
	node := testnetNode{
		Name: name, Home: home, NodeID: nodeID,
		Account: address.String(), Validator: sdk.ValAddress(address).String(),
	}
	b.setAddresses(&node, i)
	b.nodes = append(b.nodes, node)
	b.configs = append(b.configs, config)
	b.genTxs = append(b.genTxs, tx)
	return nil
}

// addAccount makes a funded account whose key is in the first node's keyring.
func (b *testnetBuilder) addAccount(name string) error {
	home := b.nodes[0].Home
	_, address, err := b.newKey(home, name)
	if err != nil {
		return err
	}
	b.accounts = append(b.accounts, testnetAccount{Name: name, Address: address.String(), Home: home})
	return nil
}

func (b *testnetBuilder) newKey(home, name string) (keyring.Keyring, sdk.AccAddress, error) {
	ring, err := keyring.New(program, keyring.BackendTest, home, nil, b.wiring.AppCodec())
	if err != nil {
		return nil, nil, err
	}
	path := hd.CreateHDPath(app.CoinType, 0, 0).String()
	record, _, err := ring.NewMnemonic(name, keyring.English, path, keyring.DefaultBIP39Passphrase, hd.Secp256k1)
	if err != nil {
		return nil, nil, err
	}
	address, err := record.GetAddress()
	if err != nil {
		return nil, nil, err
	}
	b.funded = append(b.funded, address)
	return ring, address, nil
}

func (b *testnetBuilder) setAddresses(n *testnetNode, i int) {
	if !b.options.singleHost {
		host := fmt.Sprintf("%s%d", b.options.hostPrefix, i)
		n.P2P, n.RPC, n.GRPC, n.API, n.Metrics = host+":26656", host+":26657", host+":9090", host+":1317", host+":26660"
		return
	}
	port := func(offset int) string {
		return fmt.Sprintf("127.0.0.1:%d", b.options.startingPort+portsPerNode*i+offset)
	}
	n.P2P, n.RPC, n.GRPC, n.API, n.Metrics = port(0), port(1), port(2), port(3), port(4)
}

// write writes genesis and configuration of every node and returns the description of the chain.
func (b *testnetBuilder) write() (*testnet, error) {
	state, err := b.genesis()
	if err != nil {
		return nil, err
	}
	for i, node := range b.nodes {
		config := b.configs[i]
		b.configure(config, node)
		if i == 0 {
			err = writeGenesis(config.GenesisFile(), b.options.chainID, state)
		} else {
			err = copyFile(b.configs[0].GenesisFile(), config.GenesisFile())
		}
		if err != nil {
			return nil, err
		}
		if err := b.writeNode(config, node); err != nil {
			return nil, err
		}
	}
	return &testnet{
		ChainID: b.options.chainID, OutputDir: b.dir, Denom: app.BaseDenom, GasPrices: b.options.minGasPrices,
		Nodes: b.nodes, Accounts: b.accounts,
	}, nil
}

// genesis is the default one with the funded accounts and the validators' transactions.
func (b *testnetBuilder) genesis() (app.GenesisState, error) {
	cdc := b.wiring.AppCodec()
	state := b.wiring.DefaultGenesis()

	accounts := make([]authtypes.GenesisAccount, len(b.funded))
	balances := make([]banktypes.Balance, len(b.funded))
	for i, a := range b.funded {
		accounts[i] = authtypes.NewBaseAccount(a, nil, 0, 0)
		balances[i] = banktypes.Balance{Address: a.String(), Coins: sdk.NewCoins(wholeCoins(fundedAssay))}
	}
	var auth authtypes.GenesisState
	cdc.MustUnmarshalJSON(state[authtypes.ModuleName], &auth)
	packed, err := authtypes.PackAccounts(accounts)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	auth.Accounts = packed
	state[authtypes.ModuleName] = cdc.MustMarshalJSON(&auth)

	var bank banktypes.GenesisState
	cdc.MustUnmarshalJSON(state[banktypes.ModuleName], &bank)
	bank.Balances = banktypes.SanitizeGenesisBalances(balances)
	for _, balance := range bank.Balances {
		bank.Supply = bank.Supply.Add(balance.Coins...)
	}
	state[banktypes.ModuleName] = cdc.MustMarshalJSON(&bank)

	if err := b.setZoneOperator(state); err != nil {
		return nil, err
	}
	withTxs, err := genutil.SetGenTxsInAppGenesisState(cdc, b.wiring.TxConfig().TxJSONEncoder(), map[string]json.RawMessage(state), b.genTxs)
	return app.GenesisState(withTxs), err
}

// setZoneOperator puts the address of the named account into the parameters of rollouts.
func (b *testnetBuilder) setZoneOperator(state app.GenesisState) error {
	name := b.options.zoneOperator
	if name == "" {
		return nil
	}
	i := slices.IndexFunc(b.accounts, func(a testnetAccount) bool { return a.Name == name })
	if i < 0 {
		return fmt.Errorf("--zone-operator %q: expected one of --account %v", name, b.options.accounts)
	}
	cdc := b.wiring.AppCodec()
	var g rollouttypes.GenesisState
	cdc.MustUnmarshalJSON(state[rollouttypes.ModuleName], &g)
	g.Params.ZoneOperator = b.accounts[i].Address
	state[rollouttypes.ModuleName] = cdc.MustMarshalJSON(&g)
	return nil
}

// configure sets addresses and peers in a node's config.toml.
func (b *testnetBuilder) configure(config *cmtcfg.Config, node testnetNode) {
	var peers []string
	for _, peer := range b.nodes {
		if peer.NodeID != node.NodeID {
			peers = append(peers, peer.NodeID+"@"+peer.P2P)
		}
	}
	config.P2P.PersistentPeers = strings.Join(peers, ",")
	config.P2P.AddrBookStrict = false // nodes of a testnet have private addresses
	config.P2P.AllowDuplicateIP = b.options.singleHost
	config.P2P.ListenAddress = "tcp://" + b.listen(node.P2P)
	config.RPC.ListenAddress = "tcp://" + b.listen(node.RPC)
	config.Instrumentation.PrometheusListenAddr = b.listen(node.Metrics)
	config.Consensus.TimeoutCommit = b.options.commitTimeout
	config.RPC.PprofListenAddress = ""
}

// listen is where a node listens that others reach at address: the same on one host, everywhere else.
func (b *testnetBuilder) listen(address string) string {
	if b.options.singleHost {
		return address
	}
	return "0.0.0.0" + address[strings.LastIndex(address, ":"):]
}

// writeNode writes config.toml, app.toml and client.toml.
func (b *testnetBuilder) writeNode(config *cmtcfg.Config, node testnetNode) error {
	if err := writeNodeFiles(config, b.options.chainID); err != nil {
		return err
	}
	settings := appConfig()
	settings.MinGasPrices = b.options.minGasPrices
	settings.StateSync.SnapshotInterval = b.options.snapshotInterval
	settings.API.Address = "tcp://" + b.listen(node.API)
	settings.GRPC.Address = b.listen(node.GRPC)
	srvconfig.SetConfigTemplate(appConfigTemplate())
	srvconfig.WriteConfigFile(filepath.Join(node.Home, "config", "app.toml"), settings)
	conf := clientconfig.DefaultConfig()
	conf.ChainID = b.options.chainID
	conf.KeyringBackend = keyring.BackendTest
	conf.Node = "tcp://" + node.RPC
	return writeClientFile(node.Home, conf)
}
