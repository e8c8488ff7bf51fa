package toolbox

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// output is where a command's result and progress go. Results are whole sentences of data on
// stdout, as text or with --json as one JSON value; progress and warnings go to stderr.
type output struct {
	stdout, stderr io.Writer
	json           bool
}

// result prints v as JSON with --json, and otherwise calls text.
func (o *output) result(v any, text func(w io.Writer)) error {
	if !o.json {
		text(o.stdout)
		return nil
	}
	enc := json.NewEncoder(o.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// warn prints a line that must not be overlooked.
func (o *output) warn(format string, args ...any) {
	fmt.Fprintf(o.stderr, "warning: "+format+"\n", args...)
}

// step runs long work under a label: a spinner where stderr is a terminal, else one line when it is done.
func (o *output) step(label string, work func() error) error {
	stop := o.spin(label)
	start := time.Now()
	err := work()
	stop()
	if err == nil {
		fmt.Fprintf(o.stderr, "%s: %s\n", label, time.Since(start).Round(10*time.Millisecond))
	}
	return err
}

// spin shows a spinner until the returned function is called.
func (o *output) spin(label string) func() {
	if !o.terminal() {
		return func() {}
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(o.stderr), progressbar.OptionSetDescription(label),
		progressbar.OptionSpinnerType(14), progressbar.OptionSetElapsedTime(true), progressbar.OptionClearOnFinish())
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				_ = bar.Finish()
				return
			case <-tick.C:
				_ = bar.Add(1)
			}
		}
	}()
	return func() { close(done); <-ended }
}

// count returns a function that advances a progress bar of n items; without a terminal it does nothing.
func (o *output) count(label string, n int) (advance, finish func()) {
	if !o.terminal() {
		return func() {}, func() {}
	}
	bar := progressbar.NewOptions(n, progressbar.OptionSetWriter(o.stderr), progressbar.OptionSetDescription(label),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
	return func() { _ = bar.Add(1) }, func() { _ = bar.Finish() }
}

func (o *output) terminal() bool {
	f, ok := o.stderr.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
