package ort

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "libonnxruntime.so.1")
	if err := os.WriteFile(file, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, env string
		want      error
	}{
		{"success: names a file", file, nil},
		{"failure: names nothing", filepath.Join(dir, "absent"), ErrNoLibrary},
		{"failure: names a folder", dir, ErrNoLibrary},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(LibraryEnv, tt.env)
			got, err := Find()
			if !errors.Is(err, tt.want) {
				t.Fatalf("expected %v, got %v", tt.want, err)
			}
			if err == nil && got != tt.env {
				t.Errorf("expected %q, got %q", tt.env, got)
			}
			if err != nil && !strings.Contains(err.Error(), LibraryEnv) {
				t.Errorf("expected the error to name %s, got %q", LibraryEnv, err)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	requireLibrary(t)
	if v := Version(); !strings.HasPrefix(v, Series+".") {
		t.Errorf("version: expected %s.x, got %q", Series, v)
	}
	t.Run("success: again", func(t *testing.T) {
		if err := Open(library.path); err != nil {
			t.Error(err)
		}
	})
	t.Run("failure: another library", func(t *testing.T) {
		if err := Open(filepath.Join(t.TempDir(), "other.so")); !errors.Is(err, ErrOpened) {
			t.Errorf("expected %v, got %v", ErrOpened, err)
		}
	})
}

// A process opens one library, so a bad one is tried in a process of its own.
func TestOpenRejectsForeignFile(t *testing.T) {
	const child = "ASSAY_TEST_OPEN"
	if path := os.Getenv(child); path != "" {
		if err := Open(path); !errors.Is(err, ErrNoLibrary) {
			t.Errorf("expected %v, got %v", ErrNoLibrary, err)
		}
		if Version() != "" {
			t.Errorf("version after a failed open: expected none, got %q", Version())
		}
		return
	}
	file := filepath.Join(t.TempDir(), "libonnxruntime.so.1")
	if err := os.WriteFile(file, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	rerun(t, "TestOpenRejectsForeignFile", child+"="+file)
}
