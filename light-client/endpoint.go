package lightclient

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/cometbft/cometbft/types"
)

// How long an endpoint rests: after a failure the least time, doubled with each further one up to the most, and spread by
// jitter over half to the whole of it. One that sent what cannot be true has shown more than a bad network.
const (
	minRest     = time.Second
	maxRest     = time.Minute
	minDemotion = time.Minute
	maxDemotion = 10 * time.Minute
)

// endpoint is a remote with its record.
type endpoint struct {
	url     string // as configured
	name    string // the URL without its password: for errors, and people
	rank    int    // in the configuration
	remote  Remote
	timeout time.Duration
	now     func() time.Time
	jitter  func() float64

	mu       sync.Mutex
	role     Role
	height   int64
	failures int // in a row
	strikes  int // in a row
	rest     time.Time
	lastOK   time.Time
	lastErr  error
	failing  bool // the latest request failed
	latency  time.Duration
}

// Role is an endpoint's part in the latest update.
type Role string

// Roles of endpoints.
const (
	RolePrimary  Role = "primary"  // gave the header
	RoleWitness  Role = "witness"  // confirmed it
	RoleResting  Role = "resting"  // failed, and is not asked for a while
	RoleDemoted  Role = "demoted"  // sent what cannot be true, and is not asked for a longer while
	RoleExcluded Role = "excluded" // not asked any more, by an operator's decision
	RoleIdle     Role = "idle"     // none of these
)

// EndpointStatus is what is known about an endpoint.
type EndpointStatus struct {
	// URL is without its password.
	URL  string
	Role Role
	// Height is the latest that it said it is at.
	Height int64
	// Failures and Strikes count, in a row, requests that failed and answers that cannot be true.
	Failures, Strikes int
	LastError         string
	LastOK            time.Time
	// RetryAt is when it is asked again, if it rests.
	RetryAt time.Time
	// Latency is of the latest request that succeeded.
	Latency time.Duration
}

// is says whether it is the endpoint of a URL, with or without its password.
func (e *endpoint) is(url string) bool { return url == e.url || url == e.name }

// redacted is a URL without its password.
func redacted(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil || u.User == nil {
		return endpoint
	}
	return u.Redacted()
}

func (e *endpoint) status() EndpointStatus {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := EndpointStatus{
		URL: e.name, Role: e.role, Height: e.height, Failures: e.failures, Strikes: e.strikes,
		LastOK: e.lastOK, RetryAt: e.rest, Latency: e.latency,
	}
	if e.lastErr != nil {
		s.LastError = e.lastErr.Error()
	}
	switch {
	case e.role == RoleExcluded:
	case !e.rest.After(e.now()):
		s.RetryAt = time.Time{}
	case e.strikes > 0:
		s.Role = RoleDemoted
	default:
		s.Role = RoleResting
	}
	return s
}

func (e *endpoint) setRole(r Role) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.role != RoleExcluded {
		e.role = r
	}
}

func (e *endpoint) exclude() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.role = RoleExcluded
}

func (e *endpoint) excluded() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.role == RoleExcluded
}

// wait is how long the endpoint rests from now; 0 if it may be asked.
func (e *endpoint) wait() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.rest.Sub(e.now())
	if limit := max(maxRest, maxDemotion); d > limit { // the clock was set back
		e.rest = time.Time{}
		return 0
	}
	return max(d, 0)
}

// do makes one request and puts its outcome on record.
func (e *endpoint) do(ctx context.Context, request func(context.Context) error) error {
	began := e.now()
	limited, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	err := request(limited)
	switch {
	case err == nil:
		e.succeeded(e.now().Sub(began))
	case ctx.Err() != nil: // the caller gave up, not the endpoint
		return context.Cause(ctx)
	case errors.Is(err, ErrResponse):
		e.strike(err)
	case errors.Is(err, ErrNotFound):
		e.note(err)
	default:
		e.fail(err)
	}
	if err != nil {
		return fmt.Errorf("%q: %w", e.name, err)
	}
	return nil
}

func (e *endpoint) succeeded(latency time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failures, e.failing, e.rest, e.lastOK, e.latency = 0, false, time.Time{}, e.now(), latency
}

// note puts an error on record that says nothing against the endpoint.
func (e *endpoint) note(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lastErr, e.failing = err, true
}

// fail is for a request that was not answered.
func (e *endpoint) fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failures++
	e.lastErr, e.failing = err, true
	e.rest = e.now().Add(e.backOff(minRest, maxRest, e.failures))
}

// strike is for an answer that cannot be true.
func (e *endpoint) strike(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.strikes++
	e.lastErr, e.failing = err, true
	e.rest = e.now().Add(e.backOff(minDemotion, maxDemotion, e.strikes))
}

// lastFailure is the error of the latest request, if it failed.
func (e *endpoint) lastFailure() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.failing {
		return nil
	}
	return e.lastErr
}

// clear forgives strikes: what the endpoint sent was verified.
func (e *endpoint) clear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.strikes = 0
}

func (e *endpoint) backOff(least, most time.Duration, count int) time.Duration {
	d := most
	if doubled := float64(least) * math.Exp2(float64(count-1)); doubled < float64(most) {
		d = time.Duration(doubled)
	}
	return d/2 + time.Duration(e.jitter()*float64(d/2))
}

func (e *endpoint) tip(ctx context.Context) (height int64, err error) {
	err = e.do(ctx, func(ctx context.Context) error {
		height, err = e.remote.Tip(ctx)
		return err
	})
	if err == nil {
		e.mu.Lock()
		e.height = height
		e.mu.Unlock()
	}
	return height, err
}

// lightBlock fetches a block that is consistent in itself and of the height: CometBFT's light client takes any height.
func (e *endpoint) lightBlock(ctx context.Context, chainID string, height int64) (block *types.LightBlock, err error) {
	err = e.do(ctx, func(ctx context.Context) error {
		if block, err = e.remote.LightBlock(ctx, height); err != nil {
			return err
		}
		if err := block.ValidateBasic(chainID); err != nil {
			return fmt.Errorf("%w: light block of height %d: %w", ErrResponse, height, err)
		}
		if block.Height != height {
			return fmt.Errorf("%w: light block of height %d: got height %d", ErrResponse, height, block.Height)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return block, nil
}

func (e *endpoint) query(ctx context.Context, store string, key []byte, height int64) (answer *Answer, err error) {
	err = e.do(ctx, func(ctx context.Context) error {
		answer, err = e.remote.Query(ctx, store, key, height)
		return err
	})
	return answer, err
}

// usable returns the endpoints that may be asked now, best first: without strikes, then as configured.
func usable(endpoints []*endpoint) []*endpoint {
	out := slices.DeleteFunc(slices.Clone(endpoints), func(e *endpoint) bool { return e.excluded() || e.wait() > 0 })
	strikes := make(map[*endpoint]int, len(out))
	for _, e := range out {
		strikes[e] = e.status().Strikes
	}
	slices.SortStableFunc(out, func(a, b *endpoint) int {
		return cmp.Or(cmp.Compare(strikes[a], strikes[b]), cmp.Compare(a.rank, b.rank))
	})
	return out
}

// unavailable says what came of all endpoints, and when the first may be asked again.
func unavailable(endpoints []*endpoint) error {
	e := &UnavailableError{RetryAfter: -1, Causes: causes(endpoints)}
	for _, ep := range endpoints {
		if wait := ep.wait(); !ep.excluded() && (e.RetryAfter < 0 || wait < e.RetryAfter) {
			e.RetryAfter = wait
		}
	}
	e.RetryAfter = max(e.RetryAfter, 0)
	return e
}

// causes are the errors of the endpoints whose latest request failed.
func causes(endpoints []*endpoint) []error {
	var out []error
	for _, ep := range endpoints {
		if err := ep.lastFailure(); err != nil && !ep.excluded() {
			out = append(out, fmt.Errorf("%q: %w", ep.name, err))
		}
	}
	return out
}

// tips asks the endpoints side by side where they are. Those that do not answer are missing.
func tips(ctx context.Context, endpoints []*endpoint) map[*endpoint]int64 {
	var (
		mu  sync.Mutex
		wg  sync.WaitGroup
		out = make(map[*endpoint]int64, len(endpoints))
	)
	for _, e := range endpoints {
		wg.Go(func() {
			height, err := e.tip(ctx)
			if err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			out[e] = height
		})
	}
	wg.Wait()
	return out
}
