package artifacts

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// handle serves requests with a handler that is told their number, from 1.
func handle(t testing.TB, h func(w http.ResponseWriter, r *http.Request, n int)) *httptest.Server {
	t.Helper()
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h(w, r, int(requests.Add(1)))
	}))
	t.Cleanup(server.Close)
	return server
}

// serve serves data as a good server does.
func serve(t testing.TB, data []byte) *httptest.Server {
	t.Helper()
	return handle(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	})
}

type fault struct {
	name     string
	handler  func(w http.ResponseWriter, r *http.Request, n int)
	want     error // nil: the artifact arrives
	requests int64
	partial  bool // something is kept for another attempt
}

// faults are what servers do. The artifact is data; half of it is sent before a connection breaks.
func faults(data []byte) []fault {
	half := len(data) / 2
	whole := func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
	breakOff := func(w http.ResponseWriter, tag string) {
		w.Header().Set("ETag", tag)
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		_, _ = w.Write(data[:half])
		panic(http.ErrAbortHandler)
	}
	return []fault{
		{"success: status 500 twice, then good", func(w http.ResponseWriter, r *http.Request, n int) {
			if n <= 2 {
				http.Error(w, "no", http.StatusInternalServerError)
				return
			}
			whole(w, r)
		}, nil, 3, false},
		{"success: broken off, then the rest", func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				breakOff(w, `"a"`)
			}
			if got := r.Header.Get("If-Range"); got != `"a"` || !strings.HasPrefix(r.Header.Get("Range"), "bytes=") {
				http.Error(w, "expected a conditional range, got "+got, http.StatusTeapot)
				return
			}
			w.Header().Set("ETag", `"a"`)
			whole(w, r)
		}, nil, 2, false},
		{"success: ranges ignored", func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				breakOff(w, `"a"`)
			}
			_, _ = w.Write(data)
		}, nil, 2, false},
		{"success: another entity tag, the condition honoured", func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				breakOff(w, `"a"`)
			}
			w.Header().Set("ETag", `"b"`)
			whole(w, r)
		}, nil, 2, false},
		{"success: another entity tag, the condition ignored", func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				breakOff(w, `"a"`)
			}
			r.Header.Del("If-Range")
			w.Header().Set("ETag", `"b"`)
			whole(w, r)
		}, nil, 3, false},
		{"success: the range is refused", func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				breakOff(w, `"a"`)
			}
			if r.Header.Get("Range") != "" {
				http.Error(w, "no", http.StatusRequestedRangeNotSatisfiable)
				return
			}
			whole(w, r)
		}, nil, 3, false},
		{"success: another range than asked for", func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				breakOff(w, `"a"`)
			}
			if r.Header.Get("Range") != "" {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(data)-1, len(data)))
				w.WriteHeader(http.StatusPartialContent)
				_, _ = w.Write(data)
				return
			}
			whole(w, r)
		}, nil, 3, false},
		{"success: the first half was wrong", func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				w.Header().Set("Content-Length", fmt.Sprint(len(data)))
				_, _ = w.Write(make([]byte, half))
				panic(http.ErrAbortHandler)
			}
			whole(w, r)
		}, nil, 3, false},
		{"success: a redirect", func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 1 {
				http.Redirect(w, r, "/there", http.StatusFound)
				return
			}
			whole(w, r)
		}, nil, 2, false},
		{"failure: not found", func(w http.ResponseWriter, r *http.Request, _ int) { http.NotFound(w, r) }, ErrFetch, 3, false},
		{"failure: always broken off at once", func(http.ResponseWriter, *http.Request, int) { panic(http.ErrAbortHandler) }, ErrFetch, 3, false},
		{"failure: wrong bytes", func(w http.ResponseWriter, r *http.Request, _ int) {
			_, _ = w.Write(make([]byte, len(data)))
		}, ErrDigest, 3, false},
		{"failure: announced size is wrong", func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Content-Length", fmt.Sprint(len(data)-1))
			_, _ = w.Write(data[1:])
		}, ErrDigest, 3, false},
		{"failure: the body is short", func(w http.ResponseWriter, r *http.Request, _ int) {
			_ = http.NewResponseController(w).Flush() // no length
			_, _ = w.Write(data[:10])
		}, ErrFetch, 3, true},
		{"failure: the body is one byte short", func(w http.ResponseWriter, r *http.Request, _ int) {
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write(data[1:])
		}, ErrFetch, 4, true}, // the first brought much, so it is not counted
		{"failure: the body does not end", func(w http.ResponseWriter, r *http.Request, _ int) {
			for {
				if _, err := w.Write(data); err != nil {
					return
				}
			}
		}, ErrDigest, 3, false},
		{"failure: redirects in a circle", func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		}, ErrFetch, 3 * (maxRedirects + 1), false},
		{"failure: a redirect to a file", func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		}, ErrFetch, 1, false},
		{"failure: compressed", func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Content-Encoding", "gzip")
			whole(w, r)
		}, ErrFetch, 3, false},
	}
}

func TestFetchOverHTTP(t *testing.T) {
	data := content(300 << 10)
	for _, tt := range faults(data) {
		t.Run(tt.name, func(t *testing.T) {
			var requests atomic.Int64
			server := handle(t, func(w http.ResponseWriter, r *http.Request, n int) {
				requests.Add(1)
				tt.handler(w, r, n)
			})
			s := open(t, t.TempDir(), hasty())
			a := artifact(data, server.URL)
			other := put(t, s.dir, content(99), time.Now())
			_, err := s.Fetch(t.Context(), a)
			if !errors.Is(err, tt.want) {
				t.Fatalf("expected %v, got %v", tt.want, err)
			}
			if n := requests.Load(); n != tt.requests {
				t.Errorf("expected %d requests, got %d", tt.requests, n)
			}
			if got := exists(s.partialPath(a.Digest)) && fileSize(s.partialPath(a.Digest)) > 0; got != tt.partial {
				t.Errorf("partial file: expected %v, got %v", tt.partial, got)
			}
			if s.Has(a) != (err == nil) {
				t.Errorf("in the store: expected %v", err == nil)
			}
			if !s.Has(other) {
				t.Error("expected the other file to be left alone")
			}
			if err == nil {
				mustFetch(t, s, a, data)
			} else if u := s.Usage(); u.Bytes > int64(len(data)) {
				t.Errorf("expected the download not to be counted any more, got %+v", u)
			}
		})
	}
}

func TestFetchTriesURIsInOrder(t *testing.T) {
	data := content(100 << 10)
	wrong := handle(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		_, _ = w.Write(make([]byte, len(data)/2)) // then breaks off
	})
	absent := handle(t, func(w http.ResponseWriter, r *http.Request, _ int) { http.NotFound(w, r) })
	good := serve(t, data)
	s := open(t, t.TempDir(), hasty())
	mustFetch(t, s, artifact(data, "ipfs://bafy", absent.URL, wrong.URL, good.URL), data)
}

func TestFetchDoesNotRepeatWhatIsOfNoUse(t *testing.T) {
	o := hasty()
	o.Rounds, o.Backoff, o.MaxBackoff = 1000, time.Hour, time.Hour // it would never return
	s := open(t, t.TempDir(), o)
	for _, uris := range [][]string{nil, {"ipfs://bafy"}, {"://"}, {"http:///x"}, {"file:///etc/passwd"}, {"oci://x"}} {
		if _, err := s.Fetch(t.Context(), artifact(content(10), uris...)); !errors.Is(err, ErrFetch) {
			t.Errorf("%q: expected ErrFetch, got %v", uris, err)
		}
	}
}

func TestPermitSeesEveryAddress(t *testing.T) {
	data := content(100)
	inner := serve(t, data)
	outer := handle(t, func(w http.ResponseWriter, r *http.Request, _ int) { http.Redirect(w, r, inner.URL, http.StatusFound) })
	refuse := func(address string) Options {
		o := hasty()
		o.Permit = func(u *url.URL) error {
			if u.Host == strings.TrimPrefix(address, "http://") {
				return errors.New("not from here")
			}
			return nil
		}
		return o
	}
	for name, address := range map[string]string{"failure: the first": outer.URL, "failure: a redirect": inner.URL} {
		t.Run(name, func(t *testing.T) {
			s := open(t, t.TempDir(), refuse(address))
			if _, err := s.Fetch(t.Context(), artifact(data, outer.URL)); !errors.Is(err, ErrURI) {
				t.Errorf("expected ErrURI, got %v", err)
			}
		})
	}
	mustFetch(t, open(t, t.TempDir(), refuse("elsewhere")), artifact(data, outer.URL), data)
}

func FuzzCheckRange(f *testing.F) {
	f.Add("bytes 5-9/10", int64(5), int64(10))
	f.Add("bytes 5-9/*", int64(5), int64(10))
	f.Add("bytes */10", int64(5), int64(10))
	f.Fuzz(func(t *testing.T, text string, offset, size int64) {
		err := checkRange(text, offset, size)
		if err == nil && (!strings.HasPrefix(text, "bytes ") || !strings.Contains(text, "/")) {
			t.Fatalf("expected no range in %q", text)
		}
	})
}
