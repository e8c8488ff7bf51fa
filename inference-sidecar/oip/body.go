package oip

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"time"
)

// bodyStep is how much of a body is asked for at a time, so that a caller holds little more than it has sent.
const bodyStep = 64 << 10

// budget bounds what all requests hold together.
type budget struct{ free atomic.Int64 }

func (b *budget) take(n int64) bool {
	if b.free.Add(-n) >= 0 {
		return true
	}
	b.free.Add(n)
	return false
}

func (b *budget) give(n int64) { b.free.Add(n) }

// body is the memory of one request's body.
type body struct {
	bytes []byte
	taken int64 // of the budget
}

var connectionClose = []string{"close"}

// hurry gives the body of a request its time, whether it will be read here or, after a refusal, be discarded by net/http.
// An answer that goes before the body is there ends the connection: net/http would hold it back for the body otherwise.
func (s *Server) hurry(w http.ResponseWriter, r *http.Request) error {
	if r.ContentLength == 0 {
		return nil
	}
	w.Header()["Connection"] = connectionClose
	return http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.options.BodyTimeout))
}

// readBody reads all of a request's body, of at most limit bytes, and ends the hurry. Its deadline net/http takes away
// itself once it has the whole body.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request, b *body, limit int64) error {
	if r.ContentLength > limit {
		return fmt.Errorf("%w: body: expected at most %d bytes, got %d", ErrTooLarge, limit, r.ContentLength)
	}
	err := s.fill(r, b, limit)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w: body: expected it within %s, got %d bytes", ErrSlow, s.options.BodyTimeout, len(b.bytes))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return invalid("body: expected %d bytes, got %d", r.ContentLength, len(b.bytes))
	case err != nil:
		return err
	}
	delete(w.Header(), "Connection")
	return nil
}

func (s *Server) fill(r *http.Request, b *body, limit int64) error {
	b.bytes = b.bytes[:0]
	for {
		room := min(bodyStep, limit+1-int64(len(b.bytes)))
		if r.ContentLength >= 0 {
			room = min(room, r.ContentLength-int64(len(b.bytes)))
		}
		if err := s.grow(b, int(room)); err != nil {
			return err
		}
		n, err := readFull(r.Body, b.bytes[len(b.bytes):len(b.bytes)+int(room)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		switch {
		case int64(len(b.bytes)) > limit:
			return fmt.Errorf("%w: body: expected at most %d bytes, got more", ErrTooLarge, limit)
		case errors.Is(err, io.EOF) || err == nil && int64(len(b.bytes)) == r.ContentLength:
			return nil
		case err != nil:
			return err
		}
	}
}

// grow makes room for n more bytes and takes them from the budget.
func (s *Server) grow(b *body, n int) error {
	need := int64(len(b.bytes)+n) - b.taken
	if need > 0 {
		if !s.bodies.take(need) {
			return &OverloadError{Reason: "the memory of request bodies is in use", RetryAfter: time.Second}
		}
		b.taken += need
	}
	b.bytes = slices.Grow(b.bytes, n)
	return nil
}

// readFull fills p and, unlike io.ReadFull, passes on io.EOF as it comes.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}

// release gives the memory back. What is too large to keep is left to the collector.
func (s *Server) release(b *body) {
	s.bodies.give(b.taken)
	b.taken = 0
	if cap(b.bytes) > maxKept {
		b.bytes = nil
	}
}

// maxKept is how large a buffer may be that is kept for the next request.
const maxKept = 1 << 20
