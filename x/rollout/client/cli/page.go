package cli

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// page is text for people under way.
type page struct {
	strings.Builder
	color bool
}

// tone is how a word is shown on a terminal.
type tone = string

const (
	good tone = "\x1b[32m"
	warn tone = "\x1b[33m"
	bad  tone = "\x1b[31m"
	bold tone = "\x1b[1m"
	off  tone = "\x1b[0m"
)

var escape = regexp.MustCompile("\x1b\\[[0-9;]*m")

func (p *page) paint(t tone, s string) string {
	if !p.color || t == "" {
		return s
	}
	return t + s + off
}

func (p *page) line(format string, args ...any) {
	p.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " "))
	p.WriteByte('\n')
}

// title starts a part, after an empty line.
func (p *page) title(format string, args ...any) {
	p.WriteByte('\n')
	p.line("%s", p.paint(bold, fmt.Sprintf(format, args...)))
}

// table writes rows whose columns are aligned. What the last column has too many of, it has on lines of its own.
func (p *page) table(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString("  " + cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-width(cell)))
			}
		}
		p.line("%s", b.String())
	}
}

// width is the number of columns of a text.
func width(s string) int { return utf8.RuneCountInString(escape.ReplaceAllString(s, "")) }

// printable takes out of a text of others what could move the cursor of a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}

// isTerminal says whether a writer is a terminal that may be drawn on.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// takesColor says whether text for a writer may have colours.
func takesColor(w io.Writer) bool { return isTerminal(w) && os.Getenv("NO_COLOR") == "" }
