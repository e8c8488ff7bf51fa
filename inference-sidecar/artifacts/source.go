package artifacts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
)

// Source reads artifacts from URIs of one kind.
type Source interface {
	// Open returns the artifact's bytes from the position on, or from the start where the source cannot resume: the
	// stream says which. Reading returns when the context ends. Errors: ErrDigest where the source says that it has
	// content of another size, ErrRestart where it cannot go on from the position, ErrURI where trying again is no
	// use; anything else is worth another attempt.
	Open(ctx context.Context, uri *url.URL, a Artifact, from Position) (*Stream, error)
}

// Position is how far a partial file is.
type Position struct {
	Offset int64
	// Validator is what Stream.Validator was when the partial file was begun from the same URI; else "".
	Validator string
}

// Stream is content that a source sends.
type Stream struct {
	io.ReadCloser
	Offset    int64  // of the first byte: that of the position, or 0
	Validator string // an HTTP entity tag or date that tells this content from another at the same URI; "": none
}

var (
	// ErrRestart is returned by a source that can only begin from the start.
	ErrRestart = errors.New("partial file is of no use")
	// ErrURI is returned for a URI that this store never reads.
	ErrURI = errors.New("uri not supported")
)

// open parses the URI and asks its source.
func (s *Store) open(ctx context.Context, uri string, a Artifact, from Position) (*Stream, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURI, err)
	}
	source := s.sources[u.Scheme]
	if source == nil {
		return nil, fmt.Errorf("%w: %q: expected http, https, file, oci or oci+http, got %q", ErrURI, uri, u.Scheme)
	}
	stream, err := source.Open(ctx, u, a, from)
	if err != nil {
		return nil, err
	}
	if stream.Offset != 0 && stream.Offset != from.Offset {
		return nil, errors.Join(fmt.Errorf("%w: %q: expected content from byte %d, got it from %d", ErrRestart, uri, from.Offset, stream.Offset), stream.Close())
	}
	return stream, nil
}
