package sidecar

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/engine/enginetest"
	"github.com/assay-chain/assay/inference-sidecar/oip"
	"github.com/assay-chain/assay/inference-sidecar/queue"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

const benchModel = "channel-0:acme/bench"

// benchSources are the models of the measurements, smallest first. All but the first are third-party data.
var benchSources = []struct{ name, path string }{
	{"vibration", "../models/vibration/vibration.onnx"},
	{"ad", "../../shared/data/mlperf-tiny/ad/ad01_int8.onnx"},
	{"kws", "../../shared/data/mlperf-tiny/kws/kws_ref_model.onnx"},
	{"micro-kws", "../../shared/data/micro-kws/micro_kws_m_static_qoperator.onnx"},
	{"camera", ""}, // made here: no third-party model takes a millisecond
}

// stack is everything that a request goes through, on a Unix socket: server, scheduler, slots, ONNX Runtime. It has no chain
// and proves nothing.
type stack struct {
	b      testing.TB
	dir    string
	store  *artifacts.Store
	slots  *slots.Model
	server *oip.Server
	socket string
	height int64
	record *slots.Spec // the version on record; nil before the first
	ready  chan string // version ids
}

func newStack(b testing.TB, loader slots.Loader) *stack {
	b.Helper()
	if _, err := ort.Find(); err != nil {
		b.Skipf("needs ONNX Runtime (make ort): %v", err)
	}
	s := &stack{b: b, dir: b.TempDir(), ready: make(chan string, 16)}
	s.socket = filepath.Join(s.dir, "s.sock")
	var err error
	s.store, err = artifacts.Open(filepath.Join(s.dir, "artifacts"), artifacts.Options{FileRoots: []string{s.dir}})
	require.NoError(b, err)
	s.slots, err = slots.New(benchModel, slots.Options{
		Dir: filepath.Join(s.dir, "slots"), Store: s.store, Loader: loader,
		Progress: func(p slots.Progress) {
			if p.Phase == slots.PhaseReady || p.Phase == slots.PhaseFailed {
				s.ready <- fmt.Sprintf("%s %s %v", p.Version, p.Phase, p.Err)
			}
		},
	})
	require.NoError(b, err)
	back := newBackend([]*service{{name: "bench", chainName: benchModel, slots: s.slots}}, queue.New(queue.Options{}), 10*time.Second, nil, time.Now)
	s.server, err = oip.NewServer(back, oip.Options{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	l, err := oip.ListenUnix(s.socket, 0)
	require.NoError(b, err)
	served := make(chan error, 1)
	go func() { served <- s.server.Serve(l) }()
	b.Cleanup(func() {
		require.NoError(b, s.server.Shutdown(context.Background()))
		require.NoError(b, <-served)
		require.NoError(b, s.slots.Close(context.Background()))
		require.NoError(b, s.store.Close())
	})
	return s
}

// spec puts a model's canonical file where the store finds it, and describes it as a version.
func (s *stack) spec(number, path string) (*slots.Spec, []byte) {
	s.b.Helper()
	g := s.graph(path)
	canonical, err := g.Marshal()
	require.NoError(s.b, err)
	file := filepath.Join(s.dir, number+".onnx")
	require.NoError(s.b, os.WriteFile(file, canonical, 0o600))
	end := func(v *onnx.Value) slots.Tensor {
		return slots.Tensor{Name: v.Name, Type: v.Type.String(), Shape: v.Shape}
	}
	return &slots.Spec{
		ID: benchModel + "@" + number, Input: end(&g.Values[g.Input]), Output: end(&g.Values[g.Output]), Options: onnx.SessionOptions(),
		Artifacts: []artifacts.Artifact{{
			Name: model.CanonicalFile, Digest: sha256.Sum256(canonical), Size: int64(len(canonical)), URIs: []string{"file://" + file},
		}},
	}, canonical
}

func (s *stack) graph(path string) *onnx.Graph {
	s.b.Helper()
	if path == "" {
		return enginetest.Camera(s.b)
	}
	source, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		s.b.Skipf("needs %s", path)
	}
	require.NoError(s.b, err)
	g, _, err := onnx.Import(source, onnx.Options{})
	require.NoError(s.b, err)
	return g
}

// order puts an order in force.
func (s *stack) order(version, candidate *slots.Spec, weight int) {
	s.b.Helper()
	s.height++
	o := slots.Order{Model: benchModel, Height: s.height, Time: time.Now(), Version: version, Candidate: candidate, Weight: weight}
	if candidate != nil {
		o.Number, o.Generation = uint64(s.height), 1
	}
	require.NoError(s.b, s.slots.Apply(o))
}

// serve makes a version the one on record, and waits until it answers.
func (s *stack) serve(v *slots.Spec) {
	s.b.Helper()
	s.order(s.record, v, 100)
	require.Equal(s.b, v.ID+" ready <nil>", <-s.ready)
	s.order(v, nil, 0)
	s.record = v
}

// caller is a local program with one connection.
type caller struct {
	conn    net.Conn
	reader  *bufio.Reader
	request []byte
	body    []byte
}

func (s *stack) caller(in slots.Tensor) *caller {
	s.b.Helper()
	size, shape := 1, make([]string, len(in.Shape))
	for i, d := range in.Shape {
		size *= d
		shape[i] = strconv.Itoa(d)
	}
	head := fmt.Sprintf(`{"inputs":[{"name":%q,"datatype":%q,"shape":[%s],"parameters":{"binary_data_size":%d}}],"parameters":{"binary_data_output":true}}`,
		in.Name, strings.ToUpper(in.Type), strings.Join(shape, ","), size)
	c := &caller{body: make([]byte, 1<<20)}
	c.request = fmt.Appendf(nil, "POST /v2/models/bench/infer HTTP/1.1\r\nHost: sidecar\r\nContent-Type: application/octet-stream\r\n"+
		"Inference-Header-Content-Length: %d\r\nContent-Length: %d\r\n\r\n%s", len(head), len(head)+size, head)
	c.request = append(c.request, bytes.Repeat([]byte{3}, size)...)
	var err error
	c.conn, err = net.Dial("unix", s.socket)
	require.NoError(s.b, err)
	s.b.Cleanup(func() { _ = c.conn.Close() })
	c.reader = bufio.NewReaderSize(c.conn, 64<<10)
	return c
}

// infer sends the request and reads the whole answer.
func (c *caller) infer() error {
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	length, status := 0, ""
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if status == "" {
			status = string(line)
		}
		if name, value, _ := bytes.Cut(line, []byte(": ")); bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		}
	}
	if _, err := io.ReadFull(c.reader, c.body[:length]); err != nil {
		return err
	}
	if status != "HTTP/1.1 200 OK" {
		return fmt.Errorf("%s: %s", status, c.body[:length])
	}
	return nil
}

// bareRunner is a loop around one session of the runtime and nothing else.
func bareRunner(b testing.TB, canonical []byte) func() error {
	b.Helper()
	session, err := ort.NewSession(canonical, ort.Options{Config: onnx.SessionOptions()})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, session.Close()) })
	in, out := bytes.Repeat([]byte{3}, session.Input().Size), make([]byte, session.Output().Size)
	return func() error { return session.Run(in, out) }
}

// latencies of n calls of each function in turn, so that whatever else the machine does meets all alike.
func latencies(b testing.TB, n int, calls ...func() error) [][]time.Duration {
	b.Helper()
	out := make([][]time.Duration, len(calls))
	for range n {
		for i, f := range calls {
			begin := time.Now()
			err := f()
			out[i] = append(out[i], time.Since(begin))
			require.NoError(b, err)
		}
	}
	for i := range out {
		slices.Sort(out[i])
	}
	return out
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// BenchmarkOverhead is what a request over the Unix socket with a binary tensor costs beside the inference itself: p50 and p99
// of a bare loop and of the whole stack, one caller, one run.
func BenchmarkOverhead(b *testing.B) {
	for _, source := range benchSources {
		b.Run(source.name, func(b *testing.B) {
			s := newStack(b, nil)
			v, canonical := s.spec("1.0.0", source.path)
			s.serve(v)
			bare, c := bareRunner(b, canonical), s.caller(v.Input)
			latencies(b, 200, bare, c.infer) // warm
			for b.Loop() {
				got := latencies(b, 5000, bare, c.infer)
				b.ReportMetric(micros(quantile(got[0], 0.5)), "bare-p50-µs")
				b.ReportMetric(micros(quantile(got[1], 0.5)), "unix-p50-µs")
				b.ReportMetric(micros(quantile(got[1], 0.5)-quantile(got[0], 0.5)), "overhead-p50-µs")
				b.ReportMetric(micros(quantile(got[1], 0.99)-quantile(got[0], 0.99)), "overhead-p99-µs")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkThroughput is the throughput of two callers over Unix sockets against two bare loops, in alternating rounds: the
// median of the rounds' quotients.
func BenchmarkThroughput(b *testing.B) {
	const callers, rounds = 2, 21
	for _, source := range benchSources {
		b.Run(source.name, func(b *testing.B) {
			s := newStack(b, nil)
			v, canonical := s.spec("1.0.0", source.path)
			s.serve(v)
			var bare, served []func() error
			for range callers {
				bare = append(bare, bareRunner(b, canonical))
				served = append(served, s.caller(v.Input).infer)
			}
			runs := 1
			for roundOf(b, bare, runs) < 100*time.Millisecond {
				runs *= 2
			}
			for b.Loop() {
				var quotients []float64
				var each time.Duration
				for range rounds {
					one, other := roundOf(b, bare, runs), roundOf(b, served, runs)
					quotients = append(quotients, 100*float64(one)/float64(other))
					each = one / time.Duration(runs)
				}
				slices.Sort(quotients)
				b.ReportMetric(quotients[len(quotients)/2], "%-of-bare")
				b.ReportMetric(micros(each), "bare-µs/run")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func roundOf(b testing.TB, calls []func() error, runs int) time.Duration {
	b.Helper()
	var wait sync.WaitGroup
	var failed atomic.Pointer[error]
	begin := time.Now()
	for _, f := range calls {
		wait.Go(func() {
			for range runs {
				if err := f(); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	wait.Wait()
	took := time.Since(begin)
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	return took
}

// BenchmarkSwap swaps versions 1,000 times under load, five in a second. No request fails, and p99 is compared with that of
// the same load without swaps. loaded swaps between two versions that are both ready, as the last step of a rollout does;
// whole prepares each version anew first: read, check, load, self-test, warm up.
func BenchmarkSwap(b *testing.B) {
	const swaps, interval = 1000, 200 * time.Millisecond
	for _, kind := range []string{"loaded", "whole"} {
		b.Run(kind, func(b *testing.B) {
			s := newStack(b, nil)
			first, _ := s.spec("1.0.0", benchSources[0].path)
			second, _ := s.spec("1.1.0", "../models/vibration/vibration-2.onnx")
			s.serve(first)
			swap := s.serve
			if kind == "loaded" {
				s.order(first, second, 100)
				require.Equal(b, second.ID+" ready <nil>", <-s.ready)
				swap = s.exchange
			}
			for b.Loop() {
				begin := time.Now()
				swapping := s.load(first.Input, func() {
					for i := range swaps {
						swap([]*slots.Spec{second, first}[i%2])
						time.Sleep(interval)
					}
				})
				took := time.Since(begin)
				still := s.load(first.Input, func() { time.Sleep(took / 5) })
				b.ReportMetric(float64(len(swapping)), "requests")
				b.ReportMetric(micros(quantile(still, 0.99)), "still-p99-µs")
				b.ReportMetric(micros(quantile(swapping, 0.99)), "swap-p99-µs")
				b.ReportMetric(float64(quantile(swapping, 0.99))/float64(quantile(still, 0.99)), "p99-ratio")
				b.ReportMetric(micros(took/swaps-interval), "swap-µs")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// exchange makes the loaded candidate the version on record, and the one that was the candidate.
func (s *stack) exchange(to *slots.Spec) {
	from := s.record
	s.order(to, from, 100)
	s.record = to
	<-s.ready // the one that was on record is a candidate that is ready
}

// load has two programs ask until during returns, and returns the sorted times of their requests, none of which fails.
func (s *stack) load(in slots.Tensor, during func()) []time.Duration {
	s.b.Helper()
	var stop atomic.Bool
	var mu sync.Mutex
	var all []time.Duration
	var wait sync.WaitGroup
	for range 2 {
		c := s.caller(in)
		wait.Go(func() {
			var own []time.Duration
			for !stop.Load() {
				begin := time.Now()
				if err := c.infer(); err != nil {
					s.b.Errorf("a request failed: %v", err)
					break
				}
				own = append(own, time.Since(begin))
				time.Sleep(500 * time.Microsecond) // a program does something with an answer
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, own...)
		})
	}
	during()
	stop.Store(true)
	wait.Wait()
	slices.Sort(all)
	return all
}

// BenchmarkMillion makes a million inferences over the Unix socket and reports the process's memory at a tenth and at the end.
func BenchmarkMillion(b *testing.B) {
	const total = 1_000_000
	s := newStack(b, nil)
	v, _ := s.spec("1.0.0", benchSources[0].path)
	s.serve(v)
	calls := []func() error{s.caller(v.Input).infer, s.caller(v.Input).infer}
	for b.Loop() {
		roundOf(b, calls, total/10/len(calls))
		early := resident(b)
		roundOf(b, calls, total*9/10/len(calls))
		late := resident(b)
		b.ReportMetric(float64(early)/(1<<20), "MiB-at-100k")
		b.ReportMetric(float64(late)/(1<<20), "MiB-at-1M")
	}
	b.ReportMetric(0, "ns/op")
}

// resident is the process's resident memory after a collection.
func resident(b testing.TB) int64 {
	b.Helper()
	runtime.GC()
	text, err := os.ReadFile("/proc/self/statm")
	require.NoError(b, err)
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	require.NoError(b, err)
	return pages * int64(os.Getpagesize())
}
