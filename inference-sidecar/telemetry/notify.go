package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// States for Notify, of the sd_notify protocol. Several go in one call, one a line.
const (
	StateReady     = "READY=1"
	StateReloading = "RELOADING=1"
	StateStopping  = "STOPPING=1"
	stateAlive     = "WATCHDOG=1"
)

// notifyTimeout bounds a notification to a service manager that does not read.
const notifyTimeout = time.Second

// Notify tells the service manager a state, such as StateReady or "STATUS=catching up". Where there is none it does nothing.
func Notify(state string) error {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	if path[0] != '/' && path[0] != '@' { // '@' is the abstract namespace, in Go's notation too
		return fmt.Errorf("notify the service manager: expected NOTIFY_SOCKET to be a path or begin with '@', got %q", path)
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("notify the service manager: %w", err)
	}
	_ = conn.SetWriteDeadline(time.Now().Add(notifyTimeout)) // a socket just opened takes a deadline
	_, err = conn.Write([]byte(state))
	return errors.Join(err, conn.Close())
}

// StatusLine is a state for Notify that `systemctl status` shows.
func StatusLine(text string) string { return "STATUS=" + strings.ReplaceAll(text, "\n", "; ") }

// WatchdogInterval is how long the service manager waits for a sign of life of this process before it is restarted; 0 where
// it does not.
func WatchdogInterval() time.Duration {
	micros, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if err != nil || micros <= 0 || micros > int64(24*time.Hour/time.Microsecond) {
		return 0
	}
	if pid := os.Getenv("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	return time.Duration(micros) * time.Microsecond
}

// Watchdog gives the service manager a sign of life in time, as long as alive returns, and returns nil, until the context
// ends. Where nobody waits for one it returns at once. alive should go through what must not be stuck.
func Watchdog(ctx context.Context, alive func() error) {
	interval := WatchdogInterval()
	if interval == 0 {
		return
	}
	ticker := time.NewTicker(interval / 3)
	defer ticker.Stop()
	for {
		// A notification that is lost is made up for by the next.
		if err := alive(); err == nil {
			_ = Notify(stateAlive)
		} else {
			_ = Notify(StatusLine(err.Error()))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
