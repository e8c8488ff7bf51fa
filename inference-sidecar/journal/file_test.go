package journal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// The test binary acts as a process of its own where one of these names the journal.
const (
	appendEnv = "ASSAY_TEST_JOURNAL_APPEND" // appends until it is killed
	fullEnv   = "ASSAY_TEST_JOURNAL_FULL"   // appends until the disk is full, and goes on
)

func TestMain(m *testing.M) {
	var err error
	switch {
	case os.Getenv(appendEnv) != "":
		err = appendForEver(os.Getenv(appendEnv))
	case os.Getenv(fullEnv) != "":
		err = fillDisk(os.Getenv(fullEnv))
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func process(t *testing.T, env, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), env+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// appendForEver prints the id of each entry when, and only when, Append has acknowledged it or Proved has.
func appendForEver(path string) error {
	j, err := Open(path, Options{MaxEntries: MaxEntries})
	if err != nil {
		return err
	}
	last, errs := j.Stats().Entries, make(chan error)
	for lane := range 8 {
		go func() {
			for n := last*8 + lane; ; n += 8 {
				e := requested(n)
				e.ID[4] = byte(last)
				if err := j.Append(context.Background(), e); err != nil {
					errs <- err
				}
				fmt.Printf("appended %s %d\n", e.ID, n)
				if n%3 == 0 {
					if err := j.Proved(context.Background(), e.ID, proof); err != nil {
						errs <- err
					}
					fmt.Printf("proved %s %d\n", e.ID, n)
				}
			}
		}()
	}
	return <-errs
}

func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	type state struct {
		n      int
		proved bool
	}
	acknowledged := map[string]state{}
	for round := range 5 {
		cmd := process(t, appendEnv, path)
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for seen := 0; lines.Scan(); seen++ { // what is in the pipe after the kill counts too
			var what, id string
			var n int
			_, err := fmt.Sscanf(lines.Text(), "%s %s %d", &what, &id, &n)
			require.NoError(t, err)
			acknowledged[id] = state{n, what == "proved" || acknowledged[id].proved}
			if seen == 20+37*round {
				require.NoError(t, cmd.Process.Kill())
			}
		}
		require.Error(t, cmd.Wait(), "killed")
		j, err := Open(path, Options{MaxEntries: MaxEntries})
		require.NoError(t, err)
		require.Empty(t, j.Damage())
		for id, want := range acknowledged {
			var raw ID
			_, err := hex.Decode(raw[:], []byte(id))
			require.NoError(t, err)
			r, err := j.Find(raw)
			require.NoError(t, err, "acknowledged and lost")
			require.Equal(t, requested(want.n).Input, r.Input)
			require.True(t, r.State == Proved || r.State == Pending && !want.proved || r.State == Pending, r.State)
			if want.proved {
				require.Equal(t, Proved, r.State, "the proof was acknowledged")
			}
		}
		require.NoError(t, j.Close())
	}
	require.Greater(t, len(acknowledged), 100)
}

// fillDisk runs under a limit of the size of files: the kernel refuses to write, as it does on a full disk.
func fillDisk(path string) error {
	j, err := Open(path, Options{MaxBytes: 1 << 30, unsynced: true})
	if err != nil {
		return err
	}
	limit := unix.Rlimit{Cur: 8 << 20, Max: unix.RLIM_INFINITY}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	n := 0
	for ; err == nil && n < 100; n++ {
		err = j.Append(context.Background(), big(1<<20, requested(n)))
	}
	fmt.Printf("refused %d: %v\n", n-1, err)
	for i := range n - 1 { // what is there can be read
		if _, err := j.Find(requested(i).ID); err != nil {
			return fmt.Errorf("find %d: %w", i, err)
		}
	}
	if err := j.Append(context.Background(), big(1<<20, requested(n-1))); err == nil {
		return fmt.Errorf("expected another refusal")
	}
	limit.Cur = unix.RLIM_INFINITY
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if err := j.Append(context.Background(), big(1<<20, requested(n-1))); err != nil {
		return fmt.Errorf("after room was made: %w", err)
	}
	return j.Close()
}

func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	out, err := process(t, fullEnv, path).Output()
	require.NoError(t, err)
	var n int
	_, err = fmt.Sscanf(string(out), "refused %d: ", &n)
	require.NoError(t, err)
	require.Contains(t, string(out), "file too large")
	require.Greater(t, n, 2)
	j := openAt(t, path, Options{MaxBytes: 1 << 30})
	require.Empty(t, j.Damage())
	require.Equal(t, n+1, j.Stats().Entries)
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	openAt(t, path, Options{})
	_, err := Open(path, Options{})
	require.ErrorIs(t, err, ErrLocked)
}

// filled makes a journal of some entries and returns its bytes.
func filled(t *testing.T, path string) []byte {
	t.Helper()
	j, err := Open(path, Options{unsynced: true})
	require.NoError(t, err)
	for n := range 40 {
		require.NoError(t, j.Append(t.Context(), big(3000, entry(n))))
	}
	require.NoError(t, j.Close())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func TestCorruptFile(t *testing.T) {
	good := filled(t, filepath.Join(t.TempDir(), "journal"))
	page := os.Getpagesize()
	for name, damage := range map[string]func(b []byte) []byte{
		"not a database":        func([]byte) []byte { return bytes.Repeat([]byte("text"), 10000) },
		"a few bytes":           func(b []byte) []byte { return b[:100] },
		"cut to half":           func(b []byte) []byte { return b[:len(b)/2] },
		"cut to its head":       func(b []byte) []byte { return b[:2*page] },
		"both heads gone":       func(b []byte) []byte { clear(b[:2*page]); return b },
		"everything after head": func(b []byte) []byte { clear(b[2*page:]); return b },
		"noise after head": func(b []byte) []byte {
			for i := 2 * page; i < len(b); i++ {
				b[i] = byte(i * i >> 3)
			}
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "journal")
			bad := damage(bytes.Clone(good))
			require.NoError(t, os.WriteFile(path, bad, 0o600))
			j := openAt(t, path, Options{})
			require.NotEmpty(t, j.Damage())
			require.Equal(t, j.Damage(), j.Stats().Damage)
			kept, err := os.ReadFile(j.Damage())
			require.NoError(t, err)
			require.True(t, bytes.Equal(bad, kept), "the old file is kept as it was")
			require.NoError(t, j.Append(t.Context(), entry(1)))
			require.Equal(t, entry(1).ID, next(t, j).ID)
		})
	}
}

// Whatever single page is damaged, Open does not die, and what it hands out is what was appended.
func TestCorruptPages(t *testing.T) {
	good := filled(t, filepath.Join(t.TempDir(), "journal"))
	page := os.Getpagesize()
	path := filepath.Join(t.TempDir(), "journal")
	aside := 0
	for at := 0; at+page <= len(good); at += page {
		for _, fill := range []byte{0, 0xff, 0x5a} {
			bad := bytes.Clone(good)
			copy(bad[at:at+page], bytes.Repeat([]byte{fill}, page))
			require.NoError(t, os.WriteFile(path, bad, 0o600))
			j, err := Open(path, Options{unsynced: true})
			require.NoError(t, err, "page %d", at/page)
			if j.Damage() != "" {
				aside++
				require.NoError(t, os.Remove(j.Damage()))
			}
			for it, _ := j.index.pick(epoch); it != nil; it, _ = j.index.pick(epoch) { // Next, which does not wait
				j.index.lease(it)
				r, err := j.handOut(t.Context(), it)
				if r == nil && err == nil {
					continue // it is damaged
				}
				if err != nil {
					require.ErrorIs(t, err, ErrCorrupt)
					require.Error(t, j.Stats().Broken)
					break
				}
				n := int(r.ID[0])
				want := big(3000, entry(n))
				require.True(t, bytes.Equal(want.Input, r.Input) && bytes.Equal(want.Output, r.Output), n)
			}
			require.NoError(t, j.Close())
			_ = os.Remove(path + brokenSuffix)
		}
	}
	require.Positive(t, aside)
}

func TestBrokenInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	filled(t, path)
	j, err := Open(path, Options{unsynced: true})
	require.NoError(t, err)
	require.NoError(t, os.Truncate(path, int64(4*os.Getpagesize()))) // under its feet
	for err == nil {
		_, err = j.Next(t.Context())
	}
	require.ErrorIs(t, err, ErrCorrupt)
	require.ErrorIs(t, j.Append(t.Context(), entry(99)), ErrCorrupt)
	require.ErrorIs(t, j.Stats().Broken, ErrCorrupt)
	require.NoError(t, j.Close())
	j = openAt(t, path, Options{})
	require.NotEmpty(t, j.Damage())
	require.NoFileExists(t, path+brokenSuffix)
	require.NoError(t, j.Append(t.Context(), entry(1)))
}

func TestAsideBounded(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal")
	clock := &clock{epoch}
	for range maxAside + 3 {
		clock.now = clock.now.Add(time.Second)
		require.NoError(t, os.WriteFile(path, []byte("damaged"), 0o600))
		j, err := Open(path, Options{Now: clock.Now, unsynced: true})
		require.NoError(t, err)
		require.NoError(t, j.Close())
	}
	kept, err := filepath.Glob(path + ".corrupt-*")
	require.NoError(t, err)
	require.Len(t, kept, maxAside)
	require.True(t, strings.HasSuffix(kept[maxAside-1], "120007.000000000Z"), kept)
}

func TestForeignDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("somebody's")); return err }))
	require.NoError(t, db.Close())
	_, err = Open(path, Options{})
	require.ErrorIs(t, err, ErrFormat)
}

func TestNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Open(filepath.Join(file, "journal"), Options{})
	require.Error(t, err)
	_, err = Open(t.TempDir(), Options{}) // a folder where the file should be
	require.Error(t, err)
}
