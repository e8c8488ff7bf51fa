package spectest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// verdict is what became of a command.
type verdict struct {
	outcome outcome
	reason  string
}

type outcome int

const (
	ran     outcome = iota // and gave what the script says
	refused                // as the script says, but as out of the profile: the other reason was not reached
	skipped
	failed
)

func skip(format string, args ...any) verdict { return verdict{skipped, fmt.Sprintf(format, args...)} }

func fail(format string, args ...any) verdict { return verdict{failed, fmt.Sprintf(format, args...)} }

// tally counts verdicts: by script and kind of command, and the reasons for what was not run.
type tally struct {
	scripts map[string]*[4]int
	kinds   map[string]*[4]int
	reasons map[string]int
}

func newTally() *tally {
	return &tally{scripts: map[string]*[4]int{}, kinds: map[string]*[4]int{}, reasons: map[string]int{}}
}

func (t *tally) add(script, kind string, v verdict) {
	for _, m := range []struct {
		counts map[string]*[4]int
		key    string
	}{{t.scripts, script}, {t.kinds, kind}} {
		if m.counts[m.key] == nil {
			m.counts[m.key] = new([4]int)
		}
		m.counts[m.key][v.outcome]++
	}
	if v.outcome != ran {
		t.reasons[kind+": "+v.reason]++
	}
}

// String is the golden form: tables by script and kind, and the reasons.
func (t *tally) String() string {
	var b strings.Builder
	row := func(name string, c *[4]int) {
		fmt.Fprintf(&b, "%-42s %6d %6d %6d %6d\n", name, c[ran], c[refused], c[skipped], c[failed])
	}
	table := func(title string, counts map[string]*[4]int) {
		fmt.Fprintf(&b, "%-42s %6s %6s %6s %6s\n", title, "run", "refused", "skipped", "failed")
		var total [4]int
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			row(name, counts[name])
			for i, n := range counts[name] {
				total[i] += n
			}
		}
		row("total", &total)
		b.WriteString("\n")
	}
	table("# script", t.scripts)
	table("# command", t.kinds)
	b.WriteString("# why refused or skipped\n")
	for _, reason := range slices.Sorted(maps.Keys(t.reasons)) {
		fmt.Fprintf(&b, "%6d %s\n", t.reasons[reason], reason)
	}
	return b.String()
}
