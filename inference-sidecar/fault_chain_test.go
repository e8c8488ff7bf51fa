package sidecar

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// lie is what all endpoints say at once.
type lie struct {
	name   string
	node   func(w *world) *chaintest.Node
	cause  string // of the metric
	text   string // of the status
	silent bool   // nothing new is no error by itself
}

func forgedHeader(w *world) *chaintest.Node {
	fork := w.chain.Fork(chaintest.Fork{From: w.chain.Height() + 1, Strangers: true, AppHash: bytes.Repeat([]byte{9}, 32)})
	fork.Advance(30)
	return chaintest.NewNode(fork)
}

func alteredHeader(w *world) *chaintest.Node {
	n := chaintest.NewNode(w.chain)
	n.LightBlock = func(_ int64, block *types.LightBlock) (*types.LightBlock, error) {
		header := *block.Header
		header.AppHash = bytes.Repeat([]byte{9}, 32)
		return &types.LightBlock{SignedHeader: &types.SignedHeader{Header: &header, Commit: block.Commit}, ValidatorSet: block.ValidatorSet}, nil
	}
	return n
}

func forgedProof(w *world) *chaintest.Node {
	n := chaintest.NewNode(w.chain)
	n.Answer = func(store string, _ []byte, _ int64, a *lightclient.Answer) *lightclient.Answer {
		if store != rollouttypes.StoreKey || len(a.Value) == 0 {
			return a
		}
		forged := *a
		forged.Value = slices.Clone(a.Value)
		forged.Value[len(forged.Value)-1] ^= 1
		return &forged
	}
	return n
}

// oldState answers reads with what held at the height of now, whatever comes.
func oldState(w *world) *chaintest.Node {
	n, old := chaintest.NewNode(w.chain), w.chain.Height()-2
	n.Answer = func(store string, key []byte, _ int64, a *lightclient.Answer) *lightclient.Answer {
		if store != rollouttypes.StoreKey {
			return a
		}
		value, proof, err := w.chain.Query(store, key, old)
		if err != nil {
			return a
		}
		return &lightclient.Answer{Value: value, Proof: proof}
	}
	return n
}

func oldHeight(w *world) *chaintest.Node {
	n, old := chaintest.NewNode(w.chain), w.chain.Height()-10
	n.Tip = func(int64) int64 { return old }
	return n
}

func otherChain(w *world) *chaintest.Node {
	other := chaintest.New(chaintest.Options{ChainID: "other-1", Start: w.chain.Time(1)})
	other.Advance(w.chain.Height() + 100)
	return chaintest.NewNode(other)
}

// Endpoints lie, all of them, while the zone rolls out another release. Nothing of it is believed, what serves goes on, and once
// they are honest again the device follows.
func TestFaultEndpointsLie(t *testing.T) {
	for _, l := range []lie{
		{name: "failure: header forged by strangers", node: forgedHeader, cause: "header", text: "header"},
		{name: "failure: header altered", node: alteredHeader, cause: "response", text: "light block"},
		{name: "failure: proof forged", node: forgedProof, cause: "proof", text: "proof"},
		{name: "failure: old state", node: oldState, cause: "proof", text: "proof"},
		{name: "failure: old height", node: oldHeight, silent: true},
		{name: "failure: another chain id", node: otherChain, cause: "response", text: "other-1"},
	} {
		t.Run(l.name, func(t *testing.T) { testLie(t, l) })
	}
}

// awaitCause waits until the status says why there is no news from the chain, and awaitNoCause until there is.
func (r *device) awaitCause(text string) {
	r.w.t.Helper()
	r.await("the cause is in the status: "+text, func() bool { return strings.Contains(r.Status().Chain.Error, text) })
}

func (r *device) awaitNoCause() {
	r.w.t.Helper()
	r.await("there is news from the chain", func() bool { return r.Status().Chain.Error == "" })
}

func testLie(t *testing.T, l lie) {
	w := newWorld(t)
	first, second := releaseOf(t, 1), releaseOf(t, 2)
	d := w.serving(first)
	promised := d.promise(first)
	asks := d.ask(first)
	w.show(l.node(w))
	w.roll(second)
	w.turn(second, rollouttypes.PhaseCanary, 2)
	if l.silent {
		asked := w.endpoints[0].node.Load().Requests("tip")
		d.await("asked again", func() bool { return w.endpoints[0].node.Load().Requests("tip") > asked+2 })
		w.clock.move(time.Hour)
		require.Greater(t, d.Status().Chain.Age, 50*time.Minute)
		require.Greater(t, d.gauges().Chain.Age, 50*time.Minute)
		w.clock.move(-time.Hour)
	} else {
		d.awaitCause(l.text)
		d.awaitMetric(`assay_sidecar_chain_update_failures_total{cause="` + l.cause + `"}`)
	}
	require.Equal(t, first.id, d.Status().Models[0].Serving)
	require.Empty(t, d.Status().Models[0].Candidate)
	d.kept(promised)
	asks.end(t)

	// The endpoints are honest again. What lied is asked again after a while.
	asks = d.ask(first, second)
	w.show(chaintest.NewNode(w.chain))
	w.sleepFor(10 * time.Minute)
	w.promote(second)
	d.awaitServing(second)
	d.awaitNoCause()
	d.kept(promised)
	asks.end(t)
}

// One endpoint lies, and the other does not: the device follows the honest one.
func TestFaultOneEndpointLies(t *testing.T) {
	for _, l := range []lie{
		{name: "success: header altered", node: alteredHeader},
		{name: "success: proof forged", node: forgedProof},
		{name: "success: old state", node: oldState},
	} {
		t.Run(l.name, func(t *testing.T) {
			w := newWorld(t)
			w.config.Chain.Endpoints = append(w.config.Chain.Endpoints, newEndpoint(t, w.chain, w.ledger).URL)
			first, second := releaseOf(t, 1), releaseOf(t, 2)
			d := w.serving(first)
			asks := d.ask(first, second)
			w.endpoints[0].node.Store(l.node(w))
			w.roll(second)
			w.promote(second)
			d.awaitServing(second)
			d.await("the endpoint is named", func() bool { return d.Status().Chain.Endpoints[0].Error != "" })
			asks.end(t)
		})
	}
}

// All endpoints are down for an hour, and then back.
func TestFaultAllEndpointsDown(t *testing.T) {
	w := newWorld(t)
	first, second := releaseOf(t, 1), releaseOf(t, 2)
	d := w.serving(first)
	promised := d.promise(first)
	asks := d.ask(first, second)
	w.down(true)
	d.awaitCause(lightclient.ErrUnavailable.Error())
	d.awaitMetric(`assay_sidecar_chain_update_failures_total{cause="unreachable"}`)
	for range 60 {
		w.sleepFor(time.Minute)
		d.promise(first)
	}
	d.awaitCause(lightclient.ErrUnavailable.Error())
	require.Greater(t, d.Status().Chain.Age, time.Hour)
	require.Contains(t, d.metricsText(), `assay_sidecar_chain_endpoint_up{endpoint="`+w.endpoints[0].URL+`"} 0`)
	require.Equal(t, first.id, d.Status().Models[0].Serving)
	d.kept(promised)
	require.GreaterOrEqual(t, d.Status().Proving.Pending, 61)

	w.roll(second) // nobody hears of it
	w.promote(second)
	w.down(false)
	w.sleepFor(2 * time.Minute)
	d.awaitServing(second)
	d.awaitNoCause()
	d.kept(promised)
	asks.end(t)
}

// The clock jumps beyond the trust period and back: nothing new is verified meanwhile, and the device follows again.
func TestFaultClockForward(t *testing.T) {
	w := newWorld(t)
	first, second := releaseOf(t, 1), releaseOf(t, 2)
	d := w.serving(first)
	promised := d.promise(first)
	asks := d.ask(first, second)
	w.clock.move(15 * 24 * time.Hour)
	w.roll(second)
	d.awaitCause(lightclient.ErrTrustExpired.Error())
	d.awaitMetric(`assay_sidecar_chain_update_failures_total{cause="trust-expired"}`)
	require.Equal(t, first.id, d.Status().Models[0].Serving)
	d.kept(promised)

	w.clock.move(-15 * 24 * time.Hour)
	w.promote(second)
	d.awaitServing(second)
	d.awaitNoCause()
	d.kept(promised)
	asks.end(t)
}

// The clock jumps backward: headers are from the future until it is right again.
func TestFaultClockBackward(t *testing.T) {
	w := newWorld(t)
	first, second := releaseOf(t, 1), releaseOf(t, 2)
	d := w.serving(first)
	promised := d.promise(first)
	asks := d.ask(first, second)
	w.clock.move(-24 * time.Hour)
	w.roll(second)
	d.awaitCause(lightclient.ErrFutureHeader.Error())
	d.awaitMetric(`assay_sidecar_chain_update_failures_total{cause="clock"}`)
	d.kept(promised)
	d.promise(first)

	w.clock.move(24 * time.Hour)
	w.promote(second)
	d.awaitServing(second)
	d.await("its reports went out", func() bool { return d.Status().Reports == 0 })
	d.awaitNoCause()
	d.kept(promised)
	asks.end(t)
}
