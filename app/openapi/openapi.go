// Package openapi holds the OpenAPI (version 2) document of the REST routes of Assay's modules, which
// scripts/openapi.sh makes from the protobuf definitions. It describes what a node serves; it serves
// nothing by itself but the document.
package openapi

import (
	_ "embed"
	"net/http"
)

// Path is where a node serves the document.
const Path = "/openapi.json"

// Document is the JSON.
//
//go:embed openapi.json
var Document []byte

// Handler answers with the document. Pages of any origin may read it: it is the same for everyone.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write(Document) // nothing to do about a reader who left
	})
}
