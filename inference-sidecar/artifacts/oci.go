package artifacts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
)

// Credential is how to log in to a registry; the zero value is anonymous.
type Credential struct {
	Username, Password string
}

// ociSource reads oci://registry/repository:tag and oci://registry/repository@sha256:… (oci+http without TLS). A
// registry keeps layers under their own digests, and the artifact's digest is known, so the layer is asked for
// directly: a tag or a manifest could only say the same again, or lie.
type ociSource struct {
	client *auth.Client
	permit func(*url.URL) error
}

func newOCISource(client *http.Client, permit func(*url.URL) error, credential func(host string) Credential) *ociSource {
	c := &auth.Client{Client: client, Cache: auth.NewCache(), Header: http.Header{"User-Agent": {userAgent}}}
	if credential != nil {
		c.Credential = func(_ context.Context, host string) (auth.Credential, error) {
			found := credential(host)
			return auth.Credential{Username: found.Username, Password: found.Password}, nil
		}
	}
	return &ociSource{client: c, permit: permit}
}

// Open implements Source.
func (s *ociSource) Open(ctx context.Context, u *url.URL, a Artifact, from Position) (*Stream, error) {
	ref, err := registry.ParseReference(u.Host + u.Path)
	if err == nil && (u.User != nil || u.RawQuery != "" || u.Fragment != "") {
		err = errors.New("user, query or fragment")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %q: expected oci://registry/repository:tag or @sha256:digest: %w", ErrURI, u, err)
	}
	plain := u.Scheme == "oci+http"
	address := &url.URL{Scheme: "https", Host: ref.Host(), Path: "/v2/" + ref.Repository}
	if plain {
		address.Scheme = "http"
	}
	if err := allowed(address, s.permit); err != nil {
		return nil, err
	}
	repository := &remote.Repository{Client: s.client, Reference: ref, PlainHTTP: plain}
	layer := ocispec.Descriptor{MediaType: a.MediaType, Digest: digest.NewDigestFromEncoded(digest.SHA256, a.hex()), Size: a.Size}
	content, err := repository.Blobs().Fetch(ctx, layer)
	if err != nil {
		return nil, fmt.Errorf("pull %q: %w", u, err)
	}
	stream := &Stream{ReadCloser: content}
	if seeker, ok := content.(io.Seeker); ok && from.Offset > 0 {
		if stream.Offset, err = seeker.Seek(from.Offset, io.SeekStart); err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %w", ErrRestart, err), content.Close())
		}
	}
	return stream, nil
}
