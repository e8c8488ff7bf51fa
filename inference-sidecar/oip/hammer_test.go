package oip

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/assay-chain/assay/inference-sidecar/oip/inferencepb"
)

// Many callers side by side, some of whom break the rules: each gets its own answer, and no memory is lost or mixed up.
func TestHammer(t *testing.T) {
	f := newFake()
	f.models["small"] = &fakeModel{in: tensor("x", Int8, 1, 64), out: tensor("y", Int8, 1, 64)}
	f.run = func(_ context.Context, c *fakeCall) error {
		for i, v := range c.in {
			c.out[i] = v ^ 0x55
		}
		if c.in[0] == 13 {
			return ErrStale
		}
		if c.in[0] == 14 {
			panic("broken")
		}
		return nil
	}
	const callers, each = 16, 100
	s, rest, grpcSocket := serveUnix(t, f, Options{Logger: quiet(), MaxConnections: callers / 2})
	clients := make([]inferencepb.GRPCInferenceServiceClient, callers/4)
	for i := range clients {
		clients[i] = grpcClient(t, grpcSocket)
	}
	var group sync.WaitGroup
	for n := range callers {
		group.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			c := restClient(t, rest)
			defer c.CloseIdleConnections()
			client := clients[n%len(clients)]
			for range each {
				data := make([]byte, 64)
				for i := range data {
					data[i] = byte(random.UintN(256))
				}
				data[0] = byte(random.UintN(20))
				got, failed := []byte(nil), false
				switch random.UintN(3) {
				case 0:
					r := do(t, c, "POST", "/v2/models/small/infer", header("Inference-Header-Content-Length", "0"), data)
					got, failed = r.body[max(0, len(r.body)-64):], r.status != 200
				case 1:
					elements := strings.Trim(fmt.Sprint(signed(data)), "[]")
					body := `{"inputs":[{"name":"x","shape":[1,64],"datatype":"INT8","data":[` + strings.ReplaceAll(elements, " ", ",") + `]}]}`
					if r := do(t, c, "POST", "/v2/models/small/infer", nil, []byte(body)); r.status != 200 {
						failed = true
					} else {
						for _, v := range parseReply(t, r.body).Outputs[0].Data {
							got = append(got, byte(int8(v)))
						}
					}
				default:
					r := rawRequest()
					r.ModelName, r.RawInputContents, r.Inputs[0].Shape = "small", [][]byte{data}, []int64{1, 64}
					response, err := client.ModelInfer(t.Context(), r)
					if failed = err != nil; !failed {
						got = response.RawOutputContents[0]
					}
				}
				if want := data[0] == 13 || data[0] == 14; failed != want {
					t.Errorf("failed: expected %v, got %v", want, failed)
				}
				for i := range data {
					data[i] ^= 0x55
				}
				if !failed && !bytes.Equal(got, data) {
					t.Errorf("expected %v, got %v", data, got)
				}
			}
		})
	}
	group.Wait()
	if f.open.Load() != 0 || s.bodies.free.Load() != s.options.MaxBodyMemory {
		t.Errorf("open calls %d, free memory %d", f.open.Load(), s.bodies.free.Load())
	}
}

func signed(b []byte) []int8 {
	out := make([]int8, len(b))
	for i, v := range b {
		out[i] = int8(v)
	}
	return out
}
