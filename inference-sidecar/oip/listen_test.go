package oip

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

func TestListenUnix(t *testing.T) {
	t.Run("success: mode, address and end", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "s.sock")
		l := listenUnix(t, path)
		info, err := os.Stat(path)
		if err != nil || info.Mode() != fs.ModeSocket|0o660 {
			t.Errorf("got %v, %v", info.Mode(), err)
		}
		if got := l.Addr().String(); got != path || l.Addr().Network() != "unix" {
			t.Errorf("got %q", got)
		}
		if err := errors.Join(l.Close(), l.Close()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("expected no socket, got %v", err)
		}
	})
	t.Run("success: another mode", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "s.sock")
		l, err := ListenUnix(path, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got %v, %v", info.Mode(), err)
		}
	})
	t.Run("success: after a dead process", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "s.sock")
		abandon(t, path)
		abandon(t, path+".new")
		l := listenUnix(t, path)
		defer l.Close()
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	})
	t.Run("failure: in use by us", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "s.sock")
		l := listenUnix(t, path)
		defer l.Close()
		if _, err := ListenUnix(path, 0); !errors.Is(err, ErrSocket) || !errors.Is(err, syscall.EWOULDBLOCK) {
			t.Errorf("got %v", err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	})
	t.Run("failure: in use by another program", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "s.sock")
		other, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if _, err := ListenUnix(path, 0); !errors.Is(err, ErrSocket) {
			t.Errorf("got %v", err)
		}
		if _, err := net.Dial("unix", path); err != nil {
			t.Errorf("the other's socket: %v", err)
		}
	})
	t.Run("failure: not a socket", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "s.sock")
		if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(dir, "link.sock")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{path, link, dir} {
			if _, err := ListenUnix(p, 0); !errors.Is(err, ErrSocket) {
				t.Errorf("%s: got %v", p, err)
			}
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != "precious" {
			t.Errorf("got %q, %v", b, err)
		}
	})
	t.Run("failure: no folder", func(t *testing.T) {
		if _, err := ListenUnix(filepath.Join(t.TempDir(), "none", "s.sock"), 0); !errors.Is(err, ErrSocket) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("failure: name too long", func(t *testing.T) {
		name := string(make([]rune, 120))
		if _, err := ListenUnix(filepath.Join(t.TempDir(), name), 0); !errors.Is(err, ErrSocket) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("success: one of many", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "s.sock")
		abandon(t, path)
		var won atomic.Int32
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				l, err := ListenUnix(path, 0)
				if err == nil {
					won.Add(1)
					t.Cleanup(func() { _ = l.Close() })
				} else if !errors.Is(err, ErrSocket) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := won.Load(); n != 1 {
			t.Errorf("expected one server, got %d", n)
		}
	})
}

// abandon leaves a socket as a process does that is killed.
func abandon(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}
