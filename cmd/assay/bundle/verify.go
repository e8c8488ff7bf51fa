package bundle

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	lightclient "github.com/assay-chain/assay/light-client"
)

type verifyOptions struct {
	trust trustFlags
	at    string
}

func verifyBundle(ctx context.Context, o verifyOptions, name string, out io.Writer, asJSON bool) error {
	if ctx == nil {
		ctx = context.Background()
	}
	trust, err := o.trust.trust()
	if err != nil {
		return err
	}
	now := time.Now()
	if o.at != "" {
		if now, err = time.Parse(time.RFC3339, o.at); err != nil {
			return fmt.Errorf("--at %q: %w", o.at, err)
		}
	}
	raw, err := readFile(name)
	if err != nil {
		return err
	}
	b, err := lightclient.DecodeBundle(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s, err := b.Verify(lightclient.Verification{Trust: trust, Now: now})
	if err != nil {
		return hinted(fmt.Errorf("%s: %w", name, err))
	}
	return show(out, summary{
		File: name, Bytes: len(raw), Headers: len(b.Blocks), ChainID: b.ChainID, Head: s.Head(), Age: now.Sub(s.Time()).Round(time.Second), Facts: factsOf(ctx, b, s),
	}, asJSON)
}

// readFile reads at most what a bundle may have and a byte more.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, lightclient.MaxBundleBytes+1))
}
