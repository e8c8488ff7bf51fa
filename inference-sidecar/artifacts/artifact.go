package artifacts

import (
	"encoding/hex"
	"errors"
	"fmt"
)

var (
	// ErrFetch is returned where no URI gave the artifact. Another attempt, later, may succeed.
	ErrFetch = errors.New("artifact not fetched")
	// ErrDigest is returned for content that is not what the digest and size say.
	ErrDigest = errors.New("artifact digest mismatch")
	// ErrSpace is returned where the disk, or the store's limit, has no room.
	ErrSpace = errors.New("no space for artifact")
	// ErrMissing is returned by Read for an artifact that is not in the store.
	ErrMissing = errors.New("artifact not in the store")
	// ErrLocked is returned by Open for a store that another process has open.
	ErrLocked = errors.New("artifact store is in use")
	// ErrClosed is returned by a store that was closed.
	ErrClosed = errors.New("artifact store is closed")
)

// Artifact is a file of a version as verified chain state describes it. Its content is what the digest names,
// wherever it comes from.
type Artifact struct {
	Name      string // role and file name, such as canonical.onnx
	MediaType string
	Digest    [32]byte // sha256
	Size      int64    // bytes, at least 1
	URIs      []string // tried in this order: http, https, file, oci, oci+http
}

// String names the artifact in errors and logs.
func (a Artifact) String() string { return fmt.Sprintf("%s (sha256 %s)", a.Name, a.hex()) }

func (a Artifact) hex() string { return hex.EncodeToString(a.Digest[:]) }

func (a Artifact) validate() error {
	if a.Size < 1 {
		return fmt.Errorf("%w: %q: size: expected at least 1 byte, got %d", ErrFetch, a.Name, a.Size)
	}
	return nil
}
