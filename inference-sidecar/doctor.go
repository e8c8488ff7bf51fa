package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/chain"
	"github.com/assay-chain/assay/inference-sidecar/config"
)

// Verdict is what a check came to.
type Verdict string

// Verdicts. A warning needs no hand now; what could not be checked may be right or wrong.
const (
	VerdictOK        Verdict = "ok"
	VerdictWarning   Verdict = "warning"
	VerdictWrong     Verdict = "wrong"
	VerdictUnchecked Verdict = "not checked"
)

// Finding is what a check found.
type Finding struct {
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	Text    string  `json:"text"`
	// Means is what it means for the device, and Hint a command or a key that changes it.
	Means string `json:"means,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

func fine(check, format string, args ...any) Finding {
	return Finding{Check: check, Verdict: VerdictOK, Text: fmt.Sprintf(format, args...)}
}

func warning(check, format string, args ...any) Finding {
	return Finding{Check: check, Verdict: VerdictWarning, Text: fmt.Sprintf(format, args...)}
}

func wrong(check, format string, args ...any) Finding {
	return Finding{Check: check, Verdict: VerdictWrong, Text: fmt.Sprintf(format, args...)}
}

func unchecked(check, format string, args ...any) Finding {
	return Finding{Check: check, Verdict: VerdictUnchecked, Text: fmt.Sprintf(format, args...)}
}

func (f Finding) means(text string) Finding {
	f.Means = text
	return f
}

func (f Finding) hint(format string, args ...any) Finding {
	f.Hint = fmt.Sprintf(format, args...)
	return f
}

const (
	// endpointTimeout bounds one request of the doctor, and networkTimeout all that it asks the chain for.
	endpointTimeout = 4 * time.Second
	networkTimeout  = 12 * time.Second
	localTimeout    = 3 * time.Second
	// maxLine bounds a line of text, in bytes.
	maxLine = 1 << 10
)

// errWrong is the doctor's where something is wrong: the findings have said what.
var errWrong = errors.New("something is wrong")

func doctorCmd(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say what is wrong, and what to do",
		Long: `Check the configuration, the device, the chain, the models and the running sidecar, one line each. What is wrong is
followed by what it means and by a hint. It changes nothing, makes no file in the home, and needs neither the network nor
a running sidecar: what cannot be checked is said to be so. Exit status 1 where anything is wrong.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(contextOf(cmd), t, time.Now) },
	}
}

func runDoctor(ctx context.Context, t *terminal, now func() time.Time) error {
	d := &doctor{terminal: t, now: now}
	findings := d.examine(ctx)
	if err := t.result(findings, func(w io.Writer) { printFindings(w, findings) }); err != nil {
		return err
	}
	if n := count(findings, VerdictWrong); n > 0 {
		return fmt.Errorf("%w: %d of %d checks", errWrong, n, len(findings))
	}
	return nil
}

func count(findings []Finding, v Verdict) int {
	n := 0
	for _, f := range findings {
		if f.Verdict == v {
			n++
		}
	}
	return n
}

func printFindings(w io.Writer, findings []Finding) {
	width := 0
	for _, f := range findings {
		width = max(width, len(f.Check))
	}
	for _, f := range findings {
		fmt.Fprintf(w, "%-11s  %-*s  %s\n", f.Verdict, width, f.Check, oneLine(f.Text))
		if f.Means != "" {
			fmt.Fprintf(w, "%-11s  %-*s  %s\n", "", width, "", oneLine(f.Means))
		}
		if f.Hint != "" {
			fmt.Fprintf(w, "%-11s  %-*s  hint: %s\n", "", width, "", oneLine(f.Hint))
		}
	}
	fmt.Fprintf(w, "\n%d ok", count(findings, VerdictOK))
	for _, v := range []Verdict{VerdictWarning, VerdictWrong, VerdictUnchecked} {
		fmt.Fprintf(w, ", %d %s", count(findings, v), v)
	}
	fmt.Fprintln(w)
}

// oneLine keeps what others wrote, such as errors of endpoints, from looking like a check of its own.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), "; ")
	if len(s) > maxLine {
		s = strings.ToValidUTF8(s[:maxLine], "") + "…"
	}
	return s
}

// doctor is one examination.
type doctor struct {
	terminal *terminal
	now      func() time.Time

	config  config.Config
	key     *chain.Key // nil where it does not read
	running bool       // a sidecar has the home's state open
	status  *Status    // of it; nil where it does not tell
	silent  error      // why it does not
}

// examine makes all checks. Their order is that of the configuration; those that wait for something go side by side.
func (d *doctor) examine(ctx context.Context) []Finding {
	out, ok := d.examineConfig()
	if !ok {
		return append(out, unchecked("everything else", "there is no configuration to check it against"))
	}
	d.key, _ = chain.ReadKey(d.config.Device.KeyFile)
	d.findDaemon(ctx)
	groups := []func(context.Context) []Finding{
		d.examineEnvironment, d.examineDevice, d.examineRuntime, d.examineSpace, d.examineChain, d.examineSlots, d.examineProving, d.examineService,
	}
	found := make([][]Finding, len(groups))
	var checks sync.WaitGroup
	for i, group := range groups {
		checks.Go(func() { found[i] = group(ctx) })
	}
	checks.Wait()
	for _, f := range found {
		out = append(out, f...)
	}
	return out
}

// findDaemon finds out whether a sidecar runs, by the lock that it holds, and asks it how it stands.
func (d *doctor) findDaemon(ctx context.Context) {
	d.running, _ = artifacts.InUse(d.config.Artifacts.Dir) // what does not open is told by the checks of the store
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	s, err := fetchStatus(ctx, d.terminal, "")
	switch {
	case err != nil:
		d.silent = err
	case d.key != nil && s.Device != d.key.String():
		d.silent = fmt.Errorf("%s answers for another device: %s", d.config.Telemetry.Metrics, s.Device)
	default:
		d.status, d.running = s, true
	}
}

// light is the folder of verified headers, and slots that of the slots' state.
func (d *doctor) light() string { return filepath.Join(d.config.Home, "light") }
func (d *doctor) slots() string { return filepath.Join(d.config.Home, "slots") }

// age is how long ago something was, in words.
func (d *doctor) age(t time.Time) string { return length(d.now().Sub(t)) + " ago" }

// length is a time's length to the precision that people want.
func length(t time.Duration) string {
	switch {
	case t < 0:
		return "-" + length(-t)
	case t >= 48*time.Hour:
		return fmt.Sprintf("%dd%dh", t/(24*time.Hour), t%(24*time.Hour)/time.Hour)
	case t >= time.Hour:
		return strings.TrimSuffix(t.Round(time.Minute).String(), "0s")
	case t >= time.Second:
		return t.Round(time.Second).String()
	}
	return t.Round(time.Millisecond).String()
}
