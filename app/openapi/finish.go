//go:build ignore

// Command finish completes the document that protoc-gen-swagger merges: a title, and operation ids and
// tags that tell one module's Params from another's. It reads standard input and writes standard output.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var doc map[string]any
	if err := json.NewDecoder(in).Decode(&doc); err != nil {
		return err
	}
	doc["info"] = map[string]any{
		"title":       "Assay",
		"version":     "v1",
		"description": "Queries of Assay's own modules. The routes of the Cosmos SDK and ibc-go are theirs, under /cosmos and /ibc.",
	}
	paths, ok := doc["paths"].(map[string]any)
	if !ok {
		return fmt.Errorf("paths: expected an object, got %T", doc["paths"])
	}
	for path, item := range paths {
		parts := strings.Split(path, "/")
		if len(parts) < 3 || parts[1] != "assay" {
			return fmt.Errorf("path %q: expected /assay/MODULE/…", path)
		}
		name(item.(map[string]any), parts[2])
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

// name puts the module in front of the operations of a path: Query_Params becomes proof_Params.
func name(item map[string]any, module string) {
	for _, v := range item {
		op := v.(map[string]any)
		op["tags"] = []string{module}
		op["operationId"] = module + "_" + strings.TrimPrefix(op["operationId"].(string), "Query_")
	}
}
