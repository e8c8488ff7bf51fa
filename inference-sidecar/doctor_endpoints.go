package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"

	"github.com/assay-chain/assay/inference-sidecar/config"
)

const (
	// maxAnswer bounds what an endpoint may answer, in bytes.
	maxAnswer = 4 << 20
	// maxLag is how far behind the others an endpoint may be, by the time of its newest header.
	maxLag = time.Minute
)

// node is what an endpoint said of itself. Nothing of it is verified.
type node struct {
	url    string // without its password
	client *rpchttp.HTTP
	err    error

	chainID    string
	height     int64
	time       time.Time // of its newest header
	catchingUp bool
	date       time.Time // of its clock, by its answer's head; zero: none

	hash    config.Hex // of the header at the height that all have
	hashErr error
}

// survey asks all endpoints at once how they stand, and then for one header that all should have. common is its height; 0
// where fewer than two answered.
func (d *doctor) survey(ctx context.Context) (nodes []*node, common int64) {
	var asked sync.WaitGroup
	for _, endpoint := range d.config.Chain.Endpoints {
		n := &node{url: redacted(endpoint)}
		nodes = append(nodes, n)
		asked.Go(func() { n.err = n.ask(ctx, endpoint) })
	}
	asked.Wait()
	same := d.onChain(nodes)
	if len(same) < 2 {
		return nodes, 0
	}
	common = same[0].height
	for _, n := range same {
		common = min(common, n.height)
	}
	for _, n := range same {
		asked.Go(func() { n.hashErr = n.askHeader(ctx, common) })
	}
	asked.Wait()
	return nodes, common
}

// onChain are the endpoints that answered for the configured chain.
func (d *doctor) onChain(nodes []*node) (out []*node) {
	for _, n := range nodes {
		if n.err == nil && n.chainID == d.config.Chain.ID {
			out = append(out, n)
		}
	}
	return out
}

func (n *node) ask(ctx context.Context, endpoint string) error {
	answers := &answers{base: http.DefaultTransport.(*http.Transport).Clone()}
	client := &http.Client{
		Transport: answers, Timeout: endpointTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // an endpoint names no other
	}
	var err error
	if n.client, err = rpchttp.NewWithClient(endpoint, "/websocket", client); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, endpointTimeout)
	defer cancel()
	s, err := n.client.Status(ctx)
	if err != nil {
		return unwrapURL(err)
	}
	n.chainID, n.height, n.time, n.catchingUp = s.NodeInfo.Network, s.SyncInfo.LatestBlockHeight, s.SyncInfo.LatestBlockTime, s.SyncInfo.CatchingUp
	n.date = answers.date()
	if n.height < 1 {
		return errors.New("it has no block yet")
	}
	return nil
}

func (n *node) askHeader(ctx context.Context, height int64) error {
	ctx, cancel := context.WithTimeout(ctx, endpointTimeout)
	defer cancel()
	c, err := n.client.Commit(ctx, &height)
	switch {
	case err != nil:
		return unwrapURL(err)
	case c.Header == nil || c.Height != height:
		return fmt.Errorf("expected header %d, got another", height)
	}
	n.hash = config.Hex(c.Hash())
	return nil
}

// answers bounds the answers of an endpoint, and notes its clock.
type answers struct {
	base http.RoundTripper

	mu   sync.Mutex
	last time.Time
}

// RoundTrip makes a request.
func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := a.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		a.mu.Lock()
		a.last = at
		a.mu.Unlock()
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, maxAnswer), res.Body}
	return res, nil
}

func (a *answers) date() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
}

// unwrapURL is an error without the address, which may hold a password.
func unwrapURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// redacted is an address without its password.
func redacted(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil || u.User == nil {
		return endpoint
	}
	return u.Redacted()
}

func (d *doctor) checkEndpoints(nodes []*node, common int64) []Finding {
	latest := d.now().Add(d.config.Chain.MaxClockDrift.Duration)
	var newest time.Time
	for _, n := range d.onChain(nodes) {
		if n.time.After(newest) && !n.time.After(latest) { // else it says nothing of the others
			newest = n.time
		}
	}
	var out []Finding
	for _, n := range nodes {
		out = append(out, d.checkEndpoint(n, newest))
	}
	return append(out, d.checkAgreement(nodes, common))
}

func (d *doctor) checkEndpoint(n *node, newest time.Time) Finding {
	check := "endpoint " + n.url
	stands := fmt.Sprintf("height %d of %s", n.height, d.age(n.time))
	switch {
	case n.err != nil:
		return wrong(check, "does not answer: %v", n.err).
			means("with no endpoint left the device gets no news, and serves what it verified last").
			hint("check the network, and the address in chain.endpoints: curl -m 5 %s/status", strings.Replace(n.url, "tcp://", "http://", 1))
	case n.chainID != d.config.Chain.ID:
		return wrong(check, "chain id: expected %q, got %q", d.config.Chain.ID, n.chainID).
			means("it serves another chain, and is of no use").hint("chain.endpoints: remove it; or correct chain.id")
	case n.catchingUp:
		return warning(check, "%s, and it is still catching up", stands)
	case n.time.Sub(d.now()) > d.config.Chain.MaxClockDrift.Duration:
		return warning(check, "height %d of %s, %s ahead of this device's clock", n.height, stamp(n.time), length(n.time.Sub(d.now()))).
			means("the endpoint, or this clock, is wrong; the check of the clock tells")
	case newest.Sub(n.time) > maxLag:
		return warning(check, "%s, %s behind the others", stands, length(newest.Sub(n.time))).
			hint("if it stays so, name another in chain.endpoints")
	}
	return fine(check, "%s", stands)
}

// checkAgreement compares what the endpoints have at one height.
func (d *doctor) checkAgreement(nodes []*node, common int64) Finding {
	const check = "endpoints agree"
	if len(nodes) == 1 {
		return warning(check, "there is one endpoint: nobody confirms what it says").
			means("if a third of the validators sign two chains, the device does not notice").
			hint("chain.endpoints: add one of another operator")
	}
	var first *node
	compared := 0
	for _, n := range d.onChain(nodes) {
		switch {
		case common == 0 || n.hashErr != nil:
			continue
		case first == nil:
			first = n
		case n.hash.String() != first.hash.String():
			return wrong(check, "header %d: %s has %s, %s has %s", common, first.url, first.hash, n.url, n.hash).
				means("one of them is on another chain; the light client halts where both headers verify").
				hint("ask the zone's operator which hash is right, and remove the other endpoint from chain.endpoints")
		}
		compared++
	}
	if compared < 2 {
		return unchecked(check, "fewer than two endpoints have a header to compare")
	}
	return fine(check, "%d of %d have the same header at height %d", compared, len(nodes), common)
}
