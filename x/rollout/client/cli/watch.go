package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/cosmos/cosmos-sdk/client"

	"github.com/assay-chain/assay/x/rollout/types"
)

const (
	flagTimeout = "timeout"
	flagEnded   = "ended"

	flagInterval = "interval"

	// pollInterval is between two looks at the chain; nothing is drawn where there is no new block.
	pollInterval = 500 * time.Millisecond
	// patience is how many looks in a row a node may fail to answer: half a minute by default.
	patience = 60
)

func newWatchCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "watch ID | --number NUMBER",
		Short: "Follow a rollout until it has ended and its zones have heard of it",
		Long: `Follow a rollout until it has ended and its zones have heard of it, or until Ctrl-C.

On a terminal the status is drawn anew with each block; otherwise each change is one line. The exit status is 0 when
the version was promoted, and 1 when the rollout was rolled back or aborted, on the time-out, and when the node does not
answer.`,
		Example: "  assayd query rollout watch 7\n  assayd query rollout watch 7 --ended --timeout 30m > rollout.log",
		Args:    cobra.MaximumNArgs(1),
		RunE:    runWatch,
	}
	addSubjectFlags(cmd)
	cmd.Flags().Duration(flagTimeout, 0, "give up after this time; 0 is never")
	cmd.Flags().Duration(flagInterval, pollInterval, "time between two looks at the chain")
	cmd.Flags().Bool(flagEnded, false, "do not wait for zones to hear of the end")
	return cmd
}

func runWatch(cmd *cobra.Command, args []string) error {
	ctx, err := client.GetClientQueryContext(cmd)
	if err != nil {
		return err
	}
	read, err := subjectOf(cmd, args)
	if err != nil {
		return err
	}
	ended, err := cmd.Flags().GetBool(flagEnded)
	if err != nil {
		return err
	}
	timeout, err := cmd.Flags().GetDuration(flagTimeout)
	if err != nil {
		return err
	}
	interval, err := cmd.Flags().GetDuration(flagInterval)
	if err != nil {
		return err
	}
	bounded, cancel := cmd.Context(), func() {}
	if timeout > 0 {
		bounded, cancel = context.WithTimeout(bounded, timeout)
	}
	defer cancel()
	var shown display = &lines{out: cmd.OutOrStdout()}
	if isTerminal(cmd.OutOrStdout()) {
		shown = &screen{out: cmd.OutOrStdout(), color: takesColor(cmd.OutOrStdout()), rows: func() int { return terminalRows(cmd.OutOrStdout()) }}
	}
	query := types.NewQueryClient(ctx.WithHeight(0))
	return watch(bounded, func(ctx context.Context) (view, error) { return read(ctx, query) }, shown, !ended, interval)
}

// display shows views of a rollout as they come.
type display interface {
	show(now, before view) error
	// trouble tells that the node did not answer.
	trouble(err error) error
}

// watch reads views and shows the new ones until the rollout is over.
func watch(ctx context.Context, read func(context.Context) (view, error), to display, zones bool, interval time.Duration) error {
	var before view
	for failures := 0; ; {
		now, err := read(ctx)
		switch {
		case err != nil && giveUp(ctx, err, before == nil, failures):
			return timedOut(ctx, err, before)
		case err != nil:
			failures++
			err = to.trouble(err)
		case before == nil || now.block() > before.block():
			failures = 0
			err = to.show(now, before)
			before = now
		default:
			failures = 0
		}
		if err != nil {
			return err
		}
		if before != nil && before.over(zones) {
			return before.verdict()
		}
		select {
		case <-ctx.Done():
			return timedOut(ctx, ctx.Err(), before)
		case <-time.After(interval):
		}
	}
}

// giveUp says whether there is no use in asking again. A node that never answered is likely not there.
func giveUp(ctx context.Context, err error, first bool, failures int) bool {
	var missing missingError
	return first || ctx.Err() != nil || failures >= patience || errors.As(err, &missing)
}

func timedOut(ctx context.Context, err error, last view) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	if last == nil {
		return fmt.Errorf("no answer in time: %w", err)
	}
	return fmt.Errorf("the rollout is not over in time, as of block %d\nhint: see what it waits for: assayd query rollout status", last.block())
}

// lines shows each change in a line, for a file or a pipe.
type lines struct {
	out     io.Writer
	silence bool
}

func (l *lines) show(now, before view) error {
	l.silence = false
	for _, n := range now.news(before) {
		if _, err := fmt.Fprintf(l.out, "block %d: %s\n", n.height, n.text); err != nil {
			return err
		}
	}
	return nil
}

// trouble tells the first failure of a row.
func (l *lines) trouble(err error) error {
	if l.silence {
		return nil
	}
	l.silence = true
	_, werr := fmt.Fprintf(l.out, "the node does not answer: %s\n", oneLine(err))
	return werr
}

// screen draws the status over the one before, on a terminal.
type screen struct {
	out   io.Writer
	color bool
	rows  func() int
	drawn int
	last  string
}

func (s *screen) show(now, _ view) error {
	s.last = now.story(s.color, true)
	return s.draw(s.last)
}

func (s *screen) trouble(err error) error {
	p := page{color: s.color}
	p.line("%s", p.paint(bad, "the node does not answer: "+oneLine(err)))
	return s.draw(s.last + "\n" + p.String())
}

// draw goes up over what was drawn, and clears from there to the end of the screen. Lines do not wrap, and what the
// screen has no rows for is left out, so that the way up is known.
func (s *screen) draw(text string) error {
	up := ""
	if s.drawn > 0 {
		up = fmt.Sprintf("\x1b[%dA\r", s.drawn)
	}
	all := strings.SplitAfter(text, "\n")
	if rows := s.rows(); rows > 2 && len(all) > rows {
		text = strings.Join(all[:rows-2], "") + off + "…\n"
	}
	s.drawn = strings.Count(text, "\n")
	_, err := io.WriteString(s.out, up+"\x1b[J\x1b[?7l"+text+"\x1b[?7h")
	return err
}

// terminalRows is the height of a terminal; 0 where it is not known.
func terminalRows(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	_, rows, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return rows
}

func oneLine(err error) string { return strings.Join(strings.Fields(printable(err.Error())), " ") }
