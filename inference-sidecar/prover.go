package sidecar

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/proving"
	"github.com/assay-chain/assay/inference-sidecar/proving/pool"
	"github.com/assay-chain/assay/inference-sidecar/proving/pool/embedded"
)

// newProver makes what proves: a child process of this device, or provers elsewhere.
func (d *Daemon) newProver() (closer, error) {
	p := d.config.Proving
	switch p.Mode {
	case config.ProvingLocal:
		return proving.NewLocal(d.store, proving.LocalOptions{Memory: p.Memory.Bytes, Nice: p.Nice, Logger: d.log})
	case config.ProvingPool:
		return d.newPool()
	}
	return nil, fmt.Errorf("proving mode: expected off, local or pool, got %q", p.Mode)
}

// newPool hands jobs to provers over NATS: a cluster's, or a server in this process.
func (d *Daemon) newPool() (closer, error) {
	n := d.config.Proving.NATS
	token, err := readToken(n.TokenFile)
	if err != nil {
		return nil, err
	}
	c := pool.Connection{Token: token, Name: "assay-sidecar " + d.key.String(), Logger: d.log}
	if n.URL != "" {
		c.URL = n.URL
		if c.TLS, err = pool.ClientTLS(n.TLSCA, n.TLSCert, n.TLSKey); err != nil {
			return nil, err
		}
		return pool.New(d.key.Address(), c)
	}
	tls, err := pool.ServerTLS(n.TLSCert, n.TLSKey, n.TLSCA)
	if err != nil {
		return nil, err
	}
	if err := free(n.Listen); err != nil { // the server would wait for half a minute, and serving with it
		return nil, fmt.Errorf("embedded nats server: %w", err)
	}
	server, err := embedded.Start(embedded.Options{
		StoreDir: filepath.Join(d.config.Home, "nats"), MaxStore: n.StoreLimit.Bytes, Listen: n.Listen, Token: token, TLS: tls, Logger: d.log,
	})
	if err != nil {
		return nil, err
	}
	c.InProcess, c.MaxBytes = server, n.StoreLimit.Bytes/2 // of jobs, and of answers
	p, err := pool.New(d.key.Address(), c)
	if err != nil {
		server.Close()
		return nil, err
	}
	return &ownPool{p, server}, nil
}

// free says whether an address can be listened on; "" is none.
func free(address string) error {
	if address == "" {
		return nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}

// ownPool is a pool whose server is in this process.
type ownPool struct {
	*pool.Pool
	server *embedded.Server
}

// Close closes both.
func (p *ownPool) Close() error {
	defer p.server.Close()
	return p.Pool.Close()
}

// readToken reads a secret that others cannot read; "" of no file.
func readToken(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return "", fmt.Errorf("token: %s: expected no access for others, got mode %04o", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
