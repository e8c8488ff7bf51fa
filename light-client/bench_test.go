package lightclient_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
)

// serveEnv tells this binary to serve a chain instead of testing: the memory of whoever makes headers is not the client's.
const serveEnv = "LIGHTCLIENT_SERVE"

// served is the chain that is served: options and height.
type served struct {
	chaintest.Options
	Height int64
}

func TestMain(m *testing.M) {
	if raw := os.Getenv(serveEnv); raw != "" {
		if err := serve(raw); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve prints its address and serves until its input ends.
func serve(raw string) error {
	var s served
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		return err
	}
	chain := chaintest.New(s.Options)
	chain.Advance(s.Height - chain.Height())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		listener.Close()
	}()
	if err := http.Serve(listener, chaintest.NewNode(chain)); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// startServer serves a chain from a process of its own and returns its address.
func startServer(b *testing.B, s served) string {
	b.Helper()
	raw, err := json.Marshal(s)
	require.NoError(b, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveEnv+"="+string(raw))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(b, err)
	return strings.TrimSpace(address)
}

// meter counts what a client fetches, and looks at the heap after each answer.
type meter struct {
	next                      http.RoundTripper
	bytes, commits, anonymous atomic.Int64
	heap                      atomic.Uint64
}

func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	if methodOf(r) == "commit" {
		m.commits.Add(1)
	}
	res, err := m.next.RoundTrip(r)
	if err == nil {
		res.Body = &metered{res.Body, m}
	}
	return res, err
}

type metered struct {
	io.ReadCloser
	m *meter
}

func (r *metered) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.m.bytes.Add(int64(n))
	r.m.look()
	return n, err
}

func (m *meter) look() {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	if now := sample[0].Value.Uint64(); now > m.heap.Load() {
		m.heap.Store(now)
	}
}

// watch looks at the memory until it is stopped.
func (m *meter) watch() (stop func()) {
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
				m.look()
				m.anonymous.Store(max(m.anonymous.Load(), anonymousBytes()))
			}
		}
	}()
	return func() { close(done) }
}

// anonymousBytes is the memory that is the process's own, and not the pages of its binary; 0 where the system does not tell.
func anonymousBytes() int64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		var kb int64
		if _, err := fmt.Sscanf(line, "RssAnon: %d kB", &kb); err == nil {
			return kb << 10
		}
	}
	return 0
}

const day = 24 * 60 * 60 // blocks of a second

// BenchmarkCatchUp verifies the newest header of a chain of one-second blocks from one that is days old, over HTTP, with one
// witness and a store on disk. Each day a tenth of the validators is replaced (of four, one), and each ten minutes one
// changes its power.
func BenchmarkCatchUp(b *testing.B) {
	for _, days := range []int64{1, 7, 14} {
		for _, n := range []int{4, 50, 150} {
			b.Run(fmt.Sprintf("%dd/%d", days, n), func(b *testing.B) { catchUp(b, n, days*day, false) })
		}
	}
}

// BenchmarkSequential is the same with every header of ten minutes verified.
func BenchmarkSequential(b *testing.B) {
	for _, n := range []int{4, 50, 150} {
		b.Run(fmt.Sprintf("10m/%d", n), func(b *testing.B) { catchUp(b, n, 600, true) })
	}
}

// BenchmarkFollow is an update by one block and a read that proves an absence, with one witness and validators that stay.
func BenchmarkFollow(b *testing.B) {
	for _, n := range []int{4, 50, 150} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			chain := chaintest.New(chaintest.Options{Validators: n})
			root, err := chain.LightBlock(3)
			require.NoError(b, err)
			node := chaintest.NewNode(chain)
			m := &meter{next: handlers{"a": node, "b": node}}
			c, err := lightclient.Open(b.Context(), lightclient.Config{
				ChainID: chain.ID(), Endpoints: []string{"http://a", "http://b"}, Trust: lightclient.Trust{Height: 3, Hash: root.Hash()}, Dir: b.TempDir(),
				Now: func() time.Time { return chain.Time(chain.Height()) }, HTTPClient: &http.Client{Transport: m},
			})
			require.NoError(b, err)
			defer c.Close()
			m.bytes.Store(0)
			for b.Loop() {
				chain.Advance(1)
				_, err := c.Update(b.Context())
				require.NoError(b, err)
				s, err := c.Snapshot(b.Context())
				require.NoError(b, err)
				_, _, err = s.Read(b.Context(), "registry", []byte("b"))
				require.NoError(b, err)
			}
			b.ReportMetric(float64(m.bytes.Load())/float64(b.N)/1e3, "kB/op")
		})
	}
}

// BenchmarkHostile is an update and a read with eight endpoints that answer everything with as many bytes as are read.
func BenchmarkHostile(b *testing.B) {
	chunk := []byte(strings.Repeat("1,", 16<<10))
	endless := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if methodOf(r) == "status" { // or nothing else would be asked for
			_, _ = io.WriteString(w, `{"result":{"node_info":{"network":"chaintest-1"},"sync_info":{"latest_block_height":"1000"}}}`)
			return
		}
		_, _ = io.WriteString(w, `{"result":[`)
		for err := error(nil); err == nil; {
			_, err = w.Write(chunk)
		}
	})
	chain := chaintest.New(chaintest.Options{})
	root, err := chain.LightBlock(3)
	require.NoError(b, err)
	m := new(meter)
	all, round := handlers{}, 0
	config := lightclient.Config{
		ChainID: chain.ID(), Trust: lightclient.Trust{Height: 3, Hash: root.Hash()}, Dir: b.TempDir(),
		Now: func() time.Time { return chain.Time(3).Add(time.Duration(round) * 20 * time.Minute) }, HTTPClient: &http.Client{Transport: all},
	}
	all["honest"] = chaintest.NewNode(chain)
	config.Endpoints = []string{"http://honest"}
	c, err := lightclient.Open(b.Context(), config)
	require.NoError(b, err)
	_, err = c.Update(b.Context())
	require.NoError(b, err)
	require.NoError(b, c.Close())
	config.Endpoints = nil
	for i := range 8 {
		host := fmt.Sprint("h", i)
		all[host] = endless
		config.Endpoints = append(config.Endpoints, "http://"+host)
	}
	m.next = all
	config.HTTPClient = &http.Client{Transport: m}
	c, err = lightclient.Open(b.Context(), config)
	require.NoError(b, err)
	defer c.Close()
	debug.FreeOSMemory()
	stop := m.watch()
	for b.Loop() {
		round = (round + 1) % 500 // later: all may be asked again
		_, err = c.Update(b.Context())
		require.ErrorIs(b, err, lightclient.ErrResponse)
		round++
		s, err := c.Snapshot(b.Context())
		require.NoError(b, err)
		_, _, err = s.Read(b.Context(), "registry", []byte("b"))
		require.Error(b, err)
	}
	stop()
	b.ReportMetric(float64(m.bytes.Load())/float64(b.N)/1e3, "kB/op")
	b.ReportMetric(float64(m.heap.Load())/1e6, "peak-heap-MB")
	b.ReportMetric(float64(m.anonymous.Load())/1e6, "peak-anonymous-MB")
}

func catchUp(b *testing.B, validators int, blocks int64, sequential bool) {
	s := served{Options: chaintest.Options{Validators: validators, Replace: day / max(1, int64(validators)/10), Power: 600}, Height: blocks + 3}
	address := startServer(b, s)
	chain := chaintest.New(s.Options)
	root, err := chain.LightBlock(3)
	require.NoError(b, err)
	m := &meter{next: http.DefaultTransport}
	config := lightclient.Config{
		ChainID: chain.ID(), Endpoints: []string{"http://" + address + "/a", "http://" + address + "/b"},
		Trust:      lightclient.Trust{Height: 3, Hash: root.Hash(), Period: 20 * 24 * time.Hour},
		Now:        func() time.Time { return chain.Time(s.Height) },
		HTTPClient: &http.Client{Transport: m}, Sequential: sequential,
	}
	debug.FreeOSMemory()
	stop := m.watch()
	for b.Loop() {
		config.Dir = b.TempDir()
		c, err := lightclient.Open(b.Context(), config)
		require.NoError(b, err)
		head, err := c.Update(b.Context())
		require.NoError(b, err)
		require.Equal(b, s.Height, head.Height)
		require.NoError(b, c.Close())
	}
	stop()
	b.ReportMetric(float64(m.commits.Load())/float64(b.N), "headers/op")
	b.ReportMetric(float64(m.bytes.Load())/float64(b.N)/1e3, "kB/op")
	b.ReportMetric(float64(m.heap.Load())/1e6, "peak-heap-MB")
	b.ReportMetric(float64(m.anonymous.Load())/1e6, "peak-anonymous-MB")
}
