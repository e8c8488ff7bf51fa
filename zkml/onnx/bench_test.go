package onnx

import "testing"

func BenchmarkExecutor(b *testing.B) {
	for _, name := range supported[:3] {
		b.Run(name[len(name)-1], func(b *testing.B) {
			g, _ := imported(b, name...)
			e, err := NewExecutor(g)
			if err != nil {
				b.Fatal(err)
			}
			in := make([]byte, g.Values[0].Len())
			for i := range in {
				in[i] = byte(i * 37)
			}
			for b.Loop() {
				if _, err := e.Run(in); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(g.MACs())/1e6, "MMAC/op")
		})
	}
}
