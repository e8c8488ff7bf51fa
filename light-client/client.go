package lightclient

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cometbft/cometbft/types"
)

// Client follows one chain. Its methods are safe for concurrent use; updates, bundles and decisions take turns.
type Client struct {
	config    Config
	rules     rules
	headers   *headers
	endpoints []*endpoint
	cache     *cache

	updating sync.Mutex // held by whoever moves the head

	mu         sync.Mutex // the rest
	block      *types.LightBlock
	divergence *Divergence
	unbonding  unbondingRecord
	refused    error // why the trust period may not be used
	lastErr    error // of the latest update
	confirmed  int   // witnesses that confirmed the head
}

// Open returns a client. Where the store has a verified header it makes no request; otherwise it fetches the root of trust
// from an endpoint. Errors: ErrConfig, ErrTrust, ErrStore, ErrUnavailable.
func Open(ctx context.Context, config Config) (*Client, error) {
	config.setDefaults()
	if err := config.validate(); err != nil {
		return nil, err
	}
	c := &Client{
		config: config,
		rules:  rules{chainID: config.ChainID, period: config.Trust.Period, drift: config.MaxClockDrift},
		cache:  newCache(config.CacheBytes),
	}
	if err := c.dial(); err != nil {
		return nil, err
	}
	var err error
	if c.headers, err = openHeaders(config.Dir, config.ChainID, config.wrapDB); err != nil {
		return nil, err
	}
	if err := c.restore(ctx); err != nil {
		return nil, errors.Join(err, c.headers.close())
	}
	return c, nil
}

func (c *Client) dial() error {
	for i, url := range c.config.Endpoints {
		remote, err := c.config.Dial(url)
		if err != nil {
			return err
		}
		c.endpoints = append(c.endpoints, &endpoint{
			url: url, name: redacted(url), rank: i, remote: remote, timeout: c.config.Timeout, now: c.config.Now, jitter: c.config.Jitter, role: RoleIdle,
		})
	}
	return nil
}

// restore takes up what the store has, or begins with the root of trust.
func (c *Client) restore(ctx context.Context) error {
	var d Divergence
	found, err := c.headers.getJSON(keyDivergence, &d)
	if err != nil {
		return err
	}
	if found {
		c.divergence = &d
	}
	if _, err := c.headers.getJSON(keyUnbonding, &c.unbonding); err != nil {
		return err
	}
	if c.unbonding.Unbonding != 0 {
		c.refused = c.rules.compare(c.unbonding.Unbonding)
	}
	newest, err := c.headers.newest()
	if err != nil {
		return err
	}
	if newest == nil {
		if !c.config.Trust.given() {
			return fmt.Errorf("%w: expected a height and a hash, since the store is empty", ErrTrust)
		}
		root, err := c.fetchRoot(ctx, c.config.Trust)
		if err != nil {
			return err
		}
		return c.adopt(root)
	}
	if err := c.checkStored(c.config.Trust); err != nil {
		return err
	}
	c.block = newest
	return c.restoreReads()
}

// checkStored compares the configured root with the store's header of that height, if it has one.
func (c *Client) checkStored(t Trust) error {
	if !t.given() {
		return nil
	}
	block, err := c.headers.at(t.Height)
	if err != nil || block == nil {
		return err
	}
	if err := c.rules.verifyRoot(t, block); err != nil {
		return fmt.Errorf("%w, in the store", err)
	}
	return nil
}

// fetchRoot fetches a root of trust from the first endpoint that has it.
func (c *Client) fetchRoot(ctx context.Context, t Trust) (*types.LightBlock, error) {
	var wrong, missing error
	for _, e := range usable(c.endpoints) {
		block, err := e.lightBlock(ctx, c.config.ChainID, t.Height)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			if errors.Is(err, ErrNotFound) {
				missing = errors.Join(missing, err)
			}
			continue
		}
		err = c.rules.verifyRoot(t, block)
		if err == nil {
			return block, nil
		}
		e.strike(err)
		wrong = errors.Join(wrong, fmt.Errorf("%q: %w", e.name, err))
	}
	switch {
	case wrong != nil:
		return nil, wrong
	case missing != nil:
		return nil, fmt.Errorf("%w: header %d: %w", ErrTrust, t.Height, missing)
	}
	return nil, unavailable(c.endpoints)
}

// adopt makes a block the head without more ado.
func (c *Client) adopt(block *types.LightBlock) error {
	if err := c.headers.SaveLightBlock(block); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.block = block
	return nil
}

// Close closes the store. The client must not be used after it.
func (c *Client) Close() error {
	c.updating.Lock()
	defer c.updating.Unlock()
	c.config.closeIdle()
	return c.headers.close()
}

// Head returns the newest verified header.
func (c *Client) Head() (Head, bool) {
	block := c.newest()
	if block == nil {
		return Head{}, false
	}
	return headOf(block), true
}

func (c *Client) newest() *types.LightBlock {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.block
}

// Status is what a client knows about itself.
type Status struct {
	ChainID string
	Head    Head
	// Age is how old the head is by the device's clock.
	Age time.Duration
	// TrustedUntil is when the head is too old to verify another from it.
	TrustedUntil time.Time
	// TrustPeriod and Unbonding are compared; Unbonding is 0 until it was read.
	TrustPeriod, Unbonding time.Duration
	// Confirmed is how many endpoints confirmed the head: none with one endpoint, by a bundle, and for a root of trust.
	Confirmed int
	Endpoints []EndpointStatus
	// Divergence is why the client is halted; nil if it is not.
	Divergence *Divergence
	// LastError is of the latest update, and StoreError why the head is in memory alone; empty for none.
	LastError, StoreError string
}

// Status returns what the client knows about itself. It makes no request.
func (c *Client) Status() Status {
	s := Status{ChainID: c.config.ChainID}
	for _, e := range c.endpoints {
		s.Endpoints = append(s.Endpoints, e.status())
	}
	if err := c.headers.unsavedError(); err != nil {
		s.StoreError = err.Error()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s.TrustPeriod, s.Unbonding, s.Confirmed = c.rules.period, c.unbonding.Unbonding, c.confirmed
	if c.block != nil {
		s.Head = headOf(c.block)
		s.Age = c.config.Now().Sub(s.Head.Time)
		s.TrustedUntil = s.Head.Time.Add(c.rules.period)
	}
	if c.divergence != nil {
		d := *c.divergence
		s.Divergence = &d
	}
	if c.lastErr != nil {
		s.LastError = c.lastErr.Error()
	}
	return s
}
