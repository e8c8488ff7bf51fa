package contract

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/vm"
	"github.com/assay-chain/assay/x/contract/vm/binary"
)

// Command is "assay contract".
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "contract",
		Short: "Build, check, run and test contracts without a chain",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(buildCmd(), checkCmd(), callCmd(), testCmd())
	return cmd
}

// hintError is an error with something that the reader can do about it.
type hintError struct {
	error
	hint string
}

func (e hintError) Unwrap() error { return e.error }

// Hint says what the reader can do.
func (e hintError) Hint() string { return e.hint }

// codeHint adds what the author of a contract can do about code that is refused.
func codeHint(err error) error {
	for _, c := range []struct {
		is   error
		hint string
	}{
		{binary.ErrUnsupported, "the profile has 32-bit integers only; no floating point and no 64-bit types in the source, and build with the flags of \"assay contract build\""},
		{vm.ErrImport, "contracts import from module \"assay\" only; docs/host-functions.md has the names and types"},
		{host.ErrExport, "export memory, abi_version_1 and init, and every entry point as a function without parameters; only decide_step and allow_publish return a value"},
		{binary.ErrLimit, "the limits are in docs/wasm-profile.md"},
		{binary.ErrMalformed, "the file has to be a whole binary WebAssembly module; \"assay contract build\" makes one"},
		{binary.ErrInvalid, "the compiler that made it is at fault, or the file was changed afterwards"},
	} {
		if errors.Is(err, c.is) {
			return hintError{err, c.hint}
		}
	}
	return err
}

// asJSON says whether results are to be JSON.
func asJSON(cmd *cobra.Command) bool {
	yes, _ := cmd.Flags().GetBool("json") // of the root; false where there is none
	return yes
}
