package pool

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// ClientTLS reads PEM files: the authority that signed the server's certificate, and this side's certificate with its
// key. Without any it is nil: the system's authorities, and no certificate.
func ClientTLS(ca, cert, key string) (*tls.Config, error) {
	if ca == "" && cert == "" && key == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		roots, err := authorities(ca)
		if err != nil {
			return nil, err
		}
		c.RootCAs = roots
	}
	return c, addCertificate(c, cert, key)
}

// ServerTLS reads PEM files: a server's certificate with its key and, if clients must show a certificate, the authority
// that signed those.
func ServerTLS(cert, key, clientCA string) (*tls.Config, error) {
	if cert == "" && key == "" && clientCA == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if clientCA != "" {
		roots, err := authorities(clientCA)
		if err != nil {
			return nil, err
		}
		c.ClientCAs, c.ClientAuth = roots, tls.RequireAndVerifyClientCert
	}
	if cert == "" {
		return nil, errors.New("tls: expected a server certificate")
	}
	return c, addCertificate(c, cert, key)
}

func authorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("tls: %q: expected certificates in PEM", file)
	}
	return roots, nil
}

func addCertificate(c *tls.Config, cert, key string) error {
	if (cert == "") != (key == "") {
		return errors.New("tls: expected a certificate and its key, got one of them")
	}
	if cert == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("tls: %w", err)
	}
	c.Certificates = []tls.Certificate{pair}
	return nil
}
