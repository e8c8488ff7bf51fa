package sidecar

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/config"
	lightclient "github.com/assay-chain/assay/light-client"
)

// errRuns is returned where a command needs what the running sidecar has open.
var errRuns = errors.New("the sidecar runs, and has this state open")

// trustTimeout bounds what trust commands ask the endpoints for.
const trustTimeout = time.Minute

func trustCmd(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "Show or decide which header of the chain is trusted",
		Long: `Show what was verified of the chain, give the light client a new header to begin with, or let it go on after a
divergence. To decide, stop the sidecar first: the verified headers are for one process at a time. Commands that change
them run as the owner of the home.`,
	}
	cmd.AddCommand(trustShowCmd(t), trustSetCmd(t), trustResumeCmd(t))
	return cmd
}

// contextOf is the command's, or one that does not end.
func contextOf(cmd *cobra.Command) context.Context {
	if ctx := cmd.Context(); ctx != nil {
		return ctx
	}
	return context.Background()
}

// trustResult is how the light client stands.
type trustResult struct {
	ChainID      string     `json:"chain_id"`
	Height       int64      `json:"height"`
	Hash         config.Hex `json:"hash"`
	Time         time.Time  `json:"time"`
	TrustedUntil time.Time  `json:"trusted_until"`
	Expired      bool       `json:"expired"`
	TrustPeriod  string     `json:"trust_period"`
	// Unbonding is the chain's unbonding period; "" until it was read.
	Unbonding string `json:"unbonding_period,omitempty"`
	// RootHeight and RootHash are of the configuration; 0 where it names none.
	RootHeight int64      `json:"root_height"`
	RootHash   config.Hex `json:"root_hash"`
	// Divergence is why the client is halted; nil where it is not.
	Divergence *divergenceResult `json:"divergence"`
	// Warning is what did not work, or is still to be done.
	Warning string `json:"warning,omitempty"`
}

// divergenceResult is what is on record of a divergence.
type divergenceResult struct {
	Found        time.Time        `json:"found"`
	Height       int64            `json:"height"`
	Attack       string           `json:"attack"`
	CommonHeight int64            `json:"common_height"`
	Primary      string           `json:"primary"`
	PrimaryHash  config.Hex       `json:"primary_hash"`
	Witness      string           `json:"witness"`
	WitnessHash  config.Hex       `json:"witness_hash"`
	Validators   []string         `json:"validators"` // who signed both
	Evidence     []evidenceResult `json:"evidence"`
}

// evidenceResult is what became of evidence.
type evidenceResult struct {
	To    string `json:"to"`
	Bytes int    `json:"bytes"`
	Error string `json:"error,omitempty"`
}

func trustOf(s lightclient.Status, c config.Config, now time.Time) *trustResult {
	out := &trustResult{
		ChainID: s.ChainID, Height: s.Head.Height, Hash: config.Hex(s.Head.Hash), Time: s.Head.Time.UTC(),
		TrustedUntil: s.TrustedUntil.UTC(), Expired: !s.TrustedUntil.After(now), TrustPeriod: durationText(s.TrustPeriod),
		RootHeight: c.Chain.TrustHeight, RootHash: c.Chain.TrustHash,
	}
	if s.Unbonding > 0 {
		out.Unbonding = durationText(s.Unbonding)
	}
	if d := s.Divergence; d != nil {
		out.Divergence = &divergenceResult{
			Found: d.Time, Height: d.Height, Attack: string(d.Attack), CommonHeight: d.CommonHeight, Primary: d.Primary, PrimaryHash: d.PrimaryHash,
			Witness: d.Witness, WitnessHash: d.WitnessHash, Validators: d.Validators,
		}
		for _, r := range d.Reports {
			out.Divergence.Evidence = append(out.Divergence.Evidence, evidenceResult{r.To, len(r.Evidence), r.Error})
		}
	}
	return out
}

func (r *trustResult) print(w io.Writer) {
	fmt.Fprintf(w, "chain          %s\n", r.ChainID)
	fmt.Fprintf(w, "verified head  height %d of %s\n               hash %s\n", r.Height, stamp(r.Time), r.Hash)
	until := "until"
	if r.Expired {
		until = "expired on"
	}
	fmt.Fprintf(w, "trusted        %s %s (trust period %s, unbonding period %s)\n", until, stamp(r.TrustedUntil), r.TrustPeriod, orDash(r.Unbonding))
	if r.RootHeight > 0 {
		fmt.Fprintf(w, "configuration  height %d\n               hash %s\n", r.RootHeight, r.RootHash)
	}
	if r.Divergence == nil {
		fmt.Fprintln(w, "divergence     none on record")
	} else {
		r.Divergence.print(w)
	}
	if r.Warning != "" {
		fmt.Fprintf(w, "warning: %s\n", r.Warning)
	}
}

func (r *divergenceResult) print(w io.Writer) {
	fmt.Fprintf(w, "divergence     %s at height %d, found %s; the same up to height %d; the light client is halted\n", r.Attack, r.Height, stamp(r.Found), r.CommonHeight)
	fmt.Fprintf(w, "               %s has %s\n               %s has %s\n", r.Primary, r.PrimaryHash, r.Witness, r.WitnessHash)
	fmt.Fprintf(w, "               signed both: %d validators\n", len(r.Validators))
	for _, v := range r.Validators {
		fmt.Fprintf(w, "                 %s\n", v)
	}
	for _, e := range r.Evidence {
		became := "taken"
		if e.Error != "" {
			became = "not taken: " + oneLine(e.Error)
		}
		fmt.Fprintf(w, "               evidence of %d bytes to %s: %s\n", e.Bytes, e.To, became)
	}
	fmt.Fprintln(w, "               ask the zone's operator which hash is right, then: assay-sidecar trust resume --exclude URL, of the other endpoint")
}

func trustShowCmd(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show the verified head, until when it is trusted, and a divergence on record",
		Long:  "Show the verified head, until when it is trusted, the configured root of trust, and a divergence on record with its\nevidence. It looks at a copy and asks nobody; a running sidecar may be a moment further.",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return showTrust(contextOf(cmd), t, time.Now) },
	}
}

func showTrust(ctx context.Context, t *terminal, now func() time.Time) error {
	c, err := t.load()
	if err != nil {
		return err
	}
	light := lightConfig(c, now, nil)
	dir, err := copyHeaders(light.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return hint(fmt.Errorf("nothing is verified yet: %w", err), "assay-sidecar start begins with the header that the configuration names")
	}
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	light.Dir, light.Trust = dir, lightclient.Trust{Period: light.Trust.Period}
	client, err := lightclient.Open(ctx, light)
	if err != nil {
		if used, _ := artifacts.InUse(c.Artifacts.Dir); used {
			return hint(fmt.Errorf("%w: %w", errRuns, err), "try again; or stop it first: systemctl stop assay-sidecar")
		}
		return err
	}
	defer client.Close()
	r := trustOf(client.Status(), c, now())
	return t.result(r, r.print)
}

// ownState refuses to change the state of a home that a sidecar uses, or as a user whose files the sidecar could not read.
func ownState(c config.Config) error {
	used, err := artifacts.InUse(c.Artifacts.Dir)
	if err != nil {
		return err
	}
	if used {
		return hint(errRuns, "stop it first: systemctl stop assay-sidecar")
	}
	info, err := os.Stat(c.Home)
	if err != nil {
		return fmt.Errorf("home: %w", err)
	}
	if owner := ownerOf(info); owner != os.Geteuid() {
		return hint(fmt.Errorf("home %s belongs to %s: expected to run as that user", c.Home, userName(owner)),
			"runuser -u %s -- assay-sidecar …", userName(owner))
	}
	return nil
}

// openTrust opens the light client to decide about it. Where the store is empty it begins with root.
func openTrust(ctx context.Context, light lightclient.Config, root lightclient.Trust) (*lightclient.Client, error) {
	light.Trust = lightclient.Trust{Period: light.Trust.Period}
	client, err := lightclient.Open(ctx, light)
	if errors.Is(err, lightclient.ErrTrust) { // an empty store
		light.Trust.Height, light.Trust.Hash = root.Height, root.Hash
		client, err = lightclient.Open(ctx, light)
	}
	switch {
	case errors.Is(err, lightclient.ErrStore):
		return nil, hint(err, "if the sidecar runs, stop it first: systemctl stop assay-sidecar; if not, the store is damaged: move %s away", light.Dir)
	case errors.Is(err, lightclient.ErrTrust):
		return nil, hint(err, "compare height and hash with their source; the endpoints say otherwise")
	}
	return client, err
}

type trustSetOptions struct {
	height int64
	hash   string
}

func trustSetCmd(t *terminal) *cobra.Command {
	var o trustSetOptions
	cmd := &cobra.Command{
		Use:   "set",
		Short: "Begin anew with a header that you trust",
		Long: `Drop the verified headers and begin anew with a header that you trust: after the trust period is over, or after a
divergence that left the wrong headers. Take height and hash from the zone's operator, or another source that is not an
endpoint. The header itself is fetched from an endpoint and has to have that hash. Models are served on meanwhile from
what is on disk; stop the sidecar only for the moment of this command.`,
		Example: "  assay-sidecar trust set --height 912000 --hash 9F2C…",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return setTrust(contextOf(cmd), t, o, time.Now) },
	}
	cmd.Flags().Int64Var(&o.height, "height", 0, "height of the header")
	cmd.Flags().StringVar(&o.hash, "hash", "", "its hash, in hexadecimal")
	for _, name := range []string{"height", "hash"} {
		_ = cmd.MarkFlagRequired(name) // the flag exists
	}
	return cmd
}

func (o trustSetOptions) trust(c config.Config) (lightclient.Trust, error) {
	hash, err := hex.DecodeString(o.hash)
	if err != nil || len(hash) != 32 {
		return lightclient.Trust{}, fmt.Errorf("--hash: expected 64 hexadecimal digits, got %.80q", o.hash)
	}
	if o.height < 1 {
		return lightclient.Trust{}, fmt.Errorf("--height: expected 1 or more, got %d", o.height)
	}
	return lightclient.Trust{Height: o.height, Hash: hash, Period: c.Chain.TrustPeriod.Duration}, nil
}

func setTrust(ctx context.Context, t *terminal, o trustSetOptions, now func() time.Time) error {
	c, err := t.load()
	if err != nil {
		return err
	}
	root, err := o.trust(c)
	if err != nil {
		return err
	}
	if c.Chain.TrustHeight == root.Height && !bytes.Equal(c.Chain.TrustHash, root.Hash) { // the sidecar would not start
		return hint(fmt.Errorf("--hash: the configuration has %s for height %d, got %s", c.Chain.TrustHash, root.Height, config.Hex(root.Hash)),
			"whichever is right has to be in chain.trust_hash too")
	}
	return decide(ctx, t, c, lightclient.Decision{Trust: root}, now)
}

func trustResumeCmd(t *terminal) *cobra.Command {
	var exclude []string
	cmd := &cobra.Command{
		Use:   "resume",
		Short: "Go on after a divergence",
		Long: `Go on after a divergence, from the headers that were verified before it. With --exclude the endpoint of the wrong chain
is not asked by this command; remove it from chain.endpoints too, or the sidecar asks it again and halts again. With
neither, the light client goes on and halts again if the endpoints still disagree.`,
		Example: "  assay-sidecar trust resume --exclude https://rpc-b.example.net",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return resumeTrust(contextOf(cmd), t, exclude, time.Now)
		},
	}
	cmd.Flags().StringSliceVar(&exclude, "exclude", nil, "endpoint that showed the wrong chain (repeatable)")
	return cmd
}

func resumeTrust(ctx context.Context, t *terminal, exclude []string, now func() time.Time) error {
	c, err := t.load()
	if err != nil {
		return err
	}
	return decide(ctx, t, c, lightclient.Decision{Exclude: exclude}, now)
}

// decide carries out a decision, verifies on from it, and shows how the light client stands then.
func decide(ctx context.Context, t *terminal, c config.Config, decision lightclient.Decision, now func() time.Time) error {
	if err := ownState(c); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, trustTimeout)
	defer cancel()
	client, err := openTrust(ctx, lightConfig(c, now, nil), decision.Trust)
	if err != nil {
		return err
	}
	defer client.Close()
	resuming := decision.Trust.Height == 0
	if resuming && client.Status().Divergence == nil {
		return errors.New("no divergence is on record: there is nothing to resume from")
	}
	if err := client.Resume(ctx, decision); err != nil {
		if errors.Is(err, lightclient.ErrTrust) {
			return hint(err, "compare height and hash with their source; the endpoints say otherwise")
		}
		return err
	}
	_, err = client.Update(ctx)
	if errors.Is(err, lightclient.ErrHalted) {
		return hint(err, "the endpoints still show two chains: --exclude the wrong one, and remove it from chain.endpoints")
	}
	r := trustOf(client.Status(), c, now())
	switch {
	case err != nil:
		r.Warning = "nothing newer was verified yet: " + oneLine(err.Error())
	case len(decision.Exclude) > 0:
		r.Warning = "remove the excluded endpoints from chain.endpoints before the sidecar starts, or it asks them again"
	case !resuming && c.Chain.TrustHeight != decision.Trust.Height:
		r.Warning = "the configuration still names another header; set chain.trust_height and chain.trust_hash too, for the day when the store is lost"
	}
	return t.result(r, r.print)
}

// durationText is a duration as the configuration has it.
func durationText(d time.Duration) string {
	text, err := config.Duration{Duration: d}.MarshalText()
	if err != nil {
		return d.String()
	}
	return string(text)
}
