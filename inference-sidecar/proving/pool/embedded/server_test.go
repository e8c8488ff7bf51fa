package embedded

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func start(t *testing.T, o Options) *Server {
	t.Helper()
	if o.StoreDir == "" {
		o.StoreDir = t.TempDir()
	}
	s, err := Start(o)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func connect(url string, o ...nats.Option) error {
	nc, err := nats.Connect(url, o...)
	if err == nil {
		err = nc.Flush()
		nc.Close()
	}
	return err
}

func TestInProcessOnly(t *testing.T) {
	s := start(t, Options{})
	require.Nil(t, s.Addr(), "it listens nowhere")
	require.NoError(t, connect("", nats.InProcessServer(s)))
}

func TestToken(t *testing.T) {
	s := start(t, Options{Listen: "127.0.0.1:0", Token: "secret"})
	require.NoError(t, connect(s.ClientURL(), nats.Token("secret")))
	require.NoError(t, connect("", nats.InProcessServer(s), nats.Token("secret")))
	for name, o := range map[string][]nats.Option{
		"failure: none": nil, "failure: wrong": {nats.Token("guess")},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, connect(s.ClientURL(), o...), nats.ErrAuthorization)
		})
	}
}

func TestExposed(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":0", "192.0.2.1:4222", "example.org:4222", "[::]:0"} {
		_, err := Start(Options{StoreDir: t.TempDir(), Listen: listen})
		require.ErrorIs(t, err, ErrExposed, listen)
		_, err = Start(Options{StoreDir: t.TempDir(), Listen: listen, TLS: &tls.Config{MinVersion: tls.VersionTLS12}})
		require.ErrorIs(t, err, ErrExposed, "TLS alone says nothing about who connects")
	}
	require.NotNil(t, start(t, Options{Listen: "0.0.0.0:0", Token: "secret"}).Addr())
}

func TestTLS(t *testing.T) {
	authority, roots := certificate(t, nil, nil)
	serverCert, _ := certificate(t, authority, roots)
	clientCert, _ := certificate(t, authority, roots)
	stranger, _ := certificate(t, nil, nil)
	s := start(t, Options{Listen: "0.0.0.0:0", TLS: &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*serverCert}, ClientCAs: roots, ClientAuth: tls.RequireAndVerifyClientCert,
	}})
	_, port, err := net.SplitHostPort(s.Addr().String())
	require.NoError(t, err)
	url := "tls://127.0.0.1:" + port
	client := func(c ...tls.Certificate) nats.Option {
		return nats.Secure(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, Certificates: c})
	}
	require.NoError(t, connect(url, client(*clientCert)))
	require.Error(t, connect(url, client()))
	require.Error(t, connect(url, client(*stranger)))
	require.Error(t, connect("nats://127.0.0.1:"+port))
	require.NoError(t, connect("", nats.InProcessServer(s)), "this process needs no certificate")
}

// certificate signs with the authority's key, or with its own.
func certificate(t *testing.T, authority *tls.Certificate, roots *x509.CertPool) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: authority == nil, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := template, any(key)
	if authority != nil {
		parent, signer = authority.Leaf, authority.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	if authority == nil {
		roots = x509.NewCertPool()
		roots.AddCert(leaf)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots
}

func TestOptionsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for name, o := range map[string]Options{
		"failure: no store":        {},
		"failure: store is a file": {StoreDir: file},
		"failure: payload":         {StoreDir: t.TempDir(), MaxPayload: MaxPayload + 1},
		"failure: memory":          {StoreDir: t.TempDir(), MaxMemory: -1},
		"failure: no port":         {StoreDir: t.TempDir(), Listen: "127.0.0.1"},
		"failure: port":            {StoreDir: t.TempDir(), Listen: "127.0.0.1:x"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Start(o)
			require.Error(t, err)
			require.False(t, errors.Is(err, ErrExposed))
			require.True(t, strings.HasPrefix(err.Error(), "embedded nats server: "), err)
		})
	}
}
