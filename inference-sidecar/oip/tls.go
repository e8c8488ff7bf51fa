package oip

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync/atomic"
)

// TLS names PEM files.
type TLS struct {
	Certificate string // the chain, leaf first
	Key         string
	ClientCA    string // callers must show a certificate that one of these signed; "" = none asked for
}

// certificates are what TLS names, as last read.
type certificates struct {
	files   TLS
	current atomic.Pointer[tls.Config]
}

func newCertificates(files TLS) (*certificates, error) {
	c := &certificates{files: files}
	return c, c.reload()
}

func (c *certificates) reload() error {
	pair, err := tls.LoadX509KeyPair(c.files.Certificate, c.files.Key)
	if err != nil {
		return fmt.Errorf("read certificate %q and key %q: %w", c.files.Certificate, c.files.Key, err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if c.files.ClientCA != "" {
		if config.ClientCAs, err = readPool(c.files.ClientCA); err != nil {
			return err
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	c.current.Store(config)
	return nil
}

func readPool(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read client certificate authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("client certificate authority %q: expected PEM certificates, got none", file)
	}
	return pool, nil
}

// config offers one protocol and takes what was last read at each handshake.
func (c *certificates) config(protocol string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{protocol},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			current := c.current.Load().Clone()
			current.NextProtos = []string{protocol}
			return current, nil
		},
	}
}
