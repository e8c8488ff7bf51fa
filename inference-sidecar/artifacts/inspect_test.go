package artifacts

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestInspect(t *testing.T) {
	dir := t.TempDir()
	if u, err := Inspect(filepath.Join(dir, "none")); err != nil || u != (Usage{}) {
		t.Fatalf("no store: expected nothing, got %+v, %v", u, err)
	}
	if used, err := InUse(dir); used || err != nil {
		t.Fatalf("no store: expected it not to be in use, got %v, %v", used, err)
	}
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("model"), 100)
	a := Artifact{Name: "canonical.onnx", Digest: sha256.Sum256(content), Size: int64(len(content))}
	if err := Verify(dir, a); !errors.Is(err, ErrMissing) {
		t.Fatalf("expected ErrMissing, got %v", err)
	}
	path := Path(dir, a.Digest)
	write := func(data []byte) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write(content)
	if err := Verify(dir, a); err != nil {
		t.Fatal(err)
	}
	if u, err := Inspect(dir); err != nil || u.Blobs != 1 || u.Bytes != a.Size {
		t.Fatalf("expected one file of %d bytes, got %+v, %v", a.Size, u, err)
	}
	for name, rotten := range map[string][]byte{"cut": content[1:], "other bytes": bytes.ToUpper(content)} {
		write(rotten)
		if err := Verify(dir, a); !errors.Is(err, ErrDigest) {
			t.Errorf("%s: expected ErrDigest, got %v", name, err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: expected the file to stay: %v", name, err)
		}
	}
	if used, err := InUse(dir); !used || err != nil {
		t.Errorf("open store: expected it to be in use, got %v, %v", used, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if used, err := InUse(dir); used || err != nil {
		t.Errorf("closed store: expected it not to be in use, got %v, %v", used, err)
	}
}
