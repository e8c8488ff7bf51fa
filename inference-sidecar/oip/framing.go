package oip

import (
	"net/http"
	"strconv"
)

// framing says how a body is divided: JSON alone, JSON and binary data, or, with a header of length 0, binary data alone.
type framing struct {
	binary bool // the header of the binary tensor extension was given
	length int  // of the JSON, where binary
}

// raw says that a body is the input's data and nothing else.
func (f framing) raw() bool { return f.binary && f.length == 0 }

func readFraming(h http.Header) (framing, error) {
	if e := first(h, "Content-Encoding"); e != "" && e != "identity" {
		return framing{}, errEncoding(e)
	}
	v := h[headerLengthName]
	if len(v) == 0 {
		return framing{}, nil
	}
	n, err := strconv.ParseUint(v[0], 10, 31)
	if err != nil || len(v) > 1 || n > maxJSONHeader {
		return framing{}, invalid("header %s: expected one number of 0 to %d, got %q", headerLengthName, maxJSONHeader, clipText(v[0]))
	}
	return framing{binary: true, length: int(n)}, nil
}

// split decodes the JSON of a body into r and returns the binary data that follows it.
func (f framing) split(b []byte, r *request) ([]byte, error) {
	if f.raw() {
		r.reset()
		return b, nil
	}
	if !f.binary {
		if err := decodeJSON(b, r); err != nil {
			return nil, err
		}
		if r.input.binary {
			return nil, invalid("input %q: binary_data_size: expected a header %s, got none", clipText(r.input.name), headerLengthName)
		}
		return nil, nil
	}
	if f.length > len(b) {
		return nil, invalid("header %s: expected at most the body's %d bytes, got %d", headerLengthName, len(b), f.length)
	}
	if err := decodeJSON(b[:f.length], r); err != nil {
		return nil, err
	}
	data := b[f.length:]
	if int64(len(data)) != r.input.size {
		return nil, invalid("input %q: binary data: expected %d bytes, got %d", clipText(r.input.name), r.input.size, len(data))
	}
	return data, nil
}

// bodyLimit is how large the body of a request may be. What every model takes is let through unseen; for more, the model
// is asked about.
func (s *Server) bodyLimit(r *http.Request, to route, f framing) (int64, error) {
	if r.ContentLength >= 0 && r.ContentLength <= maxJSONHeader {
		return maxJSONHeader, nil
	}
	m, err := s.backend.ModelMetadata(to.model, to.version)
	if err != nil {
		return 0, err
	}
	limit := int64(maxJSONHeader)
	for _, in := range m.Inputs {
		if f.binary {
			limit += int64(in.Size)
		} else {
			limit += int64(in.Size) * jsonPerElement
		}
	}
	return min(limit, s.options.MaxRequest), nil
}
