package oip

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// restClient talks to a server's REST socket.
func restClient(t testing.TB, socket string) *http.Client {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// reply is a response that was read.
type reply struct {
	status int
	header http.Header
	body   []byte
	close  bool // the connection ends with it
}

func (r reply) error(t testing.TB) string {
	t.Helper()
	var e struct {
		Error *string `json:"error"`
	}
	if err := json.Unmarshal(r.body, &e); err != nil || e.Error == nil {
		t.Fatalf("expected an error object, got %q: %v", r.body, err)
	}
	return *e.Error
}

func do(t testing.TB, c *http.Client, method, path string, header http.Header, body []byte) reply {
	t.Helper()
	r, err := http.NewRequest(method, "http://localhost"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range header {
		r.Header[name] = v
	}
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, got, response.Close}
}

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// inferReply is the JSON of an inference response.
type inferReply struct {
	ModelName    string         `json:"model_name"`
	ModelVersion string         `json:"model_version"`
	ID           *string        `json:"id"`
	Parameters   map[string]any `json:"parameters"`
	Outputs      []struct {
		Name, Datatype string
		Shape          []int64
		Data           []int
		Parameters     map[string]any
	}
}

func parseReply(t testing.TB, b []byte) (r inferReply) {
	t.Helper()
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatalf("%v in %q", err, b)
	}
	return r
}

const echo = "/v2/models/acme/echo/infer"

// echoJSON is a request to the model echo.
func echoJSON(data string) string {
	return `{"id":"r1","inputs":[{"name":"x","shape":[1,2,3],"datatype":"INT8","data":` + data + `}]}`
}

func TestRoutes(t *testing.T) {
	f := newFake()
	_, socket, _ := serveUnix(t, f, Options{Software: "0.9", Logger: quiet()})
	c := restClient(t, socket)
	metadata := `{"name":"acme/echo","versions":["1.2.0"],"platform":"onnxruntime_onnx",` +
		`"inputs":[{"name":"x","datatype":"INT8","shape":[1,2,3]}],"outputs":[{"name":"y","datatype":"INT8","shape":[1,4]}]}`
	for _, tc := range []struct {
		name, method, path string
		status             int
		body               string // exact, or of the error
	}{
		{"success: server", "GET", "/v2", 200, `{"name":"assay-sidecar","version":"0.9","extensions":["binary_tensor_data","parameters","schedule_policy"]}`},
		{"success: server, slash", "GET", "/v2/", 200, `{"name":"assay-sidecar","version":"0.9","extensions":["binary_tensor_data","parameters","schedule_policy"]}`},
		{"success: live", "GET", "/v2/health/live", 200, `{"live":true}`},
		{"success: ready", "GET", "/v2/health/ready", 200, `{"live":true,"ready":true}`},
		{"success: ready, head", "HEAD", "/v2/health/ready", 200, ""},
		{"success: model", "GET", "/v2/models/acme/echo", 200, metadata},
		{"success: model, escaped", "GET", "/v2/models/acme%2Fecho", 200, metadata},
		{"success: model, version", "GET", "/v2/models/acme/echo/versions/1.2.0", 200, metadata},
		{"success: model ready", "GET", "/v2/models/acme/echo/ready", 200, `{"name":"acme/echo","ready":true}`},
		{"success: version ready", "GET", "/v2/models/acme/echo/versions/1.2.0/ready", 200, `{"name":"acme/echo","ready":true}`},
		{
			"success: receipt", "GET", "/v2/assay/receipts/000102030405060708090a0b0c0d0e0f", 200,
			`{"id":"000102030405060708090a0b0c0d0e0f","chain_id":"zone-1","device":"assay1device","version":"channel-0:acme/echo@1.2.0",` +
				`"input_digest":"abcd","output":"0102","time":"2023-11-14T22:13:20Z","state":"submitted","attestation":12}`,
		},
		{"failure: no such receipt", "GET", "/v2/assay/receipts/ff", 404, `not found: receipt "ff"`},
		{"failure: not ready", "GET", "/v2/models/loading/ready", 503, "not ready: no version yet"},
		{"failure: metadata, not ready", "GET", "/v2/models/loading", 503, "not ready: no version yet"},
		{"failure: no such model", "GET", "/v2/models/nothing", 404, `not found: model "nothing"`},
		{"failure: no such model is not ready", "GET", "/v2/models/nothing/ready", 404, `not found: model "nothing"`},
		{"failure: no such version", "GET", "/v2/models/acme/echo/versions/9.9.9", 404, `not found: version "9.9.9"`},
		{"failure: no version", "GET", "/v2/models/acme/echo/versions/", 404, `not found: path "/v2/models/acme/echo/versions/"`},
		{"failure: no model", "GET", "/v2/models/", 404, `not found: path "/v2/models/"`},
		{"failure: no path", "GET", "/v3", 404, `not found: path "/v3"`},
		{"failure: root", "GET", "/", 404, `not found: path "/"`},
		{"failure: name too long", "GET", "/v2/models/" + strings.Repeat("a", 257), 400, "invalid request: model and version: expected at most 256 bytes each, got 257 and 0"},
		{"failure: infer with get", "GET", echo, 405, "method not allowed: expected POST, got GET"},
		{"failure: metadata with post", "POST", "/v2/models/acme/echo", 405, "method not allowed: expected GET, got POST"},
		{"failure: delete", "DELETE", "/v2/models/acme/echo", 405, "method not allowed: expected GET, got DELETE"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := do(t, c, tc.method, tc.path, nil, nil)
			if r.status != tc.status {
				t.Fatalf("expected %d, got %d: %s", tc.status, r.status, r.body)
			}
			if got := r.header.Get("Content-Type"); got != "application/json" {
				t.Errorf("content type: got %q", got)
			}
			got := string(r.body)
			if tc.status >= 400 {
				got = r.error(t)
			}
			if got != tc.body {
				t.Errorf("expected %q, got %q", tc.body, got)
			}
		})
	}
	t.Run("failure: method says what is allowed", func(t *testing.T) {
		if got := do(t, c, "PUT", echo, nil, nil).header.Get("Allow"); got != "POST" {
			t.Errorf("expected POST, got %q", got)
		}
		if got := do(t, c, "PUT", "/v2", nil, nil).header.Get("Allow"); got != "GET, HEAD" {
			t.Errorf("expected GET, HEAD, got %q", got)
		}
	})
	t.Run("failure: down", func(t *testing.T) {
		f := newFake()
		f.dead = true
		_, socket, _ := serveUnix(t, f, Options{Logger: quiet()})
		c := restClient(t, socket)
		if r := do(t, c, "GET", "/v2/health/live", nil, nil); r.status != 503 || string(r.body) != `{"live":false}` {
			t.Errorf("got %d %s", r.status, r.body)
		}
		if r := do(t, c, "GET", "/v2/health/ready", nil, nil); r.status != 503 || string(r.body) != `{"live":false,"ready":false}` {
			t.Errorf("got %d %s", r.status, r.body)
		}
	})
}

func TestInferJSON(t *testing.T) {
	f := newFake()
	_, socket, _ := serveUnix(t, f, Options{Logger: quiet()})
	c := restClient(t, socket)
	for _, tc := range []struct{ name, data string }{
		{"success: flat", "[1,-2,3,-128,127,0]"},
		{"success: nested", "[[[1,-2,3],[-128,127,0]]]"},
		{"success: blanks", " [ [\n[ 1 , -2,\t3 ],[ -128,127 ,\r\n0]] ] "},
		{"success: minus zero", "[1,-2,3,-128,127,-0]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := do(t, c, "POST", echo, nil, []byte(echoJSON(tc.data)))
			if r.status != 200 {
				t.Fatalf("got %d: %s", r.status, r.body)
			}
			got := parseReply(t, r.body)
			if got.ModelName != "acme/echo" || got.ModelVersion != "1.2.0" || got.ID == nil || *got.ID != "r1" {
				t.Errorf("got %s", r.body)
			}
			if out := got.Outputs[0]; len(got.Outputs) != 1 || out.Name != "y" || out.Datatype != Int8 ||
				!reflect.DeepEqual(out.Shape, []int64{1, 4}) || !reflect.DeepEqual(out.Data, []int{1, -2, 3, -128}) || out.Parameters != nil {
				t.Errorf("got %s", r.body)
			}
			want := map[string]any{"assay_version": "channel-0:acme/echo@1.2.0", "order": 7.0, "source": "channel-0", "candidate": false}
			if !reflect.DeepEqual(got.Parameters, want) {
				t.Errorf("parameters: expected %v, got %v", want, got.Parameters)
			}
			if v := r.header.Get("Assay-Version"); v != "channel-0:acme/echo@1.2.0" {
				t.Errorf("version: got %q", v)
			}
			if r.header.Get("Inference-Header-Content-Length") != "" || r.header.Get("Content-Length") != strconv.Itoa(len(r.body)) {
				t.Errorf("got %v", r.header)
			}
		})
	}
	t.Run("success: unsigned, without an id", func(t *testing.T) {
		r := do(t, c, "POST", "/v2/models/unsigned/versions/1.2.0/infer", nil,
			[]byte(`{"inputs":[{"shape":[6],"data":[255,0,1,2,3,4],"datatype":"UINT8","name":"x"}]}`))
		got := parseReply(t, r.body)
		if r.status != 200 || got.ID != nil || !reflect.DeepEqual(got.Outputs[0].Data, []int{255, 0, 1, 2}) {
			t.Errorf("got %d %s", r.status, r.body)
		}
	})
	t.Run("success: chunked", func(t *testing.T) {
		r, err := c.Post("http://localhost"+echo, "application/json", io.MultiReader(strings.NewReader(echoJSON("[1,2,3,4,5,6]"))))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		if r.StatusCode != 200 {
			t.Errorf("got %s", r.Status)
		}
	})
	t.Run("success: strange texts come back", func(t *testing.T) {
		id := "a\"\\\n\u2028é\x01😀"
		quoted, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		body := strings.Replace(echoJSON("[1,2,3,4,5,6]"), `"r1"`, string(quoted), 1)
		body = strings.Replace(body, `"x"`, `"\u0078"`, 1)
		r := do(t, c, "POST", echo, nil, []byte(body))
		if got := parseReply(t, r.body); got.ID == nil || *got.ID != id {
			t.Errorf("got %s", r.body)
		}
	})
	t.Run("success: receipt", func(t *testing.T) {
		body := strings.Replace(echoJSON("[1,2,3,4,5,6]"), `{"id"`, `{"parameters":{"assay_receipt":true},"id"`, 1)
		r := do(t, c, "POST", echo, nil, []byte(body))
		text, ok := parseReply(t, r.body).Parameters["assay_receipt"].(string)
		if !ok || r.header.Get("Assay-Receipt") != receipt.ID {
			t.Fatalf("got %s, %v", r.body, r.header)
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(text), &got); err != nil || got["id"] != receipt.ID || got["attestation"] != 12.0 {
			t.Errorf("got %q: %v", text, err)
		}
	})
}

// binaryRequest puts data behind the JSON of a request.
func binaryRequest(head string, data []byte) (http.Header, []byte) {
	return header("Inference-Header-Content-Length", strconv.Itoa(len(head))), append([]byte(head), data...)
}

func binaryHead(size, rest string) string {
	return `{"inputs":[{"name":"x","shape":[1,2,3],"datatype":"INT8","parameters":{"binary_data_size":` + size + `}}]` + rest + `}`
}

func TestInferBinary(t *testing.T) {
	f := newFake()
	_, socket, _ := serveUnix(t, f, Options{Logger: quiet()})
	c := restClient(t, socket)
	data := []byte{1, 2, 0xff, 4, 5, 6}
	for _, tc := range []struct {
		name, rest string
		binary     bool
	}{
		{"success: json output by default", ``, false},
		{"success: all outputs", `,"parameters":{"binary_data_output":true}`, true},
		{"success: one output", `,"outputs":[{"name":"y","parameters":{"binary_data":true}}]`, true},
		{"success: one output overrides all", `,"parameters":{"binary_data_output":true},"outputs":[{"name":"y","parameters":{"binary_data":false}}]`, false},
		{"success: one output without a word", `,"parameters":{"binary_data_output":true},"outputs":[{"name":"y"}]`, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h, body := binaryRequest(binaryHead("6", tc.rest), data)
			r := do(t, c, "POST", echo, h, body)
			if r.status != 200 {
				t.Fatalf("got %d: %s", r.status, r.body)
			}
			checkBinaryReply(t, r, tc.binary, data[:4])
		})
	}
	t.Run("success: raw", func(t *testing.T) {
		r := do(t, c, "POST", echo, header("Inference-Header-Content-Length", "0"), data)
		if r.status != 200 {
			t.Fatalf("got %d: %s", r.status, r.body)
		}
		checkBinaryReply(t, r, true, data[:4])
	})
	t.Run("success: json input, binary output", func(t *testing.T) {
		body := strings.Replace(echoJSON("[1,2,-1,4,5,6]"), `{"id"`, `{"parameters":{"binary_data_output":true},"id"`, 1)
		checkBinaryReply(t, do(t, c, "POST", echo, nil, []byte(body)), true, data[:4])
	})
	t.Run("success: larger than one write", func(t *testing.T) {
		large := bytes.Repeat([]byte{7, 9}, 3*224*224/2)
		r := do(t, c, "POST", "/v2/models/large/infer", header("Inference-Header-Content-Length", "0"), large)
		checkBinaryReply(t, r, true, large[:1000])
	})
}

func checkBinaryReply(t *testing.T, r reply, binary bool, data []byte) {
	t.Helper()
	if !binary {
		if r.header.Get("Content-Type") != "application/json" || r.header.Get("Inference-Header-Content-Length") != "" {
			t.Errorf("expected JSON, got %v", r.header)
		}
		var want []int
		for _, v := range data {
			want = append(want, int(int8(v)))
		}
		if got := parseReply(t, r.body).Outputs[0].Data; !reflect.DeepEqual(got, want) {
			t.Errorf("expected %v, got %v", want, got)
		}
		return
	}
	n, err := strconv.Atoi(r.header.Get("Inference-Header-Content-Length"))
	if err != nil || r.header.Get("Content-Type") != "application/octet-stream" {
		t.Fatalf("got %v: %s", r.header, r.body)
	}
	if got := r.body[n:]; !bytes.Equal(got, data) {
		t.Errorf("expected %v, got %v", data, got)
	}
	out := parseReply(t, r.body[:n]).Outputs[0]
	if out.Data != nil || out.Parameters["binary_data_size"] != float64(len(data)) {
		t.Errorf("got %s", r.body[:n])
	}
}

func TestTarget(t *testing.T) {
	f := newFake()
	f.record = true
	_, socket, _ := serveUnix(t, f, Options{Logger: quiet()})
	c := restClient(t, socket)
	const parameters = `"parameters":{"priority":2,"timeout":1500,"stream":"cam-1","assay_prove":true,"assay_receipt":true,"unknown":{"a":[1]},"more":1.5,"null":null}`
	for _, tc := range []struct {
		name, path string
		header     http.Header
		members    string
		want       Target
	}{
		{"success: nothing", echo, nil, ``, Target{Model: "acme/echo"}},
		{"success: id is the key", echo, nil, `"id":"r7",`, Target{Model: "acme/echo", ID: "r7", Key: "r7"}},
		{"success: key wins", echo, header("X-Assay-Key", "caller"), `"id":"r7",`, Target{Model: "acme/echo", ID: "r7", Key: "caller"}},
		{"success: canary", echo, header("X-Canary", "true"), ``, Target{Model: "acme/echo", Canary: &yes}},
		{"success: no canary", echo, header("X-Canary", "false"), ``, Target{Model: "acme/echo", Canary: &no}},
		{"success: version", "/v2/models/acme/echo/versions/1.2.0/infer", nil, ``, Target{Model: "acme/echo", Version: "1.2.0"}},
		{"success: parameters", echo, nil, parameters + ",", Target{Model: "acme/echo", Stream: "cam-1", Batch: true, Timeout: 1500 * time.Microsecond, Prove: true, Receipt: true}},
		{"success: interactive", echo, nil, `"parameters":{"priority":"interactive"},`, Target{Model: "acme/echo"}},
		{"success: batch", echo, nil, `"parameters":{"priority":"batch"},`, Target{Model: "acme/echo", Batch: true}},
		{"success: priority 1", echo, nil, `"parameters":{"priority":1},`, Target{Model: "acme/echo"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f.targets = nil
			body := `{` + tc.members + `"inputs":[{"name":"x","shape":[1,2,3],"datatype":"INT8","data":[1,2,3,4,5,6]}]}`
			if r := do(t, c, "POST", tc.path, tc.header, []byte(body)); r.status != 200 {
				t.Fatalf("got %d: %s", r.status, r.body)
			}
			if !reflect.DeepEqual(f.targets, []Target{tc.want}) {
				t.Errorf("expected %+v, got %+v", tc.want, f.targets)
			}
		})
	}
}

// Hostile input: each is answered with its status and what was wrong, never reaches Run, and leaves no call open.
func TestInferRefuses(t *testing.T) {
	f := newFake()
	f.run = func(context.Context, *fakeCall) error {
		t.Error("the model ran")
		return nil
	}
	_, socket, _ := serveUnix(t, f, Options{Logger: quiet()})
	c := restClient(t, socket)
	in := func(members string) string { return `{"inputs":[{` + members + `}]}` }
	const named = `"name":"x","shape":[1,2,3],"datatype":"INT8"`
	many := strings.Repeat(`"p":1,`, 65)
	for _, tc := range []struct {
		name, body, want string
	}{
		{"empty", ``, `json: offset 0: expected '{', got the end`},
		{"not json", `hello`, `json: offset 0: expected '{', got "hello"`},
		{"not an object", `[]`, `expected '{', got "[]"`},
		{"cut", `{"inputs":[{"name":"x"`, `offset 22: expected ',' or '}', got the end`},
		{"cut text", `{"inp`, `expected the text to end`},
		{"more behind", echoJSON("[1,2,3,4,5,6]") + `{}`, `expected the end, got "{}"`},
		{"trailing comma", `{"id":"a",}`, `expected '"', got "}"`},
		{"no comma", `{"id":"a" "b":1}`, `expected ',' or '}'`},
		{"no inputs", `{}`, `inputs: expected one, got none`},
		{"empty inputs", `{"inputs":[]}`, `inputs: expected one, got none`},
		{"inputs twice", `{"inputs":[{` + named + `,"data":[1,2,3,4,5,6]}],"inputs":[]}`, `expected "inputs" once`},
		{"two inputs", `{"inputs":[{` + named + `,"data":[1,2,3,4,5,6]},{` + named + `,"data":[1,2,3,4,5,6]}]}`, `inputs: expected one, got more`},
		{"inputs of another type", `{"inputs":{}}`, `expected '[', got "{}}"`},
		{"input of another type", `{"inputs":[7]}`, `expected '{', got "7]}"`},
		{"id of another type", `{"id":7}`, `expected '"', got "7}"`},
		{"id too long", `{"id":"` + strings.Repeat("a", 257) + `"}`, `id: expected at most 256 bytes, got 257`},
		{"id not utf-8", "{\"id\":\"\xff\"}", `expected UTF-8`},
		{"control character", "{\"id\":\"\n\"}", `expected no control character in a text, got 0x0a`},
		{"bad escape", `{"id":"\x41"}`, `expected an escape`},
		{"cut escape", `{"id":"\u00"}`, `expected an escape`},
		{"no name", in(`"shape":[1,2,3],"datatype":"INT8","data":[1]`), `expected a name, got none`},
		{"no shape", in(`"name":"x","datatype":"INT8","data":[1]`), `input "x": expected a shape, got none`},
		{"no datatype", in(`"name":"x","shape":[1,2,3],"data":[1]`), `input "x": expected a datatype, got none`},
		{"no data", in(named), `input "x": expected either data or binary_data_size`},
		{"data twice", in(named + `,"data":[1],"data":[2]`), `expected "data" once`},
		{"data and binary data", in(named + `,"data":[1],"parameters":{"binary_data_size":6}`), `expected either data or binary_data_size`},
		{"another name", in(`"name":"z","shape":[1,2,3],"datatype":"INT8","data":[1]`), `input "z": expected "x", the model's input`},
		{"another datatype", in(`"name":"x","shape":[1,2,3],"datatype":"FP32","data":[1]`), `input "x": datatype: expected INT8, got "FP32"`},
		{"another sign", in(`"name":"x","shape":[1,2,3],"datatype":"UINT8","data":[1]`), `datatype: expected INT8, got "UINT8"`},
		{"another shape", in(`"name":"x","shape":[1,3,2],"datatype":"INT8","data":[1]`), `shape: expected [1 2 3], got [1 3 2]`},
		{"another rank", in(`"name":"x","shape":[6],"datatype":"INT8","data":[1,2,3,4,5,6]`), `shape: expected [1 2 3], got [6]`},
		{"empty shape", in(`"name":"x","shape":[],"datatype":"INT8","data":[1]`), `shape: expected [1 2 3], got []`},
		{"negative shape", in(`"name":"x","shape":[-1,2,3],"datatype":"INT8","data":[1]`), `shape: expected [1 2 3], got [-1 2 3]`},
		{"huge shape", in(`"name":"x","shape":[9223372036854775807,9223372036854775807],"datatype":"INT8","data":[1]`), `shape: expected [1 2 3], got`},
		{"shape over 64 bits", in(`"name":"x","shape":[9223372036854775808],"datatype":"INT8","data":[1]`), `expected a whole number of 64 bits, got "9223372036854775808"`},
		{"shape of fractions", in(`"name":"x","shape":[1.0],"datatype":"INT8","data":[1]`), `expected a whole number of 64 bits, got "1.0"`},
		{"rank too high", in(`"name":"x","shape":[1,1,1,1,1,1,1,1,1],"datatype":"INT8","data":[1]`), `shape: expected at most 8 dimensions`},
		{"too few elements", echoJSON(`[1,2,3,4,5]`), `data: expected 6 elements, got 5`},
		{"no elements", echoJSON(`[]`), `data: expected 6 elements, got 0`},
		{"too many elements", echoJSON(`[1,2,3,4,5,6,7]`), `data: expected 6 elements, got more`},
		{"too large", echoJSON(`[1,2,3,4,5,128]`), `data: element 5: expected a whole number of -128 to 127, got "128"`},
		{"too small", echoJSON(`[-129,2,3,4,5,6]`), `element 0: expected a whole number of -128 to 127, got "-129"`},
		{"far too large", echoJSON(`[99999999999999999999,2,3,4,5,6]`), `got "99999999999999999999"`},
		{"fraction", echoJSON(`[1,2.5,3,4,5,6]`), `data: element 1: expected a whole number of -128 to 127, got "2.5"`},
		{"whole fraction", echoJSON(`[1,2.0,3,4,5,6]`), `got "2.0"`},
		{"exponent", echoJSON(`[1,2e0,3,4,5,6]`), `got "2e0"`},
		{"leading zero", echoJSON(`[01,2,3,4,5,6]`), `got "01"`},
		{"plus", echoJSON(`[+1,2,3,4,5,6]`), `got "+1"`},
		{"minus alone", echoJSON(`[-,2,3,4,5,6]`), `got "-"`},
		{"null element", echoJSON(`[null,2,3,4,5,6]`), `got "null"`},
		{"text element", echoJSON(`["1",2,3,4,5,6]`), `data: expected whole numbers`},
		{"object element", echoJSON(`[{},2,3,4,5,6]`), `data: expected whole numbers`},
		{"data of another type", echoJSON(`"AAAA"`), `expected an array, got`},
		{"data null", echoJSON(`null`), `expected an array, got "null`},
		{"data cut", `{"inputs":[{` + named + `,"data":[1,2`, `data: expected the array to end`},
		{"data without comma", echoJSON(`[1 2,3,4,5,6]`), `expected ',' or ']', got "2,3,4,5,6]"`},
		{"data, trailing comma", echoJSON(`[1,2,3,4,5,6,]`), `expected 6 elements, got more`},
		{"nested otherwise", echoJSON(`[[[1,2],[3,4],[5,6]]]`), `data: expected 3 elements, got 2`},
		{"nested, ragged", echoJSON(`[[[1,2,3],[4,5]]]`), `data: expected 3 elements, got 2`},
		{"nested, too many rows", echoJSON(`[[[1,2,3],[4,5,6],[7,8,9]]]`), `data: expected 2 arrays, got more`},
		{"nested, too few rows", echoJSON(`[[[1,2,3]]]`), `data: expected 2 arrays, got 1`},
		{"nested too deep", echoJSON(`[[[[1,2,3],[4,5,6]]]]`), `data: element 0: expected a whole number of -128 to 127, got "[1"`},
		{"nested too little", echoJSON(`[[1,2,3],[4,5,6]]`), `expected '[', got "1,2,3]`},
		{"nested far too deep", echoJSON(strings.Repeat("[", 9)), `expected at most 8 arrays within each other`},
		{"nested bomb elsewhere", `{"x":` + strings.Repeat("[", 10000) + `}`, `expected at most 16 arrays and objects within each other`},
		{"nested bomb in a parameter", `{"parameters":{"x":` + strings.Repeat(`{"a":`, 10000) + `}}`, `expected at most 16 arrays and objects within each other`},
		{"unknown output", `{"outputs":[{"name":"z"}],"inputs":[{` + named + `,"data":[1,2,3,4,5,6]}]}`, `output "z": expected "y", the model's output`},
		{"two outputs", `{"outputs":[{"name":"y"},{"name":"y"}]}`, `outputs: expected at most one, got more`},
		{"output without a name", `{"outputs":[{}]}`, `outputs: expected a name, got none`},
		{"classification", `{"outputs":[{"name":"y","parameters":{"classification":3}}]}`, `parameter "classification": expected none`},
		{"too many parameters", `{"parameters":{` + many + `"q":1}}`, `expected at most 64 parameters`},
		{"parameter's name too long", `{"parameters":{"` + strings.Repeat("a", 257) + `":1}}`, `name of a parameter: expected at most 256 bytes, got 257`},
		{"priority below zero", `{"parameters":{"priority":-1}}`, `parameter "priority": expected 0, 1 or more, "interactive" or "batch", got -1`},
		{"priority unknown", `{"parameters":{"priority":"urgent"}}`, `got "urgent"`},
		{"priority of another type", `{"parameters":{"priority":true}}`, `got true or false`},
		{"timeout below zero", `{"parameters":{"timeout":-1}}`, `parameter "timeout": expected 0 to 3600000000 microseconds, got -1`},
		{"timeout too long", `{"parameters":{"timeout":3600000001}}`, `got 3600000001`},
		{"timeout over 64 bits", `{"parameters":{"timeout":9223372036854775808}}`, `got something else`},
		{"timeout of a fraction", `{"parameters":{"timeout":1.5}}`, `got something else`},
		{"stream of another type", `{"parameters":{"stream":5}}`, `parameter "stream": expected a text of at most 256 bytes, got 5`},
		{"stream too long", `{"parameters":{"stream":"` + strings.Repeat("a", 257) + `"}}`, `parameter "stream"`},
		{"prove of another type", `{"parameters":{"assay_prove":1}}`, `parameter "assay_prove": expected true or false, got a whole number`},
		{"binary data without its header", in(named + `,"parameters":{"binary_data_size":6}`), `binary_data_size: expected a header Inference-Header-Content-Length, got none`},
	} {
		t.Run("failure: "+tc.name, func(t *testing.T) {
			r := do(t, c, "POST", echo, nil, []byte(tc.body))
			checkRefusal(t, f, r, 400, tc.want)
		})
	}
}

func checkRefusal(t *testing.T, f *fake, r reply, status int, want string) {
	t.Helper()
	if r.status != status {
		t.Fatalf("expected %d, got %d: %s", status, r.status, r.body)
	}
	if got := r.error(t); !strings.Contains(got, want) {
		t.Errorf("expected %q in %q", want, got)
	}
	if n := f.open.Load(); n != 0 {
		t.Errorf("expected no open calls, got %d", n)
	}
}

func TestInferRefusesBinary(t *testing.T) {
	f := newFake()
	f.run = func(context.Context, *fakeCall) error {
		t.Error("the model ran")
		return nil
	}
	_, socket, _ := serveUnix(t, f, Options{Logger: quiet()})
	c := restClient(t, socket)
	head := binaryHead("6", "")
	six := "abcdef"
	length := strconv.Itoa(len(head))
	for _, tc := range []struct {
		name   string
		header string // Inference-Header-Content-Length
		body   string
		want   string
	}{
		{"header negative", "-1", head + six, `header Inference-Header-Content-Length: expected one number of 0 to 65536, got "-1"`},
		{"header plus", "+5", head + six, `got "+5"`},
		{"header empty", "", head + six, `got ""`},
		{"header a word", "all", head + six, `got "all"`},
		{"header over 64 bits", "18446744073709551617", head + six, `got "18446744073709551617"`},
		{"header over 32 bits", "4294967297", head + six, `got "4294967297"`},
		{"header beyond its bound", "65537", head + six, `got "65537"`},
		{"header beyond the body", "1000", head + six, `expected at most the body's ` + strconv.Itoa(len(head)+6) + ` bytes, got 1000`},
		{"header too short", "10", head + six, `offset 10: expected`},
		{"header too long", strconv.Itoa(len(head) + 3), head + six, `expected the end, got "abc"`},
		{"size negative", strconv.Itoa(len(head) + 1), binaryHead("-6", "") + six, `parameter "binary_data_size": expected 0 to 2147483647, got -6`},
		{"size overflows", strconv.Itoa(len(binaryHead("9223372036854775808", ""))), binaryHead("9223372036854775808", "") + six, `got something else`},
		{"size beyond 31 bits", strconv.Itoa(len(binaryHead("2147483648", ""))), binaryHead("2147483648", "") + six, `got 2147483648`},
		{"size a fraction", strconv.Itoa(len(binaryHead("6.0", ""))), binaryHead("6.0", "") + six, `got something else`},
		{"size a text", strconv.Itoa(len(binaryHead(`"6"`, ""))), binaryHead(`"6"`, "") + six, `got "6"`},
		{"size twice", strconv.Itoa(len(binaryHead(`6,"binary_data_size":6`, ""))), binaryHead(`6,"binary_data_size":6`, "") + six, `expected "binary_data_size" once`},
		{"size more than there is", length, head + "abcde", `binary data: expected 6 bytes, got 5`},
		{"size less than there is", length, head + six + "g", `binary data: expected 6 bytes, got 7`},
		{"size not the model's", strconv.Itoa(len(head)), binaryHead("5", "") + "abcde", `input "x": expected 6 bytes of data, got 5`},
		{"size zero", strconv.Itoa(len(head)), binaryHead("0", ""), `input "x": expected 6 bytes of data, got 0`},
		{"no data claimed", strconv.Itoa(len(echoJSON("[1,2,3,4,5,6]"))), echoJSON("[1,2,3,4,5,6]") + six, `binary data: expected 0 bytes, got 6`},
		{"raw, too short", "0", "abcde", `input "x": expected 6 bytes of data, got 5`},
		{"raw, too long", "0", "abcdefg", `input "x": expected 6 bytes of data, got 7`},
		{"raw, empty", "0", "", `input "x": expected 6 bytes of data, got 0`},
	} {
		t.Run("failure: "+tc.name, func(t *testing.T) {
			r := do(t, c, "POST", echo, http.Header{"Inference-Header-Content-Length": {tc.header}}, []byte(tc.body))
			checkRefusal(t, f, r, 400, tc.want)
		})
	}
	t.Run("failure: header twice", func(t *testing.T) {
		r := do(t, c, "POST", echo, http.Header{"Inference-Header-Content-Length": {length, length}}, []byte(head+six))
		checkRefusal(t, f, r, 400, "expected one number")
	})
	t.Run("failure: compressed", func(t *testing.T) {
		r := do(t, c, "POST", echo, header("Content-Encoding", "gzip"), []byte(head+six))
		checkRefusal(t, f, r, 415, `content encoding: expected none, got "gzip"`)
	})
	t.Run("failure: canary unclear", func(t *testing.T) {
		r := do(t, c, "POST", echo, header("X-Canary", "yes"), []byte(echoJSON("[1,2,3,4,5,6]")))
		checkRefusal(t, f, r, 400, `header X-Canary: expected true or false, got "yes"`)
	})
	t.Run("failure: key too long", func(t *testing.T) {
		r := do(t, c, "POST", echo, header("X-Assay-Key", strings.Repeat("k", 257)), []byte(echoJSON("[1,2,3,4,5,6]")))
		checkRefusal(t, f, r, 400, `header X-Assay-Key: expected at most 256 bytes, got 257`)
	})
	t.Run("failure: no such model", func(t *testing.T) {
		r := do(t, c, "POST", "/v2/models/nothing/infer", nil, []byte(echoJSON("[1,2,3,4,5,6]")))
		checkRefusal(t, f, r, 404, `model "nothing"`)
	})
	t.Run("failure: not ready", func(t *testing.T) {
		r := do(t, c, "POST", "/v2/models/loading/infer", nil, []byte(echoJSON("[1]")))
		checkRefusal(t, f, r, 503, `no version yet`)
	})
}

// A failure of the backend has the status and the hint that docs/serving.md names.
func TestBackendErrors(t *testing.T) {
	secret := errors.New("disk sda1: secret detail")
	for _, tc := range []struct {
		name          string
		err           error
		status        int
		message       string
		after, millis string
	}{
		{"overload", &OverloadError{Reason: "the queue is full", RetryAfter: 1200 * time.Millisecond}, 429, "overload: the queue is full: try again in 1.2s", "2", "1200"},
		{"overload, a microsecond", &OverloadError{Reason: "full", RetryAfter: time.Microsecond}, 429, "overload: full: try again in 0s", "1", "1"},
		{"overload without a hint", &OverloadError{Reason: "full"}, 429, "overload: full", "", ""},
		{"overload, wrapped", fmt.Errorf("model: %w", &OverloadError{Reason: "full", RetryAfter: time.Second}), 429, "model: overload: full: try again in 1s", "1", "1000"},
		{"deadline", fmt.Errorf("%w: 150ms", ErrDeadline), 504, "deadline passed: 150ms", "", ""},
		{"deadline of the context", context.DeadlineExceeded, 504, "context deadline exceeded", "", ""},
		{"stale", ErrStale, 409, "replaced by a newer request of the stream", "", ""},
		{"not ready", ErrNotReady, 503, "not ready", "", ""},
		{"closed", ErrClosed, 503, "shutting down", "", ""},
		{"invalid", fmt.Errorf("%w: it", ErrInvalid), 400, "invalid request: it", "", ""},
		{"internal", secret, 500, "internal error; the server's log says more", "", ""},
	} {
		for _, at := range []string{"begin", "run"} {
			t.Run("failure: "+tc.name+" in "+at, func(t *testing.T) {
				f := newFake()
				if at == "begin" {
					f.begin = func(Target) error { return tc.err }
				} else {
					f.run = func(context.Context, *fakeCall) error { return tc.err }
				}
				var log bytes.Buffer
				seen := make(chan Observation, 1)
				_, socket, _ := serveUnix(t, f, Options{
					Logger:  slog.New(slog.NewTextHandler(&log, nil)),
					Observe: func(o Observation) { seen <- o },
				})
				r := do(t, restClient(t, socket), "POST", echo, nil, []byte(echoJSON("[1,2,3,4,5,6]")))
				if r.status != tc.status || r.error(t) != tc.message {
					t.Errorf("expected %d %q, got %d %s", tc.status, tc.message, r.status, r.body)
				}
				if a, m := r.header.Get("Retry-After"), r.header.Get("Assay-Retry-After-Ms"); a != tc.after || m != tc.millis {
					t.Errorf("hint: expected %q and %q, got %q and %q", tc.after, tc.millis, a, m)
				}
				if logged := strings.Contains(log.String(), "secret detail"); logged != (tc.status == 500) {
					t.Errorf("log: %q", log.String())
				}
				if o := <-seen; f.open.Load() != 0 || o.Status != tc.status || o.Model != "acme/echo" || o.Version != "" {
					t.Errorf("open calls %d, observed %+v", f.open.Load(), o)
				}
			})
		}
	}
}

// A panic of the backend costs its request alone.
func TestPanic(t *testing.T) {
	f := newFake()
	f.run = func(context.Context, *fakeCall) error { panic("broken") }
	s, socket, _ := serveUnix(t, f, Options{Logger: quiet()})
	r := do(t, restClient(t, socket), "POST", echo, nil, []byte(echoJSON("[1,2,3,4,5,6]")))
	checkRefusal(t, f, r, 500, "internal error; the server's log says more")
	waitFor(t, func() bool { return s.bodies.free.Load() == s.options.MaxBodyMemory })
}

// The caller's disappearance ends the context that Run has.
func TestCallerGone(t *testing.T) {
	f := newFake()
	running, ended := make(chan struct{}), make(chan error, 1)
	f.run = func(ctx context.Context, _ *fakeCall) error {
		close(running)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}
	_, socket, _ := serveUnix(t, f, Options{Logger: quiet()})
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nInference-Header-Content-Length: 0\r\nContent-Length: 6\r\n\r\nabcdef", echo); err != nil {
		t.Fatal(err)
	}
	<-running
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("expected %v, got %v", context.Canceled, err)
	}
}
