package lightclient

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	dbm "github.com/cometbft/cometbft-db"
)

const (
	// DefaultTrustPeriod is two thirds of the usual unbonding period of three weeks.
	DefaultTrustPeriod = 14 * 24 * time.Hour
	// DefaultMaxClockDrift is how far a header may be ahead of the device's clock.
	DefaultMaxClockDrift = 10 * time.Second
	// DefaultKeep is the number of verified headers that stay on disk.
	DefaultKeep = 100
	// DefaultTimeout bounds one request to an endpoint.
	DefaultTimeout = 10 * time.Second
	// DefaultCacheBytes bounds the proven values that are kept in memory.
	DefaultCacheBytes = 4 << 20

	maxKeep      = 10_000
	maxEndpoints = 8 // each is asked at every update, and what it answers takes memory
)

// Trust is a header that an operator vouches for.
type Trust struct {
	// Height is the header's, and Hash its 32 bytes. Both may be missing where the store has a verified header; a newer one
	// than that is taken up only once that is too old.
	Height int64
	Hash   []byte
	// Period is for how long validators answer for what they signed: below the chain's unbonding period, which is read
	// by proof and compared. 0 is DefaultTrustPeriod.
	Period time.Duration
}

// Config is what a client needs to know.
type Config struct {
	ChainID string
	// Endpoints are CometBFT RPC URLs, http, https or tcp. The first that works is asked for headers, the others confirm
	// them. With one endpoint nobody does, and a fork that validators signed goes unnoticed.
	Endpoints []string
	Trust     Trust
	// Dir holds the store, for one client at a time; "" keeps everything in memory.
	Dir string
	// MaxClockDrift is how far a header may be ahead of the clock. 0 is DefaultMaxClockDrift.
	MaxClockDrift time.Duration
	// Sequential verifies every header instead of skipping those between which a third of the validators stayed.
	Sequential bool
	// Unwitnessed goes on with one endpoint while none of the others answers.
	Unwitnessed bool
	// Keep is the number of headers kept on disk. 0 is DefaultKeep.
	Keep int
	// Timeout bounds one request. 0 is DefaultTimeout.
	Timeout time.Duration
	// CacheBytes bounds the proven values kept in memory. 0 is DefaultCacheBytes.
	CacheBytes int

	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Jitter returns a number in [0,1) that spreads attempts; nil is random.
	Jitter func() float64
	// Logger takes what is worth knowing; nil drops it.
	Logger *slog.Logger
	// HTTPClient makes the requests; nil is one without compression and cookies.
	HTTPClient *http.Client
	// Dial makes the remote of an endpoint; nil speaks JSON-RPC over HTTP.
	Dial func(endpoint string) (Remote, error)

	// wrapDB stands between the store and the disk in tests.
	wrapDB func(dbm.DB) dbm.DB
	// closeIdle closes the connections of an HTTP client that is ours.
	closeIdle func()
}

func (c *Config) setDefaults() {
	setDefault(&c.Trust.Period, DefaultTrustPeriod)
	setDefault(&c.MaxClockDrift, DefaultMaxClockDrift)
	setDefault(&c.Keep, DefaultKeep)
	setDefault(&c.Timeout, DefaultTimeout)
	setDefault(&c.CacheBytes, DefaultCacheBytes)
	c.closeIdle = func() {}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	if c.wrapDB == nil {
		c.wrapDB = func(db dbm.DB) dbm.DB { return db }
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Dial == nil {
		client := c.HTTPClient
		if client == nil {
			client = newHTTPClient()
			c.closeIdle = client.CloseIdleConnections
		}
		chainID, known := c.ChainID, new(sets)
		c.Dial = func(endpoint string) (Remote, error) { return dialHTTP(chainID, endpoint, client, known) }
	}
}

func setDefault[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

func (c *Config) validate() error {
	switch {
	case c.ChainID == "" || len(c.ChainID) > 50:
		return fmt.Errorf("%w: chain id: expected 1 to 50 bytes, got %q", ErrConfig, c.ChainID)
	case len(c.Endpoints) > maxEndpoints:
		return fmt.Errorf("%w: endpoints: expected at most %d, got %d", ErrConfig, maxEndpoints, len(c.Endpoints))
	case c.Trust.Period < 0, c.MaxClockDrift < 0, c.Timeout < 0, c.CacheBytes < 0:
		return fmt.Errorf("%w: expected no negative period, drift, timeout or cache, got %s, %s, %s and %d",
			ErrConfig, c.Trust.Period, c.MaxClockDrift, c.Timeout, c.CacheBytes)
	case c.Keep < 1 || c.Keep > maxKeep:
		return fmt.Errorf("%w: headers to keep: expected 1 to %d, got %d", ErrConfig, maxKeep, c.Keep)
	}
	for i, e := range c.Endpoints {
		if slices.Contains(c.Endpoints[:i], e) {
			return fmt.Errorf("%w: endpoint %q: expected each once", ErrConfig, redacted(e))
		}
	}
	return c.Trust.validate()
}

// given says whether it names a header.
func (t Trust) given() bool { return t.Height != 0 || len(t.Hash) != 0 }

func (t Trust) validate() error {
	if t.given() && (t.Height <= 0 || len(t.Hash) != sha256.Size) {
		return fmt.Errorf("%w: expected a height and %d bytes of hash, got height %d and %d bytes", ErrTrust, sha256.Size, t.Height, len(t.Hash))
	}
	return nil
}
