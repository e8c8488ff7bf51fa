package artifacts

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

// partialFile is what a download needs of *os.File.
type partialFile interface {
	io.ReadWriteSeeker
	Truncate(size int64) error
	Sync() error
	Close() error
}

func createPartial(path string) (partialFile, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

// partial is a partial file that a download works on. Its bytes come from a source and are not checked before the end.
type partial struct {
	artifact Artifact
	uri      string
	path     string
	file     partialFile
	size     int64  // bytes in the file, all of which the next Read continues
	origin   origin // of those bytes
}

// origin is the content of the file beside a partial file: where its first byte came from.
type origin struct {
	URI       string `json:"uri"`
	Validator string `json:"validator"`
}

// maxOriginBytes bounds that file: a URI of the registry's longest, and a header's value.
const maxOriginBytes = 128 << 10

func (s *Store) openPartial(a Artifact, uri string) (*partial, error) {
	p := &partial{artifact: a, uri: uri, path: s.partialPath(a.Digest)}
	file, err := s.create(p.path)
	if err != nil {
		return nil, fullOr(fmt.Errorf("open partial file: %w", err))
	}
	p.file = file
	if p.size, err = file.Seek(0, io.SeekEnd); err != nil {
		return nil, errors.Join(fmt.Errorf("open partial file: %w", err), file.Close())
	}
	p.origin = readOrigin(p.path + positionSuffix)
	return p, nil
}

func (p *partial) close() { _ = p.file.Close() } // what matters was synced by commit

// position is what a source is asked to go on from. A file that is whole but was not committed, or too long, is
// continued from its last byte, because a range must not be empty.
func (p *partial) position() Position {
	at := Position{Offset: min(p.size, p.artifact.Size-1)}
	if at.Offset > 0 && p.origin.URI == p.uri {
		at.Validator = p.origin.Validator
	}
	return at
}

// begin makes the file end where the stream begins, and returns the hash of what is before it.
func (p *partial) begin(stream *Stream, dog *watchdog) (hash.Hash, error) {
	if stream.Offset == 0 {
		if err := p.truncate(); err != nil {
			return nil, fmt.Errorf("truncate partial file: %w", err)
		}
		p.origin = origin{URI: p.uri, Validator: stream.Validator}
		if err := writeOrigin(p.path+positionSuffix, p.origin); err != nil {
			return nil, fullOr(fmt.Errorf("write origin of partial file: %w", err))
		}
		return sha256.New(), nil
	}
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	sum := sha256.New()
	if _, err := io.CopyN(sum, io.TeeReader(p.file, dog), stream.Offset); err != nil {
		return nil, fmt.Errorf("read partial file: %w", err)
	}
	p.size = stream.Offset
	return sum, p.file.Truncate(p.size)
}

func (p *partial) truncate() error {
	p.size = 0
	_, err := p.file.Seek(0, io.SeekStart)
	return errors.Join(err, p.file.Truncate(0))
}

// readOrigin returns nothing for a file that is absent or damaged: then a server is asked without a condition, and the
// digest finds out.
func readOrigin(path string) origin {
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxOriginBytes {
		return origin{}
	}
	data, err := os.ReadFile(path)
	var o origin
	if err != nil || json.Unmarshal(data, &o) != nil {
		return origin{}
	}
	return o
}

func writeOrigin(path string, o origin) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}
