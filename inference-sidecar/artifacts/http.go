package artifacts

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxRedirects     = 5
	maxHeaderBytes   = 64 << 10
	dialTimeout      = 15 * time.Second
	handshakeTimeout = 15 * time.Second
	userAgent        = "assay-sidecar"
)

// newTransport has no time limit for a whole download: the watchdog of a download sees to it that bytes arrive.
// Proxies are those of the environment. Transparent compression is off, because sizes and ranges are of the file.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    handshakeTimeout,
		MaxIdleConns:           4,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableCompression:     true,
	}
}

// newClient bounds where the client goes.
func newClient(base *http.Client, permit func(*url.URL) error) *http.Client {
	c := &http.Client{}
	if base != nil {
		*c = *base
	} else {
		c.Transport = newTransport()
	}
	c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("redirect to %q: expected at most %d redirects", r.URL, maxRedirects)
		}
		return allowed(r.URL, permit)
	}
	return c
}

func allowed(u *url.URL, permit func(*url.URL) error) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%w: %q: expected http or https and a host", ErrURI, u)
	}
	if permit == nil {
		return nil
	}
	if err := permit(u); err != nil {
		return fmt.Errorf("%w: %w", ErrURI, err)
	}
	return nil
}

// httpSource reads http and https, resuming by ranges (RFC 9110, section 14).
type httpSource struct {
	client *http.Client
	permit func(*url.URL) error
}

// Open implements Source.
func (h *httpSource) Open(ctx context.Context, u *url.URL, a Artifact, from Position) (*Stream, error) {
	if err := allowed(u, h.permit); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURI, err)
	}
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Accept-Encoding", "identity")
	if from.Offset > 0 {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", from.Offset))
		if from.Validator != "" {
			r.Header.Set("If-Range", from.Validator)
		}
	}
	resp, err := h.client.Do(r)
	if err != nil {
		return nil, err // a *url.Error, which names method and address
	}
	stream, err := newStream(resp, a, from)
	if err != nil {
		_ = resp.Body.Close() // what is left of it is not wanted
		return nil, fmt.Errorf("get %q: %w", u, err)
	}
	return stream, nil
}

func newStream(resp *http.Response, a Artifact, from Position) (*Stream, error) {
	if coding := resp.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, fmt.Errorf("content encoding: expected none, got %q", coding)
	}
	s := &Stream{ReadCloser: resp.Body, Validator: validator(resp.Header)}
	switch {
	case resp.StatusCode == http.StatusOK:
		if n := resp.ContentLength; n >= 0 && n != a.Size {
			return nil, fmt.Errorf("%w: size: expected %d bytes, got %d", ErrDigest, a.Size, n)
		}
		return s, nil
	case resp.StatusCode == http.StatusPartialContent && from.Offset > 0:
		if from.Validator != "" && s.Validator != "" && s.Validator != from.Validator {
			return nil, fmt.Errorf("%w: expected validator %q, got %q", ErrRestart, from.Validator, s.Validator)
		}
		s.Offset = from.Offset
		return s, checkRange(resp.Header.Get("Content-Range"), from.Offset, a.Size)
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && from.Offset > 0:
		return nil, fmt.Errorf("%w: %s", ErrRestart, resp.Status)
	default:
		return nil, fmt.Errorf("expected status 200 or 206, got %q", resp.Status)
	}
}

// checkRange compares a Content-Range with what was asked for. A multipart answer has none.
func checkRange(text string, offset, size int64) error {
	rest, bytesUnit := strings.CutPrefix(text, "bytes ")
	span, total, ok := strings.Cut(rest, "/")
	first, _, dash := strings.Cut(span, "-")
	start, err := strconv.ParseInt(first, 10, 64)
	if !bytesUnit || !ok || !dash || err != nil || start != offset {
		return fmt.Errorf("%w: range: expected bytes from %d on, got %q", ErrRestart, offset, text)
	}
	if total == "*" {
		return nil
	}
	if n, err := strconv.ParseInt(total, 10, 64); err != nil || n != size {
		return fmt.Errorf("%w: size: expected %d bytes, got range %q", ErrDigest, size, text)
	}
	return nil
}

// validator is what If-Range may carry: a strong entity tag, else a date.
func validator(h http.Header) string {
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		return tag
	}
	return h.Get("Last-Modified")
}
