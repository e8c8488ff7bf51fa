package sidecar

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/engine"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	"github.com/assay-chain/assay/zkml/ort"
)

// brokenEngine is a loaded model whose runs give an error once it is told to.
type brokenEngine struct {
	*engine.Model
	broken *atomic.Bool
}

func (e brokenEngine) Run(f *engine.Frame) error {
	if e.broken.Load() {
		return fmt.Errorf("%w: injected", ort.ErrRun)
	}
	return e.Model.Run(f)
}

// A candidate that breaks while it serves costs no request: the version on record answers, and the candidate is out.
func TestCandidateBreaksAtServing(t *testing.T) {
	var broken atomic.Bool
	loads := 0
	s := newStack(t, func(data []byte, session map[string]string) (slots.Engine, error) {
		m, err := engine.Load(data, session, engine.Options{})
		loads++
		if loads == 1 || err != nil {
			return m, err
		}
		return brokenEngine{m, &broken}, nil
	})
	first, _ := s.spec("1.0.0", benchSources[0].path)
	second, _ := s.spec("1.1.0", "../models/vibration/vibration-2.onnx")
	s.serve(first)
	s.order(first, second, 100)
	require.Equal(t, second.ID+" ready <nil>", <-s.ready)

	c := s.caller(first.Input)
	require.NoError(t, c.infer())
	require.Contains(t, string(c.body[:400]), second.ID)
	require.Equal(t, 1, strings.Count(string(c.body[:400]), "\"assay_version\""), "named once")
	broken.Store(true)
	require.NoError(t, c.infer(), "the version on record answers instead")
	require.Contains(t, string(c.body[:400]), first.ID)
	require.Contains(t, <-s.ready, "failed onnx runtime inference: injected")
	require.NoError(t, c.infer())
	require.Contains(t, string(c.body[:400]), first.ID)
	require.Equal(t, slots.CodeServe, s.slots.Status().CandidateCode)
}
