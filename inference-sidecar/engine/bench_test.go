package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	onnxruntime "github.com/yalue/onnxruntime_go"

	"github.com/assay-chain/assay/inference-sidecar/queue"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

// BenchmarkEngine compares with a loop around onnxruntime_go alone, which has one session for each
// caller. Rounds of both alternate, so that what else the machine does meets both; x-bare and cpu-x-bare
// are medians of the rounds' quotients, and those of bare against itself the noise.
func BenchmarkEngine(b *testing.B) {
	for _, s := range sources {
		b.Run(s.name, func(b *testing.B) {
			for _, callers := range []int{1, 2} {
				for _, kind := range []string{"bare", "engine", "scheduled"} {
					b.Run(fmt.Sprintf("callers=%d/%s", callers, kind), func(b *testing.B) {
						m, _ := s.load(b, Options{Parallel: callers})
						data, _ := s.canonical(b)
						bare := newBare(b, data, m, callers)
						against := map[string]func(*caller){
							"bare": bare.infer, "engine": (&engineLoop{m}).infer, "scheduled": newScheduled(m, callers).infer,
						}[kind]
						compare(b, newCallers(m, callers), bare.infer, against)
					})
				}
			}
		})
	}
}

// caller is a program that has inputs and wants outputs.
type caller struct {
	id      int
	in, out []byte
	job     job
}

func newCallers(m *Model, n int) []*caller {
	callers := make([]*caller, n)
	for i := range callers {
		c := &caller{id: i, in: make([]byte, m.Input().Size), out: make([]byte, m.Output().Size)}
		rng := rand.New(rand.NewPCG(uint64(i), 2))
		for k := range c.in {
			c.in[k] = byte(rng.Uint32())
		}
		callers[i] = c
	}
	return callers
}

const roundTime = 20 * time.Millisecond

// cost is what a round took: time for throughput, and the process's CPU time, which says more where
// others use the machine as well.
type cost struct{ wall, cpu time.Duration }

func compare(b *testing.B, callers []*caller, bare, against func(*caller)) {
	runs := 1
	for took := time.Duration(0); took < roundTime; runs *= 2 {
		took = round(callers, 2*runs, bare).wall
	}
	var ones, others []cost
	for b.Loop() {
		ones = append(ones, round(callers, runs, bare))
		others = append(others, round(callers, runs, against))
	}
	b.ReportMetric(median(ones, others, func(one, other cost) float64 { return float64(other.wall) / float64(one.wall) }), "x-bare")
	b.ReportMetric(median(ones, others, func(one, other cost) float64 { return float64(other.cpu) / float64(one.cpu) }), "cpu-x-bare")
	b.ReportMetric(median(ones, others, func(_, other cost) float64 { return float64(other.wall) / float64(runs*len(callers)) }), "ns/run")
	b.ReportMetric(0, "ns/op")
}

func median(ones, others []cost, of func(one, other cost) float64) float64 {
	values := make([]float64, len(ones))
	for i := range values {
		values[i] = of(ones[i], others[i])
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// round has every caller make so many runs.
func round(callers []*caller, runs int, infer func(*caller)) cost {
	var wg sync.WaitGroup
	start, used := time.Now(), processTime()
	for _, c := range callers {
		wg.Go(func() {
			for range runs {
				infer(c)
			}
		})
	}
	wg.Wait()
	return cost{time.Since(start), processTime() - used}
}

func processTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

type bareSession struct {
	session *onnxruntime.AdvancedSession
	in, out []byte
}

type bareLoop []bareSession

func newBare(b *testing.B, data []byte, m *Model, callers int) bareLoop {
	b.Helper()
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	options, err := onnxruntime.NewSessionOptions()
	must(err)
	defer options.Destroy()
	must(options.SetIntraOpNumThreads(1))
	must(options.SetInterOpNumThreads(1))
	for k, v := range onnx.SessionOptions() {
		must(options.AddSessionConfigEntry(k, v))
	}
	var loop bareLoop
	for range callers {
		in, out := bareTensor(b, m.Input()), bareTensor(b, m.Output())
		session, err := onnxruntime.NewAdvancedSessionWithONNXData(data, []string{m.Input().Name}, []string{m.Output().Name},
			[]onnxruntime.Value{in}, []onnxruntime.Value{out}, options)
		must(err)
		b.Cleanup(func() { must(session.Destroy()); must(in.Destroy()); must(out.Destroy()) })
		loop = append(loop, bareSession{session, in.GetData(), out.GetData()})
	}
	return loop
}

func bareTensor(b *testing.B, t ort.Tensor) *onnxruntime.CustomDataTensor {
	b.Helper()
	shape := make([]int64, len(t.Shape))
	for i, d := range t.Shape {
		shape[i] = int64(d)
	}
	element := onnxruntime.TensorElementDataTypeInt8
	if t.Type == "uint8" {
		element = onnxruntime.TensorElementDataTypeUint8
	}
	v, err := onnxruntime.NewCustomDataTensor(shape, make([]byte, t.Size), onnxruntime.TensorElementDataType(element))
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func (l bareLoop) infer(c *caller) {
	s := &l[c.id]
	copy(s.in, c.in)
	if err := s.session.Run(); err != nil {
		panic(err)
	}
	copy(c.out, s.out)
}

type engineLoop struct{ model *Model }

func (l *engineLoop) infer(c *caller) {
	f := l.model.Frame()
	copy(f.In, c.in)
	if err := l.model.Run(f); err != nil {
		panic(err)
	}
	copy(c.out, f.Out)
	l.model.Recycle(f)
}

// scheduled is the engine behind a queue, as the daemon has it.
type scheduled struct {
	model *Model
	queue *queue.Queue
}

// job is a caller's request; its function is made once.
type job struct {
	frame *Frame
	run   func() error
}

func newScheduled(m *Model, parallel int) *scheduled {
	return &scheduled{m, queue.New(queue.Options{Parallel: parallel})}
}

func (s *scheduled) infer(c *caller) {
	if c.job.run == nil {
		c.job.run = func() error { return s.model.Run(c.job.frame) }
	}
	c.job.frame = s.model.Frame()
	copy(c.job.frame.In, c.in)
	r := queue.Request{Deadline: time.Now().Add(time.Minute)}
	if err := s.queue.Do(context.Background(), r, c.job.run); err != nil {
		panic(err)
	}
	copy(c.out, c.job.frame.Out)
	s.model.Recycle(c.job.frame)
}
