package slots

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/zkml/model"
)

func TestVersionOnRecordIsServed(t *testing.T) {
	v1 := publish(t, "1.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1)
		if _, err := w.model.Lease(Route{}); !errors.Is(err, ErrNotReady) {
			t.Errorf("before any order: expected ErrNotReady, got %v", err)
		}
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		if got := w.serving(Route{}); got != "1.0.0" {
			t.Errorf("expected 1.0.0, got %s", got)
		}
		if told := w.takeTold(); len(told) != 0 {
			t.Errorf("expected nothing for a rollout, got %q", told)
		}
		s := w.model.Status()
		if s.Serving != v1.spec.ID || s.Version != v1.spec.ID || s.Behind || s.Height != 1 || len(s.Preparing) != 0 || s.StateError != nil {
			t.Errorf("expected it to serve, got %+v", s)
		}
		for _, a := range v1.spec.Artifacts {
			if !w.store.retained[a.Digest] {
				t.Errorf("expected %s to be retained", a.Name)
			}
		}
	})
}

func TestCandidateFromSeenToPromoted(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 30})
		if got := w.serving(Route{Canary: new(true)}); got != "1.0.0" {
			t.Errorf("before it is ready: expected 1.0.0, got %s", got)
		}
		synctest.Wait()
		expectTold(t, w, "7 2.0.0 seen", "7 2.0.0 fetched", "7 2.0.0 checked", "7 2.0.0 ready")
		share := 0
		for range 1000 {
			if w.serving(Route{}) == "2.0.0" {
				share++
			}
		}
		if share != 300 {
			t.Errorf("expected 300 of 1000 requests, got %d", share)
		}
		expectTold(t, w) // a lease is no answer
		for range 3 {
			l := lease(t, w, Route{Canary: new(true)})
			if n, g, h, weight := l.Order(); n != 7 || g != 1 || h != 2 || weight != 30 || !l.Candidate() {
				t.Errorf("expected order 7/1 at 2 of 30, got %d/%d at %d of %d, candidate %v", n, g, h, weight, l.Candidate())
			}
			l.Outcome(nil)
			l.Release()
		}
		synctest.Wait()
		expectTold(t, w, "7 2.0.0 serving")

		held := lease(t, w, Route{Version: v1.spec.ID})
		w.apply(Order{Version: v2.spec, Number: 7, Generation: 2})
		if got := w.serving(Route{Canary: new(false)}); got != "2.0.0" {
			t.Errorf("after promotion: expected 2.0.0, got %s", got)
		}
		if got := w.serving(Route{Version: v1.spec.ID}); !strings.Contains(got, ErrNoVersion.Error()) {
			t.Errorf("after promotion: expected ErrNoVersion for 1.0.0, got %s", got)
		}
		synctest.Wait()
		if s := w.model.Status(); !slices.Equal(s.Draining, []string{v1.spec.ID}) || w.loader.open.Load() != 2 {
			t.Errorf("expected 1.0.0 to drain, got %+v", s)
		}
		if err := held.Runner().Run(held.Runner().Frame()); err != nil {
			t.Errorf("a request under way: %v", err)
		}
		held.Release()
		synctest.Wait()
		if s := w.model.Status(); len(s.Draining) != 0 || w.loader.open.Load() != 1 || w.loader.loads["v2.0.0"] != 1 {
			t.Errorf("expected 1.0.0 to be closed, and 2.0.0 loaded once, got %+v, %d open, loads %v", s, w.loader.open.Load(), w.loader.loads)
		}
		for _, a := range v1.spec.Artifacts {
			if !w.store.retained[a.Digest] {
				t.Errorf("expected %s of the version before to be retained", a.Name)
			}
		}
		expectTold(t, w)
	})
}

func expectTold(t *testing.T, w *world, want ...string) {
	t.Helper()
	if got := w.takeTold(); !slices.Equal(got, want) {
		t.Errorf("progress: expected %q, got %q", want, got)
	}
}

func lease(t *testing.T, w *world, r Route) *Lease {
	t.Helper()
	l, err := w.model.Lease(r)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// stageFailures are candidates that fail, each in its way.
var stageFailures = []struct {
	name      string
	spoil     func(w *world, r *release)
	told      []string // after seen
	transient bool
}{
	{"fetch", func(w *world, r *release) { w.store.fail = fmt.Errorf("%w: 404", artifacts.ErrFetch) }, []string{"failed fetch"}, true},
	{"digest on servers", func(w *world, r *release) { w.store.fail = artifacts.ErrDigest }, []string{"failed digest"}, true},
	{"disk full", func(w *world, r *release) { w.store.fail = artifacts.ErrSpace }, []string{"failed resources"}, true},
	{"disk broken", func(w *world, r *release) { w.store.fail = errors.New("input/output error") }, []string{"failed resources"}, true},
	{"no canonical file", func(w *world, r *release) { r.set(model.CanonicalFile, nil) }, []string{"failed form"}, false},
	{"canonical file too large", func(w *world, r *release) { r.spec.Artifacts[0].Size = 1 << 40 }, []string{"failed form"}, false},
	{"self-test too large", func(w *world, r *release) { r.spec.Artifacts[1].Size = 1 << 40 }, []string{"failed form"}, false},
	{"option unknown", func(w *world, r *release) { r.spec.Options["session.x64quantprecision"] = "1" }, []string{"failed form"}, false},
	{"option missing", func(w *world, r *release) { r.spec.Options = nil }, []string{"failed form"}, false},
	{"not canonical", func(w *world, r *release) { w.change(r, model.CanonicalFile, []byte("no model")) }, []string{"fetched", "failed form"}, false},
	{"input of another name", func(w *world, r *release) { r.spec.Input.Name = "y" }, []string{"fetched", "failed form"}, false},
	{"output of another type", func(w *world, r *release) { r.spec.Output.Type = "uint8" }, []string{"fetched", "failed form"}, false},
	{"input of another shape", func(w *world, r *release) { r.spec.Input.Shape = []int{1, 32} }, []string{"fetched", "failed form"}, false},
	{"self-test malformed", func(w *world, r *release) { w.change(r, model.SelfTestFile, []byte("{}")) }, []string{"fetched", "failed form"}, false},
	{"does not load", func(w *world, r *release) { w.loader.set("v2.0.0", faults{load: errEngine}) }, []string{"fetched", "failed load"}, false},
	{"one bit wrong", func(w *world, r *release) { w.loader.set("v2.0.0", faults{wrongBit: true}) }, []string{"fetched", "failed self-test"}, false},
	{"self-test with another output", func(w *world, r *release) {
		w.changeSelfTest(r, func(v *model.Vector) { v.Output[len(v.Output)-1] ^= 1 })
	}, []string{"fetched", "failed self-test"}, false},
	{"self-test of another model", func(w *world, r *release) {
		w.changeSelfTest(r, func(v *model.Vector) { v.Input = append(v.Input, 0) })
	}, []string{"fetched", "failed self-test"}, false},
	{"does not run", func(w *world, r *release) { w.loader.set("v2.0.0", faults{run: errEngine}) }, []string{"fetched", "failed self-test"}, false},
	{"does not warm up", func(w *world, r *release) { w.loader.set("v2.0.0", faults{warm: errEngine}) }, []string{"fetched", "checked", "failed warm-up"}, false},
}

// change replaces the content of an artifact on the servers too.
func (w *world) change(r *release, name string, data []byte) {
	r.set(name, data)
	for digest, data := range r.files {
		w.store.files[digest] = data
	}
}

func (w *world) changeSelfTest(r *release, change func(*model.Vector)) {
	a, _ := r.spec.Artifact(model.SelfTestFile)
	s, err := model.DecodeSelfTest(r.files[a.Digest])
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range s.Vectors {
		change(&s.Vectors[i])
	}
	data, err := s.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	w.change(r, model.SelfTestFile, data)
}

func TestFailedCandidateLeavesTheVersionOnRecord(t *testing.T) {
	v1 := publish(t, "1.0.0")
	for _, tt := range stageFailures {
		v2 := publish(t, "2.0.0")
		t.Run("failure: "+tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, v1, v2)
				w.apply(Order{Version: v1.spec})
				synctest.Wait()
				tt.spoil(w, v2)
				o := Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100}
				w.apply(o)
				synctest.Wait()
				want := []string{"7 2.0.0 seen"}
				for _, text := range tt.told {
					want = append(want, "7 2.0.0 "+text)
				}
				expectTold(t, w, want...)
				if got := w.serving(Route{Canary: new(true)}); got != "1.0.0" {
					t.Errorf("expected 1.0.0 to serve, got %s", got)
				}
				s := w.model.Status()
				if s.CandidatePhase != PhaseFailed || s.CandidateError == "" || s.CandidateLive || (len(s.Preparing) == 1) != tt.transient {
					t.Errorf("status: got %+v", s)
				}
				tries := w.tries()
				w.apply(o) // the same at a later height
				synctest.Wait()
				if got := w.tries(); got != tries {
					t.Errorf("expected no other try for the same generation, got %d after %d", got, tries)
				}
				time.Sleep(24 * time.Hour)
				synctest.Wait()
				if got := w.tries() > tries; got != tt.transient {
					t.Errorf("tried again within a day: expected %v, got %v", tt.transient, got)
				}
				w.takeTold()

				// A new step is a new chance, and a failure is told again only after progress.
				o.Generation = 2
				w.apply(o)
				synctest.Wait()
				if want = want[1:]; len(want) == 1 {
					want = nil
				}
				expectTold(t, w, want...)
				if s := w.model.Status(); s.CandidatePhase != PhaseFailed {
					t.Errorf("second step: expected it to fail again, got %+v", s)
				}
				if w.loader.open.Load() != 1 {
					t.Errorf("expected one engine, got %d", w.loader.open.Load())
				}
			})
		})
	}
}

// tries counts what preparing a version costs.
func (w *world) tries() int {
	w.store.mu.Lock()
	w.loader.mu.Lock()
	defer w.store.mu.Unlock()
	defer w.loader.mu.Unlock()
	return w.store.fetches + w.loader.loads["v2.0.0"]
}

func TestTransientFailureEnds(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		w.store.fail = artifacts.ErrFetch
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100})
		time.Sleep(time.Hour)
		synctest.Wait()
		expectTold(t, w, "7 2.0.0 seen", "7 2.0.0 failed fetch") // once, however often it is tried
		if p := w.model.Status().Preparing; len(p) != 1 || p[0].Stage != StageWait || p[0].Retries < 2 || !errors.Is(p[0].Err, artifacts.ErrFetch) {
			t.Errorf("expected it to wait for another try, got %+v", p)
		}
		w.store.set(func() { w.store.fail = nil })
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		expectTold(t, w, "7 2.0.0 fetched", "7 2.0.0 checked", "7 2.0.0 ready")
		if got := w.serving(Route{}); got != "2.0.0" {
			t.Errorf("expected 2.0.0 to serve, got %s", got)
		}
	})
}

// A device that hears from the chain again after a silence has its network back, and does not wait for its turn.
func TestSilenceEndsTheWaiting(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		w.store.fail = artifacts.ErrFetch
		o := Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100}
		w.apply(o)
		time.Sleep(24 * time.Hour) // the next attempt is hours away
		w.store.set(func() { w.store.fail = nil })
		w.apply(o)
		synctest.Wait()
		if got := w.serving(Route{}); got != "2.0.0" {
			t.Errorf("expected 2.0.0 to serve, got %s", got)
		}
	})
}

// Without a self-test among the artifacts the device makes one, with its reference executor.
func TestVersionWithoutSelfTest(t *testing.T) {
	for name, fault := range map[string]faults{"success: right": {}, "failure: one bit wrong": {wrongBit: true}} {
		v1 := publish(t, "1.0.0")
		v1.set(model.SelfTestFile, nil)
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, v1)
				w.loader.set("v1.0.0", fault)
				w.apply(Order{Candidate: v1.spec, Number: 1, Generation: 1, Weight: 100})
				synctest.Wait()
				want := PhaseReady
				if fault.wrongBit {
					want = PhaseFailed
				}
				if s := w.model.Status(); s.CandidatePhase != want {
					t.Errorf("expected %s, got %+v", want, s)
				}
			})
		})
	}
}

func TestWhatAnOrderDropsIsNotLeasedAnyMore(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	canary := Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100}
	for name, tt := range map[string]struct {
		change func(o *Order)
		want   string // who answers then
		closed bool   // 2.0.0 is closed
	}{
		"rolled back": {func(o *Order) { o.Candidate, o.Weight = nil, 0 }, "1.0.0", true},
		"weight 0":    {func(o *Order) { o.Weight = 0 }, "1.0.0", false},
		"paused":      {func(o *Order) { o.Generation = 2 }, "2.0.0", false},
		"nothing may run": {
			func(o *Order) { o.Candidate, o.Version, o.Weight = nil, nil, 0 },
			"no version ready: " + testModel + ": no version on record", true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, v1, v2)
				w.apply(canary)
				synctest.Wait()
				held := lease(t, w, Route{})
				if held.Spec() != v2.spec {
					t.Fatalf("expected 2.0.0 to serve, got %s", held.Spec().ID)
				}
				o := canary
				tt.change(&o)
				w.apply(o)
				for _, r := range []Route{{}, {Canary: new(true)}, {Key: "k"}} {
					if got := w.serving(r); got != tt.want {
						t.Errorf("expected %q, got %q", tt.want, got)
					}
				}
				if got := w.serving(Route{Version: v2.spec.ID}); (got == "2.0.0") != (tt.want == "2.0.0") {
					t.Errorf("by name: got %q", got)
				}
				if err := held.Runner().Run(held.Runner().Frame()); err != nil {
					t.Errorf("a request under way: %v", err)
				}
				held.Release()
				synctest.Wait()
				if got := w.loader.loads["v2.0.0"]; got != 1 {
					t.Errorf("expected one load, got %d", got)
				}
				if s := w.model.Status(); len(s.Draining) != 0 {
					t.Errorf("expected nothing to drain, got %+v", s)
				}
				open := int64(2)
				if tt.closed {
					open--
				}
				if o.Version == nil {
					open--
				}
				if got := w.loader.open.Load(); got != open {
					t.Errorf("expected %d engines, got %d", open, got)
				}
			})
		})
	}
}

// A device that was away, or was told to go back, serves what it last verified until it has what it should run.
func TestDeviceThatIsBehind(t *testing.T) {
	v1, v2, v3 := publish(t, "1.0.0"), publish(t, "2.0.0"), publish(t, "3.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2, v3)
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		w.store.fail = artifacts.ErrFetch
		w.apply(Order{Version: v2.spec, Candidate: v3.spec, Number: 9, Weight: 10})
		synctest.Wait()
		if got := w.serving(Route{}); got != "1.0.0" {
			t.Errorf("expected 1.0.0 to go on, got %s", got)
		}
		if _, err := w.model.Lease(Route{Version: v2.spec.ID}); !errors.Is(err, ErrNotReady) {
			t.Errorf("by name: expected ErrNotReady, got %v", err)
		}
		if s := w.model.Status(); !s.Behind || s.Serving != v1.spec.ID || s.Version != v2.spec.ID || len(s.Preparing) != 2 {
			t.Errorf("expected status to say so, got %+v", s)
		}
		time.Sleep(48 * time.Hour) // the version on record is tried for as long as it is on record
		w.store.set(func() { w.store.fail = nil })
		time.Sleep(12 * time.Hour)
		synctest.Wait()
		if got := w.serving(Route{Canary: new(false)}); got != "2.0.0" {
			t.Errorf("expected 2.0.0, got %s", got)
		}
		if s := w.model.Status(); s.Behind || !s.CandidateLive {
			t.Errorf("expected it to be up to date, got %+v", s)
		}
	})
}

// The failure of the version on record is final for a candidate only.
func TestVersionOnRecordIsTriedAgain(t *testing.T) {
	v1 := publish(t, "1.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1)
		w.loader.set("v1.0.0", faults{load: errEngine})
		w.apply(Order{Candidate: v1.spec, Number: 1, Generation: 1, Weight: 100})
		synctest.Wait()
		expectTold(t, w, "1 1.0.0 seen", "1 1.0.0 fetched", "1 1.0.0 failed load")
		w.loader.set("v1.0.0", faults{})
		w.apply(Order{Version: v1.spec, Number: 1, Generation: 2})
		synctest.Wait()
		if got := w.serving(Route{}); got != "1.0.0" {
			t.Errorf("promoted: expected 1.0.0, got %s", got)
		}
		expectTold(t, w)
	})
}

func TestVersionOnRecordThatDoesNotLoad(t *testing.T) {
	v1 := publish(t, "1.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1)
		w.loader.set("v1.0.0", faults{load: errEngine})
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		if s := w.model.Status(); len(s.Preparing) != 1 || !errors.Is(s.Preparing[0].Err, errEngine) {
			t.Errorf("expected status to say why, got %+v", s)
		}
		w.loader.set("v1.0.0", faults{})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if got := w.serving(Route{}); got != "1.0.0" {
			t.Errorf("expected 1.0.0 in the end, got %s", got)
		}
	})
}

func TestYankedVersions(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	yank := func(s *Spec) *Spec { c := *s; c.Yanked = true; return &c }
	t.Run("failure: before it is ready", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, v1, v2)
			w.apply(Order{Version: v1.spec})
			synctest.Wait()
			w.store.wait = make(chan struct{})
			o := Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100}
			w.apply(o)
			synctest.Wait()
			o.Candidate = yank(v2.spec)
			w.apply(o)
			close(w.store.wait)
			synctest.Wait()
			expectTold(t, w, "7 2.0.0 seen", "7 2.0.0 failed other")
			if got := w.serving(Route{Canary: new(true)}); got != "1.0.0" || w.loader.loads["v2.0.0"] != 0 {
				t.Errorf("expected it not to be started, got %s, %v", got, w.loader.loads)
			}
		})
	})
	t.Run("success: one that serves goes on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, v1, v2)
			w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100})
			synctest.Wait()
			w.apply(Order{Version: yank(v1.spec), Candidate: yank(v2.spec), Number: 7, Generation: 1, Weight: 50})
			synctest.Wait()
			if a, b := w.serving(Route{Canary: new(false)}), w.serving(Route{Canary: new(true)}); a != "1.0.0" || b != "2.0.0" {
				t.Errorf("expected both to go on, got %s and %s", a, b)
			}
			w.close()
			w.open()
			synctest.Wait()
			if a, b := w.serving(Route{Canary: new(false)}), w.serving(Route{Canary: new(true)}); a != "1.0.0" || b != "2.0.0" {
				t.Errorf("after a restart: expected both to go on, got %s and %s", a, b)
			}
		})
	})
	t.Run("failure: on record, while it is prepared", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, v1)
			w.store.wait = make(chan struct{})
			w.apply(Order{Version: v1.spec})
			synctest.Wait()
			w.apply(Order{Version: yank(v1.spec)})
			close(w.store.wait)
			synctest.Wait()
			if s := w.model.Status(); !s.Yanked || s.Serving != "" || len(s.Preparing) != 0 {
				t.Errorf("expected it not to be started, got %+v", s)
			}
		})
	})
	t.Run("failure: on record, never ready", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, v1)
			w.apply(Order{Version: yank(v1.spec)})
			synctest.Wait()
			if s := w.model.Status(); !s.Yanked || s.Serving != "" || w.store.fetches != 0 {
				t.Errorf("expected it not to be started, got %+v", s)
			}
		})
	})
}

func TestCandidateThatFailsAtServing(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100})
		synctest.Wait()
		w.takeTold()
		other, l := lease(t, w, Route{}), lease(t, w, Route{})
		l.Outcome(errEngine)
		if got := w.serving(Route{}); got != "1.0.0" {
			t.Errorf("expected 1.0.0 to serve at once, got %s", got)
		}
		l.Release()
		other.Outcome(errEngine) // the second of those under way changes nothing
		other.Release()
		synctest.Wait()
		expectTold(t, w, "7 2.0.0 failed serve")
		if w.loader.open.Load() != 1 || w.loader.loads["v2.0.0"] != 1 {
			t.Errorf("expected it to be closed and not loaded again, got %d open, %v", w.loader.open.Load(), w.loader.loads)
		}
		on := lease(t, w, Route{})
		on.Outcome(errEngine)
		on.Release()
		if got := w.serving(Route{}); got != "1.0.0" {
			t.Errorf("expected the version on record to go on, got %s", got)
		}
		if s := w.model.Status(); s.Failures != 1 {
			t.Errorf("expected the failure to be counted, got %+v", s)
		}
	})
}

// What rots between fetching and reading is fetched again.
func TestRotInTheStore(t *testing.T) {
	v1 := publish(t, "1.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1)
		a := v1.spec.Artifacts[0]
		w.store.stored[a.Digest] = []byte("rot")
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		if got := w.serving(Route{}); got != "1.0.0" {
			t.Errorf("expected 1.0.0 to serve, got %s", got)
		}
	})
}

func TestApplyRejects(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	foreign := *v2.spec
	foreign.ID = "channel-0:acme/other@2.0.0"
	for name, change := range map[string]func(o *Order){
		"failure: another model":              func(o *Order) { o.Model = "acme/other" },
		"failure: no height":                  func(o *Order) { o.Height = 0 },
		"failure: an older height":            func(o *Order) { o.Height = 9 },
		"failure: weight above 100":           func(o *Order) { o.Weight = 101 },
		"failure: weight below 0":             func(o *Order) { o.Weight = -1 },
		"failure: version of another model":   func(o *Order) { o.Version = &foreign },
		"failure: candidate of another model": func(o *Order) { o.Candidate = &foreign },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, v1, v2)
				w.height = 9
				w.apply(Order{Version: v1.spec})
				synctest.Wait()
				o := w.order(Order{Version: v2.spec, Weight: 5, Number: 3})
				change(&o)
				before := w.model.Status()
				if err := w.model.Apply(o); !errors.Is(err, ErrOrder) {
					t.Errorf("expected ErrOrder, got %v", err)
				}
				synctest.Wait()
				if after := w.model.Status(); fmt.Sprint(after) != fmt.Sprint(before) {
					t.Errorf("expected no change of %+v, got %+v", before, after)
				}
			})
		})
	}
}

func TestNewRejects(t *testing.T) {
	for name, o := range map[string]Options{
		"failure: no folder": {Store: newStore()},
		"failure: no store":  {Dir: t.TempDir()},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(testModel, o); !errors.Is(err, ErrOptions) {
				t.Errorf("expected ErrOptions, got %v", err)
			}
		})
	}
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(testModel, Options{Dir: file, Store: newStore()}); err == nil {
		t.Error("failure: the folder is a file: expected an error")
	}
}

func TestCloseWaitsForLeases(t *testing.T) {
	v1 := publish(t, "1.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1)
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		l := lease(t, w, Route{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.model.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("expected the context's error, got %v", err)
		}
		if _, err := w.model.Lease(Route{}); !errors.Is(err, ErrClosed) {
			t.Errorf("lease: expected ErrClosed, got %v", err)
		}
		if err := w.model.Apply(w.order(Order{})); !errors.Is(err, ErrClosed) {
			t.Errorf("apply: expected ErrClosed, got %v", err)
		}
		if err := l.Runner().Run(l.Runner().Frame()); err != nil {
			t.Errorf("a request under way: %v", err)
		}
		l.Release()
		w.close()
	})
}

// A load cannot be interrupted, and Close does not wait for it beyond its context.
func TestCloseDoesNotWaitForALoad(t *testing.T) {
	v1 := publish(t, "1.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1)
		release := make(chan struct{})
		w.loader.wait["v1.0.0"] = release
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.model.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("expected the context's error, got %v", err)
		}
		close(release)
		w.close()
	})
}

// A preparation that is under way when the slots close leaves nothing behind.
func TestCloseEndsPreparations(t *testing.T) {
	v1 := publish(t, "1.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1)
		release := make(chan struct{})
		w.loader.wait["v1.0.0"] = release
		w.apply(Order{Candidate: v1.spec, Number: 1, Generation: 1})
		synctest.Wait()
		closed := make(chan struct{})
		go func() { defer close(closed); w.close() }()
		synctest.Wait()
		close(release)
		<-closed
		if n := w.loader.open.Load(); n != 0 {
			t.Errorf("expected the engine to be closed, got %d open", n)
		}
		s, errs := newStateFile(w.dir, testModel).read(testModel)
		if s == nil || len(errs) != 0 || s.Record.Attempts != 0 {
			t.Errorf("expected no attempt to be counted that was ended in order, got %+v, %v", s, errs)
		}
	})
}
