package artifacts

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// errSlow ends a download that is too slow to wait for.
var errSlow = errors.New("too slow")

// watchdog ends a context when fewer bytes than the least arrive within a window. It limits how slow a server may be,
// not how long a download takes.
type watchdog struct {
	arrived atomic.Int64
	timer   *time.Timer
	cancel  context.CancelCauseFunc
}

// watch starts a watchdog; stop ends it and its context.
func watch(ctx context.Context, window time.Duration, least int64) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watchdog{cancel: cancel}
	armed := make(chan struct{})
	w.timer = time.AfterFunc(window, func() {
		<-armed
		if n := w.arrived.Swap(0); n < least {
			cancel(fmt.Errorf("%w: expected at least %d bytes in %s, got %d", errSlow, least, window, n))
			return
		}
		w.timer.Reset(window)
	})
	close(armed)
	return ctx, w
}

// Write counts bytes; a file that is hashed again counts too.
func (w *watchdog) Write(p []byte) (int, error) {
	w.arrived.Add(int64(len(p)))
	return len(p), nil
}

func (w *watchdog) stop() {
	w.cancel(context.Canceled)
	w.timer.Stop()
}
