package oip

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrSocket is a path that cannot become a Unix socket.
var ErrSocket = errors.New("unix socket")

// DefaultSocketMode lets the owner and the group of a socket connect.
const DefaultSocketMode fs.FileMode = 0o660

// ListenUnix listens on a Unix socket with the given mode; 0 is DefaultSocketMode. A socket that a dead process left is
// replaced; one that answers, or a file of another kind, is not touched. Of servers that start at once exactly one gets
// the path: a lock file beside it, path.lock, is held while the socket lives and outlives it. The folder must exist.
func ListenUnix(path string, mode fs.FileMode) (net.Listener, error) {
	or(&mode, DefaultSocketMode)
	lock, err := lockSocket(path)
	if err != nil {
		return nil, err
	}
	l, err := bindSocket(path, mode)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &unixListener{UnixListener: l, path: path, lock: lock}, nil
}

func lockSocket(path string) (*os.File, error) {
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w %q: lock: %w", ErrSocket, path, err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w %q: another server has it: %w", ErrSocket, path, err), lock.Close())
	}
	return lock, nil
}

// bindSocket makes the socket under another name, and moves it when its mode is right.
func bindSocket(path string, mode fs.FileMode) (*net.UnixListener, error) {
	if err := checkReplaceable(path); err != nil {
		return nil, err
	}
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w %q: %w", ErrSocket, path, err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("%w %q: %w", ErrSocket, path, err)
	}
	l.SetUnlinkOnClose(false)
	if err = os.Chmod(fresh, mode); err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w %q: %w", ErrSocket, path, err), l.Close(), os.Remove(fresh))
	}
	return l, nil
}

// checkReplaceable is nil where the path is free or holds a socket that nobody listens on.
func checkReplaceable(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%w %q: %w", ErrSocket, path, err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%w %q: expected a socket or nothing, got %s", ErrSocket, path, info.Mode())
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		return errors.Join(fmt.Errorf("%w %q: a process answers there", ErrSocket, path), c.Close())
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w %q: expected nobody to listen, got %w", ErrSocket, path, err)
	}
	return nil
}

// unixListener takes its socket away when it closes.
type unixListener struct {
	*net.UnixListener
	path string
	lock *os.File
	once sync.Once
	err  error
}

// Addr names the socket where callers find it.
func (l *unixListener) Addr() net.Addr {
	path, err := filepath.Abs(l.path)
	if err != nil {
		path = l.path
	}
	return &net.UnixAddr{Name: path, Net: "unix"}
}

// Close removes the socket while the lock still keeps others from making theirs.
func (l *unixListener) Close() error {
	l.once.Do(func() {
		remove := os.Remove(l.path)
		if errors.Is(remove, fs.ErrNotExist) {
			remove = nil
		}
		l.err = errors.Join(l.UnixListener.Close(), remove, l.lock.Close())
	})
	return l.err
}

// limit returns a listener that gives out at most n connections at once. The next one waits, accepted, until one of them
// closes; the kernel holds those behind it, up to its own bound.
func limit(l net.Listener, n int) *limitedListener {
	return &limitedListener{Listener: l, slots: make(chan struct{}, n), closed: make(chan struct{})}
}

type limitedListener struct {
	net.Listener
	slots   chan struct{}
	crowded atomic.Bool // a connection waits
	closed  chan struct{}
	once    sync.Once
	err     error
}

func (l *limitedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	select {
	case l.slots <- struct{}{}:
		return &limitedConn{Conn: c, slots: l.slots}, nil
	default:
	}
	l.crowded.Store(true)
	defer l.crowded.Store(false)
	select {
	case l.slots <- struct{}{}:
		return &limitedConn{Conn: c, slots: l.slots}, nil
	case <-l.closed:
		return nil, errors.Join(net.ErrClosed, c.Close())
	}
}

func (l *limitedListener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.err = l.Listener.Close()
	})
	return l.err
}

// limitedConn gives its slot back when it is first closed.
type limitedConn struct {
	net.Conn
	slots chan struct{}
	once  sync.Once
}

func (c *limitedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { <-c.slots })
	return err
}

// CloseWrite ends what we send and leaves what we get. net/http does so before it closes on a caller that still sends,
// so that the caller can read why.
func (c *limitedConn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}
