package oip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"google.golang.org/grpc"
)

// Server serves a backend over REST and gRPC on any number of listeners. It is safe for concurrent use.
type Server struct {
	backend   Backend
	options   Options
	tls       *certificates // nil: none
	bodies    budget        // memory of REST bodies
	exchanges sync.Pool     // of *exchange

	mu     sync.Mutex
	closed bool
	web    []*http.Server
	calls  []*grpc.Server
}

// NewServer reads the certificates that the options name and returns a server that listens on nothing yet.
func NewServer(b Backend, o Options) (*Server, error) {
	s := &Server{backend: b, options: o.withDefaults()}
	s.bodies.free.Store(s.options.MaxBodyMemory)
	s.exchanges.New = func() any { return new(exchange) }
	if o.TLS != nil {
		c, err := newCertificates(*o.TLS)
		if err != nil {
			return nil, err
		}
		s.tls = c
	}
	return s, nil
}

// Reload reads certificates and tokens again. What it cannot read stays as it was.
func (s *Server) Reload() error {
	var errs []error
	if s.tls != nil {
		errs = append(errs, s.tls.reload())
	}
	if s.options.Tokens != nil {
		errs = append(errs, s.options.Tokens.Reload())
	}
	return errors.Join(errs...)
}

// Serve serves REST on l until Shutdown, then returns nil. It closes l.
func (s *Server) Serve(l net.Listener) error {
	limited := limit(l, s.options.MaxConnections)
	h := &http.Server{
		Handler:           &rest{Server: s, tokens: s.guards(l), crowded: &limited.crowded},
		ReadHeaderTimeout: s.options.HeaderTimeout,
		WriteTimeout:      s.options.HeaderTimeout + s.options.BodyTimeout, // of what net/http itself says; ours is set anew
		IdleTimeout:       s.options.IdleTimeout,
		MaxHeaderBytes:    16 << 10,
		Protocols:         new(http.Protocols),
		ErrorLog:          slog.NewLogLogger(s.options.Logger.Handler(), slog.LevelDebug),
	}
	h.Protocols.SetHTTP1(true)
	if !s.register(func() { s.web = append(s.web, h) }) {
		return errors.Join(ErrClosed, l.Close())
	}
	outer := net.Listener(limited)
	if c := s.tlsConfig(l, "http/1.1"); c != nil {
		outer = tls.NewListener(limited, c) // outermost, where net/http looks for it
	}
	if err := h.Serve(outer); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve rest on %s: %w", l.Addr(), err)
	}
	return nil
}

// ServeGRPC serves gRPC on l until Shutdown, then returns nil. It closes l.
func (s *Server) ServeGRPC(l net.Listener) error {
	g := s.newGRPC(s.guards(l), s.tlsConfig(l, "h2"))
	if !s.register(func() { s.calls = append(s.calls, g) }) {
		return errors.Join(ErrClosed, l.Close())
	}
	if err := g.Serve(limit(l, s.options.MaxConnections)); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve grpc on %s: %w", l.Addr(), err)
	}
	return nil
}

func (s *Server) register(add func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		add()
	}
	return !s.closed
}

// Shutdown takes no new connections, lets requests under way end, and closes. When ctx ends first it cuts off what is
// left and returns the context's error. The backend is untouched.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	web, calls := s.web, s.calls
	s.web, s.calls = nil, nil
	s.mu.Unlock()

	errs := make([]error, len(web)+len(calls))
	var group sync.WaitGroup
	for i, h := range web {
		group.Go(func() { errs[i] = shutdownREST(ctx, h) })
	}
	for i, g := range calls {
		group.Go(func() { errs[len(web)+i] = shutdownGRPC(ctx, g) })
	}
	group.Wait()
	return errors.Join(errs...)
}

func shutdownREST(ctx context.Context, h *http.Server) error {
	err := h.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, h.Close())
	}
	return err
}

func shutdownGRPC(ctx context.Context, g *grpc.Server) error {
	done := make(chan struct{})
	go func() {
		g.GracefulStop()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		g.Stop()
		<-done
		return ctx.Err()
	}
}

// guards returns the tokens that l's callers must know, or nil.
func (s *Server) guards(l net.Listener) *Tokens {
	if isUnix(l) && !s.options.TokensOnUnix {
		return nil
	}
	return s.options.Tokens
}

func (s *Server) tlsConfig(l net.Listener, protocol string) *tls.Config {
	if s.tls == nil || isUnix(l) {
		return nil
	}
	return s.tls.config(protocol)
}

func isUnix(l net.Listener) bool { return l.Addr().Network() == "unix" }
