package config

import (
	"fmt"
	"os"
	"path/filepath"
)

const (
	// SystemHome is the home of an installed sidecar; its sockets are in SystemRun.
	SystemHome = "/var/lib/assay-sidecar"
	// SystemRun is the folder of an installed sidecar's sockets.
	SystemRun = "/run/assay-sidecar"
	// SystemPath is the configuration file of an installed sidecar.
	SystemPath = "/etc/assay-sidecar/config.toml"
	// FileName is the configuration file's name in the home of any other.
	FileName = "config.toml"
)

// maxFile bounds a configuration file, in bytes.
const maxFile = 1 << 20

// Path is where the configuration file of a home is.
func Path(home string) string {
	if filepath.Clean(home) == SystemHome {
		return SystemPath
	}
	return filepath.Join(home, FileName)
}

// Load reads the file at path, puts the environment's values over it, and validates the whole. Errors name the file, and
// the line or the variable.
func Load(path string) (Config, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	if info.Size() > maxFile {
		return Config{}, fmt.Errorf("read configuration %q: expected at most %d bytes, got %d", path, maxFile, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(data, filepath.Dir(path), os.Environ())
	if err != nil {
		return Config{}, fmt.Errorf("configuration %q: %w", path, err)
	}
	return c, nil
}
