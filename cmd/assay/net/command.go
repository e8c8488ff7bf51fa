package net

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/x/rollout/types"
)

// Command is "assay net".
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "net",
		Short: "Look after a network of hub and zones",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(reconcileCmd())
	return cmd
}

func reconcileCmd() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "reconcile",
		Short: "Compare what a hub and its zones have on record about the same rollouts",
		Long: `Compare a hub's rollouts with what its zones have: none lost, none applied twice, generations that only grow,
histories that agree, evidence with equal totals.

What is still on its way is shown as behind and is no fault; with --wait the command looks again until nothing is.
The exit status is 0 when all agrees, 1 when something is wrong or, with --wait, still behind at the end.`,
		Example: `  assay net reconcile --hub localhost:9090 --zone channel-0=localhost:9190
  assay net reconcile --hub localhost:9090 --zone channel-0=localhost:9190 --zone 07-tendermint-1=localhost:9290 --wait 1m`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.json, _ = cmd.Flags().GetBool("json")
			return reconcile(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&o.hub, "hub", "", "gRPC address of a node of the hub, host:port")
	cmd.Flags().StringArrayVar(&o.zones, "zone", nil, "ZONE=host:port: what the hub calls the zone, and the gRPC address of a node of it (repeatable)")
	cmd.Flags().DurationVar(&o.wait, "wait", 0, "how long to look again while something is behind")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 30*time.Second, "how long one reading may take")
	_ = cmd.MarkFlagRequired("hub")
	_ = cmd.MarkFlagRequired("zone")
	return cmd
}

type options struct {
	hub           string
	zones         []string
	wait, timeout time.Duration
	json          bool
}

// Report is the result for one zone.
type Report struct {
	Zone     string    `json:"zone"`
	Source   string    `json:"source"`
	Rollouts int       `json:"rollouts"`
	Findings []Finding `json:"findings"`
}

func (r Report) count() (wrong, behind int) {
	for _, f := range r.Findings {
		if f.Behind {
			behind++
		} else {
			wrong++
		}
	}
	return wrong, behind
}

// hintError is an error with something that the reader can do about it.
type hintError struct {
	error
	hint string
}

func (e hintError) Hint() string { return e.hint }

// pause is how long the command waits before it looks again.
const pause = time.Second

func reconcile(ctx context.Context, o options, out io.Writer) error {
	if ctx == nil {
		ctx = context.Background()
	}
	end := time.Now().Add(o.wait)
	for {
		reports, err := readAll(ctx, o)
		if err != nil {
			return err
		}
		wrong, behind := 0, 0
		for _, r := range reports {
			w, b := r.count()
			wrong, behind = wrong+w, behind+b
		}
		if wrong == 0 && behind > 0 && time.Now().Before(end) {
			time.Sleep(pause)
			continue
		}
		if err := show(out, reports, o.json); err != nil {
			return err
		}
		return verdict(wrong, behind, o.wait > 0)
	}
}

func verdict(wrong, behind int, waited bool) error {
	switch {
	case wrong > 0:
		return hintError{fmt.Errorf("hub and zones do not agree: %d findings", wrong), "keep both chains' data, and see docs/relaying.md"}
	case behind > 0 && waited:
		return hintError{fmt.Errorf("still behind after the wait: %d findings", behind), "is the relayer running, and are both clients active? see `assayd query rollout status`"}
	}
	return nil
}

func readAll(ctx context.Context, o options) ([]Report, error) {
	hub, err := dial(o.hub)
	if err != nil {
		return nil, err
	}
	defer hub.close()
	reports := make([]Report, 0, len(o.zones))
	for _, z := range o.zones {
		r, err := readZone(ctx, hub, z, o.timeout)
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}

func readZone(ctx context.Context, hub *node, spec string, timeout time.Duration) (r Report, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	name, address, ok := strings.Cut(spec, "=")
	if !ok || types.ValidateSource(name) != nil {
		return r, hintError{fmt.Errorf("zone %q: expected ZONE=host:port", spec), "for example --zone channel-0=localhost:9190"}
	}
	zone, err := dial(address)
	if err != nil {
		return r, err
	}
	defer zone.close()
	r.Zone = name
	if r.Source, err = hub.counterpart(ctx, name); err != nil {
		return r, err
	}
	var v view
	if v.before, err = hub.hubState(ctx, name); err != nil {
		return r, err
	}
	if v.zone, err = zone.zoneState(ctx, r.Source); err != nil {
		return r, err
	}
	if v.after, err = hub.hubState(ctx, name); err != nil {
		return r, err
	}
	r.Rollouts, r.Findings = len(v.after), v.Compare()
	return r, nil
}

func show(out io.Writer, reports []Report, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(reports)
	}
	for _, r := range reports {
		wrong, behind := r.count()
		if _, err := fmt.Fprintf(out, "zone %s (%s there): %d rollouts, %d wrong, %d behind\n", r.Zone, r.Source, r.Rollouts, wrong, behind); err != nil {
			return err
		}
		for _, f := range r.Findings {
			mark := "wrong "
			if f.Behind {
				mark = "behind"
			}
			if _, err := fmt.Fprintf(out, "  %s  rollout %d: %s\n", mark, f.Rollout, f.Text); err != nil {
				return err
			}
		}
	}
	return nil
}
