// Package toolbox is the command line of assay: it imports quantized models, checks that every
// executor agrees on them, compiles circuits, makes keys, and proves and verifies results.
//
// It trusts the machine it runs on: proving keys made here are as secret as this machine was
// during setup. Model files and proofs are not trusted; they are checked by the packages that
// read them.
package toolbox

import (
	"errors"
	"fmt"
	"io"

	"github.com/consensys/gnark/logger"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/version"

	"github.com/assay-chain/assay/cmd/assay/bundle"
	"github.com/assay-chain/assay/cmd/assay/contract"
	"github.com/assay-chain/assay/cmd/assay/net"
	"github.com/assay-chain/assay/cmd/assay/prover"
	"github.com/assay-chain/assay/cmd/assay/relay"
)

// Main runs the command line args and returns the exit status: 0 for success, 1 for an error, which
// is printed to stderr with a hint where there is one. Results go to stdout, progress to stderr.
func Main(args []string, stdout, stderr io.Writer) int {
	logger.Disable() // gnark reports to stdout, which holds results
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	err := root.Execute()
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "assay: error: %v\n", err)
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		fmt.Fprintf(stderr, "hint: %s\n", h.Hint())
	}
	return 1
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	out := &output{stdout: stdout, stderr: stderr}
	root := &cobra.Command{
		Use:   "assay",
		Short: "Import, check, compile, prove and verify quantized models",
		Long: `assay takes a quantized ONNX model to a proof that a chain accepts:

  assay model import  source.onnx DIR    rewrite to the canonical, portable form
  assay model check   DIR                ONNX Runtime and the reference executor agree on every value
  assay model compile DIR                the circuit and its digest
  assay model setup   DIR                proving and verifying keys (single party: INSECURE)
  assay prove  DIR --input x.bin …       run, prove, and write what the chain takes
  assay verify DIR proof.json            verify it off chain

for authors of policies, "assay contract" builds, checks, runs and tests contracts without a chain;
and, for operators of two chains, "assay relay v2" carries packets between them over IBC v2, and "assay net reconcile"
compares what they have on record.`,
		Version:       version.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.PersistentFlags().BoolVar(&out.json, "json", false, "print the result as JSON")
	modelCmd := &cobra.Command{
		Use:   "model",
		Short: "Work on a model directory",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	modelCmd.AddCommand(importCmd(out), inspectCmd(out), digestCmd(out), checkCmd(out), compileCmd(out), setupCmd(out))
	root.AddCommand(bundle.Command(), contract.Command())
	root.AddCommand(modelCmd, proveCmd(out), verifyCmd(out), relay.Command(), net.Command(), prover.Command())
	return root
}

// hintError is an error with something that the reader can do about it.
type hintError struct {
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }

// Hint says what the reader can do.
func (e *hintError) Hint() string { return e.hint }

// hint adds a hint to an error; nil stays nil.
func hint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &hintError{err: err, hint: fmt.Sprintf(format, args...)}
}
