package fleet_test

import (
	"strings"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/assay-chain/assay/x/fleet"
)

// Every method has a command with an example, and every argument and flag names a field of its message.
func TestAutoCLI(t *testing.T) {
	options := fleet.AppModule{}.AutoCLIOptions()
	for _, service := range []*autocliv1.ServiceCommandDescriptor{options.Tx, options.Query} {
		descriptor, err := proto.HybridResolver.FindDescriptorByName(protoreflect.FullName(service.Service))
		require.NoError(t, err)
		methods := descriptor.(protoreflect.ServiceDescriptor).Methods()
		require.Len(t, service.RpcCommandOptions, methods.Len())
		for _, command := range service.RpcCommandOptions {
			t.Run(command.RpcMethod, func(t *testing.T) {
				method := methods.ByName(protoreflect.Name(command.RpcMethod))
				require.NotNil(t, method)
				requireCommand(t, command, method.Input())
			})
		}
	}
}

func requireCommand(t *testing.T, command *autocliv1.RpcCommandOptions, input protoreflect.MessageDescriptor) {
	t.Helper()
	name, _, _ := strings.Cut(command.Use, " ")
	require.Contains(t, command.Example, " fleet "+name)
	require.NotEmpty(t, command.Short)
	require.Equal(t, len(command.PositionalArgs), strings.Count(command.Use, "["))
	for _, arg := range command.PositionalArgs {
		field := input.Fields().ByName(protoreflect.Name(arg.ProtoField))
		require.NotNil(t, field, arg.ProtoField)
		require.Equal(t, field.IsList(), arg.Varargs, arg.ProtoField)
	}
	for flag := range command.FlagOptions {
		require.NotNil(t, input.Fields().ByName(protoreflect.Name(flag)), flag)
	}
}
