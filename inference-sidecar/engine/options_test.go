package engine

import (
	"maps"
	"testing"
)

func TestSessionEntries(t *testing.T) {
	manifest := map[string]string{"session.disable_quant_qdq": "1"}
	given := maps.Clone(manifest)
	want := map[string]string{"session.disable_quant_qdq": "1", spinning: "0"}
	if got := (Options{}).session(manifest).Config; !maps.Equal(got, want) {
		t.Errorf("expected %v, got %v", want, got)
	}
	if !maps.Equal(manifest, given) {
		t.Errorf("the manifest's map changed to %v", manifest)
	}
	manifest[spinning] = "1"
	if got := (Options{}).session(manifest).Config[spinning]; got != "1" {
		t.Errorf("expected the manifest's own value to hold, got %q", got)
	}
	if got := (Options{}).session(nil).Config; len(got) != 1 {
		t.Errorf("no manifest: expected one entry, got %v", got)
	}
}
