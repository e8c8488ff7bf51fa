package slots

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

// permissions says who may answer under which order, by the order's height.
type permissions struct {
	mu      sync.Mutex
	allowed map[int64]map[string]bool // ids
}

func (p *permissions) put(height int64, ids ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed[height] = map[string]bool{}
	for _, id := range ids {
		p.allowed[height][id] = true
	}
}

func (p *permissions) has(height int64, id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.allowed[height][id]
}

// Requests come in from all sides while versions come and go. None fails, none is answered by a version that the order
// in force did not allow, and no engine is closed under a request.
func TestHammer(t *testing.T) {
	const swaps = 200
	releases := []*release{publish(t, "1.0.0"), publish(t, "2.0.0"), publish(t, "3.0.0")}
	w := newWorld(t, releases...)
	p := &permissions{allowed: map[int64]map[string]bool{}}
	w.put(p, Order{Candidate: releases[0].spec, Number: 1, Weight: 100}, releases[0].spec.ID)
	w.await(releases[0].spec.ID, 1)
	w.put(p, Order{Version: releases[0].spec, Number: 1, Generation: 2}, releases[0].spec.ID)

	var stop atomic.Bool
	var answered, byCandidate atomic.Int64
	var before, after atomic.Int64 // heights: of the last Apply that returned, and the last that was called
	before.Store(w.height)
	after.Store(w.height)
	var clients sync.WaitGroup
	for i := range 3 {
		clients.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 1))
			for !stop.Load() {
				r := Route{}
				switch rng.IntN(4) {
				case 0:
					r.Key = string(rune('a' + rng.IntN(26)))
				case 1:
					r.Canary = new(rng.IntN(2) == 0)
				}
				from := before.Load()
				l, err := w.model.Lease(r)
				if err != nil {
					t.Errorf("lease: %v", err)
					return
				}
				to := after.Load()
				id := l.Spec().ID
				if _, _, height, _ := l.Order(); height < from || height > to || !p.has(height, id) {
					t.Errorf("%s answered by the order of height %d, while those of %d to %d were in force", id, height, from, to)
				}
				f := l.Runner().Frame()
				if err := l.Runner().Run(f); err != nil {
					t.Errorf("run: %v", err)
				}
				l.Outcome(nil)
				if l.Candidate() {
					byCandidate.Add(1)
				}
				l.Release()
				answered.Add(1)
			}
		})
	}

	rng := rand.New(rand.NewPCG(1, 2))
	current := 0
	step := func(o Order, ids ...string) {
		after.Store(w.height + 1)
		w.put(p, o, ids...)
		before.Store(w.height)
	}
	for n := range swaps {
		next := (current + 1 + rng.IntN(2)) % 3
		on, candidate := releases[current].spec, releases[next].spec
		number := uint64(n + 2)
		step(Order{Version: on, Candidate: candidate, Number: number, Generation: 1, Weight: 1 + rng.IntN(100)}, on.ID, candidate.ID)
		w.await(candidate.ID, number)
		switch rng.IntN(3) {
		case 0: // rolled back
			step(Order{Version: on, Number: number, Generation: 2}, on.ID)
		case 1: // paused at nothing, then rolled back
			step(Order{Version: on, Candidate: candidate, Number: number, Generation: 2}, on.ID)
			step(Order{Version: on, Number: number, Generation: 3}, on.ID)
		default: // promoted
			step(Order{Version: candidate, Number: number, Generation: 2}, candidate.ID)
			current = next
		}
	}
	stop.Store(true)
	clients.Wait()
	if answered.Load() == 0 || byCandidate.Load() == 0 {
		t.Errorf("expected answers by versions and candidates, got %d and %d", answered.Load(), byCandidate.Load())
	}
	t.Logf("%d rollouts, %d requests, %d of them answered by candidates", swaps, answered.Load(), byCandidate.Load())
}

// put applies an order and notes whom it allows.
func (w *world) put(p *permissions, o Order, ids ...string) {
	o = w.order(o)
	p.put(o.Height, ids...)
	if err := w.model.Apply(o); err != nil {
		w.t.Error(err)
	}
}

// await returns once the candidate of a rollout is ready.
func (w *world) await(id string, number uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for _, p := range w.told {
			if p.Number == number && p.Phase == PhaseReady {
				w.told = nil
				return
			}
			if p.Phase == PhaseFailed {
				w.t.Fatalf("%s failed: %v", id, p.Err)
			}
		}
		w.news.Wait()
	}
}
