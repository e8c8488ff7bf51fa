package artifacts

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func fileURI(path string) string { return (&url.URL{Scheme: "file", Path: path}).String() }

func TestFetchFromFiles(t *testing.T) {
	data := content(10 << 10)
	root, outside := t.TempDir(), t.TempDir()
	o := hasty()
	o.FileRoots = []string{filepath.Join(outside, "absent"), root}
	write(t, filepath.Join(root, "a model", "canonical.onnx"), data)
	write(t, filepath.Join(outside, "secret"), data)
	fifo, link, inside := filepath.Join(root, "fifo"), filepath.Join(root, "link"), filepath.Join(root, "inside")
	if err := errors.Join(
		syscall.Mkfifo(fifo, 0o600),
		os.Symlink(filepath.Join(outside, "secret"), link),
		os.Symlink(filepath.Join("a model", "canonical.onnx"), inside),
		os.Symlink("/dev/zero", filepath.Join(root, "zero")),
	); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		uri  string
		want error
	}{
		"success: a file":                  {fileURI(filepath.Join(root, "a model", "canonical.onnx")), nil},
		"success: of localhost":            {"file://localhost" + filepath.Join(root, "a%20model", "canonical.onnx"), nil},
		"success: a link within the root":  {fileURI(inside), nil},
		"failure: outside":                 {fileURI(filepath.Join(outside, "secret")), ErrURI},
		"failure: out by dots":             {"file://" + root + "/../" + filepath.Base(outside) + "/secret", ErrURI},
		"failure: out by a link":           {fileURI(link), ErrFetch},
		"failure: a device behind a link":  {fileURI(filepath.Join(root, "zero")), ErrFetch},
		"failure: a pipe":                  {fileURI(fifo), ErrURI},
		"failure: a folder":                {fileURI(root), ErrURI},
		"failure: absent":                  {fileURI(filepath.Join(root, "absent")), ErrFetch},
		"failure: relative":                {"file:canonical.onnx", ErrURI},
		"failure: of another host":         {"file://other" + inside, ErrURI},
		"failure: the root's name is more": {fileURI(root + "x"), ErrURI},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, t.TempDir(), o)
			a := artifact(data, tt.uri)
			_, err := s.Fetch(t.Context(), a)
			if !errors.Is(err, tt.want) {
				t.Fatalf("expected %v, got %v", tt.want, err)
			}
			if s.Has(a) != (tt.want == nil) {
				t.Errorf("in the store: expected %v", tt.want == nil)
			}
		})
	}
	t.Run("failure: another size", func(t *testing.T) {
		s := open(t, t.TempDir(), o)
		a := artifact(content(9<<10), fileURI(inside))
		if _, err := s.Fetch(t.Context(), a); !errors.Is(err, ErrDigest) {
			t.Errorf("expected ErrDigest, got %v", err)
		}
	})
	t.Run("success: resumed", func(t *testing.T) {
		dir := t.TempDir()
		a := artifact(data, fileURI(inside))
		write(t, (&Store{dir: dir}).partialPath(a.Digest), data[:5000])
		mustFetch(t, open(t, dir, o), a, data)
	})
}
