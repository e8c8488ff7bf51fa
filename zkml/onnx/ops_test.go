package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"
)

// TestOperatorVectors runs third-party single-operator cases, weights bound to constants.
func TestOperatorVectors(t *testing.T) {
	cases := []struct {
		name   string
		inputs []string // in the order of the vector's files; "" is the one that stays free
		op     string
	}{
		{"test_qlinearconv", []string{"", "x_scale", "x_zero_point", "w", "w_scale", "w_zero_point", "y_scale", "y_zero_point"}, "conv"},
		{"test_qlinearmatmul_2D_uint8_float32", []string{"", "a_scale", "a_zero_point", "b", "b_scale", "b_zero_point", "y_scale", "y_zero_point"}, "matmul"},
		{"test_qlinearadd_int8", []string{"", "a_scale", "a_zero_point", "b", "b_scale", "b_zero_point", "c_scale", "c_zero_point"}, "add"},
		{"test_qlinearadd_uint8", []string{"", "a_scale", "a_zero_point", "b", "b_scale", "b_zero_point", "c_scale", "c_zero_point"}, "add"},
	}
	for _, c := range cases {
		t.Run("success: "+c.name, func(t *testing.T) {
			g, err := boundCase(t, c.name, c.inputs)
			if err != nil {
				t.Fatal(err)
			}
			if got := g.Nodes[0].Op.String(); len(g.Nodes) != 1 || got != c.op {
				t.Errorf("expected one %s, got %v", c.op, ops(g))
			}
			got, err := g.Run(vector(t, c.name, "input_0.pb").Raw)
			if err != nil {
				t.Fatal(err)
			}
			if want := vector(t, c.name, "output_0.pb").Raw; !bytes.Equal(got, want) {
				t.Errorf("expected %v, got %v", want, got)
			}
			roundTrip(t, g)
		})
	}
}

func TestOperatorVectorsRefused(t *testing.T) {
	matMul := []string{"", "a_scale", "a_zero_point", "b", "b_scale", "b_zero_point", "y_scale", "y_zero_point"}
	qlinear := []string{"", "a_scale", "a_zero_point", "b", "b_scale", "b_zero_point", "c_scale", "c_zero_point"}
	cases := []struct {
		name   string
		inputs []string
		want   error
	}{
		{"test_qlinearmatmul_2D_uint8_float16", matMul, ErrUnsupported},
		{"test_qlinearmatmul_3D_uint8_float32", matMul, ErrUnsupported},
		{"test_qlinearmul_int8", qlinear, ErrUnsupported},
		{"test_matmulinteger", []string{"", "B", "a_zero_point", "b_zero_point"}, ErrUnsupported},
		{"test_convinteger_with_padding", []string{"", "w", "x_zero_point"}, ErrUnsupported},
		{"test_quantizelinear_axis", []string{"", "y_scale", "y_zero_point"}, ErrUnsupported},
		{"test_dequantizelinear_axis", []string{"", "x_scale", "x_zero_point"}, ErrUnsupported},
		{"test_dynamicquantizelinear", []string{""}, ErrSignature},
	}
	for _, c := range cases {
		t.Run("failure: "+c.name, func(t *testing.T) {
			if _, err := boundCase(t, c.name, c.inputs); !errors.Is(err, c.want) {
				t.Errorf("expected %v, got %v", c.want, err)
			}
		})
	}
}

func boundCase(t *testing.T, name string, inputs []string) (*Graph, error) {
	t.Helper()
	bind := map[string][]byte{}
	for i, in := range inputs {
		if in != "" {
			bind[in] = dataFile(t, "ops", name, "test_data_set_0", fmt.Sprintf("input_%d.pb", i))
		}
	}
	g, _, err := Import(dataFile(t, "ops", name, "model.onnx"), Options{Bind: bind})
	return g, err
}

func vector(t *testing.T, name, file string) onnxpb.Tensor {
	t.Helper()
	v, err := onnxpb.DecodeTensor(dataFile(t, "ops", name, "test_data_set_0", file))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestFloatModelsAreRefused(t *testing.T) {
	cases := []struct {
		name []string
		want error
	}{
		{[]string{"mnist", "model.onnx"}, ErrNotQuantized},
		{[]string{"micro-kws", "micro_kws_m_static_fp32.onnx"}, ErrNotQuantized},
		{[]string{"mnist", "mlp25_dynamic_quant.onnx"}, ErrUnsupported},
	}
	for _, c := range cases {
		t.Run("failure: "+c.name[1], func(t *testing.T) {
			if _, _, err := Import(dataFile(t, c.name...), Options{}); !errors.Is(err, c.want) {
				t.Errorf("expected %v, got %v", c.want, err)
			}
		})
	}
}

func TestBindRefuses(t *testing.T) {
	bound := func(data []byte) Options { return Options{Bind: map[string][]byte{"x": data}} }
	if _, _, err := Import(denseFile().Encode(), bound([]byte{0xff})); !errors.Is(err, ErrMalformed) {
		t.Errorf("expected %v, got %v", ErrMalformed, err)
	}
	tensor := rawTensor("x", onnxpb.Int8, []int{1, 3}, []byte{1, 2, 3})
	if _, _, err := Import(denseFile().Encode(), bound(tensor.Encode())); !errors.Is(err, ErrSignature) {
		t.Errorf("expected %v, got %v", ErrSignature, err)
	}
}
