package oip

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
)

// raw is a connection on which a test says what no client would.
type raw struct {
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, socket string) raw {
	t.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return raw{c, bufio.NewReader(c)}
}

func (c raw) say(t testing.TB, format string, args ...any) {
	t.Helper()
	if _, err := fmt.Fprintf(c, format, args...); err != nil {
		t.Fatal(err)
	}
}

func (c raw) reply(t testing.TB) reply {
	t.Helper()
	r, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{r.StatusCode, r.Header, body, r.Close}
}

// closed waits for the other side to close.
func (c raw) closed(t testing.TB) {
	t.Helper()
	if b, err := io.ReadAll(c.r); err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("expected the connection to end, got %q, %v", b, err)
	}
}

// post is the head of an inference request with a body of n bytes.
func post(model string, n int, headers string) string {
	return fmt.Sprintf("POST /v2/models/%s/infer HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n", model, n, headers)
}

const rawHeader = "Inference-Header-Content-Length: 0\r\n"

func TestBodySize(t *testing.T) {
	f := newFake()
	s, socket, _ := serveUnix(t, f, Options{Logger: quiet(), MaxRequest: 1 << 20, MaxBodyMemory: 2 << 20})
	size := 3 * 224 * 224 // of the model large
	for _, tc := range []struct {
		name, model, headers string
		n, status            int
		want                 string
	}{
		{"failure: json for a small model", "acme/echo", "", 64<<10 + 6*32 + 1, 413, "too large: body: expected at most 65728 bytes, got 65729"},
		{"failure: binary for a small model", "acme/echo", rawHeader, 64<<10 + 7, 413, "too large: body: expected at most 65542 bytes, got 65543"},
		{"failure: binary for a large model", "large", rawHeader, 64<<10 + size + 1, 413, "expected at most 216064 bytes, got 216065"},
		{"failure: json beyond the server's own bound", "large", "", 1<<20 + 1, 413, "expected at most 1048576 bytes, got 1048577"},
		{"failure: beyond all bounds", "large", "", 1 << 62, 413, "got 4611686018427387904"},
		{"failure: large, no such model", "nothing", "", 1 << 30, 404, `model "nothing"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := dial(t, socket)
			c.say(t, "%s", post(tc.model, tc.n, tc.headers))
			checkRefusal(t, f, c.reply(t), tc.status, tc.want)
		})
	}
	t.Run("failure: chunked", func(t *testing.T) {
		c := dial(t, socket)
		c.say(t, "POST /v2/models/acme/echo/infer HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
		c.say(t, "%x\r\n%s\r\n", 64<<10+6*32+1, strings.Repeat(" ", 64<<10+6*32+1))
		checkRefusal(t, f, c.reply(t), 413, "too large: body: expected at most 65728 bytes, got more")
	})
	t.Run("success: json as large as it may be", func(t *testing.T) {
		body := echoJSON("[1,2,3,4,5,6]")
		body += strings.Repeat(" ", 64<<10+6*32-len(body))
		if r := do(t, restClient(t, socket), "POST", echo, nil, []byte(body)); r.status != 200 {
			t.Errorf("got %d %s", r.status, r.body)
		}
	})
	if free := s.bodies.free.Load(); free != 2<<20 {
		t.Errorf("memory of bodies: expected all %d free, got %d", 2<<20, free)
	}
}

// Bodies that have not arrived hold little; when those that have hold all that there is, others are sent away.
func TestBodyMemory(t *testing.T) {
	f := newFake()
	running, proceed := make(chan struct{}), make(chan struct{})
	f.run = func(context.Context, *fakeCall) error {
		running <- struct{}{}
		<-proceed
		return nil
	}
	size := 3 * 224 * 224
	s, socket, _ := serveUnix(t, f, Options{Logger: quiet(), MaxBodyMemory: int64(size) + bodyStep})
	slow := dial(t, socket)
	slow.say(t, "%s%s", post("large", size, rawHeader), "a")
	fast := dial(t, socket)
	fast.say(t, "%s%s", post("large", size, rawHeader), strings.Repeat("a", size))
	<-running
	third := dial(t, socket)
	third.say(t, "%s", post("acme/echo", bodyStep, rawHeader))
	r := third.reply(t)
	if r.status != 429 || r.header.Get("Retry-After") != "1" || !strings.Contains(r.error(t), "the memory of request bodies is in use") {
		t.Errorf("got %d %v %s", r.status, r.header, r.body)
	}
	close(proceed)
	if r := fast.reply(t); r.status != 200 {
		t.Errorf("got %d %s", r.status, r.body)
	}
	slow.say(t, "%s", strings.Repeat("a", size-1))
	<-running
	if r := slow.reply(t); r.status != 200 {
		t.Errorf("got %d %s", r.status, r.body)
	}
	waitFor(t, func() bool { return s.bodies.free.Load() == int64(size)+bodyStep })
}

// waitFor waits for what another goroutine does after its answer.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("still waiting after 10s")
		}
	}
}

// Each time that callers have is the only short one of its server, so that a slow machine is not taken for a slow caller.
func TestSlowHeaders(t *testing.T) {
	_, rest, grpcSocket := serveUnix(t, newFake(), Options{Logger: quiet(), HeaderTimeout: 50 * time.Millisecond})
	t.Run("failure: no header", func(t *testing.T) { dial(t, rest).closed(t) })
	t.Run("failure: header without an end", func(t *testing.T) {
		c := dial(t, rest)
		c.say(t, "GET /v2 HTTP/1.1\r\nHost: x\r\nX-")
		c.closed(t)
	})
	t.Run("failure: grpc, no preface", func(t *testing.T) { dial(t, grpcSocket).closed(t) })
}

func TestIdleConnections(t *testing.T) {
	_, rest, _ := serveUnix(t, newFake(), Options{Logger: quiet(), IdleTimeout: 50 * time.Millisecond})
	c := dial(t, rest)
	c.say(t, "GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n")
	if r := c.reply(t); r.status != 200 {
		t.Errorf("got %d", r.status)
	}
	c.closed(t)
}

func TestSlowBodies(t *testing.T) {
	const allowed = 100 * time.Millisecond
	f := newFake()
	s, rest, grpcSocket := serveUnix(t, f, Options{Logger: quiet(), BodyTimeout: allowed})
	t.Run("failure: body without an end", func(t *testing.T) {
		c := dial(t, rest)
		c.say(t, "%s%s", post("acme/echo", 6, rawHeader), "abc")
		checkRefusal(t, f, c.reply(t), 408, "request took too long to arrive: body: expected it within 100ms, got 3 bytes")
		c.closed(t)
	})
	t.Run("failure: refused, body without an end", func(t *testing.T) {
		c := dial(t, rest)
		c.say(t, "%s%s", post("acme/echo", 6, "X-Canary: perhaps\r\nContent-Encoding: br\r\n"), "abc")
		checkRefusal(t, f, c.reply(t), 415, "unsupported encoding")
		c.closed(t)
	})
	t.Run("failure: body cut off", func(t *testing.T) {
		c := dial(t, rest)
		c.say(t, "%s%s", post("acme/echo", 6, rawHeader), "abc")
		if err := c.Conn.(*net.UnixConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		checkRefusal(t, f, c.reply(t), 400, "body: expected 6 bytes, got 3")
	})
	t.Run("success: a model slower than callers may be", func(t *testing.T) {
		f.run = func(ctx context.Context, _ *fakeCall) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(3 * allowed):
				return nil
			}
		}
		defer func() { f.run = nil }()
		c := dial(t, rest)
		c.say(t, "%s%s", post("acme/echo", 6, rawHeader), "abcdef")
		if r := c.reply(t); r.status != 200 {
			t.Errorf("got %d %s", r.status, r.body)
		}
		if _, err := grpcClient(t, grpcSocket).ModelInfer(context.Background(), rawRequest()); err != nil {
			t.Error(err)
		}
	})
	t.Run("failure: response not taken", func(t *testing.T) {
		c := dial(t, rest)
		for err := error(nil); err == nil; { // until the server, which cannot answer, no longer reads
			_, err = io.WriteString(c, strings.Repeat(post("acme/echo", 6, rawHeader)+"abcdef", 100))
		}
	})
	t.Run("failure: grpc, message without an end", func(t *testing.T) {
		stream, err := dialGRPC(t, grpcSocket).NewStream(context.Background(), &clientStream, "/inference.GRPCInferenceService/ModelInfer")
		if err != nil {
			t.Fatal(err)
		}
		checkCode(t, stream.RecvMsg(&inferResponse{}), codes.DeadlineExceeded, "")
	})
	waitFor(t, func() bool { return s.bodies.free.Load() == s.options.MaxBodyMemory && f.open.Load() == 0 })
}

// Thousands of connections at once: few are let in, none harms those that are, and each gets its turn.
func TestThousandsOfConnections(t *testing.T) {
	const connections, allowed = 3000, 32
	f := newFake()
	_, rest, grpcSocket := serveUnix(t, f, Options{Logger: quiet(), MaxConnections: allowed, IdleTimeout: time.Minute})
	for _, socket := range []string{rest, grpcSocket} {
		before := runtime.NumGoroutine()
		idle := make([]net.Conn, 0, connections)
		for failed := 0; len(idle) < connections && failed < 50; { // the kernel's own queue may be full before
			c, err := (&net.Dialer{Timeout: 20 * time.Millisecond}).Dial("unix", socket)
			if err != nil {
				failed++
				continue
			}
			idle, failed = append(idle, c), 0
		}
		if len(idle) < allowed {
			t.Fatalf("expected at least %d connections, got %d", allowed, len(idle))
		}
		if n := runtime.NumGoroutine() - before; n > allowed*4 {
			t.Errorf("expected at most %d goroutines for %d connections, got %d", allowed*4, len(idle), n)
		}
		for _, c := range idle {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			c := restClient(t, rest)
			for range 10 {
				if r := do(t, c, "POST", echo, nil, []byte(echoJSON("[1,2,3,4,5,6]"))); r.status != 200 {
					t.Errorf("got %d %s", r.status, r.body)
				}
			}
			c.CloseIdleConnections()
		})
	}
	group.Wait()
	if _, err := grpcClient(t, grpcSocket).ModelInfer(context.Background(), rawRequest()); err != nil {
		t.Error(err)
	}
}

// A connection that stays open gives its place to one that waits, once it was answered.
func TestConnectionsGiveWay(t *testing.T) {
	_, socket, _ := serveUnix(t, newFake(), Options{Logger: quiet(), MaxConnections: 1})
	first := dial(t, socket)
	ask := func(c raw) reply {
		c.say(t, "%s%s", post("acme/echo", 6, rawHeader), "abcdef")
		return c.reply(t)
	}
	for range 3 {
		if r := ask(first); r.status != 200 || r.close {
			t.Errorf("alone: got %d, close %v", r.status, r.close)
		}
	}
	second := dial(t, socket)
	waitFor(t, func() bool { return ask(first).close })
	if r := ask(second); r.status != 200 {
		t.Errorf("got %d", r.status)
	}
}

func TestCallsAtOnce(t *testing.T) {
	f := newFake()
	running, proceed := make(chan struct{}, 2), make(chan struct{})
	f.run = func(context.Context, *fakeCall) error {
		running <- struct{}{}
		<-proceed
		return nil
	}
	_, _, socket := serveUnix(t, f, Options{Logger: quiet(), MaxCalls: 2})
	done := make(chan error, 2)
	for range 2 {
		c := grpcClient(t, socket)
		go func() {
			_, err := c.ModelInfer(context.Background(), rawRequest())
			done <- err
		}()
		<-running
	}
	c := grpcClient(t, socket)
	_, err := c.ModelInfer(context.Background(), rawRequest())
	checkCode(t, err, codes.ResourceExhausted, "overload: calls under way: expected at most 2")
	close(proceed)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	// The places are free again, once the server has seen the calls end.
	waitFor(t, func() bool {
		_, err := c.ModelInfer(metadata.NewOutgoingContext(context.Background(), metadata.MD{}), rawRequest())
		return err == nil
	})
}

func TestHugeHeaders(t *testing.T) {
	f := newFake()
	_, rest, grpcSocket := serveUnix(t, f, Options{Logger: quiet()})
	t.Run("failure: rest", func(t *testing.T) {
		c := dial(t, rest)
		c.say(t, "GET /v2 HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n", strings.Repeat("a", 64<<10))
		if r := c.reply(t); r.status != 431 {
			t.Errorf("expected 431, got %d", r.status)
		}
	})
	t.Run("failure: grpc", func(t *testing.T) {
		ctx := metadata.AppendToOutgoingContext(context.Background(), "x-long", strings.Repeat("a", 64<<10))
		_, err := grpcClient(t, grpcSocket).ModelInfer(ctx, rawRequest())
		checkCode(t, err, codes.Internal, "")
	})
	t.Run("failure: not http", func(t *testing.T) {
		c := dial(t, rest)
		c.say(t, "\x16\x03\x01\x02\x00\x01\r\n\r\n")
		if r := c.reply(t); r.status != 400 {
			t.Errorf("expected 400, got %d", r.status)
		}
	})
}
