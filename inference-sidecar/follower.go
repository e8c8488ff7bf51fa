package sidecar

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/chain"
	"github.com/assay-chain/assay/inference-sidecar/proving"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	lightclient "github.com/assay-chain/assay/light-client"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
)

// errNoState is returned while nothing of the chain was verified since the start.
var errNoState = errors.New("no verified state of the chain yet")

// confirmPause is how often an enrolment that is not on record yet is looked for and confirmed.
const confirmPause = 10 * time.Second

// follower follows the zone: it opens the light client, watches verified state, applies its orders, and confirms the
// device's enrolment.
type follower struct {
	light   lightclient.Config
	watch   chain.WatcherOptions
	models  map[string]*slots.Model // by name on the chain
	sender  *chain.Sender
	device  *chain.Key
	fleet   uint64
	now     func() time.Time
	log     *slog.Logger
	onState func(chain.State)
	onError func(error)

	client    atomic.Pointer[lightclient.Client]
	confirmed time.Time // of the latest attempt

	mu    sync.Mutex
	state *chain.State // latest; nil before the first
	err   error        // of the latest round; nil where it brought state or no news
}

// run follows until the context ends. Nothing that fails ends it.
func (f *follower) run(ctx context.Context) {
	if !f.open(ctx) {
		return
	}
	defer func() { _ = f.client.Load().Close() }() // what it had to save is saved
	f.watch.Snapshot = f.snapshot
	f.watch.OnState = func(s chain.State) { f.apply(ctx, s) }
	f.watch.OnError = f.fail
	chain.NewWatcher(f.watch).Run(ctx)
}

// open opens the light client; false where the context ended first.
func (f *follower) open(ctx context.Context) bool {
	pause := proving.Backoff{Min: time.Second, Max: time.Minute}
	for n := 1; ; n++ {
		c, err := lightclient.Open(ctx, f.light)
		if err == nil {
			f.client.Store(c)
			return true
		}
		f.fail(fmt.Errorf("light client: %w", err))
		t := time.NewTimer(pause.Delay(n, rand.Float64))
		select {
		case <-ctx.Done():
			t.Stop()
			return false
		case <-t.C:
		}
	}
}

func (f *follower) snapshot(ctx context.Context) (chain.Snapshot, error) {
	c := f.client.Load()
	if _, err := c.Update(ctx); err != nil {
		return nil, err
	}
	return c.Snapshot(ctx)
}

// verified is a snapshot of the newest state that was verified, for reads beside the watcher's.
func (f *follower) verified(ctx context.Context) (*lightclient.Snapshot, error) {
	c := f.client.Load()
	if c == nil {
		return nil, errNoState
	}
	return c.Snapshot(ctx)
}

func (f *follower) fail(err error) {
	f.mu.Lock()
	news := f.err == nil || causeOf(f.err) != causeOf(err) // the text says when the next attempt is: it is never the same
	f.err = err
	f.mu.Unlock()
	if news {
		f.log.Warn("no news from the chain: serving what was verified last", "error", err)
	}
	f.onError(err)
}

// apply puts the orders of a state in force.
func (f *follower) apply(ctx context.Context, s chain.State) {
	f.mu.Lock()
	before := f.state
	f.state, f.err = &s, nil
	f.mu.Unlock()
	if before == nil || before.Standing() != s.Standing() {
		f.log.Info("device on record", "height", s.Height, "standing", s.Standing(), "fleet", s.Device.FleetId)
	}
	for _, o := range s.Orders {
		if err := f.models[o.Model].Apply(o); err != nil {
			f.log.Error("order not in force, or not saved", "model", o.Model, "height", o.Height, "error", err)
		}
	}
	f.onState(s)
	if !s.Enrolled && f.fleet > 0 && f.now().Sub(f.confirmed) >= confirmPause {
		f.confirmed = f.now()
		if err := f.confirm(ctx); err != nil {
			f.log.Warn("enrolment not confirmed", "fleet", f.fleet, "device", f.device.String(), "error", err)
		}
	}
}

// confirm agrees to the enrolment that the fleet's operator made, if verified state has it.
func (f *follower) confirm(ctx context.Context) error {
	s, err := f.verified(ctx)
	if err != nil {
		return err
	}
	_, found, err := s.Enrollment(ctx, f.device.Address(), f.fleet)
	if err != nil {
		return err
	}
	if !found {
		f.log.Info("waiting to be enrolled by the fleet's operator", "fleet", f.fleet, "device", f.device.String())
		return nil
	}
	_, err = f.sender.Send(ctx, &fleettypes.MsgConfirmDevice{Address: f.device.String(), FleetId: f.fleet})
	if err == nil {
		f.log.Info("enrolment confirmed", "fleet", f.fleet, "device", f.device.String())
	}
	return err
}

// version is what verified state says about a version, for proving.
func (f *follower) version(ctx context.Context, id string) (proving.Version, error) {
	s, err := f.verified(ctx)
	if err != nil {
		return proving.Version{}, err
	}
	v, found, err := s.Version(ctx, id)
	if err != nil {
		return proving.Version{}, err
	}
	if !found {
		return proving.Version{}, fmt.Errorf("%w: %s", proving.ErrVersionUnknown, id)
	}
	spec, err := chain.Spec(v)
	if err != nil {
		return proving.Version{}, fmt.Errorf("%w: %w", proving.ErrVersionUnknown, err)
	}
	return proving.Version{
		ID: id, Artifacts: spec.Artifacts, CircuitDigest: spec.CircuitDigest, KeyDigest: spec.KeyDigest, Yanked: spec.Yanked,
	}, nil
}

// verifyingKey reads a key by its digest.
func (f *follower) verifyingKey(ctx context.Context, digest [32]byte) ([]byte, error) {
	s, err := f.verified(ctx)
	if err != nil {
		return nil, err
	}
	k, found, err := s.VerifyingKey(ctx, digest[:])
	if err == nil && !found {
		err = fmt.Errorf("verifying key %x: not on record", digest)
	}
	return k.Key, err
}

// attested finds the attestation of a result of this device.
func (f *follower) attested(ctx context.Context, version string, nonce []byte) (uint64, bool, error) {
	s, err := f.verified(ctx)
	if err != nil {
		return 0, false, err
	}
	return s.AttestationID(ctx, f.device.Address(), version, nonce)
}

// last is the latest state, which may be nil, and why there is none newer.
func (f *follower) last() (*chain.State, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state, f.err
}
