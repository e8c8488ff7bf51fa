package oip

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	headerLengthName = "Inference-Header-Content-Length"
	canaryName       = "X-Canary"
	keyName          = "X-Assay-Key"
	versionName      = "Assay-Version"
	receiptName      = "Assay-Receipt"
	retryName        = "Assay-Retry-After-Ms"
)

// rest answers the paths of the REST API on one listener.
type rest struct {
	*Server
	tokens  *Tokens      // nil: none asked for
	crowded *atomic.Bool // a connection waits for another to end
}

func (a *rest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	to, err := a.enter(w, r)
	switch {
	case err != nil:
	case to.kind == routeInfer:
		a.infer(w, r, to)
		return
	default:
		a.giveWay(w)
		err = a.describe(w, r, to)
	}
	if err != nil {
		a.refuse(w, r, err)
	}
}

// enter finds out what is asked for and whether it may be.
func (a *rest) enter(w http.ResponseWriter, r *http.Request) (route, error) {
	if err := a.hurry(w, r); err != nil {
		return route{}, err
	}
	to, err := parseRoute(r.URL)
	if err != nil {
		return to, err
	}
	return to, admitREST(a.tokens, r, to.kind)
}

// giveWay ends the connection after the answer where another one waits for its place.
func (a *rest) giveWay(w http.ResponseWriter) {
	if a.crowded.Load() {
		w.Header()["Connection"] = connectionClose
	}
}

// admitREST checks the method and the token. Health says no more than up or down, and needs no token.
func admitREST(tokens *Tokens, r *http.Request, kind routeKind) error {
	if kind == routeLive || kind == routeReady {
		tokens = nil
	}
	if tokens != nil {
		if err := tokens.admit(r.Header.Get("Authorization")); err != nil {
			return err
		}
	}
	if kind == routeNone {
		return fmt.Errorf("%w: path %q", ErrNotFound, clipText(r.URL.Path))
	}
	asked, want := r.Method, kind.method()
	if asked == http.MethodHead {
		asked = http.MethodGet
	}
	if asked != want {
		return fmt.Errorf("%w: expected %s, got %s", ErrMethod, want, clipText(r.Method))
	}
	return nil
}

// describe answers everything but inference.
func (s *Server) describe(w http.ResponseWriter, r *http.Request, to route) error {
	switch to.kind {
	case routeServer:
		return s.sendJSON(w, http.StatusOK, appendServer(nil, s.options))
	case routeLive:
		live := s.backend.Live()
		return s.sendJSON(w, upOrDown(live), fmt.Appendf(nil, `{"live":%t}`, live))
	case routeReady:
		ready := s.backend.Ready()
		return s.sendJSON(w, upOrDown(ready), fmt.Appendf(nil, `{"live":%t,"ready":%t}`, s.backend.Live(), ready))
	case routeModelReady:
		if err := s.backend.ModelReady(to.model, to.version); err != nil {
			return err
		}
		return s.sendJSON(w, http.StatusOK, append(appendString([]byte(`{"name":`), to.model), `,"ready":true}`...))
	case routeReceipt:
		return s.receipt(w, r, to.receipt)
	}
	m, err := s.backend.ModelMetadata(to.model, to.version)
	if err != nil {
		return err
	}
	return s.sendJSON(w, http.StatusOK, appendMetadata(nil, m))
}

func upOrDown(up bool) int {
	if up {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

func (s *Server) receipt(w http.ResponseWriter, r *http.Request, id string) error {
	kept, ok := s.backend.(Receipts)
	if !ok {
		return fmt.Errorf("%w: receipt %q: none are kept here", ErrNotFound, clipText(id))
	}
	receipt, err := kept.Receipt(r.Context(), id)
	if err != nil {
		return err
	}
	return s.sendJSON(w, http.StatusOK, appendReceipt(nil, receipt))
}

// exchange is the memory of one REST request and its response.
type exchange struct {
	body    body
	request request
	out     []byte
	header  int    // length of the JSON that out begins with
	binary  bool   // out goes on with binary data
	version string // full id of the version that answered
	receipt string
}

// infer answers an inference request and tells the observer.
func (a *rest) infer(w http.ResponseWriter, r *http.Request, to route) {
	start := a.options.Now()
	x := a.exchanges.Get().(*exchange)
	defer a.recycle(x)
	status := http.StatusOK
	err := a.exchange(w, r, to, x)
	a.giveWay(w)
	if err == nil {
		err = a.send(w, x)
	} else {
		status = a.refuse(w, r, err)
	}
	if err != nil && status == http.StatusOK {
		status = StatusClientClosedRequest
	}
	if a.options.Observe != nil {
		a.options.Observe(Observation{"rest", to.model, x.version, status, a.options.Now().Sub(start)})
	}
}

func (s *Server) recycle(x *exchange) {
	s.release(&x.body)
	x.request.reset()
	x.version, x.receipt = "", ""
	if cap(x.out) > maxKept {
		x.out = nil
	}
	s.exchanges.Put(x)
}

// exchange reads the request, has it answered and leaves the response in x. The body is whole before the backend is
// asked for a version, and the version is given back before the response goes.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request, to route, x *exchange) (err error) {
	defer recovered(&err)
	f, err := readFraming(r.Header)
	if err != nil {
		return err
	}
	limit, err := s.bodyLimit(r, to, f)
	if err != nil {
		return err
	}
	if err := s.readBody(w, r, &x.body, limit); err != nil {
		return err
	}
	data, err := f.split(x.body.bytes, &x.request)
	if err != nil {
		return err
	}
	t, err := target(r.Header, to, &x.request)
	if err != nil {
		return err
	}
	return s.answer(r.Context(), t, x, data, f.raw())
}

// target says what the request asks the backend for.
func target(h http.Header, to route, r *request) (Target, error) {
	p := &r.parameters
	t := Target{
		Model: to.model, Version: to.version, ID: string(r.id),
		Stream: p.stream, Batch: p.batch, Timeout: p.timeout, Prove: p.prove, Receipt: p.receipt,
	}
	var err error
	if t.Canary, err = canary(first(h, canaryName)); err != nil {
		return t, err
	}
	t.Key, err = callerKey(first(h, keyName), t.ID)
	return t, err
}

// first is the first value of a header whose name is in canonical form.
func first(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

var yes, no = true, false

// canary reads the header that chooses the candidate, or against it.
func canary(v string) (*bool, error) {
	switch v {
	case "":
		return nil, nil
	case "true":
		return &yes, nil
	case "false":
		return &no, nil
	}
	return nil, invalid("header %s: expected true or false, got %q", canaryName, clipText(v))
}

// callerKey is what routing hashes: the key where one is given, else the request's id.
func callerKey(key, id string) (string, error) {
	if len(key) > maxName {
		return "", invalid("header %s: expected at most %d bytes, got %d", keyName, maxName, len(key))
	}
	if key == "" {
		return id, nil
	}
	return key, nil
}

// answer runs the request. data is the input's binary data; raw says that there is nothing else, so that the model alone
// says what it is.
func (s *Server) answer(ctx context.Context, t Target, x *exchange, data []byte, raw bool) error {
	call, err := s.backend.Begin(ctx, t)
	if err != nil {
		return err
	}
	defer call.End()
	in, out := call.Input(), call.Output()
	r := &x.request
	if !raw {
		if err := checkInput(r.input.name, r.input.datatype, r.input.shape, in); err != nil {
			return err
		}
		if r.output.given {
			if err := checkOutput(r.output.name, out); err != nil {
				return err
			}
		}
	}
	if err := r.fill(call.In(), data, raw || r.input.binary, in); err != nil {
		return err
	}
	result, err := call.Run(ctx)
	if err != nil {
		return err
	}
	if err := checkLent("output", call.Out(), out); err != nil {
		return err
	}
	x.encode(t, result, out, call.Out(), raw || r.binaryOutput())
	return nil
}

// fill decodes the input into the memory that the backend lends.
func (r *request) fill(lent, data []byte, binary bool, in Tensor) error {
	if err := checkLent("input", lent, in); err != nil {
		return err
	}
	if !binary {
		return decodeData(r.input.data, in, lent)
	}
	if len(data) != in.Size {
		return invalid("input %q: expected %d bytes of data, got %d", in.Name, in.Size, len(data))
	}
	copy(lent, data)
	return nil
}

// refuse answers with an error and returns the status. Details of internal errors are for the log alone.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) int {
	o := outcomeOf(err)
	h := w.Header()
	switch o.status {
	case http.StatusInternalServerError:
		s.options.Logger.Error("rest request", "path", clipText(r.URL.Path), "err", err)
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusMethodNotAllowed:
		h.Set("Allow", allowed(r))
	}
	if after := retryAfter(err); after > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((after+time.Second-1)/time.Second), 10))
		h.Set(retryName, strconv.FormatInt(int64((after+time.Millisecond-1)/time.Millisecond), 10))
	}
	if o.status == StatusClientClosedRequest {
		return o.status
	}
	body := append(appendString([]byte(`{"error":`), o.message(err)), '}')
	if err := s.sendJSON(w, o.status, body); err != nil {
		s.options.Logger.Debug("rest response", "err", err)
	}
	return o.status
}

func allowed(r *http.Request) string {
	if to, err := parseRoute(r.URL); err == nil && to.kind == routeInfer {
		return http.MethodPost
	}
	return http.MethodGet + ", " + http.MethodHead
}
