package lightclient_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
)

// world is a chain, nodes of it (or of forks), and a clock that stands still unless it is moved.
type world struct {
	t      *testing.T
	chain  *chaintest.Chain
	nodes  map[string]*chaintest.Node
	config lightclient.Config
	now    time.Time
}

// newWorld has a chain of 10 blocks, honest nodes of the given names, and a clock at the time of the latest block. The root
// of trust is the header at height 3.
func newWorld(t *testing.T, nodes ...string) *world {
	t.Helper()
	return newWorldOf(t, chaintest.Options{}, nodes...)
}

func newWorldOf(t *testing.T, o chaintest.Options, nodes ...string) *world {
	t.Helper()
	chain := chaintest.New(o)
	chain.Advance(7)
	return worldOf(t, chain, nodes...)
}

func worldOf(t *testing.T, chain *chaintest.Chain, nodes ...string) *world {
	t.Helper()
	w := &world{t: t, chain: chain, nodes: make(map[string]*chaintest.Node)}
	root, err := w.chain.LightBlock(3)
	require.NoError(t, err)
	for _, name := range nodes {
		w.nodes[name] = chaintest.NewNode(w.chain)
	}
	w.now = w.chain.Time(w.chain.Height())
	w.config = lightclient.Config{
		ChainID: w.chain.ID(), Endpoints: nodes, Trust: lightclient.Trust{Height: 3, Hash: root.Hash()},
		Now: func() time.Time { return w.now }, Jitter: func() float64 { return 1 },
		Dial: func(name string) (lightclient.Remote, error) { return &named{w, name}, nil },
	}
	return w
}

// named is whichever node has the name now.
type named struct {
	w    *world
	name string
}

func (n *named) remote() lightclient.Remote { return n.w.nodes[n.name].Remote() }

func (n *named) Tip(ctx context.Context) (int64, error) { return n.remote().Tip(ctx) }

func (n *named) LightBlock(ctx context.Context, height int64) (*types.LightBlock, error) {
	return n.remote().LightBlock(ctx, height)
}

func (n *named) Query(ctx context.Context, store string, key []byte, height int64) (*lightclient.Answer, error) {
	return n.remote().Query(ctx, store, key, height)
}

func (n *named) ReportEvidence(ctx context.Context, e types.Evidence) error {
	return n.remote().ReportEvidence(ctx, e)
}

// fork makes a node one of a fork.
func (w *world) fork(name string, f chaintest.Fork) *chaintest.Chain {
	c := w.chain.Fork(f)
	w.nodes[name] = chaintest.NewNode(c)
	return c
}

// advance makes blocks, on the clock too. Forks do not grow with it.
func (w *world) advance(blocks int64) {
	w.chain.Advance(blocks)
	w.now = w.chain.Time(w.chain.Height())
}

// open returns a client of the configured endpoints, or of others, that is closed at the end of the test.
func (w *world) open(endpoints ...string) *lightclient.Client {
	w.t.Helper()
	config := w.config
	if len(endpoints) > 0 {
		config.Endpoints = endpoints
	}
	c, err := lightclient.Open(w.t.Context(), config)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { require.NoError(w.t, c.Close()) })
	return c
}

// mustUpdate updates and returns the head.
func (w *world) mustUpdate(c *lightclient.Client) lightclient.Head {
	w.t.Helper()
	h, err := c.Update(w.t.Context())
	require.NoError(w.t, err)
	return h
}

func (w *world) mustSnapshot(c *lightclient.Client) *lightclient.Snapshot {
	w.t.Helper()
	s, err := c.Snapshot(w.t.Context())
	require.NoError(w.t, err)
	return s
}

// role returns an endpoint's part.
func role(t *testing.T, c *lightclient.Client, url string) lightclient.Role {
	t.Helper()
	for _, e := range c.Status().Endpoints {
		if e.URL == url {
			return e.Role
		}
	}
	t.Fatalf("no endpoint %q", url)
	return ""
}

func sameHead(t *testing.T, c *lightclient.Client, want lightclient.Head) {
	t.Helper()
	got, ok := c.Head()
	require.True(t, ok)
	require.Equal(t, want, got)
}

func refused[T error](t *testing.T, err error) T {
	t.Helper()
	var out T
	require.True(t, errors.As(err, &out), "%v", err)
	return out
}
