package bundle

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	lightclient "github.com/assay-chain/assay/light-client"
)

// Command is "assay bundle".
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bundle",
		Short: "Bring verified state to devices without a network",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(makeCmd(), verifyCmd())
	return cmd
}

func makeCmd() *cobra.Command {
	var o makeOptions
	cmd := &cobra.Command{
		Use:   "make",
		Short: "Write headers, and values with their proofs, to a file",
		Long: `Write a file from which a device without a network learns what it is to run: the headers from the one that it
verified last to the newest, and the values that are asked for, with proofs.

--trust-height and --trust-hash are the device's newest verified header, which "assay-sidecar trust show" prints, or the root
of trust that it was set up with. A device whose header is older can use the file too, if the validators have not changed
much. With --fleet or --device come the directives of the fleet, of the models that are named or of all, and the versions in
them.`,
		Example: `  assay bundle make --node https://rpc.example --node https://rpc2.example --chain-id assay-zone-1 \
    --trust-height 120034 --trust-hash 9F3C… --device assay1… --out hall-3.bundle`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, _ := cmd.Flags().GetBool("json")
			return makeBundle(cmd.Context(), o, cmd.OutOrStdout(), asJSON)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.nodes, "node", nil, "CometBFT RPC URL of a node (repeatable; the others confirm the first)")
	f.StringVar(&o.chainID, "chain-id", "", "the chain's id")
	o.trust.register(cmd)
	f.Uint64Var(&o.fleet, "fleet", 0, "id of a fleet whose directives to include")
	f.StringArrayVar(&o.models, "model", nil, "model of those directives (repeatable); default all")
	f.StringArrayVar(&o.devices, "device", nil, "address of a device to include, with the directives of its fleet (repeatable)")
	f.StringArrayVar(&o.versions, "version", nil, "id of a version to include (repeatable)")
	f.StringVarP(&o.out, "out", "o", "", "the file to write")
	f.DurationVar(&o.timeout, "timeout", time.Minute, "how long it may take")
	for _, name := range []string{"node", "chain-id", "out"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}

func verifyCmd() *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify such a file without a network, and show what it proves",
		Example: `  assay bundle verify hall-3.bundle --trust-height 120034 --trust-hash 9F3C…
  assay bundle verify hall-3.bundle --trust-height 120034 --trust-hash 9F3C… --at 2026-05-01T12:00:00Z`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			asJSON, _ := cmd.Flags().GetBool("json")
			return verifyBundle(cmd.Context(), o, args[0], cmd.OutOrStdout(), asJSON)
		},
	}
	o.trust.register(cmd)
	cmd.Flags().StringVar(&o.at, "at", "", "the time to verify at, RFC 3339; default now")
	return cmd
}

// trustFlags name the header that an operator vouches for.
type trustFlags struct {
	height int64
	hash   string
	period time.Duration
}

func (t *trustFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Int64Var(&t.height, "trust-height", 0, "height of the header that is trusted")
	f.StringVar(&t.hash, "trust-hash", "", "its hash, 64 hexadecimal digits")
	f.DurationVar(&t.period, "trust-period", lightclient.DefaultTrustPeriod, "for how long validators answer for what they signed; below the chain's unbonding period")
	_ = cmd.MarkFlagRequired("trust-height")
	_ = cmd.MarkFlagRequired("trust-hash")
}

func (t *trustFlags) trust() (lightclient.Trust, error) {
	hash, err := hex.DecodeString(t.hash)
	if err != nil || len(hash) != 32 {
		return lightclient.Trust{}, fmt.Errorf("--trust-hash %q: expected 64 hexadecimal digits", t.hash)
	}
	if t.height < 1 {
		return lightclient.Trust{}, fmt.Errorf("--trust-height %d: expected 1 or more", t.height)
	}
	return lightclient.Trust{Height: t.height, Hash: hash, Period: t.period}, nil
}

// hintError is an error with something that the reader can do about it.
type hintError struct {
	error
	hint string
}

func (e hintError) Unwrap() error { return e.error }

// Hint says what the reader can do.
func (e hintError) Hint() string { return e.hint }
