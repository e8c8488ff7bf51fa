package oip

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// docs/serving.md names each status and limit as it is.
func TestServingPage(t *testing.T) {
	b, err := os.ReadFile("../../docs/serving.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	expect := func(s string) {
		t.Helper()
		if !strings.Contains(page, s) {
			t.Errorf("expected %q in docs/serving.md", s)
		}
	}
	for _, o := range append(outcomes, internal) {
		expect(fmt.Sprintf("| %d | %v |", o.status, o.code))
	}
	for _, name := range []string{headerLengthName, canaryName, keyName, versionName, receiptName, retryName, pushbackName} {
		expect("`" + name)
	}
	for _, name := range []string{"priority", "timeout", "stream", "assay_prove", "assay_receipt", "binary_data_output", "binary_data_size", "binary_data"} {
		expect("| `" + name + "` |")
	}
	o := Options{}.withDefaults()
	expect(fmt.Sprintf("| connections | %d at each", o.MaxConnections))
	expect(fmt.Sprintf("%d KiB and the input's size, or %d bytes for each element in JSON; never more than %d MiB", maxJSONHeader>>10, jsonPerElement, o.MaxRequest>>20))
	expect(fmt.Sprintf("held at once | %d MiB", o.MaxBodyMemory>>20))
	expect(fmt.Sprintf("%d MiB; %d calls at once", o.MaxMessage>>20, o.MaxCalls))
	expect(fmt.Sprintf("%d arrays and objects within each other; %d parameters", maxNesting, maxParameters))
	expect(fmt.Sprintf("| %d bytes each |", maxName))
	expect(fmt.Sprintf("header | %d s |", o.HeaderTimeout/time.Second))
	expect(fmt.Sprintf("response | %d s each |", o.BodyTimeout/time.Second))
	expect(fmt.Sprintf("request | %d min |", o.IdleTimeout/time.Minute))
	if maxID != maxName {
		t.Errorf("the page has one limit for ids and names")
	}
}
