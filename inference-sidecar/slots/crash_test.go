package slots

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
)

// The environment of the child process that gets killed.
const (
	childDir   = "ASSAY_TEST_SLOTS_DIR"
	childURL   = "ASSAY_TEST_SLOTS_URL"
	childPoint = "ASSAY_TEST_SLOTS_POINT"
)

// device is a real store and slots in one folder.
type device struct {
	t        testing.TB
	store    *artifacts.Store
	model    *Model
	progress chan Progress
}

func newDevice(t testing.TB, dir string, at func(point string)) *device {
	t.Helper()
	store, err := artifacts.Open(filepath.Join(dir, "store"), artifacts.Options{
		Rounds: 2, Backoff: time.Nanosecond, MaxBackoff: time.Nanosecond, Reserve: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	d := &device{t: t, store: store, progress: make(chan Progress, 1000)}
	loader := newLoader()
	d.model, err = New(testModel, Options{
		Dir: filepath.Join(dir, "slots"), Store: store,
		Loader: func(data []byte, session map[string]string) (Engine, error) {
			if bytes.Contains(data, []byte("v2.0.0")) {
				at("loading")
			}
			return loader.load(data, session)
		},
		Progress: func(p Progress) {
			at(string(p.Phase))
			d.progress <- p
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *device) close() {
	d.t.Helper()
	if err := d.model.Close(context.Background()); err != nil {
		d.t.Error(err)
	}
	if err := d.store.Close(); err != nil {
		d.t.Error(err)
	}
}

func (d *device) await(phase Phase) {
	d.t.Helper()
	for p := range d.progress {
		if p.Phase == phase {
			return
		}
		if p.Phase == PhaseFailed {
			d.t.Fatalf("failed: %v", p.Err)
		}
	}
}

func (d *device) serving(r Route) string {
	l, err := d.model.Lease(r)
	if err != nil {
		return err.Error()
	}
	defer l.Release()
	return strings.TrimPrefix(l.Spec().ID, testModel+"@")
}

// at is the release with its artifacts below an address.
func (r *release) at(base string) *Spec {
	spec := *r.spec
	spec.Artifacts = nil
	for _, a := range r.spec.Artifacts {
		a.URIs = []string{base + "/" + fmt.Sprintf("%x", a.Digest)}
		spec.Artifacts = append(spec.Artifacts, a)
	}
	return &spec
}

// artifactServer serves the artifacts of releases. What is in slow is sent half and then waited with.
type artifactServer struct {
	*httptest.Server
	files map[string][]byte

	mu   sync.Mutex
	slow map[string]chan struct{} // told when half was sent
}

func newArtifactServer(t testing.TB, releases ...*release) *artifactServer {
	s := &artifactServer{files: map[string][]byte{}, slow: map[string]chan struct{}{}}
	for _, r := range releases {
		for digest, data := range r.files {
			s.files[fmt.Sprintf("/%x", digest)] = data
		}
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// stall makes the server stop in the middle of an artifact; nil ends that.
func (s *artifactServer) stall(digest [32]byte, half chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slow[fmt.Sprintf("/%x", digest)] = half
}

func (s *artifactServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	data, slow := s.files[r.URL.Path], s.slow[r.URL.Path]
	s.mu.Unlock()
	if slow == nil {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
		return
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	_, _ = w.Write(data[:len(data)/2])
	_ = http.NewResponseController(w).Flush()
	select {
	case slow <- struct{}{}:
	case <-r.Context().Done():
	}
	<-r.Context().Done()
}

func kill() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // until it arrives
}

// TestKilledChild is the child process: version 1 serves already, version 2 is ordered, and the end comes at a point.
func TestKilledChild(t *testing.T) {
	dir, point := os.Getenv(childDir), os.Getenv(childPoint)
	if dir == "" {
		t.Skip("runs as the child process of other tests")
	}
	d := newDevice(t, dir, func(p string) {
		if p == point {
			kill()
		}
	})
	if got := d.serving(Route{Canary: new(false)}); got != "1.0.0" {
		t.Fatalf("expected 1.0.0 to serve from the start, got %s", got)
	}
	v1, v2 := publish(t, "1.0.0").at(os.Getenv(childURL)), publish(t, "2.0.0").at(os.Getenv(childURL))
	canary := Order{Model: testModel, Height: 2, Version: v1, Candidate: v2, Number: 7, Generation: 1, Weight: 100}
	if point == "swaps" {
		d.swap(canary)
	}
	must(t, d.model.Apply(canary))
	d.await(PhaseReady)
	l, err := d.model.Lease(Route{})
	must(t, err)
	l.Outcome(nil)
	d.await("none")
}

// swap promotes and rolls back forever, and says what is in force.
func (d *device) swap(canary Order) {
	for {
		must(d.t, d.model.Apply(canary))
		fmt.Println("canary", canary.Height)
		d.await(PhaseReady)
		promoted := canary
		promoted.Height++
		promoted.Version, promoted.Candidate, promoted.Weight = canary.Candidate, nil, 0
		must(d.t, d.model.Apply(promoted))
		fmt.Println("promoted", promoted.Height)
		canary.Version, canary.Candidate = canary.Candidate, canary.Version
		canary.Height, canary.Number = canary.Height+2, canary.Number+1
	}
}

// prepared is a folder in which version 1 serves.
func prepared(t *testing.T, server *artifactServer) string {
	t.Helper()
	dir := t.TempDir()
	d := newDevice(t, dir, func(string) {})
	must(t, d.model.Apply(Order{Model: testModel, Height: 1, Candidate: publish(t, "1.0.0").at(server.URL), Number: 1, Weight: 100}))
	d.await(PhaseReady)
	must(t, d.model.Apply(Order{Model: testModel, Height: 1, Version: publish(t, "1.0.0").at(server.URL)}))
	d.close()
	return dir
}

func child(t *testing.T, dir, url, point string) (*exec.Cmd, io.Reader) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestKilledChild$", "-test.v")
	c.Env = append(os.Environ(), childDir+"="+dir, childURL+"="+url, childPoint+"="+point)
	out, err := c.StdoutPipe()
	must(t, err)
	c.Stderr = c.Stdout
	must(t, c.Start())
	return c, out
}

// expectKilled waits for the child's end, which must be by a signal.
func expectKilled(t *testing.T, c *exec.Cmd, out io.Reader) {
	t.Helper()
	text, _ := io.ReadAll(out)
	_ = c.Wait()
	if s := c.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGKILL {
		t.Fatalf("expected to be killed, got %v\n%s", c.ProcessState, text)
	}
}

func TestKilledInEachStage(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	for _, tt := range []struct {
		point string
		ready bool // version 2 serves after the restart
	}{
		{"seen", false},
		{"downloading", false},
		{"fetched", false},
		{"loading", false},
		{"checked", false},
		{"ready", true},
		{"serving", true},
	} {
		t.Run(tt.point, func(t *testing.T) {
			server := newArtifactServer(t, v1, v2)
			dir := prepared(t, server)
			if tt.point == "downloading" {
				half := make(chan struct{})
				server.stall(v2.spec.Artifacts[0].Digest, half)
				c, out := child(t, dir, server.URL, tt.point)
				<-half
				must(t, c.Process.Kill())
				expectKilled(t, c, out)
				server.stall(v2.spec.Artifacts[0].Digest, nil)
			} else {
				c, out := child(t, dir, server.URL, tt.point)
				expectKilled(t, c, out)
			}

			d := newDevice(t, dir, func(string) {})
			defer d.close()
			if got := d.serving(Route{Canary: new(false)}); got != "1.0.0" {
				t.Errorf("expected 1.0.0 to serve from the start, got %s", got)
			}
			canary := Order{Model: testModel, Height: 3, Version: v1.at(server.URL), Candidate: v2.at(server.URL), Number: 7, Generation: 1, Weight: 100}
			if got := d.serving(Route{}); tt.ready && got != "2.0.0" {
				t.Errorf("expected 2.0.0 to serve from the start, got %s", got)
			}
			must(t, d.model.Apply(canary))
			if s := d.model.Status(); !s.CandidateLive {
				d.await(PhaseReady)
			}
			if got := d.serving(Route{}); got != "2.0.0" {
				t.Errorf("expected 2.0.0 to become ready, got %s", got)
			}
		})
	}
}

// The process is killed while versions are swapped as fast as they come. What is on disk is the order in force, or the
// one that was about to be, and serves without any network.
func TestKilledWhileSwapping(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	server := newArtifactServer(t, v1, v2)
	rng := rand.New(rand.NewPCG(3, 3))
	for range 8 {
		dir := prepared(t, server)
		c, out := child(t, dir, server.URL, "swaps")
		lines := bufio.NewScanner(out)
		var word string
		var height int64
		for range 1 + rng.IntN(40) {
			if !scanOrder(lines, &word, &height) {
				t.Fatal("the child ended too early")
			}
		}
		must(t, c.Process.Kill())
		for scanOrder(lines, &word, &height) { // what it said before the end came
		}
		_ = c.Wait()
		gone := httptest.NewServer(http.NotFoundHandler())
		gone.Close()
		d := newDevice(t, dir, func(string) {})
		s := d.model.Status()
		if s.Height < height || s.Height > height+1 {
			t.Errorf("expected the order of height %d or the next, got %d", height, s.Height)
		}
		if s.Serving == "" || s.Serving != s.Version && !s.Behind {
			t.Errorf("expected the version on record to serve, got %+v", s)
		}
		d.close()
	}
}

// scanOrder reads the child's next line about an order.
func scanOrder(lines *bufio.Scanner, word *string, height *int64) bool {
	for lines.Scan() {
		if n, _ := fmt.Sscan(lines.Text(), word, height); n == 2 && (*word == "canary" || *word == "promoted") {
			return true
		}
	}
	return false
}
