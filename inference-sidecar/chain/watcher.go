package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/slots"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// Snapshot is verified state at one height. *lightclient.Snapshot is one.
type Snapshot interface {
	Height() int64
	Time() time.Time
	Device(ctx context.Context, address []byte) (fleettypes.Device, bool, error)
	Directive(ctx context.Context, fleet uint64, model string) (rollouttypes.Directive, bool, error)
	Version(ctx context.Context, id string) (registrytypes.Version, bool, error)
}

// State is what the chain says about a device at one verified height.
type State struct {
	Height int64
	Time   time.Time // of the block
	// Device is the record of the confirmed device; Enrolled says whether there is one.
	Device   fleettypes.Device
	Enrolled bool
	// Orders are by model, in the order of the watcher's models. A model without a directive has none.
	Orders []slots.Order
}

// Standing is the standing's name, or "not enrolled".
func (s State) Standing() string {
	if !s.Enrolled {
		return "not enrolled"
	}
	switch s.Device.Standing {
	case fleettypes.StandingActive:
		return "active"
	case fleettypes.StandingSuspect:
		return "suspect"
	case fleettypes.StandingRevoked:
		return "revoked"
	}
	return s.Device.Standing.String()
}

// WatcherOptions configure a Watcher.
type WatcherOptions struct {
	// Snapshot verifies the newest state.
	Snapshot func(ctx context.Context) (Snapshot, error)
	Address  []byte   // of the device
	Models   []string // on this chain, such as channel-0:acme/vibration
	Interval time.Duration
	Now      func() time.Time
	Logger   *slog.Logger
	// OnState gets each new state, OnError each round that brought none. Both are called from Run, one at a time.
	OnState func(State)
	OnError func(error)
}

// refresh is how often records that seldom change, the device and versions, are read again.
const refresh = time.Minute

// Watcher turns verified state into orders.
type Watcher struct {
	o        WatcherOptions
	device   fleettypes.Device
	enrolled bool
	versions map[string]*slots.Spec // of the orders in force
	read     time.Time              // of device and versions
	height   int64
}

// NewWatcher takes options that are all set.
func NewWatcher(o WatcherOptions) *Watcher {
	return &Watcher{o: o, versions: map[string]*slots.Spec{}}
}

// Run looks at the chain each interval until the context ends. A round without a new height does nothing.
func (w *Watcher) Run(ctx context.Context) {
	for {
		state, news, err := w.Look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			w.o.OnError(err)
		case news:
			w.o.OnState(state)
		}
		if sleep(ctx, w.o.Interval) != nil {
			return
		}
	}
}

// Look reads one state; news says whether its height is new.
func (w *Watcher) Look(ctx context.Context) (state State, news bool, err error) {
	snapshot, err := w.o.Snapshot(ctx)
	if err != nil {
		return State{}, false, err
	}
	if snapshot.Height() <= w.height {
		return State{}, false, nil
	}
	fresh := w.o.Now().Sub(w.read) >= refresh || !w.enrolled
	if fresh {
		if w.device, w.enrolled, err = snapshot.Device(ctx, w.o.Address); err != nil {
			return State{}, false, fmt.Errorf("device: %w", err)
		}
	}
	state = State{Height: snapshot.Height(), Time: snapshot.Time(), Device: w.device, Enrolled: w.enrolled}
	named := map[string]*slots.Spec{}
	if w.enrolled {
		for _, model := range w.o.Models {
			o, found, err := w.look(ctx, snapshot, model, fresh, named)
			if err != nil {
				return State{}, false, err
			}
			if found {
				state.Orders = append(state.Orders, o)
			}
		}
	}
	w.versions, w.height = named, snapshot.Height()
	if fresh {
		w.read = w.o.Now()
	}
	return state, true, nil
}

// look reads the directive for one model and the versions that it names, which it puts into named.
func (w *Watcher) look(ctx context.Context, s Snapshot, model string, fresh bool, named map[string]*slots.Spec) (slots.Order, bool, error) {
	d, found, err := s.Directive(ctx, w.device.FleetId, model)
	if err != nil || !found {
		if err != nil {
			err = fmt.Errorf("directive for %s: %w", model, err)
		}
		return slots.Order{}, false, err
	}
	var specs [2]*slots.Spec
	for i, id := range []string{d.Version, d.Candidate} {
		if specs[i], err = w.version(ctx, s, id, fresh); err != nil {
			return slots.Order{}, false, err
		}
		if specs[i] != nil {
			named[id] = specs[i]
		}
	}
	return order(model, s.Height(), s.Time(), d, specs[0], specs[1]), true, nil
}

// version reads a version, which never changes but for a yank.
func (w *Watcher) version(ctx context.Context, s Snapshot, id string, fresh bool) (*slots.Spec, error) {
	if id == "" {
		return nil, nil
	}
	if known := w.versions[id]; known != nil && !fresh {
		return known, nil
	}
	v, found, err := s.Version(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("version %s: %w", id, err)
	}
	if !found {
		return nil, fmt.Errorf("version %s: the directive names it, and the registry does not have it", id)
	}
	spec, err := Spec(v)
	if errors.Is(err, ErrVersion) { // not this round's fault: it is for the slots to refuse a version without files
		w.o.Logger.Warn("version on record that no device can run", "version", id, "error", err)
		return &slots.Spec{ID: v.Id, Yanked: v.Yanked}, nil
	}
	return spec, err
}
