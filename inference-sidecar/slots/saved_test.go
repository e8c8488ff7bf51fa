package slots

import (
	"errors"
	"os"
	"testing"
	"testing/synctest"
)

func TestReadSaved(t *testing.T) {
	v1, v2 := publish(t, "1.0.0"), publish(t, "2.0.0")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, v1, v2)
		if s, damaged := ReadSaved(w.dir, testModel); s != nil || damaged != nil {
			t.Errorf("before the first order: expected nothing, got %+v, %v", s, damaged)
		}
		w.apply(Order{Version: v1.spec})
		synctest.Wait()
		w.loader.set("v2.0.0", faults{load: errEngine})
		w.apply(Order{Version: v1.spec, Candidate: v2.spec, Number: 7, Generation: 3, Weight: 30})
		synctest.Wait()
		s, damaged := ReadSaved(w.dir, testModel) // while the slots are open
		if s == nil || damaged != nil {
			t.Fatalf("expected a state, got %v", damaged)
		}
		if s.Good == nil || s.Good.ID != v1.spec.ID || len(s.Good.Needs()) != 2 {
			t.Errorf("expected %s with two files, got %+v", v1.spec.ID, s.Good)
		}
		if s.Order.Number != 7 || s.Order.Candidate.ID != v2.spec.ID || s.Phase != PhaseFailed || s.Code != CodeLoad || s.Error == "" {
			t.Errorf("expected the candidate's failure, got %+v", s)
		}
		file := newStateFile(w.dir, testModel)
		if err := os.WriteFile(file.path, []byte("noise"), 0o600); err != nil {
			t.Fatal(err)
		}
		if s, damaged = ReadSaved(w.dir, testModel); s == nil || len(damaged) != 1 || !errors.Is(damaged[0], ErrState) {
			t.Errorf("damaged: expected the copy from before and ErrState, got %+v, %v", s, damaged)
		}
		if err := os.WriteFile(file.previous, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, damaged = ReadSaved(w.dir, testModel); s != nil || len(damaged) != 2 {
			t.Errorf("both damaged: expected two errors, got %+v, %v", s, damaged)
		}
	})
}
