package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/inference-sidecar/chain"
	"github.com/assay-chain/assay/inference-sidecar/config"
)

// initResult is what the device's operator needs to know.
type initResult struct {
	Address     string     `json:"address"`
	Config      string     `json:"config"`
	TrustHeight int64      `json:"trust_height"`
	TrustHash   config.Hex `json:"trust_hash"`
	// FirstUse says that the endpoints themselves named the header that trust begins with.
	FirstUse bool `json:"trust_on_first_use"`
}

type initOptions struct {
	chainID     string
	endpoints   []string
	models      []string
	fleet       uint64
	feeGranter  string
	trustHeight int64
	trustHash   string
}

func initCmd(t *terminal) *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make the device's key and a configuration",
		Long: `Make the device's key and a configuration file, and print the address that the fleet's operator enrols.

Trust begins with a header: its height and hash, from somebody whom you trust and who is not an endpoint. Without
--trust-height and --trust-hash the latest header that all endpoints agree on is taken; compare it with another source.
A key or a configuration that is there already is never replaced.`,
		Example: `  assay-sidecar init --chain-id plant-7 --endpoint https://rpc-a.example.org --endpoint https://rpc-b.example.net \
    --fleet 1 --fee-granter assay1… --model channel-0:acme/vibration --trust-height 81000 --trust-hash 9F2C…`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return initialize(cmd.Context(), t, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.chainID, "chain-id", "", "chain id of the zone")
	f.StringSliceVar(&o.endpoints, "endpoint", nil, "CometBFT RPC address of the zone (repeatable; two or more of different operators)")
	f.StringSliceVar(&o.models, "model", nil, "model on the zone, such as channel-0:acme/vibration, or NAME=SERVED-AS (repeatable)")
	f.Uint64Var(&o.fleet, "fleet", 0, "fleet whose enrolment the device confirms")
	f.StringVar(&o.feeGranter, "fee-granter", "", "account that pays the device's fees")
	f.Int64Var(&o.trustHeight, "trust-height", 0, "height of a header that you trust")
	f.StringVar(&o.trustHash, "trust-hash", "", "its hash, in hexadecimal")
	for _, name := range []string{"chain-id", "endpoint", "model"} {
		_ = cmd.MarkFlagRequired(name) // the flag exists
	}
	return cmd
}

func initialize(ctx context.Context, t *terminal, o initOptions) error {
	home, err := filepath.Abs(t.home)
	if err != nil {
		return err
	}
	path := t.path()
	if _, err := os.Stat(path); err == nil {
		return hint(fmt.Errorf("%s exists already: expected no file", path), "change it there, or use another --home")
	}
	c := config.Default(home)
	if err := o.fill(&c); err != nil {
		return err
	}
	out := initResult{Config: path}
	if len(c.Chain.TrustHash) == 0 {
		out.FirstUse = true
		if c.Chain.TrustHeight, c.Chain.TrustHash, err = firstHeader(ctx, c.Chain.ID, c.Chain.Endpoints); err != nil {
			return hint(err, "name a header that you trust: --trust-height and --trust-hash")
		}
	}
	if err := c.Validate(); err != nil {
		return err
	}
	key, err := deviceKey(c.Device.KeyFile)
	if err != nil {
		return err
	}
	if err := writeConfig(path, c); err != nil {
		return err
	}
	out.Address, out.TrustHeight, out.TrustHash = key.String(), c.Chain.TrustHeight, c.Chain.TrustHash
	return t.result(out, func(w io.Writer) { out.print(w, o) })
}

// fill puts the flags into the configuration.
func (o *initOptions) fill(c *config.Config) error {
	c.Chain.ID, c.Chain.Endpoints, c.Chain.TrustHeight = o.chainID, o.endpoints, o.trustHeight
	if err := c.Chain.TrustHash.UnmarshalText([]byte(o.trustHash)); err != nil {
		return fmt.Errorf("--trust-hash: %w", err)
	}
	c.Device.Fleet, c.Device.FeeGranter = o.fleet, o.feeGranter
	c.Models = nil
	for _, m := range o.models {
		name, as, _ := strings.Cut(m, "=")
		model := config.DefaultModel(name)
		if as != "" {
			model.ServeAs = as
		}
		c.Models = append(c.Models, model)
	}
	return nil
}

// firstHeader is a recent header that all endpoints have alike.
func firstHeader(ctx context.Context, chainID string, endpoints []string) (int64, config.Hex, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var height int64
	var hash config.Hex
	for i, endpoint := range endpoints {
		c, err := rpchttp.New(endpoint, "/websocket")
		if err != nil {
			return 0, nil, fmt.Errorf("endpoint %q: %w", endpoint, err)
		}
		var at *int64 // the newest of the first, the same of the others
		if i > 0 {
			at = &height
		}
		block, err := c.Commit(ctx, at)
		if err != nil {
			return 0, nil, fmt.Errorf("endpoint %q: %w", endpoint, err)
		}
		switch {
		case block.ChainID != chainID:
			return 0, nil, fmt.Errorf("endpoint %q: chain id: expected %q, got %q", endpoint, chainID, block.ChainID)
		case i == 0:
			height, hash = block.Height, config.Hex(block.Hash())
		case config.Hex(block.Hash()).String() != hash.String():
			return 0, nil, fmt.Errorf("endpoint %q: header %d: expected hash %s as at %q, got %s", endpoint, height, hash, endpoints[0], config.Hex(block.Hash()))
		}
	}
	return height, hash, nil
}

// deviceKey is the key that is there, or a new one.
func deviceKey(path string) (*chain.Key, error) {
	key, err := chain.ReadKey(path)
	if !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	key = chain.NewKey()
	return key, chain.WriteKey(path, key)
}

func writeConfig(path string, c config.Config) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(config.Template(c))
	return errors.Join(err, f.Sync(), f.Close())
}

func (r *initResult) print(w io.Writer, o initOptions) {
	fmt.Fprintf(w, "device         %s\nconfiguration  %s\ntrust begins   height %d, hash %s\n", r.Address, r.Config, r.TrustHeight, r.TrustHash)
	if r.FirstUse {
		fmt.Fprintln(w, "warning: the endpoints named this header themselves; compare it with somebody whom you trust")
	}
	fmt.Fprintf(w, "\nthe operator of the fleet enrols the device and, unless it pays itself, pays its fees:\n")
	fmt.Fprintf(w, "  assayd tx fleet enroll-device %s %s --from operator\n", orText(o.fleet), r.Address)
	fmt.Fprintf(w, "  assayd tx feegrant grant operator %s --spend-limit 10000000uassay --from operator\n", r.Address)
	fmt.Fprintf(w, "then: assay-sidecar start\n")
}

func orText(fleet uint64) string {
	if fleet == 0 {
		return "FLEET"
	}
	return fmt.Sprint(fleet)
}
