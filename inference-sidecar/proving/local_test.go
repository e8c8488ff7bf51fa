package proving

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/consensys/gnark/backend/groth16"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/proving/provingtest"
	"github.com/assay-chain/assay/zkml/model"
)

func checkerOf(m *provingtest.Model) *checker {
	return &checker{fetch: keysOf(m), keys: map[[32]byte]groth16.VerifyingKey{}}
}

func TestLocal(t *testing.T) {
	m := provingtest.Vibration(t)
	l := local(t, m.Files, LocalOptions{Nice: 19})
	check := checkerOf(m)
	for seed := range 3 {
		j := jobOf(t, seed)
		p, err := l.Prove(t.Context(), j)
		require.NoError(t, err)
		require.NoError(t, check.check(t.Context(), &j, &p))
	}
	pid := l.child.cmd.Process.Pid
	adj, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid))
	require.NoError(t, err)
	require.Equal(t, "1000\n", string(adj))
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	require.NoError(t, err)
	require.NotEmpty(t, threads)
	for _, thread := range threads {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/stat", pid, thread.Name()))
		require.NoError(t, err)
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+2:]))
		require.Equal(t, "19", fields[16], "nice, the 19th field")
	}
}

// stalled returns a Local whose child does not go on: a proof is under way for as long as the test likes.
func stalled(t *testing.T) *Local {
	t.Helper()
	l := local(t, provingtest.Vibration(t).Files, LocalOptions{})
	_, err := l.Prove(t.Context(), jobOf(t, 0))
	require.NoError(t, err)
	require.NoError(t, l.child.cmd.Process.Signal(syscall.SIGSTOP))
	return l
}

func TestLocalChildKilled(t *testing.T) {
	l := stalled(t)
	child := l.child.cmd.Process
	failed := make(chan error)
	go func() {
		_, err := l.Prove(t.Context(), jobOf(t, 1))
		failed <- err
	}()
	require.NoError(t, child.Signal(syscall.SIGKILL))
	require.ErrorIs(t, <-failed, ErrProver)
	j := jobOf(t, 1)
	p, err := l.Prove(t.Context(), j)
	require.NoError(t, err, "another child")
	require.NoError(t, checkerOf(provingtest.Vibration(t)).check(t.Context(), &j, &p))
	require.NotEqual(t, child.Pid, l.child.cmd.Process.Pid)
}

func TestLocalCalledOff(t *testing.T) {
	t.Run("success: cancelled", func(t *testing.T) {
		l := stalled(t)
		child := l.child
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		_, err := l.Prove(ctx, jobOf(t, 1))
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, ErrProver)
		require.NotNil(t, child.cmd.ProcessState, "it was killed")
		_, err = l.Prove(t.Context(), jobOf(t, 1))
		require.NoError(t, err)
	})
	t.Run("failure: too slow", func(t *testing.T) {
		l := stalled(t)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := l.Prove(ctx, jobOf(t, 1))
		require.ErrorIs(t, err, ErrProver)
	})
	t.Run("success: waits for its turn no longer than its ctx", func(t *testing.T) {
		l := local(t, provingtest.Vibration(t).Files, LocalOptions{})
		<-l.turn
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := l.Prove(ctx, jobOf(t, 1))
		require.ErrorIs(t, err, context.Canceled)
		l.turn <- struct{}{}
	})
}

func TestLocalIdle(t *testing.T) {
	l := local(t, provingtest.Vibration(t).Files, LocalOptions{Idle: time.Millisecond})
	_, err := l.Prove(t.Context(), jobOf(t, 0))
	require.NoError(t, err)
	ended := func() bool {
		<-l.turn
		defer func() { l.turn <- struct{}{} }()
		return l.child == nil
	}
	require.Eventually(t, ended, 10*time.Second, time.Millisecond)
	_, err = l.Prove(t.Context(), jobOf(t, 1))
	require.NoError(t, err)
}

func TestLocalClosed(t *testing.T) {
	l := local(t, provingtest.Vibration(t).Files, LocalOptions{})
	require.NoError(t, l.Close())
	_, err := l.Prove(t.Context(), jobOf(t, 0))
	require.ErrorIs(t, err, ErrUnavailable)
}

func TestLocalNoCommand(t *testing.T) {
	l, err := NewLocal(provingtest.Vibration(t).Files, LocalOptions{Command: []string{filepath.Join(t.TempDir(), "absent")}})
	require.NoError(t, err)
	_, err = l.Prove(t.Context(), jobOf(t, 0))
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// A child that says something else than an answer is a prover that gave none.
func TestLocalNonsense(t *testing.T) {
	for name, script := range map[string]string{
		"failure: ends":          "exit 3",
		"failure: says why":      "echo no memory for this >&2; exit 1",
		"failure: noise":         "head -c 100 /dev/zero; cat >/dev/null",
		"failure: a huge frame":  `printf '\377\377\377\377'; cat >/dev/null`,
		"failure: a short frame": `printf '\000\000\000\011abc'`,
	} {
		t.Run(name, func(t *testing.T) {
			l, err := NewLocal(provingtest.Vibration(t).Files, LocalOptions{Command: []string{"/bin/sh", "-c", script}})
			require.NoError(t, err)
			_, err = l.Prove(t.Context(), jobOf(t, 0))
			require.True(t, errors.Is(err, ErrProver) || errors.Is(err, ErrUnavailable), err)
			require.NoError(t, l.Close())
		})
	}
}

// withFile replaces one artifact of a job by other content, digests included.
func withFile(t *testing.T, j *Job, files provingtest.Files, name string, data []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	list := append([]artifacts.Artifact(nil), j.Artifacts...)
	for i := range list {
		if list[i].Name == name {
			list[i].Digest, list[i].Size = sha256.Sum256(data), int64(len(data))
			files[list[i].Digest] = path
		}
	}
	j.Artifacts = list
}

func TestLocalRefuses(t *testing.T) {
	m := provingtest.Vibration(t)
	files := provingtest.Files{}
	for digest, path := range m.Files {
		files[digest] = path
	}
	_, keyArtifact, err := new(jobOf(t, 0)).files()
	require.NoError(t, err)
	key, err := os.ReadFile(m.Files[keyArtifact.Digest])
	require.NoError(t, err)
	head := func(domain uint64) []byte {
		k := bytes.Clone(key)
		binary.BigEndian.PutUint64(k, domain)
		return k
	}
	l := local(t, files, LocalOptions{Memory: 256 << 20})
	for _, tc := range []struct {
		name   string
		change func(j *Job)
		want   error
	}{
		{"failure: no proving key", func(j *Job) { j.Artifacts = j.Artifacts[:1] }, ErrArtifact},
		{"failure: not fetched", func(j *Job) { j.Artifacts = append(j.Artifacts[:1:1], artifacts.Artifact{Name: model.ProvingFile}) }, artifacts.ErrFetch},
		{"failure: short device", func(j *Job) { j.Device = nil }, ErrJob},
		{"failure: long input", func(j *Job) { j.Input = append(bytes.Clone(j.Input), 0) }, ErrJob},
		{"failure: another circuit", func(j *Job) { j.CircuitDigest[0] ^= 1 }, ErrCircuit},
		{"failure: not a canonical file", func(j *Job) { j.CircuitDigest[0] ^= 1; withFile(t, j, files, model.CanonicalFile, []byte("text")) }, ErrCircuit},
		{"failure: not a key", func(j *Job) { withFile(t, j, files, model.ProvingFile, bytes.Repeat([]byte("text"), 100)) }, ErrArtifact},
		{"failure: a short key", func(j *Job) { withFile(t, j, files, model.ProvingFile, key[:50]) }, ErrArtifact},
		{"failure: half a key", func(j *Job) { withFile(t, j, files, model.ProvingFile, key[:len(key)/2]) }, ErrArtifact},
		{"failure: a key of a huge circuit", func(j *Job) { withFile(t, j, files, model.ProvingFile, head(1<<26)) }, ErrMemory},
		{"failure: a key of another circuit", func(j *Job) { withFile(t, j, files, model.ProvingFile, head(1<<10)) }, ErrJob},
		{"failure: a file that changed since", func(j *Job) {
			withFile(t, j, files, model.ProvingFile, append(bytes.Clone(key), 1))
			_, a, _ := j.files()
			require.NoError(t, os.WriteFile(files[a.Digest], append(bytes.Clone(key), 2), 0o600))
		}, ErrProver},
	} {
		t.Run(tc.name, func(t *testing.T) {
			j := jobOf(t, 0)
			tc.change(&j)
			_, err := l.Prove(t.Context(), j)
			require.ErrorIs(t, err, tc.want)
			_, err = l.Prove(t.Context(), jobOf(t, 0))
			require.NoError(t, err, "and goes on")
		})
	}
}

// A key that makes gnark allocate without bounds kills the child, and nothing else.
func TestLocalHostileKey(t *testing.T) {
	m := provingtest.Vibration(t)
	j := jobOf(t, 0)
	_, a, err := j.files()
	require.NoError(t, err)
	key, err := os.ReadFile(m.Files[a.Digest])
	require.NoError(t, err)
	binary.BigEndian.PutUint32(key[firstPoint+3*64:], 1<<24) // points A: a gigabyte
	files := provingtest.Files{}
	for digest, path := range m.Files {
		files[digest] = path
	}
	withFile(t, &j, files, model.ProvingFile, key)
	l := local(t, files, LocalOptions{Memory: 128 << 20})
	_, err = l.Prove(t.Context(), j)
	require.ErrorIs(t, err, ErrProver)
	_, err = l.Prove(t.Context(), jobOf(t, 0))
	require.NoError(t, err)
}

// parentEnv makes the test binary start a child as a sidecar does, tell its process id, and hang.
const parentEnv = "ASSAY_TEST_PROVE_PARENT"

func parent() error {
	l, err := NewLocal(provingtest.Files{}, LocalOptions{Command: []string{os.Args[0]}})
	if err != nil {
		return err
	}
	if err := os.Setenv(childEnv, "1"); err != nil {
		return err
	}
	if err := l.wake(); err != nil {
		return err
	}
	fmt.Println(l.child.cmd.Process.Pid)
	select {}
}

// A child does not outlive a sidecar that was killed.
func TestLocalParentKilled(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), parentEnv+"=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	gone := func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return err != nil || bytes.Contains(stat, []byte(") Z ")) // nobody may be there to wait for it
	}
	require.Eventually(t, gone, 10*time.Second, time.Millisecond)
}

func TestServeRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"failure: nothing": "", "failure: not a frame": "\x00", "failure: not a configuration": "\x00\x00\x00\x01x",
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, Serve(strings.NewReader(in), io.Discard))
		})
	}
}

func TestNewLocalRefuses(t *testing.T) {
	for _, o := range []LocalOptions{{Memory: MinMemory - 1}, {Nice: 20}, {Nice: -1}, {Threads: -1}, {Idle: -1}} {
		_, err := NewLocal(nil, o)
		require.Error(t, err, "%+v", o)
	}
}

// BenchmarkProveVibration compares a proof in this process with one in a child, which costs the way there and back.
func BenchmarkProveVibration(b *testing.B) {
	j := jobOf(b, 0)
	b.Run("in process", func(b *testing.B) {
		c := newCircuits(1 << 30)
		r := requestOf(j)
		for b.Loop() {
			_, err := c.prove(r)
			require.NoError(b, err)
		}
	})
	b.Run("child", func(b *testing.B) {
		l := local(b, provingtest.Vibration(b).Files, LocalOptions{})
		_, err := l.Prove(b.Context(), j)
		require.NoError(b, err)
		for b.Loop() {
			_, err := l.Prove(b.Context(), j)
			require.NoError(b, err)
		}
	})
	b.Run("child from cold", func(b *testing.B) {
		l := local(b, provingtest.Vibration(b).Files, LocalOptions{})
		for b.Loop() {
			_, err := l.Prove(b.Context(), j)
			require.NoError(b, err)
			<-l.turn
			l.dismiss()
			l.turn <- struct{}{}
		}
	})
}
