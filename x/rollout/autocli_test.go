package rollout_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/assay-chain/assay/x/rollout"
)

// Every method has a command with an example, and every argument and flag names a field of its message.
func TestAutoCLI(t *testing.T) {
	module := rollout.AppModule{}
	options := module.AutoCLIOptions()
	for _, half := range []struct {
		service *autocliv1.ServiceCommandDescriptor
		custom  *cobra.Command
	}{{options.Tx, module.GetTxCmd()}, {options.Query, module.GetQueryCmd()}} {
		require.True(t, half.service.EnhanceCustomCommand)
		descriptor, err := proto.HybridResolver.FindDescriptorByName(protoreflect.FullName(half.service.Service))
		require.NoError(t, err)
		methods := descriptor.(protoreflect.ServiceDescriptor).Methods()
		require.Len(t, half.service.RpcCommandOptions, methods.Len())
		for _, command := range half.service.RpcCommandOptions {
			t.Run(command.RpcMethod, func(t *testing.T) {
				method := methods.ByName(protoreflect.Name(command.RpcMethod))
				require.NotNil(t, method)
				requireCommand(t, command, method.Input())
				// AutoCLI leaves out what a custom command has the name of.
				require.False(t, slices.ContainsFunc(half.custom.Commands(), func(c *cobra.Command) bool {
					return c.Name() == nameOf(command)
				}))
			})
		}
	}
}

func nameOf(command *autocliv1.RpcCommandOptions) string {
	name, _, _ := strings.Cut(command.Use, " ")
	return name
}

func requireCommand(t *testing.T, command *autocliv1.RpcCommandOptions, input protoreflect.MessageDescriptor) {
	t.Helper()
	require.Contains(t, command.Example, " rollout "+nameOf(command))
	require.NotEmpty(t, command.Short)
	require.Equal(t, len(command.PositionalArgs), strings.Count(command.Use, "["))
	for _, arg := range command.PositionalArgs {
		require.NotNil(t, input.Fields().ByName(protoreflect.Name(arg.ProtoField)), arg.ProtoField)
	}
	for flag := range command.FlagOptions {
		require.NotNil(t, input.Fields().ByName(protoreflect.Name(flag)), flag)
	}
}

// Every command of people's has an example of itself, and says in one line what it does.
func TestCustomCommands(t *testing.T) {
	module := rollout.AppModule{}
	for _, root := range []*cobra.Command{module.GetTxCmd(), module.GetQueryCmd()} {
		for _, c := range root.Commands() {
			require.Contains(t, c.Example, " rollout "+c.Name())
			require.NotEmpty(t, c.Short)
			require.NotContains(t, c.Short, "\n")
		}
	}
}
