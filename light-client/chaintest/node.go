package chaintest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/cometbft/cometbft/types"

	lightclient "github.com/assay-chain/assay/light-client"
)

// Node serves a chain. Lies are what it says instead of the truth: each gets the truth and returns what is said; nil says the
// truth. They are set before the node is used.
type Node struct {
	chain *Chain

	// Tip lies about the height.
	Tip func(height int64) int64
	// LightBlock lies about headers. It may return an error of package lightclient.
	LightBlock func(height int64, block *types.LightBlock) (*types.LightBlock, error)
	// Answer lies about values.
	Answer func(store string, key []byte, height int64, answer *lightclient.Answer) *lightclient.Answer
	// Methods are further methods of the JSON-RPC over HTTP, by name.
	Methods map[string]Method

	mu       sync.Mutex
	fail     error
	evidence []types.Evidence
	requests map[string]int
}

// NewNode returns an honest node.
func NewNode(c *Chain) *Node { return &Node{chain: c, requests: make(map[string]int)} }

var _ lightclient.Remote = (*Remote)(nil)

// Remote is a node in memory, as a client sees it.
type Remote struct{ node *Node }

// Remote returns the node for lightclient.Config.Dial.
func (n *Node) Remote() *Remote { return &Remote{n} }

// ErrDown is what a node says that is down.
var ErrDown = errors.New("connection refused")

// SetDown takes the node down, or up again.
func (n *Node) SetDown(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fail = nil
	if down {
		n.fail = ErrDown
	}
}

// Evidence returns what was reported to the node.
func (n *Node) Evidence() []types.Evidence {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]types.Evidence(nil), n.evidence...)
}

// Requests returns how many requests of a kind the node had: "tip", "block", "query" or "evidence".
func (n *Node) Requests(kind string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.requests[kind]
}

func (n *Node) count(kind string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.requests[kind]++
	return n.fail
}

func (n *Node) tip() (int64, error) {
	if err := n.count("tip"); err != nil {
		return 0, err
	}
	height := n.chain.Height()
	if n.Tip != nil {
		height = n.Tip(height)
	}
	return height, nil
}

func (n *Node) block(height int64) (*types.LightBlock, error) {
	if err := n.count("block"); err != nil {
		return nil, err
	}
	block, err := n.chain.LightBlock(height)
	if err != nil {
		err = fmt.Errorf("%w: %w", lightclient.ErrNotFound, err)
	}
	if n.LightBlock != nil {
		return n.LightBlock(height, block)
	}
	return block, err
}

func (n *Node) answer(store string, key []byte, height int64) (*lightclient.Answer, error) {
	if err := n.count("query"); err != nil {
		return nil, err
	}
	if tip := n.chain.Height(); height > tip {
		return nil, fmt.Errorf("%w: height %d of %d", lightclient.ErrNotFound, height, tip)
	}
	value, ops, err := n.chain.Query(store, key, height)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", lightclient.ErrNotFound, err)
	}
	answer := &lightclient.Answer{Value: value, Proof: ops}
	if n.Answer != nil {
		answer = n.Answer(store, key, height, answer)
	}
	return answer, nil
}

func (n *Node) report(e types.Evidence) error {
	if err := n.count("evidence"); err != nil {
		return err
	}
	if err := e.ValidateBasic(); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.evidence = append(n.evidence, e)
	return nil
}

// Tip implements lightclient.Remote.
func (r *Remote) Tip(context.Context) (int64, error) { return r.node.tip() }

// LightBlock implements lightclient.Remote.
func (r *Remote) LightBlock(_ context.Context, height int64) (*types.LightBlock, error) {
	return r.node.block(height)
}

// Query implements lightclient.Remote.
func (r *Remote) Query(_ context.Context, store string, key []byte, height int64) (*lightclient.Answer, error) {
	return r.node.answer(store, key, height)
}

// ReportEvidence implements lightclient.Remote.
func (r *Remote) ReportEvidence(_ context.Context, e types.Evidence) error { return r.node.report(e) }
