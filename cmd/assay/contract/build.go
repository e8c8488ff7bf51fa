package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

var errBuild = errors.New("cannot build")

// buildOptions are the flags of build.
type buildOptions struct {
	out     string
	include []string
	verbose bool
}

func buildCmd() *cobra.Command {
	var o buildOptions
	cmd := &cobra.Command{
		Use:   "build DIR|FILE",
		Short: "Compile a contract from AssemblyScript or C, and check it",
		Long: `Compile a contract with the flags that keep a compiler within what the chain accepts, then do what "check" does. The file is
written only if it is accepted; by default it is DIR/DIR.wasm, or FILE with the ending .wasm.

AssemblyScript: index.ts or assembly/index.ts of the folder, or its only file. The compiler is the asc in node_modules of the folder or of
one above it. C: all *.c of the folder, with clang and wasm-ld of the PATH; assay.h is searched in the folder, and in include of it and of
those above it.`,
		Example: "  assay contract build gate\n  assay contract build counter.c -o build/counter.wasm",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := planBuild(args[0], o)
			if err != nil {
				return err
			}
			if o.verbose {
				fmt.Fprintln(cmd.ErrOrStderr(), strings.Join(b.command, " "))
			}
			i, err := b.run(cmd.Context())
			if err != nil {
				return err
			}
			return i.print(cmd.OutOrStdout(), asJSON(cmd))
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "", "the file to write")
	f.StringArrayVarP(&o.include, "include", "I", nil, "folder with headers (C; repeatable)")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "print the command that is run")
	return cmd
}

// build is a compiler's run.
type build struct {
	command []string // without the output
	folder  string   // where it runs
	out     string   // absolute
}

// planBuild finds sources and compiler.
func planBuild(source string, o buildOptions) (*build, error) {
	source, err := filepath.Abs(source)
	if err != nil {
		return nil, err
	}
	stat, err := os.Stat(source)
	if err != nil {
		return nil, err
	}
	folder, files := source, []string{source}
	out := filepath.Join(source, filepath.Base(source)+".wasm")
	if stat.IsDir() {
		files, err = sourcesOf(source)
	} else {
		folder = filepath.Dir(source)
		out = strings.TrimSuffix(source, filepath.Ext(source)) + ".wasm"
	}
	if err != nil {
		return nil, err
	}
	if o.out != "" {
		if out, err = filepath.Abs(o.out); err != nil {
			return nil, err
		}
	}
	switch filepath.Ext(files[0]) {
	case ".ts":
		return planAssemblyScript(folder, files[0], out)
	case ".c":
		return planC(folder, files, o.include, out)
	}
	return nil, fmt.Errorf("%s: expected a .ts or .c file: %w", files[0], errBuild)
}

// sourcesOf finds what to compile in a folder: an AssemblyScript entry file, or all C files.
func sourcesOf(folder string) ([]string, error) {
	for _, name := range []string{"index.ts", filepath.Join("assembly", "index.ts")} {
		if file := filepath.Join(folder, name); isFile(file) {
			return []string{file}, nil
		}
	}
	c, err := filepath.Glob(filepath.Join(escapeGlob(folder), "*.c"))
	if err != nil {
		return nil, err
	}
	ts, err := filepath.Glob(filepath.Join(escapeGlob(folder), "*.ts"))
	if err != nil {
		return nil, err
	}
	ts = slices.DeleteFunc(ts, func(f string) bool { return strings.HasSuffix(f, ".d.ts") })
	switch {
	case len(ts) == 1 && len(c) == 0:
		return ts, nil
	case len(c) > 0 && len(ts) == 0:
		return c, nil
	case len(ts)+len(c) == 0:
		return nil, hintError{fmt.Errorf("%s: no source: %w", folder, errBuild), "put index.ts (AssemblyScript) or C files there"}
	}
	return nil, hintError{fmt.Errorf("%s: expected one .ts file or C files, got %d and %d: %w", folder, len(ts), len(c), errBuild), "call the entry file index.ts"}
}

// escapeGlob makes a path match itself.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// ascFlags keep asc within the profile. Below shrink level 2 its library compares strings by 64 bits, and what uses that is refused.
// Of the levels that are left -O3 with 2 is the best: for the contracts of the repository it makes a fifth to a quarter less code
// than -O3 alone (10 to 11 KiB in place of 13 to 15), which a call pays 40,000 VM gas a KiB to load, and their scenarios run for
// 2 to 3 in a hundred more VM gas, at most some 8,000 a call. -Oz is the same to within 30 bytes; -Os is level 1 and does not do.
var ascFlags = []string{
	"-O3", "--shrinkLevel", "2", "--runtime", "stub", "--noAssert", "--initialMemory", "1", "--maximumMemory", "1",
	"--exportStart", "_initialize",
}

// clangFlags keep clang within the profile, as docs/wasm-profile.md explains, and leave memory for more than the stack.
var clangFlags = []string{
	"--target=wasm32", "-mcpu=mvp", "-nostdlib", "-O2", "-fno-builtin", "-mllvm", "-combiner-store-merging=false",
	"-Wl,--no-entry", "-Wl,-z,stack-size=8192", "-Wl,--initial-memory=65536", "-Wl,--max-memory=65536",
}

// planAssemblyScript runs where node_modules is, so that the paths that end up in the binary are the same on every machine.
func planAssemblyScript(folder, entry, out string) (*build, error) {
	const asc = "node_modules/.bin/asc"
	root, ok := above(folder, asc)
	if !ok {
		where, ok := above(folder, "package.json")
		if !ok {
			return nil, hintError{
				fmt.Errorf("%s: no AssemblyScript compiler: %w", folder, errBuild),
				"npm install --prefix " + folder + " --save-dev assemblyscript@0.28.20",
			}
		}
		return nil, hintError{fmt.Errorf("%s: no AssemblyScript compiler in node_modules: %w", folder, errBuild), "npm install --prefix " + where}
	}
	relative, err := filepath.Rel(root, entry)
	if err != nil {
		return nil, err
	}
	abort := "abort=" // traps
	if isFile(filepath.Join(root, "node_modules", "assay", "package.json")) {
		abort = "abort=~lib/assay/assembly/abort/onAbort"
	}
	return &build{folder: root, out: out, command: slices.Concat(
		[]string{filepath.Join(root, filepath.FromSlash(asc)), filepath.ToSlash(relative)}, ascFlags, []string{"--use", abort},
	)}, nil
}

func planC(folder string, files, include []string, out string) (*build, error) {
	for _, tool := range []string{"clang", "wasm-ld"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, hintError{fmt.Errorf("%s: no %s: %w", folder, tool, errBuild), "install clang and lld, 14 or newer"}
		}
	}
	command := append([]string{"clang"}, clangFlags...)
	for _, folder := range include {
		absolute, err := filepath.Abs(folder)
		if err != nil {
			return nil, err
		}
		command = append(command, "-I", absolute)
	}
	if root, ok := above(folder, filepath.Join("include", "assay.h")); ok {
		command = append(command, "-I", filepath.Join(root, "include"))
	}
	for _, f := range files {
		relative, err := filepath.Rel(folder, f)
		if err != nil {
			return nil, err
		}
		command = append(command, "./"+filepath.ToSlash(relative))
	}
	return &build{folder: folder, out: out, command: command}, nil
}

// above finds the nearest folder, from one upwards, that has a file of that name.
func above(folder, name string) (string, bool) {
	for {
		if isFile(filepath.Join(folder, filepath.FromSlash(name))) {
			return folder, true
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", false
		}
		folder = parent
	}
}

func isFile(path string) bool {
	stat, err := os.Stat(path)
	return err == nil && stat.Mode().IsRegular()
}

// run compiles to a file beside the output, checks it, and puts it in its place.
func (b *build) run(ctx context.Context) (*info, error) {
	if err := os.MkdirAll(filepath.Dir(b.out), 0o755); err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp(filepath.Dir(b.out), ".build-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	made := filepath.Join(scratch, filepath.Base(b.out))
	cmd := exec.CommandContext(ctx, b.command[0], append(b.command[1:len(b.command):len(b.command)], "-o", made)...)
	cmd.Dir = b.folder
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", filepath.Base(b.command[0]), err, strings.TrimRight(said.String(), "\n"))
	}
	i, err := inspect(made)
	if err != nil {
		return nil, codeHint(err)
	}
	i.File = b.out
	return i, os.Rename(made, b.out)
}
