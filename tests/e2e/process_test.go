//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// launch starts a program whose output is appended to a log file. It does not outlive this test process.
func launch(t testing.TB, log, bin string, args ...string) *exec.Cmd {
	t.Helper()
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	defer out.Close()
	cmd := exec.Command(bin, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = endWithParent()
	require.NoError(t, cmd.Start())
	return cmd
}

// end sends the signal and waits for the process to end, by force after a while. It takes nil.
func end(cmd *exec.Cmd, sig syscall.Signal) {
	if cmd == nil || cmd.Process == nil {
		return
	}
	_ = cmd.Process.Signal(sig)
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		<-done
	}
}

// keepLog copies the log of a failed test to build/e2e, since the test's own folder is removed, and shows its last lines.
func keepLog(t testing.TB, owner, log string) {
	if !t.Failed() {
		return
	}
	text, err := os.ReadFile(log)
	if err != nil {
		return // never started
	}
	dir := filepath.Join("..", "..", "build", "e2e", strings.ReplaceAll(t.Name(), "/", "_"))
	kept := filepath.Join(dir, owner+"-"+filepath.Base(log))
	err = os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.WriteFile(kept, text, 0o600)
	}
	if err != nil {
		t.Logf("keep %s: %v", log, err)
	}
	t.Logf("last lines of %s:\n%s", kept, tail(string(text), 8))
}
