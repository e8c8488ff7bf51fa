package ort

import (
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// rerun runs one test again in a process of its own, with an environment variable that tells it so.
func rerun(t *testing.T, test, env string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), env)
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.ENOEXEC) {
		t.Skipf("needs to start itself, which an emulated program cannot: %v", err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// fake compiles a library that says it is of the given version, with versioned symbols or without. It
// has no API to give, as ONNX Runtime has none for a caller newer than itself.
func fake(t *testing.T, version string, versioned bool) string {
	t.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skipf("needs a C compiler: %v", err)
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "fake.c")
	library := filepath.Join(dir, libraryName)
	script := filepath.Join(dir, "fake.map")
	code := `struct base { const void *(*api)(unsigned); const char *(*version)(void); };
static const void *api(unsigned v) { return 0; }
static const char *version(void) { return "` + version + `"; }
static struct base base = { api, version };
struct base *OrtGetApiBase(void) { return &base; }
`
	args := []string{"-shared", "-fPIC", "-o", library, source}
	if versioned {
		args = append(args, "-Wl,--version-script="+script)
	}
	for name, content := range map[string]string{
		source: code, script: "VERS_" + version + " { global: OrtGetApiBase; local: *; };\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		t.Skipf("needs a C compiler that links: %v\n%s", err, out)
	}
	if file, err := elf.Open(library); err != nil || file.Machine != machines[runtime.GOARCH] {
		t.Skipf("needs a C compiler for %s: %v", runtime.GOARCH, err)
	}
	return library
}

func TestInspect(t *testing.T) {
	foreign := map[string]string{"amd64": "arm64", "arm64": "amd64"}[runtime.GOARCH]
	other := filepath.Join("..", "..", "build", "ort", foreign, libraryName)
	file := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(file, []byte("\x7fELF, but not really"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path string
		want       error
		says       string
	}{
		{"success: of the series", fake(t, Series+".7", true), nil, ""},
		{"success: says nothing", fake(t, "1.2.3", false), nil, ""},
		{"failure: older", fake(t, "1.23.2", true), ErrVersion, "expected 1.24, got 1.23.2"},
		{"failure: newer", fake(t, "1.25.0", true), ErrVersion, "expected 1.24, got 1.25.0"},
		{"failure: longer number", fake(t, "1.240.0", true), ErrVersion, "got 1.240.0"},
		{"failure: text", file, ErrNoLibrary, "expected a shared library"},
		{"failure: another processor", other, ErrNoLibrary, "expected a library for"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.path == other && regular(other) != nil {
				t.Skipf("needs %s", other)
			}
			err := inspect(tt.path)
			if !errors.Is(err, tt.want) {
				t.Fatalf("expected %v, got %v", tt.want, err)
			}
			if err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("expected %q in %q", tt.says, err)
			}
		})
	}
}

// The binding must come back with an error from a library that has no API for it.
func TestOpenRejectsLibraryWithoutAPI(t *testing.T) {
	const child = "ASSAY_TEST_API"
	if path := os.Getenv(child); path != "" {
		if err := Open(path); !errors.Is(err, ErrNoLibrary) {
			t.Errorf("expected %v, got %v", ErrNoLibrary, err)
		}
		return
	}
	rerun(t, "TestOpenRejectsLibraryWithoutAPI", child+"="+fake(t, "1.23.2", false))
}
