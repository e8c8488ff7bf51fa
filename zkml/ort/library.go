package ort

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// LibraryEnv names the environment variable that holds the path of the shared library.
const LibraryEnv = "ASSAY_ORT_LIB"

// Series is the ONNX Runtime release series whose arithmetic was measured. Another series may
// choose other kernels, so it is refused rather than trusted.
const Series = "1.24"

const libraryName = "libonnxruntime.so.1"

var (
	// ErrNoLibrary is returned where no ONNX Runtime library was found or it could not be loaded.
	ErrNoLibrary = errors.New("onnx runtime library not found")
	// ErrVersion is returned for a library of a series other than Series.
	ErrVersion = errors.New("onnx runtime version")
	// ErrOpened is returned by Open when the process already runs another library.
	ErrOpened = errors.New("onnx runtime is already open")
)

// library is the one ONNX Runtime of this process.
var library struct {
	sync.Mutex
	path string
}

// Open loads the shared library at path, or the one that Find finds if path is empty. A process
// has one ONNX Runtime: to open the same library again does nothing, to open another is ErrOpened.
// NewSession opens by itself; call Open to choose the library or to fail early.
func Open(path string) error {
	library.Lock()
	defer library.Unlock()
	if path == "" {
		if library.path != "" {
			return nil
		}
		var err error
		if path, err = Find(); err != nil {
			return err
		}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("open %q: %w", path, err)
	}
	if library.path == path {
		return nil
	}
	if library.path != "" {
		return fmt.Errorf("open %q: %w: expected %q", path, ErrOpened, library.path)
	}
	if err := load(path); err != nil {
		return err
	}
	library.path = path
	return nil
}

func load(path string) error {
	if err := regular(path); err != nil {
		return fmt.Errorf("%w: %w", ErrNoLibrary, err)
	}
	if err := inspect(path); err != nil {
		return err
	}
	onnxruntime.SetSharedLibraryPath(path)
	if err := onnxruntime.InitializeEnvironment(onnxruntime.WithLogLevelFatal()); err != nil {
		return fmt.Errorf("%w: open %q: %w", ErrNoLibrary, path, err)
	}
	if got := onnxruntime.GetVersion(); !inSeries(got) {
		err := fmt.Errorf("%w: open %q: expected %s, got %s", ErrVersion, path, Series, got)
		return errors.Join(err, onnxruntime.DestroyEnvironment())
	}
	return nil
}

// Version is the version of the open library, such as "1.24.3", or "" before Open.
func Version() string {
	library.Lock()
	defer library.Unlock()
	if library.path == "" {
		return ""
	}
	return onnxruntime.GetVersion()
}

// Path is the path of the open library, or "" before Open.
func Path() string {
	library.Lock()
	defer library.Unlock()
	return library.path
}

// Find returns the path of the ONNX Runtime library for this architecture: what ASSAY_ORT_LIB names,
// else libonnxruntime.so.1 next to the executable, in ../lib or in ../ort/<arch> of it, else
// build/ort/<arch> of the source tree that this program was built from.
func Find() (string, error) {
	if path := os.Getenv(LibraryEnv); path != "" {
		if err := regular(path); err != nil {
			return "", fmt.Errorf("%w: %s: %w", ErrNoLibrary, LibraryEnv, err)
		}
		return filepath.Abs(path)
	}
	candidates := candidates()
	for _, path := range candidates {
		if regular(path) == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: %s is not set, and expected one of %s (`make ort` brings it)",
		ErrNoLibrary, LibraryEnv, strings.Join(candidates, ", "))
}

func candidates() []string {
	var paths []string
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		dir := filepath.Dir(exe)
		paths = append(paths,
			filepath.Join(dir, libraryName),
			filepath.Join(dir, "..", "lib", libraryName),
			filepath.Join(dir, "..", "ort", runtime.GOARCH, libraryName))
	}
	// The source path is a module path, not a file, where the program was built with -trimpath.
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		root := filepath.Join(filepath.Dir(file), "..", "..")
		paths = append(paths, filepath.Join(root, "build", "ort", runtime.GOARCH, libraryName))
	}
	return paths
}

func regular(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &fs.PathError{Op: "open", Path: path, Err: errors.New("expected a regular file")}
	}
	return nil
}
