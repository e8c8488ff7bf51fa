package relay

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/cometbft/cometbft/light/provider"
	lighthttp "github.com/cometbft/cometbft/light/provider/http"
	rpchttp "github.com/cometbft/cometbft/rpc/client/http"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
)

// chain is one of the two chains: a node to ask, and a key to sign with.
type chain struct {
	cfg    chainConfig
	enc    encoding
	log    *slog.Logger
	rpc    *rpchttp.HTTP
	blocks provider.Provider // light blocks: header, commit and validators
	keys   keyring.Keyring
	signer string // address of the key
}

// openChain opens the keyring; the node is first asked later.
func openChain(cfg chainConfig, log *slog.Logger) (*chain, error) {
	rpc, err := rpchttp.NewWithTimeout(cfg.RPC, "/websocket", uint(time.Duration(cfg.RPCTimeout).Seconds()))
	if err != nil {
		return nil, fmt.Errorf("rpc %q: %w", cfg.RPC, err)
	}
	c := &chain{
		cfg: cfg, enc: newEncoding(), rpc: rpc, log: log.With("chain", cfg.ChainID),
		blocks: lighthttp.NewWithClient(cfg.ChainID, rpc),
	}
	return c, c.openKey()
}

func (c *chain) id() string { return c.cfg.ChainID }

// height is a height of this chain as IBC writes it, with the revision that the chain's id ends on.
func (c *chain) height(h int64) clienttypes.Height {
	return clienttypes.NewHeight(clienttypes.ParseChainID(c.id()), uint64(h))
}

// at is a connection for queries of the state after block height; 0 is the latest state.
func (c *chain) at(ctx context.Context, height int64) client.Context {
	return client.Context{}.
		WithCmdContext(ctx).WithClient(c.rpc).WithChainID(c.id()).WithHeight(height).
		WithCodec(c.enc.codec).WithInterfaceRegistry(c.enc.interfaces).WithTxConfig(c.enc.tx)
}

// tip is the latest header of a chain. What it proves is the state after the block before it.
type tip struct {
	height int64
	time   time.Time
}

// provable is the height of the state that the tip's header proves.
func (t tip) provable() int64 { return t.height - 1 }

// tip asks the node where the chain is. A node of another chain, or one that has yet to catch up, is an error.
func (c *chain) tip(ctx context.Context) (tip, error) {
	s, err := c.rpc.Status(ctx)
	switch {
	case err != nil:
		return tip{}, fmt.Errorf("%s: status of %s: %w", c.id(), c.cfg.RPC, err)
	case s.NodeInfo.Network != c.id():
		return tip{}, hint(fmt.Errorf("%s: expected chain %q, got %q", c.cfg.RPC, c.id(), s.NodeInfo.Network), "correct rpc or chain_id")
	case s.SyncInfo.CatchingUp:
		return tip{}, fmt.Errorf("%s: node %s is catching up, at height %d", c.id(), c.cfg.RPC, s.SyncInfo.LatestBlockHeight)
	case s.SyncInfo.LatestBlockHeight < minProofHeight:
		return tip{}, fmt.Errorf("%s: height %d is too early for proofs", c.id(), s.SyncInfo.LatestBlockHeight)
	}
	return tip{height: s.SyncInfo.LatestBlockHeight, time: s.SyncInfo.LatestBlockTime}, nil
}

// minProofHeight: the state after block 1 cannot be queried, and that after block 2 is proven by header 3.
const minProofHeight = 3
