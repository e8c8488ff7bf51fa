package contract

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/cmd/assay/contract/local"
	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/vm/binary"
)

func checkCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE.wasm",
		Short: "Say what the chain would say to a contract's code",
		Long: `Decode, validate, link and compile a contract as the chain does when code is stored, and print what it exports, what it
imports, and what storing and loading it costs.

What is refused is named, with its byte offset in the file. The limits are those of the default parameters.`,
		Example: "  assay contract check build/gate.wasm",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			i, err := inspect(args[0])
			if err != nil {
				return codeHint(err)
			}
			return i.print(cmd.OutOrStdout(), asJSON(cmd))
		},
	}
}

// info is what there is to say about a contract's code.
type info struct {
	File      string   `json:"file"`
	Size      int      `json:"size"`
	SHA256    string   `json:"sha256"`
	ABI       int      `json:"abi_version"`
	Entries   []string `json:"entries"`
	Imports   []string `json:"imports"`
	Functions int      `json:"functions"`
	Pages     uint32   `json:"memory_pages"`
	StoreGas  int      `json:"store_gas"`
	LoadGas   int      `json:"load_gas"`
	CallGas   int      `json:"sub_call_vm_gas"`
}

func inspect(path string) (*info, error) {
	b, err := local.ReadBounded(path, local.MaxCodeBytes+1)
	if err != nil {
		return nil, err
	}
	code, err := local.Compile(path, b)
	if err != nil {
		return nil, err
	}
	decoded, err := binary.Decode(b, local.Limits().Limits)
	if err != nil {
		return nil, err
	}
	kib := (code.Size + 1023) / 1024
	i := &info{
		File: path, Size: code.Size, SHA256: hex.EncodeToString(code.Digest[:]), ABI: host.ABIVersion, Entries: host.Entries(code.Module),
		Imports: []string{}, Functions: len(decoded.Funcs), StoreGas: code.Size * local.StoreGasPerByte,
		LoadGas: kib * local.LoadGasPerKiB / local.VMGasPerGas, CallGas: kib * local.LoadGasPerKiB,
	}
	for _, imported := range decoded.Imports {
		i.Imports = append(i.Imports, imported.Name)
	}
	if decoded.Memory != nil {
		i.Pages = decoded.Memory.Min
	}
	return i, nil
}

func (i *info) print(w io.Writer, inJSON bool) error {
	if inJSON {
		return writeJSON(w, i)
	}
	_, err := fmt.Fprintf(w, `file       %s
size       %d bytes
sha256     %s
abi        version %d
entries    %s
imports    %s
functions  %d
memory     %d × 64 KiB
store      %d gas
load       %d gas a call, none if pinned; %d VM gas when another contract calls it
`, i.File, i.Size, i.SHA256, i.ABI, strings.Join(i.Entries, " "), strings.Join(i.Imports, " "), i.Functions, i.Pages, i.StoreGas, i.LoadGas, i.CallGas)
	return err
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
