package host

import (
	"fmt"
	"strings"

	"github.com/assay-chain/assay/x/contract/vm"
)

// ABIVersion is the version of the host functions and entry points. A contract says which it was written for by exporting
// abi_version_1.
const ABIVersion = 1

// Namespace is the module that contracts import the functions from.
const Namespace = "assay"

// function is one host function.
type function struct {
	name   string
	params string // names, separated by spaces
	result string // what it returns, for people; empty: nothing
	gas    uint64
	grows  rate
	since  uint32 // ABI version
	call   func(c *call, in *vm.Instance, args []uint32) (uint32, error)
}

// functions is the ABI: all that a contract can import, and the cost of it.
var functions = []function{
	{"input_size", "", "n", gasCopy, rate{}, 1, inputSize},
	{"input_read", "dst off n", "", gasCopy, copied, 1, inputRead},
	{"result_size", "", "n", gasCopy, rate{}, 1, resultSize},
	{"result_read", "dst off n", "", gasCopy, copied, 1, resultRead},
	{"output", "ptr n", "", gasCopy, copied, 1, output},
	{"abort", "ptr n", "", gasCopy, rate{}, 1, abort},
	{"storage_get", "key n", "len or -1", gasRead, read, 1, storageGet},
	{"storage_set", "key n value m", "", gasWrite, stored, 1, storageSet},
	{"storage_delete", "key n", "", gasRead, rate{}, 1, storageDelete},
	{"storage_range", "start n end m limit reverse", "len", gasRead, readEntries, 1, storageRange},
	{"caller", "", "len", gasKnown, rate{}, 1, caller},
	{"self", "", "len", gasKnown, rate{}, 1, self},
	{"block", "", "len", gasKnown, rate{}, 1, block},
	{"funds", "", "len", gasKnown, rate{}, 1, funds},
	{"balance", "denom n", "len", gasBalance, rate{}, 1, balance},
	{"transfer", "to n denom m amount_lo amount_hi", "code", gasTransfer, rate{}, 1, transfer},
	{"emit", "type n attributes m", "", gasEvent, announced, 1, emit},
	{"sha256", "ptr n", "32", gasHash, hashed, 1, hash},
	{"read_model", "name n", "len or -1", gasRead, readRecord, 1, readNamed(Model)},
	{"read_version", "id n", "len or -1", gasRead, readRecord, 1, readNamed(Version)},
	{"read_attestation", "id_lo id_hi", "len or -1", gasRead, readRecord, 1, readNumbered(Attestation)},
	{"read_device", "address n", "len or -1", gasRead, readRecord, 1, readNamed(Device)},
	{"read_rollout", "id_lo id_hi", "len or -1", gasRead, readRecord, 1, readNumbered(Rollout)},
	{"call", "to n message m denom k amount_lo amount_hi gas", "code", gasCall, rate{}, 1, callContract},
	{"query_contract", "to n message m gas", "code", gasCall, rate{}, 1, queryContract},
}

// hosts is what Functions returns.
var hosts = newHosts()

// Functions returns the host functions that contracts are linked with.
func Functions() *vm.Hosts { return hosts }

func newHosts() *vm.Hosts {
	list := make([]vm.HostFunc, len(functions))
	for i, f := range functions {
		list[i] = vm.HostFunc{
			Module: Namespace, Name: f.name, Params: len(f.parameters()), Result: f.result != "", Gas: f.gas,
			Call: func(in *vm.Instance, args []uint32) (uint32, error) {
				c, ok := in.Context().(*call)
				if !ok {
					return 0, fmt.Errorf("%s: instance was not started by this package: %w", f.name, ErrArgument)
				}
				result, err := f.call(c, in, args)
				if _, trap := err.(*vm.Trap); err == nil || trap { //nolint:errorlint // a trap of this call, and none that it wraps
					return result, err
				}
				return 0, fmt.Errorf("%s: %w", f.name, err)
			},
		}
	}
	h, err := vm.NewHosts(list...)
	if err != nil {
		panic(err) // the table above is wrong
	}
	return h
}

func (f function) parameters() []string { return strings.Fields(f.params) }

// FunctionInfo describes a host function for people and for documents.
type FunctionInfo struct {
	Name      string
	Signature string // as name(parameters) → result; all are i32
	Params    int    // how many parameters
	Result    bool
	Gas       uint64 // VM gas, charged before anything else
	Grows     string // how the cost grows, such as "+ 1 per 16 bytes copied"; empty where it does not
	Since     uint32 // the ABI version that it came with
}

// Describe lists the host functions in the order of the reference.
func Describe() []FunctionInfo {
	out := make([]FunctionInfo, len(functions))
	for i, f := range functions {
		signature := f.name + "(" + strings.Join(f.parameters(), ", ") + ")"
		if f.result != "" {
			signature += " → " + f.result
		}
		out[i] = FunctionInfo{
			Name: f.name, Signature: signature, Params: len(f.parameters()), Result: f.result != "", Gas: f.gas, Grows: f.grows.String(), Since: f.since,
		}
	}
	return out
}
