package cli

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/rollout/types"
)

// Every value that the chain can tell has words.
func TestWords(t *testing.T) {
	for v := range types.Cause_name {
		if v != 0 {
			require.Contains(t, causes, types.Cause(v))
		}
	}
	for v := range types.AckCode_name {
		if v != 0 {
			require.Contains(t, answers, types.AckCode(v))
		}
	}
	v := &hubView{QueryRolloutResponse: types.QueryRolloutResponse{Rollout: types.Rollout{Steps: []types.Step{{}}}}}
	for kind, name := range types.WaitKind_name {
		text := v.waitText(types.Wait{Kind: types.WaitKind(kind), Have: 1, Need: 2})
		require.Equal(t, kind == 0, strings.Contains(text, "does not know"), name)
	}
	require.Equal(t, []string{"pending", "canary", "paused", "promoted", "rolled-back", "aborted"}, names(types.Phase_name))
	require.Equal(t, "rolled back", phaseWord(types.PhaseRolledBack))
	require.Contains(t, causeText(99), "does not know: number 99")
	require.Contains(t, answerText(99), "does not know: number 99")
}

func TestNumbers(t *testing.T) {
	require.Equal(t, []string{"0%", "5%", "0.25%", "12.5%", "100%"},
		[]string{percent(0), percent(500), percent(25), percent(1250), percent(types.FullShare)})
	require.Equal(t, "1 block", count(1, "block"))
	require.Equal(t, "0 blocks", count(0, "block"))
	require.Equal(t, "block 7, in 2 blocks", until(7, 5))
	require.Equal(t, "block 5, 1 block ago", since(5, 6))
}

// Columns are aligned by what is seen, so colours do not move them.
func TestTable(t *testing.T) {
	rows := func(p *page) [][]string { return [][]string{{p.paint(bad, "é"), "x", "y"}, {"long", "", "z"}} }
	plain, colored := new(page), &page{color: true}
	plain.table(rows(plain))
	colored.table(rows(colored))
	require.Equal(t, "  é     x  y\n  long     z\n", plain.String())
	require.Equal(t, plain.String(), escape.ReplaceAllString(colored.String(), ""))
	require.NotEqual(t, plain.String(), colored.String())
}

// What others wrote cannot move the cursor.
func TestPrintable(t *testing.T) {
	require.Equal(t, "a[2Jbc", printable("a\x1b[2Jb\u009b\r\nc"))
}

func at(height int64, phase types.Phase) *hubView {
	return &hubView{QueryRolloutResponse: types.QueryRolloutResponse{
		Height:  height,
		Rollout: types.Rollout{Id: 7, Version: "acme/vibration@1.1.0", Phase: phase, Cause: types.CauseVote, Steps: []types.Step{{Weight: 100}}},
	}}
}

func TestScreen(t *testing.T) {
	var out bytes.Buffer
	rows := 0
	s := &screen{out: &out, rows: func() int { return rows }}
	require.NoError(t, s.show(at(1, types.PhasePending), nil))
	first := out.String()
	require.True(t, strings.HasPrefix(first, "\x1b[J"), "nothing to go up over")
	drawn := strings.Count(first, "\n")

	out.Reset()
	require.NoError(t, s.trouble(errors.New("no connection")))
	require.True(t, strings.HasPrefix(out.String(), "\x1b["+strconv.Itoa(drawn)+"A\r\x1b[J"), "%q", out.String())
	require.Contains(t, out.String(), "the node does not answer: no connection")
	require.Contains(t, out.String(), "rollout 7")

	out.Reset()
	rows = 5
	require.NoError(t, s.show(at(2, types.PhasePending), nil))
	require.Equal(t, 4, strings.Count(out.String(), "\n"), "fits the screen with the cursor below")
	require.Equal(t, 4, s.drawn)
}

// script gives one answer after the other.
func script(steps ...any) func(context.Context) (view, error) {
	return func(context.Context) (view, error) {
		next := steps[0]
		if len(steps) > 1 {
			steps = steps[1:]
		}
		if err, ok := next.(error); ok {
			return nil, err
		}
		return next.(*hubView), nil
	}
}

func TestWatchEnds(t *testing.T) {
	down := errors.New("no connection")
	gone := missingError{"gone", "look elsewhere"}
	for _, tc := range []struct {
		name string
		read func(context.Context) (view, error)
		err  string
	}{
		{"success: promoted", script(at(1, types.PhaseCanary), at(2, types.PhasePromoted)), ""},
		{"success: after the node was away", script(at(1, types.PhaseCanary), down, down, at(2, types.PhasePromoted)), ""},
		{"failure: rolled back", script(at(2, types.PhaseRolledBack)), "rollout 7 was rolled back: the step's decider voted against the version"},
		{"failure: aborted", script(at(2, types.PhaseAborted)), "rollout 7 was aborted"},
		{"failure: the node never answers", script(down), "no connection"},
		{"failure: the node stops to answer", script(at(1, types.PhaseCanary), down), "no connection"},
		{"failure: the rollout is gone", script(at(1, types.PhaseCanary), gone), "gone\nhint: look elsewhere"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := watch(context.Background(), tc.read, &lines{out: new(bytes.Buffer)}, true, 0)
			if tc.err == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tc.err)
		})
	}
	t.Run("failure: time-out", func(t *testing.T) {
		ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
		defer cancel()
		err := watch(ctx, script(at(5, types.PhaseCanary)), &lines{out: new(bytes.Buffer)}, true, time.Hour)
		require.ErrorContains(t, err, "not over in time, as of block 5\nhint: ")
	})
}

// counter counts what it is shown.
type counter struct{ shown, troubles int }

func (c *counter) show(view, view) error { c.shown++; return nil }

func (c *counter) trouble(error) error { c.troubles++; return nil }

// Only a new block is shown, so a terminal does not flicker between blocks.
func TestWatchShowsBlocksOnce(t *testing.T) {
	c := new(counter)
	read := script(at(1, types.PhaseCanary), at(1, types.PhaseCanary), errors.New("no connection"), at(1, types.PhaseCanary), at(2, types.PhasePromoted))
	require.NoError(t, watch(context.Background(), read, c, true, 0))
	require.Equal(t, counter{shown: 2, troubles: 1}, *c)
}
