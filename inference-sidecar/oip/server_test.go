package oip

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	"github.com/assay-chain/assay/inference-sidecar/oip/inferencepb"
)

var clientStream = grpc.StreamDesc{ClientStreams: true}

// A shutdown lets requests end that are under way, and takes no more.
func TestShutdown(t *testing.T) {
	f := newFake()
	running, proceed := make(chan struct{}), make(chan struct{})
	f.run = func(context.Context, *fakeCall) error {
		running <- struct{}{}
		<-proceed
		return nil
	}
	s, rest, grpcSocket := serveUnix(t, f, Options{Logger: quiet()})
	c := dial(t, rest)
	c.say(t, "%s%s", post("acme/echo", 6, rawHeader), "abcdef")
	<-running
	answered := make(chan error, 1)
	client := grpcClient(t, grpcSocket)
	go func() {
		_, err := client.ModelInfer(context.Background(), rawRequest())
		answered <- err
	}()
	<-running
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	for _, socket := range []string{rest, grpcSocket} {
		waitFor(t, func() bool {
			_, err := os.Stat(socket)
			return os.IsNotExist(err)
		})
	}
	select {
	case err := <-done:
		t.Fatalf("shut down with requests under way: %v", err)
	default:
	}
	close(proceed)
	if r := c.reply(t); r.status != 200 {
		t.Errorf("got %d %s", r.status, r.body)
	}
	if err := <-answered; err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	for _, serve := range []func(net.Listener) error{s.Serve, s.ServeGRPC} {
		if err := serve(listenUnix(t, rest)); !errors.Is(err, ErrClosed) {
			t.Errorf("expected %v, got %v", ErrClosed, err)
		}
	}
}

// What does not end in time is cut off.
func TestShutdownCutsOff(t *testing.T) {
	f := newFake()
	running := make(chan struct{})
	f.run = func(ctx context.Context, _ *fakeCall) error {
		running <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	s, rest, grpcSocket := serveUnix(t, f, Options{Logger: quiet()})
	c := dial(t, rest)
	c.say(t, "%s%s", post("acme/echo", 6, rawHeader), "abcdef")
	<-running
	answered := make(chan error, 1)
	client := grpcClient(t, grpcSocket)
	go func() {
		_, err := client.ModelInfer(context.Background(), rawRequest())
		answered <- err
	}()
	<-running
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("expected %v, got %v", context.Canceled, err)
	}
	c.closed(t)
	checkCode(t, <-answered, codes.Unavailable, "")
	waitFor(t, func() bool { return f.open.Load() == 0 })
}

const token = "0123456789abcdef"

func writeTokens(t *testing.T, content string) *Tokens {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens, err := LoadTokens(file)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func TestTokensAreAskedFor(t *testing.T) {
	f := newFake()
	s, rest, grpcSocket := serveUnix(t, f, Options{Logger: quiet(), Tokens: writeTokens(t, "# ours\n\n"+token+"\nanother-token-here\n"), TokensOnUnix: true})
	c := restClient(t, rest)
	for _, tc := range []struct {
		name, authorization string
		status              int
	}{
		{"success: first", "Bearer " + token, 200},
		{"success: second, another case", "bearer another-token-here", 200},
		{"failure: none", "", 401},
		{"failure: unknown", "Bearer 0123456789abcdeg", 401},
		{"failure: part", "Bearer 0123456789abcde", 401},
		{"failure: empty", "Bearer ", 401},
		{"failure: comment", "Bearer # ours", 401},
		{"failure: another scheme", "Basic " + token, 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := do(t, c, "POST", echo, header("Authorization", tc.authorization), []byte(echoJSON("[1,2,3,4,5,6]")))
			if r.status != tc.status {
				t.Errorf("expected %d, got %d %s", tc.status, r.status, r.body)
			}
			if want := map[int]string{401: "Bearer"}[tc.status]; r.header.Get("WWW-Authenticate") != want {
				t.Errorf("got %v", r.header)
			}
			_, err := grpcClient(t, grpcSocket).ModelInfer(metadata.AppendToOutgoingContext(context.Background(), "authorization", tc.authorization), rawRequest())
			checkCode(t, err, map[int]codes.Code{200: codes.OK, 401: codes.Unauthenticated}[tc.status], "")
		})
	}
	t.Run("success: health needs none", func(t *testing.T) {
		if r := do(t, c, "GET", "/v2/health/ready", nil, nil); r.status != 200 {
			t.Errorf("got %d", r.status)
		}
		if _, err := grpcClient(t, grpcSocket).ServerReady(context.Background(), &inferencepb.ServerReadyRequest{}); err != nil {
			t.Error(err)
		}
	})
	t.Run("failure: paths that are not there need one", func(t *testing.T) {
		if r := do(t, c, "GET", "/nothing", nil, nil); r.status != 401 {
			t.Errorf("got %d", r.status)
		}
	})
	t.Run("success: reload", func(t *testing.T) {
		if err := os.WriteFile(s.options.Tokens.file, []byte("short\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(); !errors.Is(err, ErrTokens) {
			t.Errorf("expected %v, got %v", ErrTokens, err)
		}
		if r := do(t, c, "GET", "/v2", header("Authorization", "Bearer "+token), nil); r.status != 200 {
			t.Errorf("after a failed reload: got %d", r.status)
		}
		if err := os.WriteFile(s.options.Tokens.file, []byte("fedcba9876543210\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(); err != nil {
			t.Fatal(err)
		}
		if r := do(t, c, "GET", "/v2", header("Authorization", "Bearer "+token), nil); r.status != 401 {
			t.Errorf("old token: got %d", r.status)
		}
		if r := do(t, c, "GET", "/v2", header("Authorization", "Bearer fedcba9876543210"), nil); r.status != 200 {
			t.Errorf("new token: got %d", r.status)
		}
	})
}

func TestLoadTokens(t *testing.T) {
	for _, tc := range []struct {
		name, content string
		mode          os.FileMode
		ok            bool
	}{
		{"success: one", token + "\n", 0o600, true},
		{"success: group may read", token, 0o640, true},
		{"success: windows line ends", token + "\r\n", 0o600, true},
		{"failure: others may read", token, 0o644, false},
		{"failure: none", "# nothing\n\n", 0o600, false},
		{"failure: too short", "0123456789abcde\n", 0o600, false},
		{"failure: too long", string(make([]byte, 513)), 0o600, false},
		{"failure: blanks", "0123456789 abcdef\n", 0o600, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "tokens")
			if err := os.WriteFile(file, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, tc.mode); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadTokens(file); (err == nil) != tc.ok || err != nil && !errors.Is(err, ErrTokens) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("failure: absent", func(t *testing.T) {
		if _, err := LoadTokens(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, ErrTokens) || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
}

// authority signs certificates for a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{certificate, key, filepath.Join(t.TempDir(), "ca.pem")}
	writePEM(t, a.file, "CERTIFICATE", der)
	return a
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// issue writes a certificate and its key to dir and returns their names.
func (a *authority) issue(t *testing.T, dir string, serial int64) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &private.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePEM(t, certificate, "CERTIFICATE", der)
	writePEM(t, key, "PRIVATE KEY", keyDER)
	return certificate, key
}

func (a *authority) client(t *testing.T, with ...tls.Certificate) *tls.Config {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return &tls.Config{RootCAs: pool, ServerName: "localhost", Certificates: with}
}

func listenTCP(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTLS(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	certificate, key := a.issue(t, dir, 2)
	s, err := NewServer(newFake(), Options{Logger: quiet(), TLS: &TLS{Certificate: certificate, Key: key, ClientCA: a.file}})
	if err != nil {
		t.Fatal(err)
	}
	restListener, grpcListener := listenTCP(t), listenTCP(t)
	serve(t, s.Serve, restListener)
	serve(t, s.ServeGRPC, grpcListener)
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	known, err := tls.LoadX509KeyPair(a.issue(t, t.TempDir(), 3))
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := tls.LoadX509KeyPair(stranger.issue(t, t.TempDir(), 4))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(config *tls.Config) (restSerial int64, restErr, grpcErr error) {
		transport := &http.Transport{TLSClientConfig: config.Clone()}
		defer transport.CloseIdleConnections()
		r, err := (&http.Client{Transport: transport}).Get("https://" + restListener.Addr().String() + "/v2")
		if err == nil {
			restSerial = r.TLS.PeerCertificates[0].SerialNumber.Int64()
			_ = r.Body.Close()
		}
		c, dialErr := grpc.NewClient(grpcListener.Addr().String(), grpc.WithTransportCredentials(credentials.NewTLS(config.Clone())))
		if dialErr != nil {
			t.Fatal(dialErr)
		}
		defer c.Close()
		_, grpcErr = inferencepb.NewGRPCInferenceServiceClient(c).ModelInfer(context.Background(), rawRequest())
		return restSerial, err, grpcErr
	}
	t.Run("success: known caller", func(t *testing.T) {
		if _, restErr, grpcErr := ask(a.client(t, known)); restErr != nil || grpcErr != nil {
			t.Errorf("got %v, %v", restErr, grpcErr)
		}
	})
	t.Run("failure: caller without a certificate", func(t *testing.T) {
		if _, restErr, grpcErr := ask(a.client(t)); restErr == nil || grpcErr == nil {
			t.Errorf("got %v, %v", restErr, grpcErr)
		}
	})
	t.Run("failure: unknown caller", func(t *testing.T) {
		if _, restErr, grpcErr := ask(a.client(t, unknown)); restErr == nil || grpcErr == nil {
			t.Errorf("got %v, %v", restErr, grpcErr)
		}
	})
	t.Run("failure: without TLS", func(t *testing.T) {
		r, err := http.Get("http://" + restListener.Addr().String() + "/v2")
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.StatusCode != 400 {
			t.Errorf("expected 400, got %d", r.StatusCode)
		}
	})
	t.Run("success: reload", func(t *testing.T) {
		if err := os.WriteFile(key, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(); err == nil {
			t.Error("expected an error, got none")
		}
		if serial, restErr, _ := ask(a.client(t, known)); restErr != nil || serial != 2 {
			t.Errorf("after a failed reload: got %d, %v", serial, restErr)
		}
		a.issue(t, dir, 5)
		if err := s.Reload(); err != nil {
			t.Fatal(err)
		}
		if serial, restErr, grpcErr := ask(a.client(t, known)); restErr != nil || grpcErr != nil || serial != 5 {
			t.Errorf("got %d, %v, %v", serial, restErr, grpcErr)
		}
	})
	t.Run("failure: files", func(t *testing.T) {
		for _, files := range []TLS{{}, {Certificate: certificate, Key: certificate}, {Certificate: certificate, Key: key, ClientCA: key}, {Certificate: certificate, Key: key, ClientCA: "absent"}} {
			if _, err := NewServer(newFake(), Options{TLS: &files}); err == nil {
				t.Errorf("%+v: expected an error, got none", files)
			}
		}
	})
}
