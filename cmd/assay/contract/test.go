package contract

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/cmd/assay/contract/scenario"
)

var errTest = errors.New("scenarios failed")

// scenarioExt is what the names of scenarios end in.
const scenarioExt = ".scenario"

func testCmd() *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use:   "test DIR|FILE…",
		Short: "Run scenarios: steps of contracts, and what must come of them",
		Long: `Run the scenarios that are named, and all files *.scenario below the folders that are named. Each runs on a chain of its own,
in the runtime of the chain and for the same gas. -v prints the VM gas of each step.

A line at the margin is a step, the indented lines below it say what must come of it; # begins a remark.

  contract NAME FILE.wasm                      the code of a contract, before its init
  account NAME COINS                           what an account has
  block HEIGHT [TIME]                          or +N [+SECONDS]: the block of the next steps
  record KIND FIELD=VALUE…                     a model, version, attestation, device or rollout
  init NAME [by NAME] [with COINS] [gas N] [: ARGS]
  execute NAME … : METHOD ARGS                 also query, allow_publish
  migrate NAME to FILE.wasm … : ARGS
  on_attestation NAME : ID                     the record of that id is the message
  decide_step NAME : ID

    fail KIND ["TEXT"]                         abort, trap, gas, read-only, entry, funds or limit; without it, success
    output [VALUES]                            what it returned
    vote wait|yes|no
    event TYPE [KEY=VALUE…] | events N
    balance NAME COINS
    state KEY [VALUE]                          of the contract; without VALUE, nothing
    gas <= N`,
		Example: "  assay contract test -v .",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := scenariosOf(args)
			if err != nil {
				return err
			}
			return runScenarios(cmd.OutOrStdout(), files, verbose)
		},
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "print each step and its VM gas")
	return cmd
}

// scenariosOf finds the files, in the order of their names below each argument.
func scenariosOf(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		stat, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !stat.IsDir() {
			files = append(files, arg)
			continue
		}
		err = filepath.WalkDir(arg, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && path != arg && (entry.Name() == "node_modules" || strings.HasPrefix(entry.Name(), ".")) {
				return filepath.SkipDir
			}
			if !entry.IsDir() && filepath.Ext(path) == scenarioExt {
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, hintError{fmt.Errorf("%s: no scenarios", strings.Join(args, " ")), "their names end in " + scenarioExt}
	}
	return files, nil
}

// runScenarios runs all of them, also after a failure.
func runScenarios(w io.Writer, files []string, verbose bool) error {
	failed := 0
	for _, file := range files {
		steps, gas, err := runScenario(w, file, verbose)
		if err != nil {
			failed++
			fmt.Fprintf(w, "FAIL  %v\n", err)
			if missing := (*scenario.NotBuiltError)(nil); errors.As(err, &missing) {
				fmt.Fprintf(w, "      hint: %s\n", buildCommand(missing.Module))
			}
			continue
		}
		fmt.Fprintf(w, "ok    %s: %d steps, %d VM gas\n", file, steps, gas)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d: %w", failed, len(files), errTest)
	}
	return nil
}

// buildCommand is the command that makes a module, from the sources that are beside it where there are some.
func buildCommand(module string) string {
	folder, stem := filepath.Dir(module), strings.TrimSuffix(module, filepath.Ext(module))
	for _, source := range []string{stem + ".c", stem + ".ts"} {
		if isFile(source) {
			return "assay contract build " + source
		}
	}
	if _, err := sourcesOf(folder); err != nil {
		return "assay contract build DIR|FILE -o " + module
	}
	if absolute, err := filepath.Abs(folder); err == nil && filepath.Base(absolute) == filepath.Base(stem) {
		return "assay contract build " + folder
	}
	return "assay contract build " + folder + " -o " + module
}

func runScenario(w io.Writer, file string, verbose bool) (steps int, gas uint64, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, 0, err
	}
	s, err := scenario.Parse(file, text)
	if err != nil {
		return 0, 0, err
	}
	err = s.Run(func(r scenario.Report) {
		steps++
		gas += r.Gas
		if !verbose || !r.Call {
			return
		}
		fmt.Fprintf(w, "%10d  %s\n", r.Gas, r.Step)
		if r.Failed != "" {
			fmt.Fprintf(w, "%10s    failed as expected: %s\n", "", r.Failed)
		}
	})
	return steps, gas, err
}
