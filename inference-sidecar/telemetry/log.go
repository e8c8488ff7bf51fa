package telemetry

import (
	"fmt"
	"io"
	"log/slog"
)

// NewLogger writes to w what is at or above a level (debug, info, warn, error) as "json" or "text". The level can be changed
// while the logger is in use.
func NewLogger(w io.Writer, level, format string) (*slog.Logger, *slog.LevelVar, error) {
	current := &slog.LevelVar{}
	if err := current.UnmarshalText([]byte(level)); err != nil {
		return nil, nil, fmt.Errorf("log level: expected debug, info, warn or error, got %q", level)
	}
	options := &slog.HandlerOptions{Level: current}
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), current, nil
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), current, nil
	}
	return nil, nil, fmt.Errorf("log format: expected json or text, got %q", format)
}
