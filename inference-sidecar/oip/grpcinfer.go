package oip

import (
	"context"
	"math"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/assay-chain/assay/inference-sidecar/oip/inferencepb"
)

type (
	inferRequest  = inferencepb.ModelInferRequest
	inferResponse = inferencepb.ModelInferResponse
)

// ModelInfer answers an inference request and tells the observer.
func (i inference) ModelInfer(ctx context.Context, r *inferRequest) (*inferResponse, error) {
	s := i.server
	start := s.options.Now()
	response, version, err := s.answerGRPC(ctx, r)
	if s.options.Observe != nil {
		status := 200
		if err != nil {
			status = outcomeOf(err).status
		}
		s.options.Observe(Observation{"grpc", r.GetModelName(), version, status, s.options.Now().Sub(start)})
	}
	return response, err
}

// answerGRPC runs the request and returns the full id of the version that answered.
func (s *Server) answerGRPC(ctx context.Context, r *inferRequest) (*inferResponse, string, error) {
	t, err := grpcTarget(ctx, r)
	if err != nil {
		return nil, "", err
	}
	if err := checkGRPC(r); err != nil {
		return nil, "", err
	}
	call, err := s.backend.Begin(ctx, t)
	if err != nil {
		return nil, "", err
	}
	defer call.End()
	out := call.Output()
	if err := fillGRPC(r, call.In(), call.Input(), out); err != nil {
		return nil, "", err
	}
	result, err := call.Run(ctx)
	if err != nil {
		return nil, "", err
	}
	if err := checkLent("output", call.Out(), out); err != nil {
		return nil, "", err
	}
	md := metadata.Pairs("assay-version", result.VersionID)
	if result.Receipt != nil {
		md.Set("assay-receipt", result.Receipt.ID)
	}
	if err := grpc.SetHeader(ctx, md); err != nil {
		return nil, "", err
	}
	return encodeGRPC(t, result, out, call.Out(), len(r.GetRawInputContents()) > 0), result.VersionID, nil
}

// grpcTarget says what the request asks the backend for.
func grpcTarget(ctx context.Context, r *inferRequest) (Target, error) {
	var p parameters
	if err := grpcParameters(r.GetParameters(), p.set); err != nil {
		return Target{}, err
	}
	t := Target{
		Model: r.GetModelName(), Version: r.GetModelVersion(), ID: r.GetId(),
		Stream: p.stream, Batch: p.batch, Timeout: p.timeout, Prove: p.prove, Receipt: p.receipt,
	}
	if err := checkNames(t.Model, t.Version); err != nil {
		return t, err
	}
	if len(t.ID) > maxID {
		return t, invalid("id: expected at most %d bytes, got %d", maxID, len(t.ID))
	}
	if deadline, ok := ctx.Deadline(); ok {
		left := max(time.Until(deadline), time.Microsecond)
		if t.Timeout == 0 || left < t.Timeout {
			t.Timeout = left
		}
	}
	md, _ := metadata.FromIncomingContext(ctx)
	var err error
	if t.Canary, err = canary(firstOf(md, "x-canary")); err != nil {
		return t, err
	}
	t.Key, err = callerKey(firstOf(md, "x-assay-key"), t.ID)
	return t, err
}

// grpcParameters calls set for each parameter.
func grpcParameters(all map[string]*inferencepb.InferParameter, set func(name []byte, v value) error) error {
	if len(all) > maxParameters {
		return invalid("parameters: expected at most %d, got %d", maxParameters, len(all))
	}
	for name, p := range all {
		if len(name) > maxName {
			return invalid("name of a parameter: expected at most %d bytes, got %d", maxName, len(name))
		}
		if err := set([]byte(name), grpcValue(p)); err != nil {
			return err
		}
	}
	return nil
}

func grpcValue(p *inferencepb.InferParameter) value {
	switch c := p.GetParameterChoice().(type) {
	case *inferencepb.InferParameter_BoolParam:
		if c.BoolParam {
			return value{kind: valueBool, number: 1}
		}
		return value{kind: valueBool}
	case *inferencepb.InferParameter_Int64Param:
		return value{kind: valueInteger, number: c.Int64Param}
	case *inferencepb.InferParameter_Uint64Param:
		if c.Uint64Param <= math.MaxInt64 {
			return value{kind: valueInteger, number: int64(c.Uint64Param)}
		}
	case *inferencepb.InferParameter_StringParam:
		return value{kind: valueText, text: []byte(c.StringParam)}
	}
	return value{}
}

// checkGRPC checks what can be without the model.
func checkGRPC(r *inferRequest) error {
	inputs, raw := r.GetInputs(), r.GetRawInputContents()
	if len(inputs) != 1 {
		return invalid("inputs: expected one, got %d", len(inputs))
	}
	if len(r.GetOutputs()) > 1 {
		return invalid("outputs: expected at most one, got %d", len(r.GetOutputs()))
	}
	for _, o := range r.GetOutputs() {
		if _, ok := o.GetParameters()["classification"]; ok {
			return invalid("output %q: parameter \"classification\": expected none, the extension is not here", clipText(o.GetName()))
		}
	}
	in := inputs[0]
	if len(in.GetShape()) > maxRank || len(in.GetParameters()) > maxParameters {
		return invalid("input %q: expected at most %d dimensions and %d parameters, got %d and %d", clipText(in.GetName()),
			maxRank, maxParameters, len(in.GetShape()), len(in.GetParameters()))
	}
	if len(raw) > 1 || len(raw) == 1 && in.GetContents() != nil || len(raw) == 0 && in.GetContents() == nil {
		return invalid("input %q: expected either contents or one raw_input_contents, got %d of the latter", clipText(in.GetName()), len(raw))
	}
	return nil
}

// fillGRPC decodes the input into the memory that the backend lends.
func fillGRPC(r *inferRequest, lent []byte, want, output Tensor) error {
	if err := checkLent("input", lent, want); err != nil {
		return err
	}
	in := r.GetInputs()[0]
	if err := checkInput(in.GetName(), in.GetDatatype(), in.GetShape(), want); err != nil {
		return err
	}
	for _, o := range r.GetOutputs() {
		if err := checkOutput(o.GetName(), output); err != nil {
			return err
		}
	}
	if raw := r.GetRawInputContents(); len(raw) == 1 {
		if len(raw[0]) != want.Size {
			return invalid("input %q: raw_input_contents: expected %d bytes, got %d", want.Name, want.Size, len(raw[0]))
		}
		copy(lent, raw[0])
		return nil
	}
	c := in.GetContents()
	if n := foreignContents(c, want.Datatype); n > 0 {
		return invalid("input %q: contents: expected %s alone, got %d elements of other types", want.Name, contentsName(want.Datatype), n)
	}
	if want.Datatype == Int8 {
		return fillContents(lent, c.GetIntContents(), math.MinInt8, math.MaxInt8, want)
	}
	return fillContents(lent, c.GetUintContents(), 0, math.MaxUint8, want)
}

func contentsName(datatype string) string {
	if datatype == Int8 {
		return "int_contents"
	}
	return "uint_contents"
}

// foreignContents counts the elements of contents that are not of a datatype's field.
func foreignContents(c *inferencepb.InferTensorContents, datatype string) int {
	n := len(c.GetBoolContents()) + len(c.GetInt64Contents()) + len(c.GetUint64Contents()) +
		len(c.GetFp32Contents()) + len(c.GetFp64Contents()) + len(c.GetBytesContents())
	if datatype == Int8 {
		return n + len(c.GetUintContents())
	}
	return n + len(c.GetIntContents())
}

func fillContents[T int32 | uint32](lent []byte, elements []T, low, high int64, want Tensor) error {
	if len(elements) != len(lent) {
		return invalid("input %q: contents: expected %d elements, got %d", want.Name, len(lent), len(elements))
	}
	for i, e := range elements {
		if v := int64(e); v < low || v > high {
			return invalid("input %q: contents: element %d: expected %d to %d, got %d", want.Name, i, low, high, v)
		}
		lent[i] = byte(e)
	}
	return nil
}

// encodeGRPC makes the response, which answers in the form that the input came in. It copies data, which is the
// backend's.
func encodeGRPC(t Target, result Result, out Tensor, data []byte, raw bool) *inferResponse {
	tensor := &inferencepb.ModelInferResponse_InferOutputTensor{Name: out.Name, Datatype: out.Datatype, Shape: out.Shape}
	response := &inferResponse{
		ModelName: t.Model, ModelVersion: result.Version, Id: t.ID,
		Parameters: resultParameters(result),
		Outputs:    []*inferencepb.ModelInferResponse_InferOutputTensor{tensor},
	}
	if raw {
		response.RawOutputContents = [][]byte{append([]byte(nil), data...)}
		return response
	}
	c := &inferencepb.InferTensorContents{}
	if out.Datatype == Int8 {
		c.IntContents = make([]int32, len(data))
		for i, v := range data {
			c.IntContents[i] = int32(int8(v))
		}
	} else {
		c.UintContents = make([]uint32, len(data))
		for i, v := range data {
			c.UintContents[i] = uint32(v)
		}
	}
	tensor.Contents = c
	return response
}

func resultParameters(result Result) map[string]*inferencepb.InferParameter {
	all := make(map[string]*inferencepb.InferParameter, len(result.Parameters)+2)
	for _, p := range result.Parameters {
		all[p.Name] = p.message()
	}
	all["assay_version"] = Text("", result.VersionID).message()
	if r := result.Receipt; r != nil {
		all["assay_receipt"] = Text("", string(appendReceipt(nil, *r))).message()
	}
	return all
}

// message is a parameter as gRPC has it, whose texts are UTF-8 or cannot be sent.
func (p Parameter) message() *inferencepb.InferParameter {
	switch p.kind {
	case kindInteger:
		return &inferencepb.InferParameter{ParameterChoice: &inferencepb.InferParameter_Int64Param{Int64Param: p.number}}
	case kindBool:
		return &inferencepb.InferParameter{ParameterChoice: &inferencepb.InferParameter_BoolParam{BoolParam: p.number == 1}}
	}
	text := p.text
	if !utf8.ValidString(text) {
		text = string([]rune(text))
	}
	return &inferencepb.InferParameter{ParameterChoice: &inferencepb.InferParameter_StringParam{StringParam: text}}
}
