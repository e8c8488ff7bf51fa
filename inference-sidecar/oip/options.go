package oip

import (
	"log/slog"
	"time"
)

// Options of a Server. The zero value of each field stands for the default that its comment names.
type Options struct {
	Name     string // of the server, in its metadata: assay-sidecar
	Software string // the software's version, in the server's metadata: unknown

	TLS    *TLS    // nil: none. Unix sockets never have it
	Tokens *Tokens // nil: none asked for
	// TokensOnUnix asks for tokens over Unix sockets too, which otherwise their file mode guards alone.
	TokensOnUnix bool

	MaxConnections int   // of each listener; further ones wait: 256
	MaxRequest     int64 // bytes of one REST request, where its model would allow more: 64 MiB
	MaxBodyMemory  int64 // bytes of all REST bodies that are held at once: 256 MiB
	MaxMessage     int   // bytes of one gRPC message: 4 MiB
	MaxCalls       int   // gRPC calls at once over one listener, each up to MaxMessage: 64

	HeaderTimeout time.Duration // to send a request's header, or TLS and HTTP/2 hellos: 5 s
	BodyTimeout   time.Duration // to send a request's body, and again to take the response: 10 s
	IdleTimeout   time.Duration // of a connection without a request: 2 min

	// Observe is told of each inference request that was answered, from the goroutine that answered it; nil: nobody.
	Observe func(Observation)
	Logger  *slog.Logger // slog.Default
	// Now measures what observations say; nil: time.Now. Deadlines are those of sockets, and so of the machine's clock.
	Now func() time.Time
}

// Observation is what became of an inference request.
type Observation struct {
	Protocol string // rest or grpc
	Model    string // as the caller named it, where the request was read that far
	Version  string // full id of the version that answered; "" where none did
	Status   int    // HTTP status, of gRPC calls too, as docs/serving.md pairs them
	Duration time.Duration
}

const (
	maxJSONHeader = 64 << 10 // of a request whose tensors are binary; room beside the data of one whose are not
	maxNesting    = 16       // of arrays and objects in JSON
	maxRank       = 8        // of a tensor
	maxParameters = 64       // of a request or tensor
	maxName       = 256      // bytes of the name of a model, tensor or parameter, of a key or stream
	maxID         = 256      // bytes of a request's id
	maxTimeout    = time.Hour
	// An element of an 8-bit tensor as JSON: a sign, three digits, a comma, and brackets and blanks, of which
	// indented output has many.
	jsonPerElement = 32
)

func (o Options) withDefaults() Options {
	or(&o.Name, "assay-sidecar")
	or(&o.Software, "unknown")
	or(&o.MaxConnections, 256)
	or(&o.MaxRequest, 64<<20)
	or(&o.MaxBodyMemory, 256<<20)
	or(&o.MaxMessage, 4<<20)
	or(&o.MaxCalls, 64)
	or(&o.HeaderTimeout, 5*time.Second)
	or(&o.BodyTimeout, 10*time.Second)
	or(&o.IdleTimeout, 2*time.Minute)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// or sets a value that is not set.
func or[T comparable](v *T, fallback T) {
	var zero T
	if *v == zero {
		*v = fallback
	}
}
