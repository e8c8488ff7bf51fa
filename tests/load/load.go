package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
)

// Options configure a run.
type Options struct {
	Sockets []string // of the sidecars' REST interface
	Model   string   // as it is served
	Input   []byte   // one request's input
	// Versions are the model directories by version id; what an answer's version computes is known from them.
	Versions map[string]string
	Workers  int           // for each socket, each with callers of its own
	Callers  int           // different caller keys of a worker
	Pause    time.Duration // between a worker's requests
}

// Answer is what a request got, without its output, which was compared.
type Answer struct {
	Device  int       `json:"device"` // index of the socket
	Version string    `json:"version"`
	Height  int64     `json:"height"` // of the order that the device followed
	At      time.Time `json:"at"`
}

// Count is how many answers a device gave with a version under the order of a height.
type Count struct {
	Device  int    `json:"device"`
	Version string `json:"version"`
	Height  int64  `json:"height"`
	Number  int    `json:"number"`
}

// Result is the sum of a run.
type Result struct {
	Requests int           `json:"requests"`
	Failed   int           `json:"failed"`
	Wrong    int           `json:"wrong"` // outputs that are not what the version computes
	Errors   []string      `json:"errors,omitempty"`
	Counts   []Count       `json:"counts"`
	Slowest  time.Duration `json:"slowest"`
	Mean     time.Duration `json:"mean"`
}

// maxErrors bounds the errors that are kept.
const maxErrors = 20

type countKey struct {
	device  int
	version string
	height  int64
}

// Run is a run under way.
type Run struct {
	o        Options
	expected map[string][]byte // by version id

	mu     sync.Mutex
	result Result
	total  time.Duration
	counts map[countKey]int
	recent map[countKey]int // since the last Recent, heights left out
}

// New computes what each version answers.
func New(o Options) (*Run, error) {
	r := &Run{o: o, expected: map[string][]byte{}, counts: map[countKey]int{}, recent: map[countKey]int{}}
	for id, path := range o.Versions {
		dir, err := model.Open(path)
		if err != nil {
			return nil, err
		}
		raw, err := dir.Canonical()
		if err != nil {
			return nil, err
		}
		g, err := onnx.ReadCanonical(raw)
		if err != nil {
			return nil, err
		}
		if r.expected[id], err = g.Run(o.Input); err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
	}
	return r, nil
}

// Run asks until the context ends.
func (r *Run) Run(ctx context.Context) {
	var wait sync.WaitGroup
	for device, socket := range r.o.Sockets {
		for worker := range r.o.Workers {
			wait.Go(func() { r.work(ctx, device, worker, socket) })
		}
	}
	wait.Wait()
}

func (r *Run) work(ctx context.Context, device, worker int, socket string) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	defer client.CloseIdleConnections()
	body, header := r.request()
	for n := 0; ctx.Err() == nil; n++ {
		key := fmt.Sprintf("caller-%d-%d", worker, n%r.o.Callers)
		begin := time.Now()
		a, err := r.ask(client, body, header, key)
		took := time.Since(begin)
		a.Device = device
		r.note(a, took, err)
		if r.o.Pause > 0 || err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(max(r.o.Pause, time.Millisecond)):
			}
		}
	}
}

func (r *Run) request() (body []byte, header int) {
	head, _ := json.Marshal(map[string]any{ // of strings and numbers
		"inputs": []any{map[string]any{
			"name": "input", "datatype": "INT8", "shape": []int{1, len(r.o.Input)},
			"parameters": map[string]any{"binary_data_size": len(r.o.Input)},
		}},
		"outputs": []any{map[string]any{"name": "output", "parameters": map[string]any{"binary_data": true}}},
	})
	return append(head, r.o.Input...), len(head)
}

var errAnswer = errors.New("answer")

// ask sends one request and reads what came back.
func (r *Run) ask(client *http.Client, body []byte, header int, key string) (Answer, error) {
	// Not the run's context: a request that was sent is answered.
	request, err := http.NewRequest(http.MethodPost, "http://sidecar/v2/models/"+r.o.Model+"/infer", bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	request.Header.Set("Inference-Header-Content-Length", strconv.Itoa(header))
	request.Header.Set("Content-Type", "application/octet-stream")
	request.Header.Set("X-Assay-Key", key)
	res, err := client.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return Answer{}, err
	}
	if res.StatusCode != http.StatusOK {
		return Answer{}, fmt.Errorf("%w: %s: %.200s", errAnswer, res.Status, raw)
	}
	n, err := strconv.Atoi(res.Header.Get("Inference-Header-Content-Length"))
	if err != nil || n > len(raw) {
		return Answer{}, fmt.Errorf("%w: no binary output: %.200s", errAnswer, raw)
	}
	var head struct {
		Parameters struct {
			Version string `json:"assay_version"`
			Height  int64  `json:"assay_height"`
		} `json:"parameters"`
	}
	if err := json.Unmarshal(raw[:n], &head); err != nil {
		return Answer{}, err
	}
	a := Answer{Version: head.Parameters.Version, Height: head.Parameters.Height, At: time.Now()}
	want, known := r.expected[a.Version]
	if !known || !bytes.Equal(want, raw[n:]) {
		return a, fmt.Errorf("%w: output of %q: expected %x, got %x", errWrong, a.Version, want, raw[n:])
	}
	return a, nil
}

var errWrong = errors.New("wrong output")

func (r *Run) note(a Answer, took time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Requests++
	r.total += took
	r.result.Slowest = max(r.result.Slowest, took)
	if err != nil {
		if errors.Is(err, errWrong) {
			r.result.Wrong++
		} else {
			r.result.Failed++
		}
		if len(r.result.Errors) < maxErrors {
			r.result.Errors = append(r.result.Errors, fmt.Sprintf("device %d: %v", a.Device+1, err))
		}
		return
	}
	r.counts[countKey{a.Device, a.Version, a.Height}]++
	r.recent[countKey{a.Device, a.Version, 0}]++
}

// Result is the sum so far.
func (r *Run) Result() Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.result
	if out.Requests > 0 {
		out.Mean = r.total / time.Duration(out.Requests)
	}
	for k, n := range r.counts {
		out.Counts = append(out.Counts, Count{k.device, k.version, k.height, n})
	}
	return out
}

// Recent is how many answers each device gave with each version since the last call.
func (r *Run) Recent() map[int]map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[int]map[string]int{}
	for k, n := range r.recent {
		if out[k.device] == nil {
			out[k.device] = map[string]int{}
		}
		out[k.device][k.version] = n
	}
	clear(r.recent)
	return out
}
