package artifacts

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// registryServer serves blobs as the OCI distribution specification says, to those who log in as user with password.
type registryServer struct {
	*httptest.Server
	host             string
	blobs            map[string][]byte // by "repository sha256:…"
	user, password   string
	ranges           bool
	elsewhere        string // where blobs are redirected to; "": nowhere
	breakOff         atomic.Int64
	requests, resume atomic.Int64
}

func newRegistry(t *testing.T, repository string, data []byte) *registryServer {
	r := &registryServer{ranges: true, blobs: map[string][]byte{repository + " sha256:" + digestOf(data): data}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	r.host = strings.TrimPrefix(r.URL, "http://")
	return r
}

func digestOf(data []byte) string {
	a := artifact(data)
	return hex.EncodeToString(a.Digest[:])
}

func (s *registryServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	if user, password, _ := r.BasicAuth(); user != s.user || password != s.password {
		w.Header().Set("WWW-Authenticate", `Basic realm="here"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	repository, digest, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/blobs/")
	data := s.blobs[repository+" "+digest]
	if !ok || data == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if s.elsewhere != "" {
		http.Redirect(w, r, s.elsewhere, http.StatusTemporaryRedirect)
		return
	}
	if !s.ranges {
		_, _ = w.Write(data)
		return
	}
	if r.Header.Get("Range") != "" {
		s.resume.Add(1)
	}
	if n := s.breakOff.Swap(0); n > 0 {
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(data[:n])
		panic(http.ErrAbortHandler)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

func TestFetchFromRegistry(t *testing.T) {
	data := content(100_000)
	login := func(o *Options) {
		o.Credential = func(host string) Credential { return Credential{Username: "device", Password: "secret of " + host} }
	}
	for name, tt := range map[string]struct {
		path   string
		change func(r *registryServer, o *Options)
		want   error
	}{
		"success: by tag":    {"/acme/vibration:1.2.0", nil, nil},
		"success: by digest": {"/acme/vibration@sha256:" + digestOf(content(5)), nil, nil},
		"success: no tag":    {"/acme/vibration", nil, nil},
		"success: with login": {"/acme/vibration:1", func(r *registryServer, o *Options) {
			r.user, r.password = "device", "secret of "+r.host
			login(o)
		}, nil},
		"success: blobs are elsewhere": {"/acme/vibration:1", func(r *registryServer, _ *Options) {
			r.elsewhere = serve(t, data).URL
		}, nil},
		"success: broken off, then the rest": {"/acme/vibration:1", func(r *registryServer, _ *Options) { r.breakOff.Store(60_000) }, nil},
		"success: broken off, no ranges": {"/acme/vibration:1", func(r *registryServer, _ *Options) {
			r.breakOff.Store(60_000)
			r.ranges = false
		}, nil},
		"failure: another repository":   {"/acme/other:1", nil, ErrFetch},
		"failure: no login":             {"/acme/vibration:1", func(r *registryServer, _ *Options) { r.user = "x" }, ErrFetch},
		"failure: a name in upper case": {"/ACME/vibration:1", nil, ErrURI},
		"failure: with a query":         {"/acme/vibration:1?x=y", nil, ErrURI},
		"failure: other bytes": {"/acme/vibration:1", func(r *registryServer, _ *Options) {
			for k := range r.blobs {
				r.blobs[k] = make([]byte, len(data))
			}
		}, ErrDigest},
	} {
		t.Run(name, func(t *testing.T) {
			r, o := newRegistry(t, "acme/vibration", data), hasty()
			if tt.change != nil {
				tt.change(r, &o)
			}
			s := open(t, t.TempDir(), o)
			a := artifact(data, "oci+http://"+r.host+tt.path)
			if tt.want == nil {
				mustFetch(t, s, a, data)
				return
			}
			if _, err := s.Fetch(t.Context(), a); !errors.Is(err, tt.want) {
				t.Errorf("expected %v, got %v", tt.want, err)
			}
		})
	}
	t.Run("success: goes on where it ended", func(t *testing.T) {
		r := newRegistry(t, "acme/vibration", data)
		dir := t.TempDir()
		a := artifact(data, "oci+http://"+r.host+"/acme/vibration:1")
		write(t, (&Store{dir: dir}).partialPath(a.Digest), data[:70_000])
		mustFetch(t, open(t, dir, hasty()), a, data)
		if r.resume.Load() != 1 {
			t.Errorf("expected a request for the rest, got %d", r.resume.Load())
		}
	})
	t.Run("failure: TLS is expected", func(t *testing.T) {
		r := newRegistry(t, "acme/vibration", data)
		s := open(t, t.TempDir(), hasty())
		if _, err := s.Fetch(t.Context(), artifact(data, "oci://"+r.host+"/acme/vibration:1")); !errors.Is(err, ErrFetch) {
			t.Errorf("expected ErrFetch, got %v", err)
		}
		if n := r.requests.Load(); n != 0 {
			t.Errorf("expected no request in the clear, got %d", n)
		}
	})
}
