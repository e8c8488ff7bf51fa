package lightclient

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/light/provider"
	"github.com/cometbft/cometbft/types"
)

const (
	// sequentialStep is how many headers the light client may hold in memory at a time when it verifies each.
	sequentialStep = 64
	// witnessLag is how old a head may be while the witnesses are not further: they may be a block behind.
	witnessLag = time.Minute
)

// Update asks the endpoints where the chain is, and verifies the newest header that one of them has and another confirms.
// It returns the newest verified header, which stays the same where there is nothing new. After an error the head is the one
// that was verified before it: as it was, or further. Errors: ErrHalted, ErrUnavailable, ErrNoWitness, ErrTrustExpired,
// ErrTrustPeriod, ErrHeader, ErrFutureHeader, ErrResponse, ErrStore, or the context's.
func (c *Client) Update(ctx context.Context) (Head, error) {
	c.updating.Lock()
	defer c.updating.Unlock()
	err := c.halted()
	if err == nil {
		if err = c.advance(ctx); err == nil {
			err = c.checkPeriod(ctx)
		}
	}
	c.mu.Lock()
	c.lastErr = err
	c.mu.Unlock()
	if err != nil {
		return Head{}, err
	}
	return headOf(c.newest()), nil
}

// advance moves the head to the newest header, round by round: in each, an endpoint that turns out to be bad drops out.
func (c *Client) advance(ctx context.Context) error {
	if err := c.renew(ctx); err != nil {
		return err
	}
	candidates := usable(c.endpoints)
	heights := tips(ctx, candidates)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	candidates = slices.DeleteFunc(candidates, func(e *endpoint) bool { return heights[e] == 0 })
	if len(candidates) == 0 {
		return unavailable(c.endpoints)
	}
	var failures error
	for len(candidates) > 0 {
		p, err := c.plan(candidates, heights)
		if err != nil || p == nil {
			return errors.Join(err, failures)
		}
		out, err := c.round(ctx, p)
		if err == nil {
			return nil
		}
		if final(ctx, err) {
			return err
		}
		failures = errors.Join(failures, err)
		candidates = slices.DeleteFunc(candidates, func(e *endpoint) bool { return slices.Contains(out, e) })
	}
	for _, told := range []error{ErrHeader, ErrFutureHeader, ErrResponse, ErrNoWitness} {
		if errors.Is(failures, told) {
			return failures
		}
	}
	return unavailable(c.endpoints) // nobody lied
}

// final says whether another endpoint can make no difference.
func final(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, ErrHalted) || errors.Is(err, ErrTrustExpired) || errors.Is(err, ErrStore)
}

// renew begins anew with a configured root of trust that is newer than a head that is too old.
func (c *Client) renew(ctx context.Context) error {
	head, now := c.newest(), c.config.Now()
	if !c.rules.expired(head, now) {
		return nil
	}
	if c.config.Trust.Height <= head.Height {
		return fmt.Errorf("%w: header %d of %s, trust period %s, now %s", ErrTrustExpired,
			head.Height, head.Time.UTC().Format(time.RFC3339), c.rules.period, now.UTC().Format(time.RFC3339))
	}
	root, err := c.fetchRoot(ctx, c.config.Trust)
	if err != nil {
		return err
	}
	c.config.Logger.Info("the verified header is too old; going on with the configured root of trust", "old", head.Height, "new", root.Height)
	return c.adopt(root)
}

// plan is a round of verification: who gives the header of a height, and who confirms it.
type plan struct {
	primary   *endpoint
	witnesses []*endpoint // none where nobody is to confirm
	target    int64
}

// plan returns nil where there is nothing new.
func (c *Client) plan(candidates []*endpoint, heights map[*endpoint]int64) (*plan, error) {
	head := c.newest()
	alone := c.config.Unwitnessed || c.configured() == 1
	p := choose(candidates, heights, head.Height, alone)
	if p == nil || p.target > head.Height {
		return p, nil
	}
	if c.config.Now().Sub(head.Time) < witnessLag {
		return nil, nil
	}
	err := fmt.Errorf("%w: %q is at height %d, and no other endpoint is above %d", ErrNoWitness, p.primary.name, heights[p.primary], head.Height)
	return nil, errors.Join(append([]error{err}, causes(c.endpoints)...)...)
}

// configured is the number of endpoints that are not excluded.
func (c *Client) configured() int {
	n := 0
	for _, e := range c.endpoints {
		if !e.excluded() {
			n++
		}
	}
	return n
}

// choose returns the plan for the newest height above head that the best candidate has and another too. Its target is 0 if
// only one candidate is above, unless it may go alone. It returns nil if none is. The heights are claims: one that is too
// high costs the endpoint that made it, and one that is ahead of all others makes no difference.
func choose(candidates []*endpoint, heights map[*endpoint]int64, head int64, alone bool) *plan {
	i := slices.IndexFunc(candidates, func(e *endpoint) bool { return heights[e] > head })
	if i < 0 {
		return nil
	}
	p := &plan{primary: candidates[i]}
	var best int64
	for _, e := range candidates {
		if e != p.primary {
			best = max(best, heights[e])
		}
	}
	if best <= head {
		if alone {
			p.target = heights[p.primary]
		}
		return p
	}
	p.target = min(heights[p.primary], best)
	for _, e := range candidates {
		if e != p.primary && heights[e] >= p.target {
			p.witnesses = append(p.witnesses, e)
		}
	}
	return p
}

// round verifies the plan's target by CometBFT's light client. On failure it returns the endpoints that drop out.
func (c *Client) round(ctx context.Context, p *plan) ([]*endpoint, error) {
	now := c.config.Now()
	q := &inquiry{now: now}
	primary := c.source(p.primary, q)
	witnesses := make([]*source, 0, len(p.witnesses))
	for _, e := range p.witnesses {
		witnesses = append(witnesses, c.source(e, q))
	}
	client, err := c.lightClient(primary, witnesses)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStore, err)
	}
	trusted := c.newest()
	for height := trusted.Height; height < p.target; {
		height = p.target
		if c.config.Sequential {
			height = min(p.target, trusted.Height+sequentialStep)
		}
		var block *types.LightBlock
		err := guarded(ErrHeader, func() (err error) {
			block, err = client.VerifyLightBlockAtHeight(ctx, height, now)
			return err
		})
		if err != nil {
			return c.judge(ctx, err, verdict{client: client, trusted: trusted, height: height, now: now, first: primary, witnesses: witnesses, inquiry: q})
		}
		trusted = block
		c.accept(block, len(witnesses))
	}
	c.assignRoles(client)
	blameWitnesses(witnesses, trusted)
	return nil, nil
}

func (c *Client) source(e *endpoint, q *inquiry) *source {
	return &source{endpoint: e, chainID: c.config.ChainID, report: q.report}
}

// lightClient returns CometBFT's client for one round. A new one each time: it drops endpoints for good, and would run out.
// Where nobody is to confirm, the primary is its own witness.
func (c *Client) lightClient(primary *source, witnesses []*source) (*light.Client, error) {
	providers := make([]provider.Provider, 0, len(witnesses)+1)
	for _, w := range witnesses {
		providers = append(providers, w)
	}
	if len(providers) == 0 {
		providers = append(providers, primary)
	}
	verification := light.SkippingVerification(light.DefaultTrustLevel)
	if c.config.Sequential {
		verification = light.SequentialVerification()
	}
	return light.NewClientFromTrustedStore(c.config.ChainID, c.rules.period, primary, providers, c.headers,
		verification, light.MaxClockDrift(c.rules.drift), light.PruningSize(uint16(c.config.Keep)))
}

func (c *Client) accept(block *types.LightBlock, witnesses int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.block, c.confirmed = block, witnesses
}

func (c *Client) assignRoles(client *light.Client) {
	for _, e := range c.endpoints {
		e.setRole(RoleIdle)
	}
	for _, w := range client.Witnesses() {
		s := w.(*source)
		s.clear()
		s.setRole(RoleWitness)
	}
	s := client.Primary().(*source)
	s.clear()
	s.setRole(RolePrimary)
}

// verdict is what a failed round is judged by.
type verdict struct {
	client    *light.Client
	trusted   *types.LightBlock
	height    int64 // that was to be verified
	now       time.Time
	first     *source // the primary at the beginning
	witnesses []*source
	inquiry   *inquiry
}

// judge finds who is to blame for a failed round, and returns them with the error.
func (c *Client) judge(ctx context.Context, err error, v verdict) ([]*endpoint, error) {
	primary := v.client.Primary().(*source)
	target := primary.recent(v.height)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, light.ErrLightClientAttack):
		return nil, c.halt(v.inquiry.finding(primary.name, v.height, v.witnesses))
	case errors.Is(err, ErrStore):
		return nil, err
	case errors.Is(err, light.ErrNoWitnesses), errors.Is(err, light.ErrFailedHeaderCrossReferencing):
		if out, causes := blameWitnesses(v.witnesses, target); len(out) > 0 {
			return out, fmt.Errorf("%w of header %d from %q: %w", ErrNoWitness, v.height, primary.name, causes)
		}
	}
	err = c.rules.explain(err, v.trusted, target, v.now)
	if errors.Is(err, ErrTrustExpired) {
		return nil, err
	}
	out := []*endpoint{primary.endpoint}
	if v.first != primary && v.first.failure() != nil {
		out = append(out, v.first.endpoint)
	}
	if failure := primary.failure(); failure != nil {
		return out, failure // on record already
	}
	if errors.Is(err, ErrFutureHeader) { // perhaps it is this device's clock
		primary.fail(err)
	} else {
		primary.strike(err)
	}
	return out, fmt.Errorf("%q: %w", primary.name, err)
}

// blameWitnesses returns those that did not confirm the target, and why. It demotes those that contradicted it with a header
// that did not verify. Target is nil if the primary does not have it.
func blameWitnesses(witnesses []*source, target *types.LightBlock) (out []*endpoint, causes error) {
	if target == nil {
		return nil, nil
	}
	for _, w := range witnesses {
		err := w.failure()
		if w.contradicts(target) {
			err = fmt.Errorf("%q: %w %d: %X does not verify, expected %X", w.name, ErrHeader, target.Height, w.hashAt(target.Height), target.Hash())
			w.strike(err)
		}
		if err != nil {
			out = append(out, w.endpoint)
			causes = errors.Join(causes, err)
		}
	}
	return out, causes
}
