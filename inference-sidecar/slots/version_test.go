package slots

import "testing"

// A version that was let go by all is never held again: its engine may be closed.
func TestVersionIsHeldOrGone(t *testing.T) {
	drained := 0
	v := newVersion(&Spec{ID: "m@1"}, fingerprint{}, nil, func(*version) { drained++ })
	if !v.hold() {
		t.Fatal("expected a loaded version to be held")
	}
	v.release()
	if drained != 0 {
		t.Fatal("expected the slot to hold it still")
	}
	v.release()
	if drained != 1 || v.hold() {
		t.Errorf("expected it to be gone, got drained %d times", drained)
	}
}
