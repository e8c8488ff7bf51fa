package artifacts

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A child process downloads, and is killed in the middle of it; the next process goes on where it ended.
func TestKilledDownloadIsResumed(t *testing.T) {
	const childDir, childURL = "ASSAY_TEST_STORE", "ASSAY_TEST_URL"
	data := content(4 << 20)
	if dir := os.Getenv(childDir); dir != "" {
		s := open(t, dir, hasty())
		_, err := s.Fetch(t.Context(), artifact(data, os.Getenv(childURL)))
		t.Fatalf("expected to be killed, got %v", err)
	}
	var sent atomic.Int64
	half := make(chan struct{})
	server := handle(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			w.Header().Set("ETag", `"a"`)
			_, _ = w.Write(data[:2<<20])
			_ = http.NewResponseController(w).Flush()
			close(half)
			<-r.Context().Done()
			return
		}
		if r.Header.Get("If-Range") != `"a"` {
			t.Errorf("expected a condition, got %q", r.Header.Get("If-Range"))
		}
		w.Header().Set("ETag", `"a"`)
		http.ServeContent(counting{w, &sent}, r, "", time.Time{}, bytes.NewReader(data))
	})
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledDownloadIsResumed$")
	child.Env = append(os.Environ(), childDir+"="+dir, childURL+"="+server.URL)
	var output strings.Builder
	child.Stdout, child.Stderr = &output, &output
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	<-half
	a := artifact(data, server.URL)
	path := filepath.Join(dir, partialFolder, a.hex())
	for fileSize(path) < 1<<20 {
		time.Sleep(time.Millisecond)
	}
	if err := child.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatalf("expected to be killed\n%s", output.String())
	}
	got := fileSize(path)
	mustFetch(t, open(t, dir, hasty()), a, data)
	if want := int64(len(data)) - got; sent.Load() != want {
		t.Errorf("expected the %d bytes that were missing to be sent, got %d", want, sent.Load())
	}
}

type counting struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c counting) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return c.ResponseWriter.Write(p)
}

// Whatever a crash leaves as a partial file, the artifact arrives, and whole.
func TestPartialFilesOfACrash(t *testing.T) {
	data := content(100 << 10)
	server := serve(t, data)
	a := artifact(data, server.URL)
	for name, left := range map[string][]byte{
		"empty":                    {},
		"a beginning":              data[:1000],
		"all but committed":        data,
		"zeros in place of blocks": append(bytes.Clone(data[:40<<10]), make([]byte, 20<<10)...),
		"more than there is":       append(bytes.Clone(data), 1),
		"other bytes":              content(50 << 10),
	} {
		for origin, text := range map[string]string{
			"":        "",
			" intact": `{"uri":"` + server.URL + `","validator":"\"a\""}`,
			" broken": `{"uri":`,
		} {
			t.Run(name+origin, func(t *testing.T) {
				dir := t.TempDir()
				path := (&Store{dir: dir}).partialPath(a.Digest)
				write(t, path, left)
				if text != "" {
					write(t, path+positionSuffix, []byte(text))
				}
				mustFetch(t, open(t, dir, hasty()), a, data)
			})
		}
	}
}

func FuzzOrigin(f *testing.F) {
	f.Add([]byte(`{"uri":"https://example.org/x","validator":"\"a\""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "origin")
		write(t, path, text)
		o := readOrigin(path)
		if err := writeOrigin(path, o); err != nil {
			t.Fatal(err)
		}
		if again := readOrigin(path); again != o {
			t.Fatalf("expected %+v, got %+v", o, again)
		}
	})
}
