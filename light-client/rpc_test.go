package lightclient_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	lightclient "github.com/assay-chain/assay/light-client"
	"github.com/assay-chain/assay/light-client/chaintest"
)

// httpWorld has nodes that are served over HTTP, and one more whose answers pass through a handler.
// The validators change with every block.
func httpWorld(t *testing.T, validators int, wrap func(http.Handler) http.Handler) (w *world, honest []string, wrapped string) {
	t.Helper()
	w = newWorldOf(t, chaintest.Options{Validators: validators, Power: 1}, "a", "b")
	for _, name := range []string{"a", "b"} {
		s := httptest.NewServer(w.nodes[name])
		t.Cleanup(s.Close)
		honest = append(honest, s.URL)
	}
	s := httptest.NewServer(wrap(chaintest.NewNode(w.chain)))
	t.Cleanup(s.Close)
	w.config.Dial = nil
	return w, honest, s.URL
}

func same(h http.Handler) http.Handler { return h }

func TestHTTP(t *testing.T) {
	for _, validators := range []int{1, 4, 100, 101, 250} {
		t.Run(fmt.Sprintf("success: %d validators", validators), func(t *testing.T) {
			w, honest, third := httpWorld(t, validators, same)
			w.config.Endpoints = []string{"tcp" + strings.TrimPrefix(honest[0], "http"), strings.TrimPrefix(honest[1], "http://"), third}
			w.chain.Set("registry", []byte("key"), []byte("value"))
			w.advance(5)
			c := w.open()
			require.EqualValues(t, 15, w.mustUpdate(c).Height)
			value, found, err := w.mustSnapshot(c).Read(t.Context(), "registry", []byte("key"))
			require.NoError(t, err)
			require.True(t, found)
			require.Equal(t, "value", string(value))
			_, found, err = w.mustSnapshot(c).Read(t.Context(), "registry", []byte("none"))
			require.NoError(t, err)
			require.False(t, found)
		})
	}
}

// While the validators stay the same they are fetched once, from one endpoint.
func TestHTTPSameValidators(t *testing.T) {
	w := newWorld(t)
	var fetched atomic.Int64
	node := chaintest.NewNode(w.chain)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if methodOf(r) == "validators" {
			fetched.Add(1)
		}
		node.ServeHTTP(w, r)
	}))
	defer s.Close()
	w.config.Dial = nil
	c := w.open(s.URL+"/1", s.URL+"/2")
	for range 3 {
		w.advance(5)
		w.mustUpdate(c)
	}
	require.EqualValues(t, 1, fetched.Load())
}

// Evidence gets through JSON to a node.
func TestHTTPEvidence(t *testing.T) {
	w, honest, _ := httpWorld(t, 4, same)
	w.config.Endpoints = honest
	c := w.open()
	w.mustUpdate(c)
	w.advance(5)
	liar := chaintest.NewNode(w.chain.Fork(chaintest.Fork{From: 11, AppHash: bytes.Repeat([]byte{7}, 32)}))
	s := httptest.NewServer(liar)
	defer s.Close()
	before, _ := c.Head()
	w.config.Endpoints = []string{s.URL, honest[1]}
	w.config.Trust = lightclient.Trust{Height: before.Height, Hash: before.Hash}
	_, err := w.open().Update(t.Context())
	d := refused[*lightclient.HaltedError](t, err).Divergence
	require.Equal(t, lightclient.AttackLunatic, d.Attack)
	require.Len(t, d.Reports, 2)
	for _, r := range d.Reports {
		require.Empty(t, r.Error)
		require.NotEmpty(t, r.Evidence)
	}
	require.Len(t, w.nodes["b"].Evidence(), 1)
	require.Len(t, liar.Evidence(), 1)
}

// methodOf reads the method of a request and leaves the request whole.
func methodOf(r *http.Request) string {
	raw, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(raw))
	var request struct {
		Method string `json:"method"`
	}
	_ = json.Unmarshal(raw, &request)
	return request.Method
}

// An endpoint misbehaves in its answers to one method, and then to the next. Beside two honest ones that never matters; alone
// it fails with the error that says why; a body without an end is cut off at its bound.
func TestHTTPMisbehaviour(t *testing.T) {
	chain := chaintest.New(chaintest.Options{Power: 1}) // no set is known from another height
	chain.Advance(7)
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		want   error
	}{
		{"failure: endless body", func(w http.ResponseWriter, r *http.Request) {
			chunk := bytes.Repeat([]byte(" "), 64<<10)
			for r.Context().Err() == nil {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, lightclient.ErrResponse},
		{"failure: endless body, slowly", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte(" "))
				w.(http.Flusher).Flush()
				select {
				case <-r.Context().Done():
				case <-time.After(time.Millisecond):
				}
			}
		}, lightclient.ErrUnavailable},
		{"failure: hangs", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, lightclient.ErrUnavailable},
		{"failure: hangs after the headers", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, lightclient.ErrUnavailable},
		{"failure: cuts the connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, lightclient.ErrUnavailable},
		{"failure: no JSON", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, lightclient.ErrResponse},
		{"failure: JSON of another shape", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"result":[1]}`) }, lightclient.ErrResponse},
		{"failure: deep JSON", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"result":`+strings.Repeat("[", 50_000))
		}, lightclient.ErrResponse},
		{"failure: server error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadGateway) }, lightclient.ErrUnavailable},
		{"failure: refuses", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"error":{"code":-32603,"message":"no","data":"`+strings.Repeat("x", 1000)+`"}}`)
		}, lightclient.ErrUnavailable},
		{"failure: redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://a/", http.StatusTemporaryRedirect) // which would answer
		}, lightclient.ErrUnavailable},
	} {
		for _, method := range []string{"status", "commit", "validators", "abci_query"} {
			t.Run(tc.name+" in "+method, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { misbehave(t, chain, method, tc.answer, tc.want) })
			})
		}
	}
}

func misbehave(t *testing.T, chain *chaintest.Chain, method string, answer http.HandlerFunc, want error) {
	w := worldOf(t, chain, "a", "b", "c")
	bad := false
	w.config.Dial = nil
	w.config.HTTPClient = &http.Client{Transport: handlers{"a": w.nodes["a"], "b": w.nodes["b"], "c": http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if bad && methodOf(r) == method {
			answer(rw, r)
			return
		}
		w.nodes["c"].ServeHTTP(rw, r)
	})}}
	alone := w.open("http://c")
	bad = true
	c := w.open("http://c", "http://a", "http://b")
	require.EqualValues(t, 10, w.mustUpdate(c).Height)
	_, found, err := w.mustSnapshot(c).Read(t.Context(), "registry", []byte("none"))
	require.NoError(t, err)
	require.False(t, found)

	_, err = alone.Update(t.Context())
	require.ErrorIs(t, err, want)
	require.Less(t, len(err.Error()), 2000, "what an endpoint says is cut short")
}

// handlers serves hosts without a network, for clocks that are not real.
type handlers map[string]http.Handler

func (h handlers) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	body, out := io.Pipe()
	w := &streamed{out: out, header: make(http.Header), ready: make(chan int, 1)}
	go func() {
		defer func() {
			if recover() != nil || ctx.Err() != nil {
				out.CloseWithError(io.ErrUnexpectedEOF)
			}
			w.WriteHeader(http.StatusOK)
			out.Close()
		}()
		h[r.URL.Host].ServeHTTP(w, r.WithContext(ctx))
	}()
	context.AfterFunc(r.Context(), func() { body.CloseWithError(r.Context().Err()) })
	select {
	case status := <-w.ready:
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: w.header, Body: &closing{body, cancel}, Request: r}, nil
	case <-r.Context().Done():
		cancel()
		return nil, r.Context().Err()
	}
}

// closing ends the handler when the body is closed.
type closing struct {
	io.ReadCloser
	end func()
}

func (c *closing) Close() error {
	c.end()
	return c.ReadCloser.Close()
}

// streamed is a response whose body is read while it is written.
type streamed struct {
	out    *io.PipeWriter
	header http.Header
	once   sync.Once
	ready  chan int
}

func (w *streamed) Header() http.Header    { return w.header }
func (w *streamed) WriteHeader(status int) { w.once.Do(func() { w.ready <- status }) }
func (w *streamed) Flush()                 {}

func (w *streamed) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.out.Write(b)
}

// Answers that are well-formed and out of bounds.
func TestHTTPBounds(t *testing.T) {
	for _, tc := range []struct {
		name   string
		method string
		change func(result map[string]any)
		want   string
	}{
		{"failure: another chain", "status", func(r map[string]any) { r["node_info"].(map[string]any)["network"] = "another" }, `expected "chaintest-1", got "another"`},
		{"failure: no block yet", "status", func(r map[string]any) { r["sync_info"].(map[string]any)["latest_block_height"] = "0" }, "no block yet"},
		{"failure: negative height", "status", func(r map[string]any) { r["sync_info"].(map[string]any)["latest_block_height"] = "-5" }, "no block yet"},
		{"failure: no header", "commit", func(r map[string]any) { r["signed_header"].(map[string]any)["header"] = nil }, "empty"},
		{"failure: no commit", "commit", func(r map[string]any) { r["signed_header"].(map[string]any)["commit"] = nil }, "empty"},
		{"failure: no signatures", "commit", func(r map[string]any) {
			r["signed_header"].(map[string]any)["commit"].(map[string]any)["signatures"] = []any{}
		}, "expected 1 to 500 signatures, got 0"},
		{"failure: too many signatures", "commit", func(r map[string]any) {
			c := r["signed_header"].(map[string]any)["commit"].(map[string]any)
			one := map[string]any{"block_id_flag": 1, "validator_address": "", "timestamp": "0001-01-01T00:00:00Z", "signature": nil}
			all := make([]any, 501)
			for i := range all {
				all[i] = one
			}
			c["signatures"] = all
		}, "expected 1 to 500 signatures, got 501"},
		{"failure: no validators", "validators", func(r map[string]any) { r["validators"] = []any{} }, "expected 4 of 4, got 0"},
		{"failure: a validator too many", "validators", func(r map[string]any) { v := r["validators"].([]any); r["validators"] = append(v, v[0]) }, "expected 4 of 4, got 5"},
		{"failure: a validator twice", "validators", func(r map[string]any) { v := r["validators"].([]any); v[1] = v[0] }, "validator"},
		{"failure: no validator", "validators", func(r map[string]any) { r["validators"].([]any)[0] = nil }, "expected one with a key"},
		{"failure: no key", "validators", func(r map[string]any) { r["validators"].([]any)[0].(map[string]any)["pub_key"] = nil }, "expected one with a key"},
		{"failure: power that overflows", "validators", func(r map[string]any) {
			for _, v := range r["validators"].([]any) {
				v.(map[string]any)["voting_power"] = "9223372036854775807"
			}
		}, "exceeds maximum"},
		{"failure: negative power", "validators", func(r map[string]any) { r["validators"].([]any)[0].(map[string]any)["voting_power"] = "-1" }, "negative voting power"},
		{"failure: an operation too many", "abci_query", func(r map[string]any) {
			ops := r["response"].(map[string]any)["proofOps"].(map[string]any)
			ops["ops"] = append(ops["ops"].([]any), ops["ops"].([]any)[0])
		}, "expected 2 operations, got more"},
		{"failure: no proof", "abci_query", func(r map[string]any) { delete(r["response"].(map[string]any), "proofOps") }, "no proof"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var bad atomic.Bool
			w, _, url := httpWorld(t, 4, func(h http.Handler) http.Handler { return rewriting(h, tc.method, &bad, tc.change) })
			c := w.open(url)
			before, _ := c.Head()
			bad.Store(true)
			_, err := c.Update(t.Context())
			require.ErrorContains(t, err, tc.want)
			if tc.method != "abci_query" {
				sameHead(t, c, before)
			}
		})
	}
}

// rewriting changes the results of a method.
func rewriting(h http.Handler, method string, on *atomic.Bool, change func(map[string]any)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !on.Load() || methodOf(r) != method {
			h.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		var answer map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			panic(err)
		}
		change(answer["result"].(map[string]any))
		_ = json.NewEncoder(w).Encode(answer)
	})
}

// Passwords in URLs do not get into errors of requests.
func TestHTTPCredentials(t *testing.T) {
	w := newWorld(t, "a")
	w.config.Dial = nil
	w.config.Endpoints = []string{"http://user:secret@127.0.0.1:1"}
	_, err := lightclient.Open(t.Context(), w.config)
	require.ErrorIs(t, err, lightclient.ErrUnavailable)
	require.NotContains(t, err.Error(), "secret")
}

func TestEndpointURLs(t *testing.T) {
	for _, url := range []string{"ftp://a", "http://", "unix:///tmp/x", "http://a b", "://"} {
		w := newWorld(t, "a")
		w.config.Dial = nil
		w.config.Endpoints = []string{url}
		_, err := lightclient.Open(t.Context(), w.config)
		require.ErrorIs(t, err, lightclient.ErrConfig, url)
	}
}

// Whatever an endpoint answers, nothing panics, and a head that moved is the chain's.
func FuzzHTTPAnswers(f *testing.F) {
	chain := chaintest.New(chaintest.Options{Validators: 2, Power: 1})
	chain.Advance(2)
	root, err := chain.LightBlock(3)
	require.NoError(f, err)
	truth, err := chain.LightBlock(5)
	require.NoError(f, err)
	node := chaintest.NewNode(chain)
	for _, request := range []string{
		`{"id":1,"method":"status"}`, `{"id":1,"method":"commit","params":{"height":"5"}}`, `{"id":1,"method":"validators","params":{"height":"5"}}`,
		`{"id":1,"method":"abci_query","params":{"path":"/store/staking/key","data":"51","height":"4","prove":true}}`,
	} {
		rec := httptest.NewRecorder()
		node.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(request)))
		var method struct{ Method string }
		require.NoError(f, json.Unmarshal([]byte(request), &method))
		f.Add(method.Method, rec.Body.Bytes())
	}
	f.Fuzz(func(t *testing.T, method string, body []byte) {
		bad := false
		c, err := lightclient.Open(t.Context(), lightclient.Config{
			ChainID: chain.ID(), Endpoints: []string{"http://a"}, Trust: lightclient.Trust{Height: 3, Hash: root.Hash()},
			Now: func() time.Time { return truth.Time },
			HTTPClient: &http.Client{Transport: handlers{"a": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if bad && methodOf(r) == method {
					_, _ = w.Write(body)
					return
				}
				node.ServeHTTP(w, r)
			})}},
		})
		require.NoError(t, err)
		bad = true
		if _, err := c.Update(t.Context()); err == nil {
			head, _ := c.Head()
			known, err := chain.LightBlock(head.Height)
			require.NoError(t, err)
			require.EqualValues(t, known.Hash(), head.Hash)
		}
		require.NoError(t, c.Close())
	})
}
