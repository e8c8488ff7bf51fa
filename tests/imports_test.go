// Package tests holds the checks that cross folders: here, what each folder may import and that each package says
// what it is. It reads source files alone, so it needs no build and sees every file, whatever its build tags.
package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/assay-chain/assay"

// Sets of modules that the table names together. A module stands for its packages.
var (
	sdk = []string{
		"cosmossdk.io", "github.com/cosmos/cosmos-sdk", "github.com/cosmos/cosmos-db", "github.com/cosmos/cosmos-proto",
		"github.com/cosmos/gogoproto", "github.com/cometbft/cometbft", "github.com/golang/protobuf", "github.com/grpc-ecosystem/grpc-gateway",
		"github.com/hashicorp/go-metrics", "github.com/spf13", "google.golang.org/genproto", "google.golang.org/grpc", "google.golang.org/protobuf",
	}
	ibc         = []string{"github.com/cosmos/ibc-go/v11"}
	gnarkCrypto = []string{"github.com/consensys/gnark-crypto"}
	gnark       = []string{"github.com/consensys/gnark", "github.com/consensys/gnark-crypto"}
	protobuf    = []string{"google.golang.org/protobuf"}
	clientSDK   = []string{"github.com/cosmos/cosmos-sdk", "github.com/cosmos/gogoproto"} // what x/*/types are made of
	lightClient = []string{"github.com/cometbft/cometbft", "github.com/cometbft/cometbft-db", "github.com/cosmos/ics23/go", "github.com/cosmos/gogoproto"}
	terminal    = []string{"github.com/spf13", "github.com/schollz/progressbar/v3", "golang.org/x/term"}
	anything    = []string{"*"}
)

// rule says what the packages of a folder may import besides the standard library and each other. internal holds
// folders of this repository, in which * stands for one name.
type rule struct {
	folder   string
	external []string
	internal []string
}

// The import column of the design. The rule of the longest folder holds; a folder without a rule is refused.
var table = []rule{
	{folder: "app", external: both(sdk, ibc), internal: []string{"x"}},
	{folder: "statement", external: gnarkCrypto},
	{folder: "x/registry", external: both(sdk, []string{"golang.org/x/mod"}), internal: []string{"statement"}},
	{folder: "x/registry/simulation", external: both(sdk, gnarkCrypto), internal: []string{"x/registry", "statement"}}, // makes keys
	{folder: "x/fleet", external: sdk},
	{folder: "x/proof", external: both(sdk, gnarkCrypto), internal: []string{"statement"}},
	{folder: "x/proof/verifier", external: both(gnarkCrypto, []string{"github.com/consensys/gnark/backend/groth16", "golang.org/x/sync"}), internal: []string{"statement"}},
	{folder: "x/rollout", external: both(sdk, ibc)},
	{folder: "x/rollout/client", external: slices.Concat(sdk, ibc, terminal), internal: []string{"x/rollout"}}, // watches in a terminal
	{folder: "x/contract", external: sdk},
	{folder: "x/contract/vm"},
	{folder: "x/contract/values"},
	{folder: "x/contract/host", internal: []string{"x/contract/vm", "x/contract/values"}},
	{folder: "zkml", external: both(gnark, []string{"golang.org/x/sync"}), internal: []string{"statement"}},
	{folder: "zkml/onnx", external: protobuf},
	{folder: "zkml/ort", external: both(protobuf, []string{"github.com/yalue/onnxruntime_go"}), internal: []string{"zkml/onnx", "zkml/model"}},
	{folder: "light-client", external: lightClient, internal: []string{"x/*/types"}},
	{folder: "inference-sidecar", external: anything, internal: []string{"light-client", "zkml", "statement", "x/*/types"}},
	{folder: "cmd/assayd", external: both(sdk, ibc), internal: []string{"app", "x/*/types"}},
	{folder: "cmd/assay", external: slices.Concat(gnark, terminal, clientSDK), internal: []string{"zkml", "light-client", "statement", "x/*/types"}},
	{folder: "cmd/assay/bundle", external: slices.Concat(terminal, clientSDK), internal: []string{"light-client", "x/*/types"}},
	{folder: "cmd/assay/contract", external: terminal, internal: []string{"x/contract/vm", "x/contract/host", "x/contract/values"}},  // runs contracts without a chain
	{folder: "cmd/assay/net", external: both(sdk, ibc), internal: []string{"x/*/types"}},                                             // reads nodes of several chains
	{folder: "cmd/assay/relay", external: slices.Concat(sdk, ibc, []string{"github.com/pelletier/go-toml/v2"})},                      // a relayer for IBC v2
	{folder: "cmd/assay/prover", external: terminal, internal: []string{"inference-sidecar/proving", "inference-sidecar/artifacts"}}, // a worker for sidecars
	{folder: "cmd/assay-sidecar", external: terminal, internal: []string{"inference-sidecar"}},
	{folder: "scripts", external: anything},
	{folder: "models", external: anything},
	{folder: "contracts"}, // binaries that others import
	{folder: "tests", external: anything, internal: []string{"*"}},
}

func both(a, b []string) []string { return slices.Concat(a, b) }

// refusal returns why the file may not import the package, or "". file is relative to the repository.
func refusal(file, imported string) string {
	folder := path.Dir(file)
	if isTestHelper(folder) || strings.HasSuffix(file, "_test.go") || isStandard(imported) {
		return ""
	}
	r, ok := ruleOf(folder)
	if !ok {
		return "no rule for the folder: add it to the table and to the design"
	}
	target, internal := strings.CutPrefix(imported, modulePath+"/")
	switch {
	case !internal && !slices.ContainsFunc(r.external, func(p string) bool { return p == "*" || within(p, imported) }):
		return "the rule of " + r.folder + " has no such module"
	case !internal || within(r.folder, target):
		return refuseTestHelper(folder, target, internal)
	case slices.ContainsFunc(r.internal, func(p string) bool { return within(p, target) }):
		return refuseTestHelper(folder, target, internal)
	case moduleOf(folder) != "" && moduleOf(target) != "" && moduleOf(folder) != moduleOf(target):
		return refuseOtherModule(file, target)
	}
	return "the rule of " + r.folder + " has no such folder"
}

// refuseOtherModule holds modules of the chain apart: each sees another's types, in the one file that says how.
func refuseOtherModule(file, target string) string {
	want := path.Join("x", moduleOf(file), "types", "expected_keepers.go")
	if path.Base(target) != "types" || path.Dir(path.Dir(target)) != "x" || file != want || within("x/proof/verifier", file) {
		return "another module: only its types may be imported, and only in " + want
	}
	return ""
}

func refuseTestHelper(folder, target string, internal bool) string {
	if internal && isTestHelper(target) && !within("tests", folder) {
		return "a package for tests"
	}
	return ""
}

// isTestHelper says whether a package is for tests alone, by its name: apptest, verifiertest.
func isTestHelper(folder string) bool {
	return strings.HasSuffix(path.Base(folder), "test")
}

func isStandard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// moduleOf returns the m of x/m/…, or "".
func moduleOf(p string) string {
	parts := strings.Split(p, "/")
	if len(parts) < 2 || parts[0] != "x" {
		return ""
	}
	return parts[1]
}

func ruleOf(folder string) (rule, bool) {
	var best rule
	for _, r := range table {
		if within(r.folder, folder) && len(r.folder) > len(best.folder) {
			best = r
		}
	}
	return best, best.folder != ""
}

// within says whether p is the folder or below it. In folder, * stands for one name.
func within(folder, p string) bool {
	names, parts := strings.Split(folder, "/"), strings.Split(p, "/")
	if len(parts) < len(names) {
		return false
	}
	for i, n := range names {
		if n != "*" && n != parts[i] {
			return false
		}
	}
	return true
}

// source is one Go file of this module.
type source struct {
	path string // relative to the repository, with slashes
	file *ast.File
}

// sources parses the Go files of this module up to their imports, comments included.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	root := ".."
	require.NoError(t, filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipFolder(root, name, entry.Name())
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		out = append(out, source{filepath.ToSlash(relative), file})
		return err
	}))
	return out
}

// skipFolder skips what the go command skips, what is built, and modules of their own.
func skipFolder(root, name, base string) error {
	if name == root {
		return nil
	}
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules" || name == filepath.Join(root, "build") {
		return filepath.SkipDir
	}
	if found, _ := filepath.Glob(filepath.Join(name, "go.mod")); len(found) > 0 {
		return filepath.SkipDir
	}
	return nil
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		seen[path.Dir(s.path)] = true
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			if why := refusal(s.path, imported); why != "" {
				t.Errorf("%s imports %s: %s", s.path, imported, why)
			}
		}
	}
	for _, folder := range []string{"statement", "x/fleet/keeper", "x/proof/verifier", "zkml/onnx"} {
		require.True(t, seen[folder], "%s was not read", folder)
	}
}

// The rules themselves: each is tried on what it must let through and what it must not.
func TestRefusal(t *testing.T) {
	const here = modulePath + "/"
	for _, tc := range []struct {
		file, imported string
		refused        bool
	}{
		{file: "statement/s.go", imported: "github.com/consensys/gnark-crypto/ecc"},
		{file: "statement/s.go", imported: "github.com/consensys/gnark/frontend", refused: true},
		{file: "statement/s.go", imported: here + "zkml/onnx", refused: true},
		{file: "x/contract/vm/exec/e.go", imported: "encoding/binary"},
		{file: "x/contract/vm/exec/e.go", imported: here + "x/contract/vm/binary"},
		{file: "x/contract/vm/exec/e.go", imported: "golang.org/x/sync/errgroup", refused: true},
		{file: "x/contract/vm/exec/e.go", imported: here + "x/contract/types", refused: true},
		{file: "x/contract/vm/exec/e_test.go", imported: "github.com/tetratelabs/wazero"},
		{file: "x/contract/values/v.go", imported: "encoding/binary"},
		{file: "x/contract/values/v.go", imported: here + "x/contract/vm", refused: true},
		{file: "x/contract/host/h.go", imported: here + "x/contract/vm"},
		{file: "x/contract/host/h.go", imported: here + "x/contract/vm/binary"},
		{file: "x/contract/host/h.go", imported: here + "x/contract/values"},
		{file: "x/contract/host/h.go", imported: here + "x/contract/types", refused: true},
		{file: "x/contract/host/h.go", imported: "cosmossdk.io/errors", refused: true},
		{file: "x/contract/keeper/k.go", imported: here + "x/contract/host"},
		{file: "cmd/assay/contract/c.go", imported: "github.com/spf13/cobra"},
		{file: "cmd/assay/contract/local/l.go", imported: here + "x/contract/host"},
		{file: "cmd/assay/contract/local/l.go", imported: here + "x/contract/types", refused: true},
		{file: "cmd/assay/contract/local/l.go", imported: "github.com/cosmos/cosmos-sdk/types", refused: true},
		{file: "contracts/c.go", imported: here + "x/contract/host", refused: true},
		{file: "zkml/circuit/c.go", imported: "github.com/consensys/gnark/frontend"},
		{file: "zkml/circuit/c.go", imported: here + "zkml/onnx"},
		{file: "zkml/circuit/c.go", imported: "github.com/cosmos/cosmos-sdk/types", refused: true},
		{file: "zkml/circuit/c.go", imported: here + "x/registry/types", refused: true},
		{file: "zkml/onnx/o.go", imported: "github.com/consensys/gnark/frontend", refused: true},
		{file: "zkml/onnx/o.go", imported: here + "zkml/circuit", refused: true},
		{file: "x/proof/verifier/v.go", imported: "github.com/consensys/gnark/backend/groth16/bn254"},
		{file: "x/proof/verifier/v.go", imported: "github.com/consensys/gnark/frontend", refused: true},
		{file: "x/proof/verifier/v.go", imported: "github.com/cosmos/cosmos-sdk/types", refused: true},
		{file: "x/proof/verifier/v.go", imported: "cosmossdk.io/errors", refused: true},
		{file: "x/proof/verifier/v.go", imported: here + "x/proof/types", refused: true},
		{file: "x/proof/verifier/v.go", imported: here + "x/proof/verifier/verifiertest", refused: true},
		{file: "x/proof/keeper/k.go", imported: here + "x/proof/verifier"},
		{file: "x/proof/types/expected_keepers.go", imported: here + "x/registry/types"},
		{file: "x/proof/types/expected_keepers.go", imported: here + "x/registry/keeper", refused: true},
		{file: "x/proof/types/expected_keepers.go", imported: here + "x/registry", refused: true},
		{file: "x/proof/types/msgs.go", imported: here + "x/registry/types", refused: true},
		{file: "x/proof/keeper/k.go", imported: here + "x/fleet/types", refused: true},
		{file: "x/proof/keeper/expected_keepers.go", imported: here + "x/fleet/types", refused: true},
		{file: "x/fleet/keeper/k.go", imported: "github.com/cosmos/ibc-go/v11/modules/core", refused: true},
		{file: "x/fleet/keeper/k.go", imported: here + "app", refused: true},
		{file: "x/rollout/ibc.go", imported: "github.com/cosmos/ibc-go/v11/modules/core"},
		{file: "app/a.go", imported: here + "x/fleet/keeper"},
		{file: "app/a.go", imported: here + "zkml/onnx", refused: true},
		{file: "app/a.go", imported: here + "light-client", refused: true},
		{file: "app/a.go", imported: here + "inference-sidecar", refused: true},
		{file: "app/a.go", imported: here + "app/apptest", refused: true},
		{file: "app/a.go", imported: "github.com/stretchr/testify/require", refused: true},
		{file: "inference-sidecar/s.go", imported: here + "x/fleet/types"},
		{file: "inference-sidecar/s.go", imported: here + "x/fleet/keeper", refused: true},
		{file: "inference-sidecar/s.go", imported: here + "x/fleet", refused: true},
		{file: "inference-sidecar/s.go", imported: here + "app", refused: true},
		{file: "light-client/l.go", imported: here + "x/fleet/types"},
		{file: "light-client/l.go", imported: "github.com/cosmos/cosmos-sdk/types", refused: true},
		{file: "cmd/assay/toolbox/t.go", imported: here + "zkml/onnx"},
		{file: "cmd/assay/toolbox/t.go", imported: here + "x/registry/keeper", refused: true},
		{file: "cmd/assay/toolbox/t.go", imported: here + "app", refused: true},
		{file: "cmd/assay/toolbox/t.go", imported: here + "cmd/assay/relay"},
		{file: "cmd/assay/toolbox/t.go", imported: "github.com/cosmos/ibc-go/v11/modules/core", refused: true},
		{file: "cmd/assay/relay/r.go", imported: "github.com/cosmos/ibc-go/v11/modules/core"},
		{file: "cmd/assay/relay/r.go", imported: here + "x/rollout/types", refused: true},
		{file: "cmd/assay/relay/r.go", imported: here + "zkml", refused: true},
		{file: "cmd/assay-sidecar/main.go", imported: here + "zkml/onnx", refused: true},
		{file: "cmd/assayd/main.go", imported: here + "app"},
		{file: "cmd/assayd/main.go", imported: here + "zkml/onnx", refused: true},
		{file: "newfolder/n.go", imported: "github.com/spf13/cobra", refused: true},
		{file: "x/fleets/n.go", imported: "cosmossdk.io/errors", refused: true},
	} {
		why := refusal(tc.file, tc.imported)
		require.Equal(t, tc.refused, why != "", "%s imports %s: %q", tc.file, tc.imported, why)
	}
}

// Every package says what it is, in a file that a person wrote.
func TestPackageComments(t *testing.T) {
	type pkg struct{ folder, name string }
	said := map[pkg]bool{}
	for _, s := range sources(t) {
		p := pkg{path.Dir(s.path), strings.TrimSuffix(s.file.Name.Name, "_test")}
		said[p] = said[p] || describes(s.file, p.name)
	}
	for p, ok := range said {
		if !ok {
			t.Errorf("%s: no comment that begins with %q", p.folder, opening(p.name))
		}
	}
}

// describes says whether the file has the comment of its package. A command's may begin as it likes.
func describes(file *ast.File, name string) bool {
	return !ast.IsGenerated(file) && strings.HasPrefix(file.Doc.Text(), opening(name)) && file.Doc.Text() != ""
}

func opening(name string) string {
	if name == "main" {
		return ""
	}
	return "Package " + name + " "
}

func TestDescribes(t *testing.T) {
	for _, tc := range []struct {
		name, source, pkg string
		want              bool
	}{
		{"success: package", "// Package a does.\npackage a", "a", true},
		{"success: command", "// A does.\npackage main", "main", true},
		{"failure: none", "package a", "a", false},
		{"failure: command without", "package main", "main", false},
		{"failure: another name", "// Package b does.\npackage a", "a", false},
		{"failure: detached", "// Package a does.\n\npackage a", "a", false},
		{"failure: generated", "// Code generated by x. DO NOT EDIT.\n\n// Package a does.\npackage a", "a", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file, err := parser.ParseFile(token.NewFileSet(), "a.go", tc.source, parser.ImportsOnly|parser.ParseComments)
			require.NoError(t, err)
			require.Equal(t, tc.want, describes(file, tc.pkg))
		})
	}
}
