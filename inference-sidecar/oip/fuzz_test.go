package oip

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/assay-chain/assay/inference-sidecar/oip/inferencepb"
)

var fuzzTensor = tensor("x", Int8, 1, 2, 3)

// accept decodes a request for the model echo as the server does, and returns the input.
func accept(r *request, data []byte, binary, raw bool) ([]byte, error) {
	if !raw {
		if err := checkInput(r.input.name, r.input.datatype, r.input.shape, fuzzTensor); err != nil {
			return nil, err
		}
	}
	lent := make([]byte, fuzzTensor.Size)
	return lent, r.fill(lent, data, binary, fuzzTensor)
}

// What is accepted means the same to another reader of JSON.
func FuzzJSONRequest(f *testing.F) {
	for _, s := range []string{
		echoJSON("[1,-2,3,-128,127,0]"), echoJSON("[[[1,2,3],[4,5,6]]]"), echoJSON("[1,2,3,4,5,6,]"), echoJSON("[1,2,3,4,5,1e1]"), binaryHead("6", ""),
		`{"id":"\u00e9\ud83d\ude00\n","parameters":{"timeout":5,"stream":"s","priority":"batch","assay_prove":true,"x":[{"y":null}]},` +
			`"outputs":[{"name":"y","parameters":{"binary_data":true}}],"inputs":[{"name":"x","shape":[1,2,3],"datatype":"INT8","data":[0,0,0,0,0,0]}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var r request
		if err := decodeJSON(b, &r); err != nil {
			return
		}
		got, err := accept(&r, nil, r.input.binary, false)
		if err != nil {
			return
		}
		var want struct {
			ID     string
			Inputs []struct {
				Name, Datatype string
				Shape          []int64
				Data           any
			}
		}
		if err := json.Unmarshal(lastMembers(t, b), &want); err != nil {
			t.Fatalf("accepted %q: %v", b, err)
		}
		if string(r.id) != want.ID {
			t.Errorf("id: expected %q, got %q", want.ID, r.id)
		}
		if flat := flatten(want.Inputs[0].Data, nil); !bytes.Equal(flat, got) {
			t.Errorf("data: expected %v, got %v", flat, got)
		}
	})
}

// lastMembers keeps of an object what the protocol names, since encoding/json takes names in any case.
func lastMembers(t *testing.T, b []byte) []byte {
	t.Helper()
	keep := func(b []byte, names ...string) map[string]json.RawMessage {
		var all map[string]json.RawMessage
		if err := json.Unmarshal(b, &all); err != nil {
			t.Fatalf("accepted %q: %v", b, err)
		}
		for name := range all {
			if !slices.Contains(names, name) {
				delete(all, name)
			}
		}
		return all
	}
	top := keep(b, "id", "inputs")
	var inputs []json.RawMessage
	if err := json.Unmarshal(top["inputs"], &inputs); err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(keep(inputs[0], "name", "datatype", "shape", "data"))
	if err != nil {
		t.Fatal(err)
	}
	top["inputs"] = json.RawMessage("[" + string(input) + "]")
	out, err := json.Marshal(top)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func flatten(v any, into []byte) []byte {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			into = flatten(e, into)
		}
	case float64:
		into = append(into, byte(int8(v)))
	}
	return into
}

// What is accepted is the end of the body, of the model's size.
func FuzzBinaryRequest(f *testing.F) {
	head := binaryHead("6", "")
	for _, length := range []string{"0", "1", "-1", "99999999999", "105", "106"} {
		f.Add(length, []byte(head+"abcdef"))
	}
	f.Add("0", []byte("abcdef"))
	f.Add("104", []byte(head+"abcde"))
	f.Fuzz(func(t *testing.T, length string, b []byte) {
		framing, err := readFraming(http.Header{headerLengthName: {length}})
		if err != nil {
			return
		}
		var r request
		data, err := framing.split(b, &r)
		if err != nil {
			return
		}
		got, err := accept(&r, data, framing.raw() || r.input.binary, framing.raw())
		if err == nil && (framing.raw() || r.input.binary) && (len(data) != fuzzTensor.Size || !bytes.HasSuffix(b, got)) {
			t.Errorf("accepted %q as %q", b, got)
		}
	})
}

// What is accepted is what was sent, raw or element by element.
func FuzzGRPCRequest(f *testing.F) {
	for _, r := range []*inferRequest{rawRequest(), typedRequest(), {}, {Inputs: []*inputTensor{nil}, RawInputContents: [][]byte{nil}}} {
		b, err := proto.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &inferencepb.ModelInferRequest{}
		if err := proto.Unmarshal(b, r); err != nil {
			return
		}
		if _, err := grpcTarget(t.Context(), r); err != nil || checkGRPC(r) != nil {
			return
		}
		lent := make([]byte, fuzzTensor.Size)
		if fillGRPC(r, lent, fuzzTensor, tensor("y", Int8, 4)) != nil {
			return
		}
		want := lent[:0:0]
		for _, e := range r.Inputs[0].GetContents().GetIntContents() {
			want = append(want, byte(int8(e)))
		}
		if len(r.RawInputContents) > 0 {
			want = r.RawInputContents[0]
		}
		if !bytes.Equal(want, lent) {
			t.Errorf("expected %v, got %v", want, lent)
		}
	})
}

// A path names what it is made from.
func FuzzRoute(f *testing.F) {
	for _, p := range []string{"/v2", echo, "/v2/models/a%2Fversions%2Fb/versions/1.0.0/ready", "/v2/models//infer", "/v2/assay/receipts/ab"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		r, err := parseRoute(u)
		if err != nil || r.model == "" {
			return
		}
		again := modelsPath + url.PathEscape(r.model)
		if r.version != "" {
			again += "/versions/" + url.PathEscape(r.version)
		}
		again += map[routeKind]string{routeInfer: "/infer", routeModelReady: "/ready"}[r.kind]
		u, err = url.ParseRequestURI(again)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseRoute(u); err != nil || back != r {
			t.Errorf("%q is %+v, %q is %+v, %v", path, r, again, back, err)
		}
	})
}

// A text comes back from JSON as it was, or with U+FFFD where it was not UTF-8.
func FuzzString(f *testing.F) {
	f.Add("a\"\\\n\x00\u2028é\xff😀")
	f.Fuzz(func(t *testing.T, s string) {
		b := appendString(nil, s)
		var got string
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		if want := strings.ToValidUTF8(s, "\uFFFD"); got != want && strings.ToValidUTF8(s, "") == s {
			t.Errorf("expected %q, got %q", want, got)
		}
		d := decoder{scanner: scanner{b: b}}
		if ours, err := d.text(); err != nil || string(ours) != got {
			t.Errorf("expected %q, got %q, %v", got, ours, err)
		}
	})
}

// Reading a request costs no memory of its own.
func TestDecodeAllocatesNothing(t *testing.T) {
	var r request
	lent := make([]byte, fuzzTensor.Size)
	for name, b := range map[string][]byte{
		"data":   []byte(echoJSON("[1,-2,3,-128,127,0]")),
		"binary": []byte(binaryHead("6", `,"parameters":{"binary_data_output":true,"timeout":5},"outputs":[{"name":"y","parameters":{"binary_data":true}}]`)),
	} {
		if err := decodeJSON(b, &r); err != nil {
			t.Fatal(err)
		}
		n := testing.AllocsPerRun(100, func() {
			if decodeJSON(b, &r) != nil || r.fill(lent, lent, r.input.binary, fuzzTensor) != nil {
				t.Error("refused")
			}
		})
		if n != 0 {
			t.Errorf("%s: expected no allocation, got %v", name, n)
		}
	}
}
