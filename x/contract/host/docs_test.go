package host_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/host/hosttest"
	"github.com/assay-chain/assay/x/contract/vm"
)

const reference = "../../../docs/host-functions.md"

// table gives the rows of a table of the reference, by its heading, as cells.
func table(t *testing.T, heading string) [][]string {
	t.Helper()
	b, err := os.ReadFile(reference)
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(b), heading+"\n|"+strings.Repeat("---|", strings.Count(heading, "|")-1)+"\n")
	require.True(t, found, heading)
	rows, _, _ := strings.Cut(rest, "\n\n")
	var out [][]string
	for row := range strings.Lines(rows) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(row), "|"), "|")
		for i, c := range cells {
			cells[i] = strings.TrimSpace(c)
		}
		out = append(out, cells)
	}
	return out
}

// The table of functions in the reference is the table in the code, row by row.
func TestReference(t *testing.T) {
	var want [][]string
	for _, f := range host.Describe() {
		want = append(want, []string{"`" + f.Signature + "`", fmt.Sprint(f.Gas), f.Grows, fmt.Sprint(f.Since)})
	}
	require.Equal(t, want, table(t, "| function | gas | and | since |"))
}

// Every function is described in the second table, and nothing else is. A row may have several.
func TestReferenceDescribesAll(t *testing.T) {
	var want, got []string
	for _, f := range host.Describe() {
		want = append(want, f.Name)
	}
	for _, row := range table(t, "| function | what it does, and what it refuses |") {
		names := quoted.FindAllStringSubmatch(row[0], -1)
		if strings.Contains(row[0], " … ") { // from one to another
			from, to := slices.Index(want, names[0][1]), slices.Index(want, names[1][1])
			require.True(t, from >= 0 && to > from, row[0])
			got = append(got, want[from:to+1]...)
			continue
		}
		for _, name := range names {
			got = append(got, name[1])
		}
	}
	require.Equal(t, want, got)
}

var (
	quoted = regexp.MustCompile("`([a-z0-9_]+)`")
	vote   = regexp.MustCompile(`([0-9]) ([a-z]+)`)
)

// The entry points are those that the code knows. A contract that exports one with the type of the table is taken, one with the
// other type is not; the votes have the numbers of the code.
func TestReferenceEntryPoints(t *testing.T) {
	votes := map[string]map[string]uint32{
		host.EntryDecideStep:   {"wait": host.VoteWait, "yes": host.VoteYes, "no": host.VoteNo},
		host.EntryAllowPublish: {"no": host.VoteNoPublish, "yes": host.VotePublish},
	}
	entries, typed := map[string][]hosttest.Step{}, map[string]uint32{}
	for _, row := range table(t, "| export | returns | called | message | caller |") {
		name := quoted.FindStringSubmatch(row[0])[1]
		returns := map[string]uint32{}
		for _, v := range vote.FindAllStringSubmatch(row[1], -1) {
			n, err := strconv.ParseUint(v[1], 10, 32)
			require.NoError(t, err)
			returns[v[2]] = uint32(n)
		}
		other := hosttest.Contract{}
		if len(returns) > 0 {
			require.Equal(t, votes[name], returns, name)
			typed[name] = 0
			other.Entries = map[string][]hosttest.Step{name: nil}
		} else {
			require.Equal(t, "–", row[1], name)
			require.NotContains(t, votes, name)
			entries[name] = nil
			other.Votes = map[string]uint32{name: 0}
		}
		require.ErrorIs(t, host.Check(checked(t, other)), host.ErrExport, name)
	}
	m := checked(t, hosttest.Contract{Entries: entries, Votes: typed})
	require.NoError(t, host.Check(m))
	require.Len(t, host.Entries(m), len(entries)+len(typed), "the table has a name that is no entry point")
	all := []string{
		host.EntryAllowPublish, host.EntryDecideStep, host.EntryExecute, host.EntryInit, host.EntryMigrate, host.EntryOnAttestation, host.EntryQuery,
	}
	require.Equal(t, all, host.Entries(m))
}

func checked(t *testing.T, c hosttest.Contract) *vm.Module {
	t.Helper()
	m, err := vm.Compile(c.Build(), host.Functions(), vm.DefaultLimits())
	require.NoError(t, err)
	return m
}

// The codes have the numbers of the code, and there are no others.
func TestReferenceCodes(t *testing.T) {
	transfer := map[uint32]string{
		host.TransferDone: "done", host.TransferNotEnough: "not enough coins", host.TransferNoAddress: "not an address, or one that may not receive",
		host.TransferNoDenom: "not a denomination, or one that may not be sent",
	}
	call := map[uint32]string{
		host.CallDone: "done", host.CallFailed: "failed: undone whole, its gas is spent", host.CallNoContract: "no such contract",
		host.CallTooDeep: "as many contracts are at work as may be (4, a parameter)", host.CallReentrant: "it is at work already",
	}
	var want [][]string
	for code := range uint32(len(call)) {
		want = append(want, []string{fmt.Sprint(code), transfer[code], call[code]})
	}
	require.Equal(t, want, table(t, "| code | `transfer` | `call`, `query_contract` |"))

	b, err := os.ReadFile(reference)
	require.NoError(t, err)
	for _, err := range []error{vm.TrapOutOfGas, vm.TrapUnreachable, host.ErrEntry, host.ErrReadOnly} {
		require.Contains(t, string(b), "`"+host.FailureText(err)+"`")
	}
}

// The records are those that the code knows, in its order. Their fields are compared where they are put together: for the chain in
// x/contract/keeper, for the local runner in cmd/assay/contract/local.
func TestReferenceRecords(t *testing.T) {
	kind := host.Model
	for _, row := range table(t, "| record | by | fields |") {
		require.Equal(t, kind.String(), row[0])
		kind++
	}
	require.Equal(t, "unknown", kind.String(), "the table lacks a kind")
}
