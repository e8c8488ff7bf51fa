package onnx

// Report says what Import found and changed.
type Report struct {
	Producer string       `json:"producer,omitempty"` // as the file names it
	Batch    string       `json:"batch,omitempty"`    // symbol of the first dimension that was fixed at 1
	Head     *Conversion  `json:"head,omitempty"`     // the float input's quantization, which was cut off
	Tail     []Conversion `json:"tail,omitempty"`     // what was cut off behind the output, in order
	Layers   []Layer      `json:"layers"`             // by node of the graph
	Changes  []Change     `json:"changes,omitempty"`
}

// Conversion is a step that was cut off at either end: the caller does it, where it wants
// real numbers, and no proof covers it.
type Conversion struct {
	Op    string  `json:"op"` // ONNX operator: QuantizeLinear, DequantizeLinear, Softmax
	Node  string  `json:"node"`
	Type  string  `json:"type,omitempty"` // integer side of a quantization
	Scale float32 `json:"scale,omitempty"`
	Zero  int32   `json:"zero_point"`
	Axis  *int64  `json:"axis,omitempty"` // of Softmax
}

// Layer says which ONNX nodes a node of the graph stands for.
type Layer struct {
	Node    string   `json:"node"`
	Sources []string `json:"sources"`
}

// Change is a rewriting that may move the last bit of a result against the imported file.
type Change struct {
	Node   string `json:"node"`
	Change string `json:"change"`
}
