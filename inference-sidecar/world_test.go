package sidecar

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/chain"
	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/journal"
	"github.com/assay-chain/assay/inference-sidecar/proving/provingtest"
	"github.com/assay-chain/assay/light-client/chaintest"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

const (
	worldModel = "channel-0:acme/vibration"
	worldFleet = 1
	// patience bounds what is waited for; no test takes that long unless it fails.
	patience = 20 * time.Second
)

// init makes the test binary act as a sidecar's processes too.
func init() {
	path := os.Getenv(daemonEnv)
	switch {
	case len(os.Args) > 1 && os.Args[1] == "prove-worker", os.Getenv(mainEnv) != "":
		os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr))
	case path != "":
		os.Exit(daemonProcess(path))
	}
}

// clock is the machine's, moved.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time        { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) move(by time.Duration) { c.offset.Add(int64(by)) }

// release is a published version with its files.
type release struct {
	id            string
	record        registrytypes.Version
	files         map[string][]byte
	input, output []byte // what it makes of an input; releases differ in it
	key           []byte // verifying key; nil: a release whose results nobody can prove
}

var (
	releaseMu sync.Mutex
	releases  = map[int]*release{}
	provable  *release
)

// releaseOf returns version N.0.0 of the model, made once.
func releaseOf(tb testing.TB, n int) *release {
	tb.Helper()
	releaseMu.Lock()
	defer releaseMu.Unlock()
	if releases[n] == nil {
		path := "../models/vibration/vibration.onnx"
		if n > 1 {
			path = fmt.Sprintf("../models/vibration/vibration-%d.onnx", n)
		}
		r, err := newRelease(n, path)
		require.NoError(tb, err)
		releases[n] = r
	}
	return releases[n]
}

func newRelease(n int, path string) (*release, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	g, _, err := onnx.Import(source, onnx.Options{Name: "vibration"})
	if err != nil {
		return nil, err
	}
	canonical, err := g.Marshal()
	if err != nil {
		return nil, err
	}
	selfTest, err := model.NewSelfTest(g, nil)
	if err != nil {
		return nil, err
	}
	vectors, err := selfTest.Encode()
	if err != nil {
		return nil, err
	}
	r := &release{
		id:    fmt.Sprintf("%s@%d.0.0", worldModel, n),
		files: map[string][]byte{model.CanonicalFile: canonical, model.SelfTestFile: vectors, model.ProvingFile: []byte("no key")},
	}
	r.input = make([]byte, g.Values[g.Input].Len())
	for i := range r.input {
		r.input[i] = byte(i * 11)
	}
	if r.output, err = g.Run(r.input); err != nil {
		return nil, err
	}
	r.record = registrytypes.Version{Id: r.id, VersionSpec: registrytypes.VersionSpec{
		Inputs: signature(&g.Values[g.Input]), Outputs: signature(&g.Values[g.Output]),
		CircuitDigest: bytes.Repeat([]byte{1}, 32), VerifyingKeyDigest: bytes.Repeat([]byte{2}, 32),
	}}
	for key, value := range onnx.SessionOptions() {
		r.record.SessionOptions = append(r.record.SessionOptions, registrytypes.SessionOption{Key: key, Value: value})
	}
	return r, nil
}

// provableRelease is version 1.0.0 with keys, made once.
func provableRelease(tb testing.TB) *release {
	tb.Helper()
	bare := releaseOf(tb, 1)
	releaseMu.Lock()
	defer releaseMu.Unlock()
	if provable == nil {
		dir := tb.TempDir()
		file := filepath.Join(dir, "source.onnx")
		require.NoError(tb, os.WriteFile(file, bare.files[model.CanonicalFile], 0o600))
		m, err := provingtest.FromCanonical(dir, file)
		require.NoError(tb, err)
		key, err := os.ReadFile(filepath.Join(dir, model.ProvingFile))
		require.NoError(tb, err)
		r := *bare
		r.files = maps.Clone(bare.files)
		r.files[model.ProvingFile], r.key = key, m.VerifyingKey
		r.record.CircuitDigest, r.record.VerifyingKeyDigest = m.CircuitDigest[:], m.KeyDigest[:]
		provable = &r
	}
	return provable
}

func signature(v *onnx.Value) []registrytypes.TensorSignature {
	t := registrytypes.TensorSignature{Name: v.Name, ElementType: registrytypes.ELEMENT_TYPE_INT8}
	if v.Type.String() == "uint8" {
		t.ElementType = registrytypes.ELEMENT_TYPE_UINT8
	}
	for _, d := range v.Shape {
		t.Shape = append(t.Shape, uint32(d))
	}
	return []registrytypes.TensorSignature{t}
}

// shelf serves artifacts, or what a test puts in their place.
type shelf struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string][]byte
	fault map[string]http.HandlerFunc
}

func newShelf(t *testing.T) *shelf {
	s := &shelf{files: map[string][]byte{}, fault: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	data, found := s.files[r.URL.Path]
	fault := s.fault[r.URL.Path]
	s.mu.Unlock()
	switch {
	case fault != nil:
		fault(w, r)
	case !found:
		http.NotFound(w, r)
	default:
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
}

// breakFile puts a handler in the place of a file; nil gives the file again.
func (s *shelf) breakFile(path string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault[path] = h
}

// world is a zone, its endpoints, an artifact server and a device.
type world struct {
	t         *testing.T
	clock     *clock
	chain     *chaintest.Chain
	ledger    *ledger
	endpoints []*endpoint
	shelf     *shelf
	config    config.Config
	key       *chain.Key
	log       *slog.Logger
	seams     seams
	number    uint64 // of the latest rollout
	recorded  string // version on record
}

// newWorld has an enrolled device without anything to serve, and two honest endpoints. Proofs are for a pool that cannot be
// reached, so that what is promised stays so.
func newWorld(t *testing.T) *world {
	t.Helper()
	if _, err := ort.Find(); err != nil {
		t.Skipf("needs ONNX Runtime (make ort): %v", err)
	}
	return newWorldWithoutRuntime(t)
}

func newWorldWithoutRuntime(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{}, key: chain.NewKey(), log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))}
	w.chain = chaintest.New(chaintest.Options{ChainID: "zone-1", Start: time.Now().Add(-10 * time.Minute).UTC().Truncate(time.Second)})
	w.ledger = newLedger(w.chain)
	w.seams = seams{now: w.clock.now, artifacts: func(o *artifacts.Options) { o.Rounds, o.Backoff = 2, time.Millisecond }}
	dir := shortDir(t)
	w.config = config.Default(dir)
	w.config.Models = []config.Model{{Name: worldModel, ServeAs: "vibration"}}
	for range 2 {
		e := newEndpoint(t, w.chain, w.ledger)
		w.endpoints = append(w.endpoints, e)
		w.config.Chain.Endpoints = append(w.config.Chain.Endpoints, e.URL)
	}
	root, err := w.chain.LightBlock(1)
	require.NoError(t, err)
	c := &w.config
	c.Chain.ID, c.Chain.TrustHeight, c.Chain.TrustHash = w.chain.ID(), 1, config.Hex(root.Hash())
	c.Chain.PollInterval.Duration = 50 * time.Millisecond
	c.Device.Fleet = worldFleet
	c.Scheduler.DefaultTimeout.Duration = 0 // deadlines are of the monotonic clock, which the world's clock moves too
	c.Artifacts.IdleTimeout.Duration, c.Artifacts.MinRate.Bytes = time.Second, 1<<10
	c.API.GRPCSocket, c.API.HTTP, c.API.GRPC = "", "", ""
	c.Telemetry.Metrics = ""
	c.Proving.Mode, c.Proving.NATS.URL = config.ProvingPool, "nats://127.0.0.1:1"
	c.Proving.SubmitInterval.Duration = 10 * time.Millisecond
	require.NoError(t, chain.WriteKey(c.Device.KeyFile, w.key))
	w.shelf = newShelf(t)
	w.enroll()
	return w
}

// shortDir is a temporary folder whose sockets have short paths.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sc")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // a tmpfs may be below it
	return dir
}

type record interface{ Marshal() ([]byte, error) }

// set puts a record into a store in the next block.
func (w *world) set(store string, key []byte, err error, r record) {
	w.t.Helper()
	require.NoError(w.t, err)
	raw, err := r.Marshal()
	require.NoError(w.t, err)
	w.chain.Set(store, key, raw)
}

func (w *world) enroll() {
	w.t.Helper()
	key, err := fleettypes.DeviceByAddressStoreKey(w.key.Address())
	require.NoError(w.t, err)
	w.chain.Set(fleettypes.StoreKey, key, binary.BigEndian.AppendUint64(nil, 1))
	key, err = fleettypes.DeviceStoreKey(1)
	w.set(fleettypes.StoreKey, key, err, &fleettypes.Device{
		Id: 1, FleetId: worldFleet, Address: w.key.String(), Standing: fleettypes.StandingActive, Confirmed: true,
	})
	w.chain.Advance(450)
}

// publish puts a release on record, and its files on the shelf.
func (w *world) publish(r *release) {
	w.t.Helper()
	v := r.record
	for _, name := range []string{model.CanonicalFile, model.SelfTestFile, model.ProvingFile} {
		data, found := r.files[name]
		if !found {
			continue
		}
		digest := sha256.Sum256(data)
		path := "/" + number(r.id) + "/" + name
		w.shelf.mu.Lock()
		w.shelf.files[path] = data
		w.shelf.mu.Unlock()
		v.Artifacts = append(v.Artifacts, registrytypes.Artifact{
			Name: name, Digest: digest[:], Size_: uint64(len(data)), Uris: []string{w.shelf.URL + path},
		})
	}
	if r.key != nil {
		key, err := registrytypes.VerifyingKeyStoreKey(r.record.VerifyingKeyDigest)
		w.set(registrytypes.StoreKey, key, err, &registrytypes.VerifyingKey{Digest: r.record.VerifyingKeyDigest, Key: r.key})
	}
	key, err := registrytypes.VersionStoreKey(r.id)
	w.set(registrytypes.StoreKey, key, err, &v)
}

func steps() []rollouttypes.Step {
	return []rollouttypes.Step{{Weight: 10}, {Weight: 50}, {Weight: 100}}
}

// roll begins a rollout of a release: pending, that is, without weight.
func (w *world) roll(r *release) { w.number++; w.turn(r, rollouttypes.PhasePending, 0) }

// turn takes the latest rollout to a phase and a step.
func (w *world) turn(r *release, p rollouttypes.Phase, step uint32) {
	w.t.Helper()
	w.publish(r)
	key, err := rollouttypes.AssignmentStoreKey(worldFleet, worldModel)
	w.set(rollouttypes.StoreKey, key, err, &rollouttypes.Assignment{Fleet: worldFleet, Model: worldModel, Version: w.recorded, Number: w.number})
	key, err = rollouttypes.ZoneRolloutStoreKey(w.number)
	w.set(rollouttypes.StoreKey, key, err, &rollouttypes.ZoneRollout{
		Number: w.number, Version: r.id, Steps: steps(), Phase: p, Step: step, Standing: rollouttypes.StandingAccepted,
		Generation: uint64(w.chain.Height()),
	})
	if p == rollouttypes.PhasePromoted {
		w.recorded = r.id
	}
	w.chain.Advance(3)
}

func (w *world) promote(r *release) { w.turn(r, rollouttypes.PhasePromoted, uint32(len(steps()))) }

// down takes all endpoints down, or up again.
func (w *world) down(down bool) {
	for _, e := range w.endpoints {
		e.down.Store(down)
	}
}

// show makes all endpoints those of another node.
func (w *world) show(n *chaintest.Node) {
	for _, e := range w.endpoints {
		e.node.Store(n)
	}
}

// sleepFor lets time pass on the clock and on the chain.
func (w *world) sleepFor(d time.Duration) {
	w.clock.move(d)
	w.chain.Advance(int64(d / time.Second))
}

// device is a running sidecar.
type device struct {
	*Daemon
	w      *world
	cancel context.CancelFunc
	done   chan error
	client
}

// start runs a sidecar until the test ends.
func (w *world) start() *device {
	w.t.Helper()
	d, err := newDaemon(w.config, w.log, w.seams)
	require.NoError(w.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	r := &device{Daemon: d, w: w, cancel: cancel, done: make(chan error, 1), client: newClient(w.config.API.Socket)}
	go func() { r.done <- d.Run(ctx) }()
	w.t.Cleanup(func() { require.NoError(w.t, r.stop()) })
	r.await("it listens", func() bool { return r.live() })
	return r
}

// stop ends the sidecar, once.
func (r *device) stop() error {
	r.cancel()
	err := <-r.done
	r.done <- err
	r.http.CloseIdleConnections()
	return err
}

// serving runs a sidecar that serves a release that is on record.
func (w *world) serving(r *release) *device {
	w.t.Helper()
	w.roll(r)
	w.promote(r)
	d := w.start()
	d.awaitServing(r)
	return d
}

func (r *device) awaitServing(v *release) {
	r.w.t.Helper()
	r.await("it serves "+v.id, func() bool { m := r.Status().Models[0]; return m.Serving == v.id && m.Version == v.id })
}

// await waits for what others have to do.
func (r *device) await(what string, holds func() bool) {
	r.w.t.Helper()
	eventually(r.w.t, what, holds, func() string {
		s, _ := json.Marshal(r.Status())
		return string(s)
	})
}

func eventually(t testing.TB, what string, holds func() bool, otherwise func() string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.Now().Add(patience); time.Now().Before(limit); <-tick.C {
		if holds() {
			return
		}
	}
	t.Fatalf("not after %s: %s\n%s", patience, what, otherwise())
}

// metricsText is what a scrape gives.
func (r *device) metricsText() string {
	rec := httptest.NewRecorder()
	promhttp.HandlerFor(r.observed.metrics.Registry(), promhttp.HandlerOpts{}).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return rec.Body.String()
}

// awaitMetric waits until a scrape has a line that begins with name, and whose value is not 0.
func (r *device) awaitMetric(name string) {
	r.w.t.Helper()
	r.await("metric "+name, func() bool { return hasMetric(r.metricsText(), name) })
}

func hasMetric(text, name string) bool {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok && value != "0" {
			return true
		}
	}
	return false
}

// promise asks for a result that is to be proved, and returns the receipt's id.
func (r *device) promise(v *release) string {
	r.w.t.Helper()
	a, err := r.infer(v, request{parameters: map[string]any{"assay_prove": true}})
	require.NoError(r.w.t, err)
	require.Equal(r.w.t, http.StatusOK, a.status, a.Error)
	id, _ := a.Parameters[parameterReceipt].(string)
	require.NotEmpty(r.w.t, id, "%v", a.Parameters)
	return id
}

// kept checks that a promised entry is in the journal.
func (r *device) kept(id string) {
	r.w.t.Helper()
	s, err := r.receipt(id)
	require.NoError(r.w.t, err)
	require.Contains(r.w.t, []string{journal.Pending.String(), journal.Proving.String(), journal.Proved.String(), journal.Submitted.String()}, s.State)
}

// client is a local program.
type client struct{ http *http.Client }

func newClient(socket string) client {
	return client{&http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}}}
}

// request is what an inference is asked with beside the input.
type request struct {
	path       string // after the model's name; "" = /infer
	header     map[string]string
	parameters map[string]any
}

// answer is a response.
type answer struct {
	status     int
	ModelName  string         `json:"model_name"`
	Version    string         `json:"model_version"`
	Parameters map[string]any `json:"parameters"`
	Outputs    []struct {
		Data []int `json:"data"`
	} `json:"outputs"`
	Error string `json:"error"`
}

func (a *answer) output() []byte {
	var out []byte
	for _, v := range a.Outputs[0].Data {
		out = append(out, byte(v))
	}
	return out
}

func (c client) infer(v *release, q request) (*answer, error) {
	spec := v.record.Inputs[0]
	shape, data := []int64{}, make([]int, len(v.input))
	for _, d := range spec.Shape {
		shape = append(shape, int64(d))
	}
	datatype := "INT8"
	for i, b := range v.input {
		data[i] = int(int8(b))
	}
	if spec.ElementType == registrytypes.ELEMENT_TYPE_UINT8 {
		datatype = "UINT8"
		for i, b := range v.input {
			data[i] = int(b)
		}
	}
	content := map[string]any{"inputs": []any{map[string]any{"name": spec.Name, "datatype": datatype, "shape": shape, "data": data}}}
	if q.parameters != nil {
		content["parameters"] = q.parameters
	}
	body, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	path := q.path
	if path == "" {
		path = "/infer"
	}
	r, err := http.NewRequest(http.MethodPost, "http://sidecar/v2/models/vibration"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	res, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	a := &answer{status: res.StatusCode}
	return a, json.NewDecoder(res.Body).Decode(a)
}

// state is a receipt, as far as tests look.
type state struct {
	State       string `json:"state"`
	Attestation uint64 `json:"attestation"`
}

func (c client) receipt(id string) (*state, error) {
	body, status, err := c.get("/v2/assay/receipts/" + id)
	if err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("receipt %s: %d %s: %w", id, status, body, err)
	}
	s := &state{}
	return s, json.Unmarshal(body, s)
}

func (c client) get(path string) ([]byte, int, error) {
	res, err := c.http.Get("http://sidecar" + path)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return body, res.StatusCode, err
}

func (c client) live() bool {
	_, status, err := c.get("/v2/health/live")
	return err == nil && status == http.StatusOK
}

// asker asks all the time.
type asker struct {
	stop  atomic.Bool
	done  chan struct{}
	asked atomic.Int64
	mu    sync.Mutex
	err   error
}

// ask begins to ask for inferences, which releases may answer: with their outputs, and with nothing else.
func (c client) ask(allowed ...*release) *asker {
	a := &asker{done: make(chan struct{})}
	go func() {
		defer close(a.done)
		for !a.stop.Load() {
			if err := c.askOnce(allowed); err != nil {
				a.mu.Lock()
				a.err = err
				a.mu.Unlock()
				return
			}
			a.asked.Add(1)
			time.Sleep(2 * time.Millisecond) // a program does something with an answer
		}
	}()
	return a
}

func (c client) askOnce(allowed []*release) error {
	got, err := c.infer(allowed[0], request{})
	if err != nil {
		return err
	}
	if got.status != http.StatusOK {
		return fmt.Errorf("status %d: %s", got.status, got.Error)
	}
	for _, v := range allowed {
		if got.Parameters[parameterVersion] == v.id {
			if !bytes.Equal(got.output(), v.output) {
				return fmt.Errorf("%s: expected output %v, got %v", v.id, v.output, got.output())
			}
			return nil
		}
	}
	return fmt.Errorf("answered by %v", got.Parameters[parameterVersion])
}

// end checks that no request failed, and that there were some since the latest look.
func (a *asker) end(t testing.TB) {
	t.Helper()
	before := a.asked.Load()
	eventually(t, "requests go on", func() bool { return a.asked.Load() >= before+3 || a.failed() != nil }, func() string { return "" })
	a.stop.Store(true)
	<-a.done
	require.NoError(t, a.failed(), "a request failed")
}

func (a *asker) failed() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}
