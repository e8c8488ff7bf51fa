package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"github.com/assay-chain/assay/x/rollout/client/cli"
	"github.com/assay-chain/assay/x/rollout/types"
)

var update = flag.Bool("update", false, "write what the commands print into testdata")

// Each file of testdata has a chain's state, as genesis in JSON: "state HEIGHT", in which later states have only the parts
// that changed. Then it has commands of "query rollout", each with what it prints. A question about the latest state is
// answered from the first state, the next one from the second, and so on; --height names one.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
	}
}

func golden(t *testing.T, file string) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	require.NoError(t, err)
	interfaces := codectypes.NewInterfaceRegistry()
	cdc := codec.NewProtoCodec(interfaces)
	chain := new(fakeChain)
	parts, commands := make(map[string]json.RawMessage), 0
	for i, f := range archive.Files {
		if height, ok := strings.CutPrefix(f.Name, "state "); ok {
			h, err := strconv.ParseInt(height, 10, 64)
			require.NoError(t, err)
			var data map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(f.Data, &data), f.Name)
			chain.addBlock(t, cdc, h, parts, data)
			continue
		}
		commands++
		got := run(t, chain, cdc, strings.Fields(f.Name))
		if *update {
			archive.Files[i].Data = []byte(got)
			continue
		}
		require.Equal(t, string(f.Data), got, f.Name)
	}
	require.NotZero(t, commands)
	if *update {
		require.NoError(t, os.WriteFile(file, txtar.Format(archive), 0o600))
	}
}

// run runs a query and returns what it prints, with its error as assayd shows one.
func run(t *testing.T, chain *fakeChain, cdc *codec.ProtoCodec, args []string) string {
	t.Helper()
	chain.next, chain.failing = 0, 0
	if args[0] == "failing" { // failing N COMMAND…: N questions in a row are not answered
		n, err := strconv.Atoi(args[1])
		require.NoError(t, err)
		chain.failing, args = n, args[2:]
	}
	var out bytes.Buffer
	clientCtx := client.Context{}.WithCodec(cdc).WithInterfaceRegistry(cdc.InterfaceRegistry()).WithOutput(&out).
		WithGRPCClient(chain.dial(t, cdc))
	cmd := cli.NewQueryCmd()
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetContext(context.WithValue(context.Background(), client.ClientContextKey, &clientCtx))
	if err := cmd.Execute(); err != nil {
		out.WriteString("error: " + err.Error() + "\n")
	}
	return out.String()
}

var _ types.QueryServer = new(fakeChain)
