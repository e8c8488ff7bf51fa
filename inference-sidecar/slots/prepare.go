package slots

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/zkml/model"
	"github.com/assay-chain/assay/zkml/onnx"
	"github.com/assay-chain/assay/zkml/ort"
)

// ErrSpec is behind a failure with CodeForm: the version's files are not what a device can run, or not what the
// registry says.
var ErrSpec = errors.New("version")

// Stage is what the preparation of a version is at.
type Stage string

// The stages, in order.
const (
	StageFetch Stage = "fetch"
	StageCheck Stage = "check"
	StageLoad  Stage = "load"
	StageWarm  Stage = "warm"
	StageWait  Stage = "wait" // for the next attempt, after one failed
)

// files are a version's artifacts, checked.
type files struct {
	canonical []byte
	selfTest  *model.SelfTest
}

// prepare takes a version through all stages. It tells of each through at, which may refuse.
func (m *Model) prepare(ctx context.Context, store Store, spec *Spec, at func(Stage) error) (Engine, error) {
	if err := checkSpec(spec); err != nil {
		return nil, fail(CodeForm, err)
	}
	f, err := m.gather(ctx, store, spec, at)
	if err != nil {
		return nil, err
	}
	// One at a time, because loading takes more memory than serving.
	select {
	case m.loading <- struct{}{}:
		defer func() { <-m.loading }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if err := at(StageLoad); err != nil {
		return nil, err
	}
	e, err := m.o.Loader(f.canonical, spec.Options)
	if err != nil {
		return nil, fail(CodeLoad, err)
	}
	if err := m.prove(ctx, spec, e, f.selfTest, at); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// prove makes a loaded version show that it works.
func (m *Model) prove(ctx context.Context, spec *Spec, e Engine, t *model.SelfTest, at func(Stage) error) error {
	if err := errors.Join(sameEnd(spec.Input, e.Input()), sameEnd(spec.Output, e.Output())); err != nil {
		return fail(CodeForm, err)
	}
	if err := runSelfTest(ctx, e, t); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fail(CodeSelfTest, err)
	}
	if err := at(StageWarm); err != nil {
		return err
	}
	if err := e.WarmUp(ctx, m.o.WarmUp); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fail(CodeWarmUp, err)
	}
	return nil
}

// gather fetches and checks the files. What rotted in the store since it was fetched is fetched again, once.
func (m *Model) gather(ctx context.Context, store Store, spec *Spec, at func(Stage) error) (*files, error) {
	for again := false; ; again = true {
		if err := at(StageFetch); err != nil {
			return nil, err
		}
		for _, a := range needed(spec) {
			if _, err := store.Fetch(ctx, a); err != nil {
				return nil, fetchFailure(ctx, err)
			}
		}
		if err := at(StageCheck); err != nil {
			return nil, err
		}
		f, err := readFiles(store, spec)
		rotten := errors.Is(err, artifacts.ErrDigest) || errors.Is(err, artifacts.ErrMissing)
		if !rotten || again {
			return f, err
		}
		m.o.Logger.Warn("fetching again what the store lost", "version", spec.ID, "error", err)
	}
}

func fetchFailure(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, artifacts.ErrSpace):
		return transient(CodeResources, err)
	case errors.Is(err, artifacts.ErrDigest):
		return transient(CodeDigest, err)
	case errors.Is(err, artifacts.ErrFetch):
		return transient(CodeFetch, err)
	default: // the device's own disk
		return transient(CodeResources, err)
	}
}

// needed are the artifacts that serving takes.
func needed(spec *Spec) []artifacts.Artifact {
	var out []artifacts.Artifact
	for _, name := range []string{model.CanonicalFile, model.SelfTestFile} {
		if a, ok := spec.Artifact(name); ok {
			out = append(out, a)
		}
	}
	return out
}

// checkSpec checks what needs no file.
func checkSpec(spec *Spec) error {
	canonical, ok := spec.Artifact(model.CanonicalFile)
	if !ok {
		return fmt.Errorf("%w: expected an artifact %s, got none", ErrSpec, model.CanonicalFile)
	}
	if canonical.Size < 1 || canonical.Size > onnx.MaxFileBytes {
		return fmt.Errorf("%w: %s: expected 1 to %d bytes, got %d", ErrSpec, canonical.Name, onnx.MaxFileBytes, canonical.Size)
	}
	if t, ok := spec.Artifact(model.SelfTestFile); ok && (t.Size < 1 || t.Size > model.MaxSelfTestBytes) {
		return fmt.Errorf("%w: %s: expected 1 to %d bytes, got %d", ErrSpec, t.Name, model.MaxSelfTestBytes, t.Size)
	}
	// Under other options the file may compute other bits, on this machine or on the next.
	if want := onnx.SessionOptions(); !maps.Equal(spec.Options, want) {
		return fmt.Errorf("%w: session options: expected %v, got %v", ErrSpec, want, spec.Options)
	}
	return nil
}

// readFiles reads the files from disk again, and compares them with the order.
func readFiles(store Store, spec *Spec) (*files, error) {
	canonical, _ := spec.Artifact(model.CanonicalFile)
	data, err := store.Read(canonical)
	if err != nil {
		return nil, readFailure(err)
	}
	g, err := onnx.ReadCanonical(data)
	if err != nil {
		return nil, fail(CodeForm, err)
	}
	in, out := &g.Values[g.Input], &g.Values[g.Output]
	if err := errors.Join(sameTensor(spec.Input, in), sameTensor(spec.Output, out)); err != nil {
		return nil, fail(CodeForm, err)
	}
	f := &files{canonical: data}
	a, ok := spec.Artifact(model.SelfTestFile)
	if !ok { // a version without one is tested against the reference executor of this device
		if f.selfTest, err = model.NewSelfTest(g, nil); err != nil {
			return nil, fail(CodeForm, err)
		}
		return f, nil
	}
	if data, err = store.Read(a); err != nil {
		return nil, readFailure(err)
	}
	if f.selfTest, err = model.DecodeSelfTest(data); err != nil {
		return nil, fail(CodeForm, err)
	}
	return f, nil
}

func readFailure(err error) error {
	if errors.Is(err, artifacts.ErrDigest) || errors.Is(err, artifacts.ErrMissing) {
		return transient(CodeDigest, err)
	}
	return transient(CodeResources, err)
}

func sameTensor(want Tensor, got *onnx.Value) error {
	return same(want, Tensor{Name: got.Name, Type: got.Type.String(), Shape: got.Shape})
}

func sameEnd(want Tensor, got ort.Tensor) error {
	return same(want, Tensor{Name: got.Name, Type: got.Type, Shape: got.Shape})
}

func same(want, got Tensor) error {
	if want.Name != got.Name || want.Type != got.Type || !slices.Equal(want.Shape, got.Shape) {
		return fmt.Errorf("%w: signature: expected %s %q %v, got %s %q %v", ErrSpec, want.Type, want.Name, want.Shape, got.Type, got.Name, got.Shape)
	}
	return nil
}

// runSelfTest compares every byte, in the sessions that will serve.
func runSelfTest(ctx context.Context, e Engine, t *model.SelfTest) error {
	f := e.Frame()
	defer e.Recycle(f)
	return t.Check(len(f.In), len(f.Out), func(in, out []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		copy(f.In, in)
		if err := e.Run(f); err != nil {
			return err
		}
		copy(out, f.Out)
		return nil
	})
}
