package telemetry

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// manager listens as a service manager does.
func manager(t *testing.T, path string) func() string {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return func() string {
		buffer := make([]byte, 1024)
		n, err := conn.Read(buffer)
		require.NoError(t, err)
		return string(buffer[:n])
	}
}

func TestNotify(t *testing.T) {
	t.Run("success: a socket with a path", func(t *testing.T) {
		read := manager(t, filepath.Join(t.TempDir(), "notify"))
		require.NoError(t, Notify(StateReady))
		require.Equal(t, "READY=1", read())
		require.NoError(t, Notify(StateReady+"\n"+StatusLine("height 42\nbehind")))
		require.Equal(t, "READY=1\nSTATUS=height 42; behind", read())
	})
	t.Run("success: an abstract socket", func(t *testing.T) {
		read := manager(t, "@assay-sidecar-test-"+strconv.Itoa(os.Getpid()))
		require.NoError(t, Notify(StateStopping))
		require.Equal(t, "STOPPING=1", read())
	})
	t.Run("success: no service manager", func(t *testing.T) {
		t.Setenv("NOTIFY_SOCKET", "")
		require.NoError(t, Notify(StateReady))
	})
	t.Run("failure: not a path", func(t *testing.T) {
		t.Setenv("NOTIFY_SOCKET", "vsock:2:1234")
		require.ErrorContains(t, Notify(StateReady), `got "vsock:2:1234"`)
	})
	t.Run("failure: nobody there", func(t *testing.T) {
		t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "none"))
		require.ErrorIs(t, Notify(StateReady), os.ErrNotExist)
	})
}

func TestWatchdogInterval(t *testing.T) {
	for name, test := range map[string]struct {
		usec, pid string
		want      time.Duration
	}{
		"success: set":                {"30000000", "", 30 * time.Second},
		"success: for this process":   {"30000000", strconv.Itoa(os.Getpid()), 30 * time.Second},
		"failure: for another":        {"30000000", "1", 0},
		"failure: not set":            {"", "", 0},
		"failure: not a number":       {"soon", "", 0},
		"failure: nothing to wait":    {"0", "", 0},
		"failure: below nothing":      {"-5", "", 0},
		"failure: more than a day":    {"9223372036854775807", "", 0},
		"failure: more than a number": {"92233720368547758070", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("WATCHDOG_USEC", test.usec)
			t.Setenv("WATCHDOG_PID", test.pid)
			require.Equal(t, test.want, WatchdogInterval())
		})
	}
}

func TestWatchdog(t *testing.T) {
	read := manager(t, filepath.Join(t.TempDir(), "notify"))
	t.Setenv("WATCHDOG_USEC", "30000000")
	t.Setenv("WATCHDOG_PID", "")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		calls := 0
		Watchdog(ctx, func() error {
			if calls++; calls == 2 {
				return errors.New("queue: stuck")
			}
			return nil
		})
		require.Equal(t, 3, calls)
	})
	for _, want := range []string{"WATCHDOG=1", "STATUS=queue: stuck", "WATCHDOG=1"} {
		require.Equal(t, want, read())
	}
	t.Setenv("WATCHDOG_USEC", "")
	Watchdog(t.Context(), func() error { t.Fatal("nobody waits"); return nil })
}
