package slots

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
)

// disconnect makes every server go away.
func (w *world) disconnect() {
	w.store.set(func() { w.store.fail, w.store.files = artifacts.ErrFetch, nil })
}

func (w *world) restart() {
	w.close()
	w.takeTold()
	w.open()
}

func TestRestartServesWithoutNetwork(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 3, Weight: 30})
		synctest.Wait()
		w.disconnect()
		fetches := w.store.fetches
		for _, phase := range []string{"ready", "serving"} {
			w.restart()
			// Nothing but New has run.
			if a, b := w.serving(Route{Canary: new(false)}), w.serving(Route{Canary: new(true)}); a != "1.0.0" || b != "2.0.0" {
				t.Errorf("expected both versions at once, got %s and %s", a, b)
			}
			l := lease(t, w, Route{Canary: new(true)})
			if n, g, h, weight := l.Order(); n != 7 || g != 3 || h != 1 || weight != 30 {
				t.Errorf("expected the order that was in force, got %d/%d at %d of %d", n, g, h, weight)
			}
			synctest.Wait()
			expectTold(t, w, "7 2.0.0 "+phase) // again, for the chain may not have heard
			l.Outcome(nil)
			l.Release()
			synctest.Wait()
			if phase == "ready" {
				expectTold(t, w, "7 2.0.0 serving")
			} else {
				expectTold(t, w)
			}
		}
		if got := w.store.fetches - fetches; got != 0 {
			t.Errorf("expected nothing to be fetched, got %d fetches", got)
		}
	})
}

func TestRestartKeepsWhatServesWhileBehind(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		w.disconnect()
		w.apply(Order{Version: v2.spec})
		w.restart()
		if s := w.model.Status(); s.Serving != v1.spec.ID || !s.Behind || s.Version != v2.spec.ID {
			t.Errorf("expected 1.0.0 to go on, got %+v", s)
		}
	})
}

func TestRestartRemembersFailures(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		w.loader.set("v2.0.0", faults{wrongBit: true})
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100})
		synctest.Wait()
		w.restart()
		synctest.Wait()
		expectTold(t, w, "7 2.0.0 failed self-test")
		if got := w.serving(Route{}); got != "1.0.0" || w.loader.loads["v2.0.0"] != 1 {
			t.Errorf("expected 1.0.0 to serve and no second load, got %s, %v", got, w.loader.loads)
		}
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100})
		synctest.Wait()
		expectTold(t, w)
	})
}

// A version whose files rotted while the device was off is fetched again, and the other one serves.
func TestRestartWithRot(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 50})
		synctest.Wait()
		w.close()
		w.store.stored[v1.spec.Artifacts[0].Digest] = []byte("rot")
		w.store.wait = make(chan struct{})
		w.open()
		if _, err := w.model.Lease(Route{Canary: new(false)}); !errors.Is(err, ErrNotReady) {
			t.Errorf("expected ErrNotReady, got %v", err)
		}
		if got := w.serving(Route{Canary: new(true)}); got != "2.0.0" {
			t.Errorf("expected 2.0.0 to serve, got %s", got)
		}
		close(w.store.wait)
		synctest.Wait()
		if got := w.serving(Route{Canary: new(false)}); got != "1.0.0" {
			t.Errorf("expected 1.0.0 to serve again, got %s", got)
		}
	})
}

// A candidate whose files rotted is prepared again, and nobody is told that it is ready before it is.
func TestRestartWithRotOfTheCandidate(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100})
		synctest.Wait()
		w.close()
		w.takeTold()
		w.store.stored[v2.spec.Artifacts[0].Digest] = []byte("rot")
		w.store.wait = make(chan struct{})
		w.open()
		synctest.Wait()
		expectTold(t, w, "7 2.0.0 seen")
		close(w.store.wait)
		synctest.Wait()
		expectTold(t, w, "7 2.0.0 fetched", "7 2.0.0 checked", "7 2.0.0 ready")
		if got := w.serving(Route{}); got != "2.0.0" {
			t.Errorf("expected 2.0.0 to serve again, got %s", got)
		}
	})
}

// A candidate that takes the process down is given up after three times.
func TestCandidateThatCrashes(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		release := make(chan struct{})
		w.loader.wait["v2.0.0"] = release
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100})
		synctest.Wait()
		file := newStateFile(w.dir, testModel)
		for range 2 { // what is on disk in the middle of a load, at the start of the next process
			onDisk, err := os.ReadFile(file.path)
			if err != nil {
				t.Fatal(err)
			}
			restarted := &world{t: t, dir: t.TempDir(), store: w.store, loader: newLoader()}
			restarted.loader.wait["v2.0.0"] = release
			file = newStateFile(restarted.dir, testModel)
			if err := os.WriteFile(file.path, onDisk, 0o600); err != nil {
				t.Fatal(err)
			}
			restarted.open()
			synctest.Wait()
			defer restarted.close()
		}
		onDisk, err := os.ReadFile(file.path)
		if err != nil {
			t.Fatal(err)
		}
		last := &world{t: t, dir: t.TempDir(), store: w.store, loader: newLoader()}
		if err := os.WriteFile(newStateFile(last.dir, testModel).path, onDisk, 0o600); err != nil {
			t.Fatal(err)
		}
		last.open()
		synctest.Wait()
		expectTold(t, last, "7 2.0.0 fetched", "7 2.0.0 failed load")
		if s := last.model.Status(); last.loader.loads["v2.0.0"] != 0 || s.Serving != v1.spec.ID || !strings.Contains(s.CandidateError, "3 times") {
			t.Errorf("expected it not to be loaded any more, got %v, %+v", last.loader.loads, s)
		}
		last.close()
		close(release)
	})
}

// So does one that was ready before, at the start of the process.
func TestCandidateThatCrashesAtTheStart(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100})
		synctest.Wait()
		w.close()
		file := newStateFile(w.dir, testModel)
		attempts := func() int {
			s, errs := file.read(testModel)
			if s == nil {
				t.Fatal(errs)
			}
			return s.Record.Attempts
		}
		release := make(chan struct{})
		w.loader.wait["v2.0.0"] = release
		opened := make(chan struct{})
		go func() { defer close(opened); w.open() }()
		synctest.Wait()
		if got := attempts(); got != 1 {
			t.Errorf("during the load: expected 1 attempt on disk, got %d", got)
		}
		close(release)
		<-opened
		if got := attempts(); got != 0 {
			t.Errorf("after it: expected none, got %d", got)
		}
		w.close()
		w.takeTold()
		s, _ := file.read(testModel)
		s.Record.Attempts = maxAttempts
		data, err := encodeState(s)
		must(t, err)
		must(t, file.write(data))
		loads := w.loader.loads["v2.0.0"]
		w.open()
		synctest.Wait()
		expectTold(t, w, "7 2.0.0 seen", "7 2.0.0 fetched", "7 2.0.0 failed load")
		if got := w.loader.loads["v2.0.0"] - loads; got != 0 || w.serving(Route{}) != "1.0.0" {
			t.Errorf("expected no other load, and 1.0.0 to serve, got %d loads and %s", got, w.serving(Route{}))
		}
	})
}

func TestDamagedStateFiles(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	flip := func(t *testing.T, path string, at func(n int) int) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data[at(len(data))] ^= 4
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	middle := func(n int) int { return n / 2 }
	for name, tt := range map[string]struct {
		damage func(t *testing.T, f stateFile)
		want   string
	}{
		"none":                                {func(*testing.T, stateFile) {}, "2.0.0"},
		"one bit":                             {func(t *testing.T, f stateFile) { flip(t, f.path, middle) }, "1.0.0"},
		"cut":                                 {func(t *testing.T, f stateFile) { truncate(t, f.path, 100) }, "1.0.0"},
		"empty":                               {func(t *testing.T, f stateFile) { truncate(t, f.path, 0) }, "1.0.0"},
		"gone: a crash between renames":       {func(t *testing.T, f stateFile) { remove(t, f.path) }, "1.0.0"},
		"the previous one":                    {func(t *testing.T, f stateFile) { flip(t, f.previous, middle) }, "2.0.0"},
		"a half-written next: a crash before": {func(t *testing.T, f stateFile) { must(t, os.WriteFile(f.next, []byte("{"), 0o600)) }, "2.0.0"},
		"both": {func(t *testing.T, f stateFile) {
			flip(t, f.path, middle)
			flip(t, f.previous, middle)
		}, "no version ready: " + testModel + ": no version on record"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, v1, v2)
				w.apply(Order{Version: v1.spec})
				synctest.Wait()
				w.apply(Order{Version: v2.spec})
				synctest.Wait() // saved twice: ordered, and ready
				file := newStateFile(w.dir, testModel)
				w.close()
				tt.damage(t, file)
				w.open()
				if got := w.serving(Route{}); got != tt.want {
					t.Errorf("expected %q, got %q", tt.want, got)
				}
				w.apply(Order{Version: v2.spec})
				synctest.Wait()
				if got := w.serving(Route{}); got != "2.0.0" {
					t.Errorf("after the next order: expected 2.0.0, got %q", got)
				}
				if _, errs := file.read(testModel); len(errs) != 0 && !strings.Contains(errs[0].Error(), "previous") {
					t.Errorf("expected the file to be good again, got %v", errs)
				}
			})
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, n int64) { t.Helper(); must(t, os.Truncate(path, n)) }
func remove(t *testing.T, path string)            { t.Helper(); must(t, os.Remove(path)) }

// Where the state cannot be saved, the order is in force all the same, and is saved as soon as it can be.
func TestStateThatCannotBeSaved(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100})
		synctest.Wait()
		file := newStateFile(w.dir, testModel)
		must(t, os.MkdirAll(filepath.Join(file.next, "in the way"), 0o700))
		o := Order{Version: v1.spec}
		if err := w.model.Apply(w.order(o)); !errors.Is(err, ErrState) {
			t.Errorf("expected ErrState, got %v", err)
		}
		if got := w.serving(Route{Canary: new(true)}); got != "1.0.0" {
			t.Errorf("expected the order to be in force, got %s", got)
		}
		if s := w.model.Status(); !errors.Is(s.StateError, ErrState) {
			t.Errorf("expected status to say so, got %+v", s)
		}
		must(t, os.RemoveAll(file.next))
		w.apply(o) // the same order, at a later height
		if s := w.model.Status(); s.StateError != nil {
			t.Errorf("expected it to be saved, got %v", s.StateError)
		}
		w.restart()
		if got := w.serving(Route{Canary: new(true)}); got != "1.0.0" {
			t.Errorf("after a restart: expected 1.0.0, got %s", got)
		}
	})
}

// On a disk that is full nothing that was saved is lost.
func TestFullDiskKeepsTheState(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("needs the right to mount a small disk: %v", err)
	}
	t.Cleanup(func() { must(t, syscall.Unmount(dir, 0)) })
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, dir: dir, store: newStore(v1, v2), loader: newLoader()}
		w.open()
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		others := filepath.Join(dir, "others")
		if err := os.WriteFile(others, make([]byte, 64<<10), 0o600); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("expected a full disk, got %v", err)
		}
		o := Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 1, Weight: 100}
		if err := w.model.Apply(w.order(o)); !errors.Is(err, ErrState) || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("expected ErrState and its cause, got %v", err)
		}
		synctest.Wait()
		if got := w.serving(Route{}); got != "2.0.0" {
			t.Errorf("expected the order to be in force, got %s", got)
		}
		w.restart()
		if got := w.serving(Route{}); got != "1.0.0" {
			t.Errorf("after a restart: expected what was saved, got %s", got)
		}
		must(t, os.Remove(others))
		w.apply(o)
		synctest.Wait()
		w.restart()
		if got := w.serving(Route{}); got != "2.0.0" {
			t.Errorf("after a restart with room: expected 2.0.0, got %s", got)
		}
		w.close()
	})
}

// Flash memory wears: heights alone are saved now and then.
func TestHeightsAreSavedNowAndThen(t *testing.T) {
	v1 := publish(t, "1.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1)
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		heights := []int64{}
		for range 1500 { // seconds
			w.apply(Order{Version: v1.spec})
			s, _ := newStateFile(w.dir, testModel).read(testModel)
			if len(heights) == 0 || heights[len(heights)-1] != s.Height {
				heights = append(heights, s.Height)
			}
		}
		if !slices.Equal(heights, []int64{1, 601, 1201}) {
			t.Errorf("expected a save each ten minutes, got heights %v", heights)
		}
	})
}

func exampleState(t testing.TB) *state {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	return &state{
		Model: testModel, Height: 5, Time: genesis, Number: 7, Generation: 2, Weight: 30,
		Version: toJSON(v1.spec), Candidate: toJSON(v2.spec), Good: toJSON(v1.spec),
		Record: &record{Number: 7, Generation: 2, Print: "00", Phase: PhaseFailed, Code: CodeLoad, Text: "no", Final: true, Attempts: 1},
	}
}

func TestStateRoundTrip(t *testing.T) {
	s := exampleState(t)
	data, err := encodeState(s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeState(data, testModel)
	if err != nil || !reflect.DeepEqual(got, s) {
		t.Fatalf("expected the state back, got %+v, %v", got, err)
	}
	if spec := fromJSON(got.Version); spec.print() != publish(t, "1.0.0").spec.print() {
		t.Errorf("expected the same version, got %+v", spec)
	}
}

func TestDecodeStateRejects(t *testing.T) {
	encode := func(change func(s *state)) []byte {
		s := exampleState(t)
		change(s)
		data, err := encodeState(s)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	good := encode(func(*state) {})
	for name, data := range map[string][]byte{
		"failure: empty":                     nil,
		"failure: no JSON":                   []byte("state"),
		"failure: cut":                       good[:len(good)-2],
		"failure: trailing data":             append(bytes.Clone(good), '1'),
		"failure: another format":            bytes.Replace(good, []byte(stateFormat), []byte("assay-slots-9"), 1),
		"failure: another checksum":          bytes.Replace(good, []byte(`"height":5`), []byte(`"height":6`), 1),
		"failure: unknown field":             bytes.Replace(good, []byte(`{"format"`), []byte(`{"x":1,"format"`), 1),
		"failure: too large":                 append(bytes.Clone(good), make([]byte, maxStateBytes)...),
		"failure: another model":             encode(func(s *state) { s.Model = "acme/other" }),
		"failure: no height":                 encode(func(s *state) { s.Height = 0 }),
		"failure: weight out of range":       encode(func(s *state) { s.Weight = 101 }),
		"failure: candidate of another":      encode(func(s *state) { s.Candidate.ID = "acme/other@1.0.0" }),
		"failure: candidate without record":  encode(func(s *state) { s.Record = nil }),
		"failure: record without candidate":  encode(func(s *state) { s.Candidate = nil }),
		"failure: what serves is of another": encode(func(s *state) { s.Good.ID = "acme/other@1.0.0" }),
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := decodeState(data, testModel); !errors.Is(err, ErrState) || s != nil {
				t.Errorf("expected ErrState, got %+v, %v", s, err)
			}
		})
	}
}

func FuzzDecodeState(f *testing.F) {
	data, err := encodeState(exampleState(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	inner, _ := encodeState(&state{Model: testModel, Height: 1, Time: time.Unix(0, 0).UTC()})
	f.Add(inner)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := decodeState(data, testModel)
		if err != nil {
			return
		}
		again, err := encodeState(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := decodeState(again, testModel)
		if err != nil || !reflect.DeepEqual(back, s) {
			t.Fatalf("expected the state back, got %+v, %v", back, err)
		}
	})
}
