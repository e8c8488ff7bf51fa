// Package embedded runs a NATS server with JetStream inside of the sidecar, so that a device needs no other server to hand
// jobs to provers on its network.
//
// It listens nowhere unless it is told to, and then only with a token or client certificates, except on the loopback
// interface: whoever connects as a worker is sent private inputs. Memory, disk and the number of connections are bounded. The
// store is a convenience, not the truth: jobs that it loses are in the journal.
package embedded

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// ErrExposed is returned for a server that would listen without knowing who connects.
var ErrExposed = errors.New("server would listen without a token or client certificates")

const (
	defaultMemory  = 32 << 20
	defaultStore   = 1 << 30
	defaultPayload = 8 << 20
	// MaxPayload is the largest message that NATS allows.
	MaxPayload     = 64 << 20
	maxConnections = 256
	startTimeout   = 30 * time.Second
)

// Options of a Server.
type Options struct {
	StoreDir   string
	MaxMemory  int64  // of JetStream in bytes; default 32 MiB
	MaxStore   int64  // on disk in bytes; default 1 GiB
	MaxPayload int    // bytes of a message, job or answer; default 8 MiB
	Listen     string // host:port; "": only this process connects
	Token      string
	TLS        *tls.Config // with the server's certificate; with ClientAuth it stands for a token
	Logger     *slog.Logger
}

// Server is a running server.
type Server struct {
	*server.Server
}

// Start starts a server and waits until it takes connections.
func Start(o Options) (*Server, error) {
	config, err := o.config()
	if err == nil {
		err = os.MkdirAll(o.StoreDir, 0o700) // the server would only log it
	}
	if err != nil {
		return nil, fmt.Errorf("embedded nats server: %w", err)
	}
	s, err := server.NewServer(config)
	if err != nil {
		return nil, fmt.Errorf("embedded nats server: %w", err)
	}
	if o.Logger != nil {
		s.SetLoggerV2(logger{o.Logger}, false, false, false)
	}
	s.Start()
	if !s.ReadyForConnections(startTimeout) || !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("embedded nats server: not ready within %s, or its store %q cannot be used", startTimeout, o.StoreDir)
	}
	return &Server{s}, nil
}

func (o Options) config() (*server.Options, error) {
	if o.StoreDir == "" {
		return nil, errors.New("expected a store folder")
	}
	for _, x := range []struct {
		v         *int64
		otherwise int64
	}{{&o.MaxMemory, defaultMemory}, {&o.MaxStore, defaultStore}} {
		if *x.v == 0 {
			*x.v = x.otherwise
		}
	}
	if o.MaxPayload == 0 {
		o.MaxPayload = defaultPayload
	}
	if o.MaxMemory < 0 || o.MaxStore < 0 || o.MaxPayload < 1 || o.MaxPayload > MaxPayload {
		return nil, fmt.Errorf("expected memory and store above 0, payload 1 to %d, got %d, %d, %d", MaxPayload, o.MaxMemory, o.MaxStore, o.MaxPayload)
	}
	config := &server.Options{
		ServerName: "assay-sidecar", DontListen: true, NoSigs: true, NoLog: o.Logger == nil, JetStream: true, StoreDir: o.StoreDir,
		JetStreamMaxMemory: o.MaxMemory, JetStreamMaxStore: o.MaxStore, MaxPayload: int32(o.MaxPayload), MaxConn: maxConnections,
		Authorization: o.Token, DisableShortFirstPing: true,
	}
	if o.Listen == "" {
		return config, nil
	}
	return config, o.listen(config)
}

func (o Options) listen(config *server.Options) error {
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if config.Port, err = strconv.Atoi(port); err != nil || config.Port < 0 || config.Port > 65535 {
		return fmt.Errorf("listen: expected a port, got %q", port)
	}
	if config.Port == 0 {
		config.Port = server.RANDOM_PORT
	}
	config.Host, config.DontListen, config.TLSConfig = host, false, o.TLS
	if o.TLS != nil {
		config.TLS, config.TLSVerify, config.TLSTimeout = true, o.TLS.ClientAuth == tls.RequireAndVerifyClientCert, 5
	}
	ip := net.ParseIP(host)
	if o.Token == "" && !config.TLSVerify && (ip == nil || !ip.IsLoopback()) && host != "localhost" {
		return fmt.Errorf("listen on %q: %w", o.Listen, ErrExposed)
	}
	return nil
}

// Close stops the server and waits until its files are closed.
func (s *Server) Close() {
	s.Shutdown()
	s.WaitForShutdown()
}

// logger writes the server's lines to slog.
type logger struct{ to *slog.Logger }

func (l logger) Noticef(format string, v ...any) {
	l.to.Debug("nats server", "line", fmt.Sprintf(format, v...))
}

func (l logger) Warnf(format string, v ...any) {
	l.to.Warn("nats server", "line", fmt.Sprintf(format, v...))
}

func (l logger) Fatalf(format string, v ...any) {
	l.to.Error("nats server", "line", fmt.Sprintf(format, v...))
}

func (l logger) Errorf(format string, v ...any) {
	l.to.Error("nats server", "line", fmt.Sprintf(format, v...))
}
func (l logger) Debugf(string, ...any) {}
func (l logger) Tracef(string, ...any) {}
