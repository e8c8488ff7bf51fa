package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func get(t *testing.T, h http.Handler, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, http.NoBody))
	return w
}

func TestHandler(t *testing.T) {
	m := NewMetrics(Build{Version: "v1.2.3"})
	m.SetSource(fullState)
	ready := errors.New("model \"vibration\": no version serves")
	h := handler(ServerOptions{
		Metrics: m, Ready: func() error { return ready }, Status: func() any { return map[string]int{"height": 42} },
		Logger: slog.New(slog.DiscardHandler),
	})

	w := get(t, h, http.MethodGet, "/metrics")
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Body.String(), "assay_sidecar_chain_height 42\n")
	require.Contains(t, w.Body.String(), `version="v1.2.3"`)

	require.Equal(t, http.StatusOK, get(t, h, http.MethodGet, "/healthz").Code)
	w = get(t, h, http.MethodGet, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Equal(t, "model \"vibration\": no version serves\n", w.Body.String())
	ready = nil
	require.Equal(t, http.StatusOK, get(t, h, http.MethodGet, "/readyz").Code)

	w = get(t, h, http.MethodGet, "/status")
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.JSONEq(t, `{"height": 42}`, w.Body.String())

	for path, code := range map[string]int{"/": 404, "/debug/pprof/": 404, "/metrics/x": 404} {
		require.Equal(t, code, get(t, h, http.MethodGet, path).Code, path)
	}
	require.Equal(t, http.StatusMethodNotAllowed, get(t, h, http.MethodPost, "/status").Code)
}

func TestHandlerOptions(t *testing.T) {
	m, log := NewMetrics(Build{}), slog.New(slog.DiscardHandler)
	t.Run("success: profiles where they are asked for", func(t *testing.T) {
		require.Equal(t, http.StatusOK, get(t, handler(ServerOptions{Metrics: m, Pprof: true, Logger: log}), http.MethodGet, "/debug/pprof/").Code)
	})
	t.Run("failure: no status", func(t *testing.T) {
		require.Equal(t, http.StatusNotFound, get(t, handler(ServerOptions{Metrics: m, Logger: log}), http.MethodGet, "/status").Code)
	})
	t.Run("failure: a status that is not JSON", func(t *testing.T) {
		h := handler(ServerOptions{Metrics: m, Status: func() any { return make(chan int) }, Logger: log})
		require.Equal(t, http.StatusInternalServerError, get(t, h, http.MethodGet, "/status").Code)
	})
}

func TestServer(t *testing.T) {
	s := NewServer(ServerOptions{Metrics: NewMetrics(Build{})})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	res, err := http.Get("http://" + l.Addr().String() + "/healthz")
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, "ok\n", string(body))
	require.NoError(t, s.Shutdown(context.Background()))
	require.NoError(t, <-done)
}

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	log, level, err := NewLogger(&out, "warn", "json")
	require.NoError(t, err)
	log.Info("hidden")
	require.Empty(t, out.String())
	level.Set(slog.LevelDebug)
	log.Debug("shown", "version", v1)
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, "shown", line["msg"])
	require.Equal(t, v1, line["version"])

	out.Reset()
	log, _, err = NewLogger(&out, "info", "text")
	require.NoError(t, err)
	log.Info("a message")
	require.True(t, strings.HasPrefix(out.String(), "time="), out.String())

	_, _, err = NewLogger(&out, "loud", "text")
	require.ErrorContains(t, err, `expected debug, info, warn or error, got "loud"`)
	_, _, err = NewLogger(&out, "info", "xml")
	require.ErrorContains(t, err, `expected json or text, got "xml"`)
}
