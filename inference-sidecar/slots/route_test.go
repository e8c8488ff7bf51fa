package slots

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

func TestRoutingOrder(t *testing.T) {
	on, candidate := &version{spec: &Spec{ID: "m@1"}}, &version{spec: &Spec{ID: "m@2"}}
	all := table{model: "m", version: "m@1", coming: "m@2", weight: 100, active: on, candidate: candidate}
	with := func(change func(t *table)) table { c := all; change(&c); return c }
	notReady := with(func(t *table) { t.candidate = nil })
	first := with(func(t *table) { t.version, t.active, t.weight = "", nil, 10 })
	for name, tt := range map[string]struct {
		table table
		route Route
		want  *version
		err   error
	}{
		"success: version before canary":              {all, Route{Version: "m@1", Canary: new(true), Key: "k"}, on, nil},
		"success: the candidate by name":              {with(func(t *table) { t.weight = 1 }), Route{Version: "m@2", Canary: new(false)}, candidate, nil},
		"success: canary before key":                  {all, Route{Canary: new(false), Key: "k"}, on, nil},
		"success: key before turn":                    {all, Route{Key: "k"}, candidate, nil},
		"success: canary without a candidate":         {notReady, Route{Canary: new(true)}, on, nil},
		"success: what is behind, by name":            {with(func(t *table) { t.version = "m@0" }), Route{Version: "m@1"}, on, nil},
		"failure: a version of the past":              {all, Route{Version: "m@0"}, nil, ErrNoVersion},
		"failure: the candidate, not ready":           {notReady, Route{Version: "m@2"}, nil, ErrNotReady},
		"failure: the candidate, of no weight":        {with(func(t *table) { t.candidate, t.weight = nil, 0 }), Route{Version: "m@2"}, nil, ErrNoVersion},
		"failure: the version on record, not ready":   {with(func(t *table) { t.version = "m@3" }), Route{Version: "m@3"}, nil, ErrNotReady},
		"failure: nothing is ready":                   {with(func(t *table) { t.active, t.candidate = nil, nil }), Route{}, nil, ErrNotReady},
		"success: the first version's share":          {first, Route{Canary: new(true)}, candidate, nil},
		"failure: beyond the first version's share":   {first, Route{Canary: new(false)}, nil, ErrNotReady},
		"failure: closed":                             {table{closed: true}, Route{Version: "m@1"}, nil, ErrClosed},
		"failure: a name that only looks like its id": {all, Route{Version: "m@1 "}, nil, ErrNoVersion},
	} {
		t.Run(name, func(t *testing.T) {
			var turns atomic.Uint64
			got, isCandidate, err := tt.table.pick(tt.route, &turns)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("expected %v, %v, got %v, %v", tt.want, tt.err, got, err)
			}
			if isCandidate != (got == candidate) {
				t.Errorf("candidate: expected %v", got == candidate)
			}
		})
	}
}

// A growing weight moves keys to the candidate and none back, and each weight moves its share.
func TestKeysKeepTheirSide(t *testing.T) {
	const keys = 20_000
	counts := make([]int, 100)
	for i := range keys {
		b := bucket("acme/vibration", fmt.Sprintf("camera-%d", i))
		if b < 0 || b > 99 {
			t.Fatalf("expected a place from 0 to 99, got %d", b)
		}
		counts[b]++
	}
	for b, n := range counts { // five standard deviations of a binomial
		if d := math.Abs(float64(n) - keys/100); d > 5*math.Sqrt(keys/100) {
			t.Errorf("place %d: expected about %d keys, got %d", b, keys/100, n)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringN(1, 64, -1).Draw(t, "key")
		weight := rapid.IntRange(0, 99).Draw(t, "weight")
		more := rapid.IntRange(weight, 100).Draw(t, "more")
		side := func(weight int) bool {
			var turns atomic.Uint64
			return (&table{model: "m", weight: weight}).toCandidate(Route{Key: key}, &turns)
		}
		if side(weight) && !side(more) {
			t.Fatalf("key %q: expected it to stay from %d to %d", key, weight, more)
		}
		if side(0) || !side(100) {
			t.Fatalf("key %q: expected none at 0 and all at 100", key)
		}
	})
}

// The hash is part of what operators may rely on, so it does not change.
func TestBucketIsStable(t *testing.T) {
	for key, want := range map[string]int{"a": 73, "camera-1": 48, "": 42} {
		if got := bucket("channel-0:acme/vibration", key); got != want {
			t.Errorf("key %q: expected %d, got %d", key, want, got)
		}
		for weight := range 101 {
			var turns atomic.Uint64
			m := &table{model: "channel-0:acme/vibration", weight: weight}
			if got := m.toCandidate(Route{Key: key}, &turns); key != "" && got != (want < weight) {
				t.Errorf("key %q at weight %d: expected %v, got %v", key, weight, want < weight, got)
			}
		}
	}
}

func TestTurnsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.IntRange(0, 100).Draw(t, "weight")
		start := rapid.Uint64Range(0, 1<<40).Draw(t, "start")
		got, longest, run := 0, 0, 0
		for turn := range uint64(100) {
			if taken(start+turn, weight) {
				got, run = got+1, 0
				continue
			}
			run++
			longest = max(longest, run)
		}
		if got != weight {
			t.Fatalf("expected %d of 100, got %d", weight, got)
		}
		if weight > 0 && longest > (100+weight-1)/weight {
			t.Fatalf("weight %d: expected them to be spread, got %d in a row without", weight, longest)
		}
	})
}

func TestLeaseAllocatesNothing(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 1, Weight: 50})
		synctest.Wait()
		allocations := testing.AllocsPerRun(1000, func() {
			for _, r := range []Route{{}, {Key: "a camera"}} {
				l, err := w.model.Lease(r)
				if err != nil {
					t.Error(err)
					return
				}
				l.Outcome(nil)
				l.Release()
			}
		})
		if allocations >= 1 && !raceEnabled {
			t.Errorf("expected no allocation, got %v", allocations)
		}
	})
}
