package oip

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

var (
	contentJSON   = []string{"application/json"}
	contentBinary = []string{"application/octet-stream"}
)

// extensions that the server has, by the names that Triton gave them.
var extensions = []string{"binary_tensor_data", "parameters", "schedule_policy"}

// encode writes the response to a request into x.
func (x *exchange) encode(t Target, result Result, out Tensor, data []byte, binary bool) {
	b := append(x.out[:0], `{"model_name":`...)
	b = appendString(b, t.Model)
	b = appendString(append(b, `,"model_version":`...), result.Version)
	if t.ID != "" {
		b = appendString(append(b, `,"id":`...), t.ID)
	}
	b = appendResult(append(b, `,"parameters":`...), result)
	b = appendTensorStart(append(b, `,"outputs":[`...), out)
	if binary {
		b = strconv.AppendInt(append(b, `,"parameters":{"binary_data_size":`...), int64(len(data)), 10)
		b = append(b, `}}]}`...)
	} else {
		b = appendData(append(b, `,"data":`...), data, out.Datatype == Int8)
		b = append(b, `}]}`...)
	}
	x.header, x.binary = len(b), binary
	if binary {
		b = append(b, data...)
	}
	x.out, x.version = b, result.VersionID
	if result.Receipt != nil {
		x.receipt = result.Receipt.ID
	}
}

// send writes the response that is in x, at once.
func (s *Server) send(w http.ResponseWriter, x *exchange) error {
	h := w.Header()
	h["Content-Type"] = contentJSON
	if x.binary {
		h["Content-Type"] = contentBinary
		h[headerLengthName] = []string{strconv.Itoa(x.header)}
	}
	h["Content-Length"] = []string{strconv.Itoa(len(x.out))}
	h[versionName] = []string{x.version}
	if x.receipt != "" {
		h[receiptName] = []string{x.receipt}
	}
	return s.write(w, x.out)
}

func (s *Server) sendJSON(w http.ResponseWriter, status int, b []byte) error {
	h := w.Header()
	h["Content-Type"] = contentJSON
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	w.WriteHeader(status)
	return s.write(w, b)
}

// write gives a slow reader the time of a slow writer.
func (s *Server) write(w http.ResponseWriter, b []byte) error {
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.options.BodyTimeout)); err != nil {
		return err
	}
	_, err := w.Write(b)
	return err
}

func appendServer(b []byte, o Options) []byte {
	b = appendString(append(b, `{"name":`...), o.Name)
	b = appendString(append(b, `,"version":`...), o.Software)
	return append(appendStrings(append(b, `,"extensions":`...), extensions), '}')
}

func appendMetadata(b []byte, m ModelMetadata) []byte {
	b = appendString(append(b, `{"name":`...), m.Name)
	b = appendStrings(append(b, `,"versions":`...), m.Versions)
	b = appendString(append(b, `,"platform":`...), m.Platform)
	b = appendTensors(append(b, `,"inputs":`...), m.Inputs)
	b = appendTensors(append(b, `,"outputs":`...), m.Outputs)
	return append(b, '}')
}

func appendTensors(b []byte, tensors []Tensor) []byte {
	b = append(b, '[')
	for i, t := range tensors {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendTensorStart(b, t), '}')
	}
	return append(b, ']')
}

// appendTensorStart writes a tensor's object but for what closes it.
func appendTensorStart(b []byte, t Tensor) []byte {
	b = appendString(append(b, `{"name":`...), t.Name)
	b = appendString(append(b, `,"datatype":`...), t.Datatype)
	b = append(b, `,"shape":[`...)
	for i, n := range t.Shape {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return append(b, ']')
}

func appendData(b, data []byte, signed bool) []byte {
	b = append(b, '[')
	for i, v := range data {
		if i > 0 {
			b = append(b, ',')
		}
		n := int64(v)
		if signed {
			n = int64(int8(v))
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return append(b, ']')
}

// appendResult writes what a response says besides its outputs.
func appendResult(b []byte, result Result) []byte {
	b = appendString(append(b, `{"assay_version":`...), result.VersionID)
	for _, p := range result.Parameters {
		b = append(appendString(append(b, ','), p.Name), ':')
		switch p.kind {
		case kindText:
			b = appendString(b, p.text)
		case kindInteger:
			b = strconv.AppendInt(b, p.number, 10)
		case kindBool:
			b = strconv.AppendBool(b, p.number == 1)
		}
	}
	if r := result.Receipt; r != nil {
		b = appendString(append(b, `,"assay_receipt":`...), string(appendReceipt(nil, *r)))
	}
	return append(b, '}')
}

// appendReceipt writes a receipt; bytes are hexadecimal.
func appendReceipt(b []byte, r Receipt) []byte {
	b = appendString(append(b, `{"id":`...), r.ID)
	b = appendString(append(b, `,"chain_id":`...), r.ChainID)
	b = appendString(append(b, `,"device":`...), r.Device)
	b = appendString(append(b, `,"version":`...), r.Version)
	for _, f := range []struct {
		name string
		v    []byte
	}{{`,"nonce":"`, r.Nonce}, {`,"input_digest":"`, r.InputDigest}, {`,"output":"`, r.Output}} {
		if f.v != nil {
			b = append(hex.AppendEncode(append(b, f.name...), f.v), '"')
		}
	}
	b = append(r.Time.UTC().AppendFormat(append(b, `,"time":"`...), time.RFC3339Nano), '"')
	b = appendString(append(b, `,"state":`...), r.State)
	if r.Attestation != 0 {
		b = strconv.AppendUint(append(b, `,"attestation":`...), r.Attestation, 10)
	}
	return append(b, '}')
}

func appendStrings(b []byte, all []string) []byte {
	b = append(b, '[')
	for i, s := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// appendString writes a JSON text. What is not UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return append(b, '"')
}
