package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	lightclient "github.com/assay-chain/assay/light-client"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// prefix is the bech32 prefix of accounts.
const prefix = "assay"

// maxModels bounds the models of a fleet that come without being named.
const maxModels = 256

type makeOptions struct {
	nodes   []string
	chainID string
	trust   trustFlags

	fleet                     uint64
	models, devices, versions []string

	out     string
	timeout time.Duration
}

func makeBundle(ctx context.Context, o makeOptions, out io.Writer, asJSON bool) error {
	if ctx == nil {
		ctx = context.Background()
	}
	trust, err := o.trust.trust()
	if err != nil {
		return err
	}
	addresses, err := o.addresses()
	if err != nil {
		return err
	}
	if o.fleet == 0 && len(o.models) > 0 && len(addresses) == 0 {
		return errors.New("--model: expected --fleet or --device with it")
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	b, s, err := o.fetch(ctx, trust, addresses)
	if err != nil {
		return hinted(err)
	}
	raw, err := b.Encode()
	if err != nil {
		return err
	}
	if err := writeFile(o.out, raw); err != nil {
		return err
	}
	return show(out, summary{File: o.out, Bytes: len(raw), Headers: len(b.Blocks), ChainID: b.ChainID, Head: s.Head(), Facts: factsOf(ctx, b, s)}, asJSON)
}

// addresses decodes the devices' addresses.
func (o *makeOptions) addresses() ([][]byte, error) {
	out := make([][]byte, 0, len(o.devices))
	for _, d := range o.devices {
		a, err := sdk.GetFromBech32(d, prefix)
		if err != nil {
			return nil, fmt.Errorf("--device %q: %w", d, err)
		}
		out = append(out, a)
	}
	return out, nil
}

// fetch makes the bundle and verifies it as a device will.
func (o *makeOptions) fetch(ctx context.Context, trust lightclient.Trust, addresses [][]byte) (*lightclient.Bundle, *lightclient.Snapshot, error) {
	c, err := lightclient.Open(ctx, lightclient.Config{ChainID: o.chainID, Endpoints: o.nodes, Trust: trust})
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	if _, err := c.Update(ctx); err != nil {
		return nil, nil, err
	}
	b, err := c.MakeBundle(ctx, trust, func(ctx context.Context, s *lightclient.Snapshot) error { return o.read(ctx, s, addresses) })
	if err != nil {
		return nil, nil, err
	}
	s, err := b.Verify(lightclient.Verification{Trust: trust, Now: time.Now()})
	return b, s, err
}

// read reads all that the device will want to know.
func (o *makeOptions) read(ctx context.Context, s *lightclient.Snapshot, addresses [][]byte) error {
	var fleets []uint64
	if o.fleet != 0 {
		fleets = append(fleets, o.fleet)
	}
	for i, a := range addresses {
		d, found, err := s.Device(ctx, a)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("--device %q: no confirmed device has this address at height %d", o.devices[i], s.Height())
		}
		if !slices.Contains(fleets, d.FleetId) {
			fleets = append(fleets, d.FleetId)
		}
	}
	versions := slices.Clone(o.versions)
	for _, f := range fleets {
		directives, err := o.directives(ctx, s, f)
		if err != nil {
			return err
		}
		for _, d := range directives {
			versions = append(versions, d.Version, d.Candidate)
		}
	}
	return readVersions(ctx, s, versions)
}

// directives reads those of the models that are named, or of all. Of all, the list is read too, so that the device can see
// that there are no others.
func (o *makeOptions) directives(ctx context.Context, s *lightclient.Snapshot, fleet uint64) ([]rollouttypes.Directive, error) {
	models := o.models
	if len(models) == 0 {
		all, more, err := s.Directives(ctx, fleet, maxModels)
		if err != nil {
			return nil, err
		}
		if more {
			return nil, fmt.Errorf("--fleet %d: expected at most %d models; name those that are wanted with --model", fleet, maxModels)
		}
		for _, d := range all {
			models = append(models, d.Model)
		}
	}
	var out []rollouttypes.Directive
	for _, m := range models {
		d, found, err := s.Directive(ctx, fleet, m)
		if err != nil {
			return nil, err
		}
		if found {
			out = append(out, d)
		}
	}
	return out, nil
}

func readVersions(ctx context.Context, s *lightclient.Snapshot, ids []string) error {
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if id == "" {
			continue
		}
		_, found, err := s.Version(ctx, id)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("version %q: not on record at height %d", id, s.Height())
		}
	}
	return nil
}

// writeFile writes a file, whole or not at all.
func writeFile(name string, raw []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".bundle-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// hinted adds what can be done about an error of the light client.
func hinted(err error) error {
	for sentinel, hint := range map[error]string{
		lightclient.ErrTrustExpired: "the device's header is too old: give it a new root of trust, a recent header that you vouch for",
		lightclient.ErrTrustPeriod:  "give a shorter --trust-period",
		lightclient.ErrBundleGap:    "make the bundle with the device's own newest verified header as --trust-height and --trust-hash",
		lightclient.ErrNoWitness:    "is every --node up and at the chain's height? leave out those that are not",
		lightclient.ErrFutureHeader: "is this machine's clock right?",
	} {
		if errors.Is(err, sentinel) {
			return hintError{err, hint}
		}
	}
	return err
}
