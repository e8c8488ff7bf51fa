package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/assay-chain/assay/inference-sidecar/oip"
)

// Every command of docs/serving.md prints what the page says that it prints; … in the page stands for anything.
func TestServingPage(t *testing.T) {
	for _, program := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("needs %s: %v", program, err)
		}
	}
	page, err := os.ReadFile("../../docs/serving.md")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens, err := oip.LoadTokens(file)
	if err != nil {
		t.Fatal(err)
	}
	at := start(t, oip.Options{Tokens: tokens})
	here := strings.NewReplacer("/run/assay-sidecar/sidecar.sock", at.restSocket, "http://localhost:8000", "http://"+at.rest)
	dir := t.TempDir()
	commands := commandsOf(string(page))
	if len(commands) < 8 {
		t.Fatalf("expected at least 8 commands, got %d", len(commands))
	}
	for _, c := range commands {
		cmd := exec.CommandContext(t.Context(), "bash", "-c", here.Replace(c.line))
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "TOKEN="+token)
		out, err := cmd.CombinedOutput()
		if got := strings.TrimRight(string(out), "\n"); err != nil || !c.prints(got) {
			t.Errorf("%s\nexpected %s\ngot      %s (%v)", c.line, c.output, got, err)
		}
	}
}

// command is a line of a page with what it prints.
type command struct{ line, output string }

func (c command) prints(got string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(c.output), "…", ".*")
	return regexp.MustCompile("^" + pattern + "$").MatchString(got)
}

// commandsOf reads the console blocks of a page: lines that begin with $ are commands, which a backslash continues.
func commandsOf(page string) []command {
	var all []command
	inside, continued := false, false
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case !inside:
		case continued:
			all[len(all)-1].line += "\n" + line
		case strings.HasPrefix(line, "$ "):
			all = append(all, command{line: line[2:]})
		default:
			last := &all[len(all)-1]
			last.output = strings.TrimPrefix(last.output+"\n"+line, "\n")
		}
		continued = inside && strings.HasSuffix(line, "\\")
	}
	return all
}
