package oip

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/assay-chain/assay/inference-sidecar/oip/inferencepb"
)

// BenchmarkOIP is a whole exchange over a Unix socket with a backend that does nothing, so it is what the protocol costs.
// Its REST client is as thin as one can be: it writes prepared bytes and parses the response.
func BenchmarkOIP(b *testing.B) {
	f := newFake()
	f.models["small"] = &fakeModel{in: tensor("x", Int8, 1, 640), out: tensor("y", Int8, 1, 640)}
	_, rest, grpcSocket := serveUnix(b, f, Options{Logger: slog.New(slog.DiscardHandler)})
	data := strings.Repeat("a", 640)
	head := `{"inputs":[{"name":"x","shape":[1,640],"datatype":"INT8","parameters":{"binary_data_size":640}}],` +
		`"parameters":{"binary_data_output":true}}`
	b.Run("rest-binary/unix", func(b *testing.B) {
		benchREST(b, rest, fmt.Sprintf("Inference-Header-Content-Length: %d\r\n", len(head)), head+data)
	})
	b.Run("rest-raw/unix", func(b *testing.B) {
		benchREST(b, rest, "Inference-Header-Content-Length: 0\r\n", data)
	})
	b.Run("rest-json/unix", func(b *testing.B) {
		elements := strings.Repeat("97,", 639) + "97"
		benchREST(b, rest, "", `{"inputs":[{"name":"x","shape":[1,640],"datatype":"INT8","data":[`+elements+`]}]}`)
	})
	b.Run("grpc/unix", func(b *testing.B) { benchGRPC(b, grpcSocket, data) })
}

func benchREST(b *testing.B, socket, headers, body string) {
	c, err := net.Dial("unix", socket)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	request := []byte(fmt.Sprintf("POST /v2/models/small/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n%s\r\n%s", len(body), headers, body))
	r := bufio.NewReaderSize(c, 16<<10)
	measure(b, func() error {
		if _, err := c.Write(request); err != nil {
			return err
		}
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("expected 200, got %s", response.Status)
		}
		_, err = io.Copy(io.Discard, response.Body)
		return err
	})
}

func benchGRPC(b *testing.B, socket, data string) {
	c, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	client := inferencepb.NewGRPCInferenceServiceClient(c)
	request := &inferRequest{
		ModelName: "small", RawInputContents: [][]byte{[]byte(data)},
		Inputs: []*inferencepb.ModelInferRequest_InferInputTensor{{Name: "x", Datatype: Int8, Shape: []int64{1, 640}}},
	}
	measure(b, func() error {
		_, err := client.ModelInfer(context.Background(), request)
		return err
	})
}

// measure reports the median and the 99th percentile of an exchange in microseconds.
func measure(b *testing.B, exchange func() error) {
	for range 200 {
		if err := exchange(); err != nil {
			b.Fatal(err)
		}
	}
	took := make([]time.Duration, 0, b.N+1)
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		if err := exchange(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	at := func(p float64) float64 { return float64(took[int(p*float64(len(took)-1))]) / 1e3 }
	b.ReportMetric(at(0.5), "p50-µs")
	b.ReportMetric(at(0.99), "p99-µs")
}
