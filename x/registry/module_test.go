package registry_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/grpc-ecosystem/grpc-gateway/runtime"
	"github.com/stretchr/testify/require"
	googleproto "google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
	bankv1beta1 "cosmossdk.io/api/cosmos/bank/v1beta1"
	msgv1 "cosmossdk.io/api/cosmos/msg/v1"
	"cosmossdk.io/core/appmodule"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdkruntime "github.com/cosmos/cosmos-sdk/runtime"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil/integration"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/tx/signing/textual"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"github.com/assay-chain/assay/x/registry"
	"github.com/assay-chain/assay/x/registry/keeper"
	"github.com/assay-chain/assay/x/registry/types"
)

var (
	alice     = sdk.AccAddress(bytes.Repeat([]byte{1}, 20)).String()
	authority = sdk.AccAddress(bytes.Repeat([]byte{9}, 20)).String()
	key       = append([]byte("a verifying key"), make([]byte, 100)...)
)

// oneKey accepts key, which has 3 public inputs, and no other.
type oneKey struct{}

func (oneKey) CheckVerifyingKey(k []byte) (types.KeyInfo, error) {
	if !bytes.Equal(k, key) {
		return types.KeyInfo{}, errors.New("another key")
	}
	return types.KeyInfo{PublicInputs: 3}, nil
}

// newApp returns the module in an application that routes its messages and queries.
func newApp(t *testing.T) (*integration.App, keeper.Keeper) {
	t.Helper()
	interfaces := codectypes.NewInterfaceRegistry()
	types.RegisterInterfaces(interfaces)
	cdc := codec.NewProtoCodec(interfaces)
	keys := storetypes.NewKVStoreKeys(types.StoreKey)
	stores := integration.CreateMultiStore(keys, log.NewNopLogger())
	ctx := sdk.NewContext(stores, cmtproto.Header{Height: 1}, false, log.NewNopLogger())
	k := keeper.NewKeeper(cdc, sdkruntime.NewKVStoreService(keys[types.StoreKey]), oneKey{}, authority)
	m := registry.NewAppModule(k)
	app := integration.NewIntegrationApp(ctx, log.NewNopLogger(), keys, cdc, map[string]appmodule.AppModule{types.ModuleName: m})
	types.RegisterMsgServer(app.MsgServiceRouter(), keeper.NewMsgServer(k))
	types.RegisterQueryServer(app.QueryHelper(), keeper.NewQueryServer(k))
	return app, k
}

func publish() *types.MsgPublishVersion {
	digest := sha256.Sum256(key)
	tensor := types.TensorSignature{
		Name: "x", ElementType: types.ELEMENT_TYPE_UINT8, Shape: []uint32{1, 8}, ScaleBits: 0x3f800000, ZeroPoint: 128,
	}
	return &types.MsgPublishVersion{
		Owner: alice, Publisher: "acme", Model: "vibration", Number: "1.0.0", VerifyingKey: key,
		Spec: types.VersionSpec{
			Artifacts:          []types.Artifact{{Name: "canonical.onnx", MediaType: "application/onnx", Digest: digest[:], Size_: 15}},
			Inputs:             []types.TensorSignature{tensor},
			Outputs:            []types.TensorSignature{tensor},
			CircuitDigest:      digest[:],
			VerifyingKeyDigest: digest[:],
			Setup:              types.SetupProvenance{Kind: types.SETUP_KIND_SINGLE_PARTY_INSECURE},
		},
	}
}

func TestModuleInAnApplication(t *testing.T) {
	app, _ := newApp(t)
	for _, msg := range []sdk.Msg{
		&types.MsgCreatePublisher{Owner: alice, Name: "acme"},
		&types.MsgCreateModel{Owner: alice, Publisher: "acme", Name: "vibration"},
		publish(),
		&types.MsgSetAlias{Owner: alice, Publisher: "acme", Model: "vibration", Alias: "stable", Number: "1.0.0"},
	} {
		_, err := app.RunMsg(msg, integration.WithAutomaticFinalizeBlock(), integration.WithAutomaticCommit())
		require.NoError(t, err)
	}
	res, err := types.NewQueryClient(app.QueryHelper()).Alias(app.Context(), &types.QueryAliasRequest{
		Publisher: "acme", Model: "vibration", Name: "stable",
	})
	require.NoError(t, err)
	require.Equal(t, "acme/vibration@1.0.0", res.Version.Id)
	require.True(t, res.Version.VersionSpec.Equal(publish().Spec))
}

// REST paths reach their queries, version ids with their slash and at sign included.
func TestRESTRoutes(t *testing.T) {
	app, _ := newApp(t)
	for _, msg := range []sdk.Msg{
		&types.MsgCreatePublisher{Owner: alice, Name: "acme"},
		&types.MsgCreateModel{Owner: alice, Publisher: "acme", Name: "vibration"},
		publish(),
	} {
		_, err := app.RunMsg(msg)
		require.NoError(t, err)
	}
	mux := runtime.NewServeMux()
	require.NoError(t, types.RegisterQueryHandlerClient(app.Context(), mux, types.NewQueryClient(app.QueryHelper())))
	digest := sha256.Sum256(key)
	hex := types.FormatDigest(digest[:])
	for path, want := range map[string]string{
		"/params":                                     `"max_aliases":32`,
		"/publishers":                                 `"name":"acme"`,
		"/publishers/acme":                            `"name":"acme"`,
		"/publishers/acme/models":                     `"name":"vibration"`,
		"/publishers/acme/models/vibration":           `"name":"vibration"`,
		"/publishers/acme/models/vibration/versions":  `"id":"acme/vibration@1.0.0"`,
		"/publishers/acme/models/vibration/aliases":   `{"pagination":{}}`,
		"/versions/acme/vibration@1.0.0":              `"id":"acme/vibration@1.0.0"`,
		"/artifacts/" + hex + "/versions":             `"id":"acme/vibration@1.0.0"`,
		"/verifying_keys/" + hex:                      `"public_inputs":3`,
		"/verifying_keys/" + hex + "/versions":        `"id":"acme/vibration@1.0.0"`,
		"/versions/acme/vibration@2.0.0":              `version not found`,
		"/publishers/acme/models/vibration/aliases/x": `alias not found`,
	} {
		t.Run(path, func(t *testing.T) {
			res := httptest.NewRecorder()
			mux.ServeHTTP(res, httptest.NewRequest(http.MethodGet, "/assay/registry/v1"+path, nil))
			require.Contains(t, res.Body.String(), want)
		})
	}
}

// Every message names its signer, and every field that a command names exists.
func TestDescriptors(t *testing.T) {
	files, err := proto.HybridResolver.FindFileByPath("assay/registry/v1/tx.proto")
	require.NoError(t, err)
	messages := files.Services().ByName("Msg").Methods()
	for i := range messages.Len() {
		input := messages.Get(i).Input()
		signers, ok := googleproto.GetExtension(input.Options(), msgv1.E_Signer).([]string)
		require.True(t, ok)
		require.Len(t, signers, 1, input.Name())
		require.NotNil(t, input.Fields().ByName(protoreflect.Name(signers[0])), input.Name())
		requireTextual(t, input)
	}

	options := registry.AppModule{}.AutoCLIOptions()
	for _, service := range []*autocliv1.ServiceCommandDescriptor{options.Query, options.Tx} {
		found, err := proto.HybridResolver.FindDescriptorByName(protoreflect.FullName(service.Service))
		require.NoError(t, err)
		methods := found.(protoreflect.ServiceDescriptor).Methods()
		require.Len(t, service.RpcCommandOptions, methods.Len(), "every method has a command")
		for _, command := range service.RpcCommandOptions {
			method := methods.ByName(protoreflect.Name(command.RpcMethod))
			require.NotNil(t, method, command.RpcMethod)
			for _, arg := range command.PositionalArgs {
				require.NotNil(t, method.Input().Fields().ByName(protoreflect.Name(arg.ProtoField)), "%s: %s", command.RpcMethod, arg.ProtoField)
			}
		}
	}
}

// requireTextual checks that SIGN_MODE_TEXTUAL can render every field of a message and of those
// inside it.
func requireTextual(t *testing.T, message protoreflect.MessageDescriptor) {
	t.Helper()
	handler, err := textual.NewSignModeHandler(textual.SignModeOptions{
		CoinMetadataQuerier: func(context.Context, string) (*bankv1beta1.Metadata, error) { return nil, nil },
		FileResolver:        proto.HybridResolver,
	})
	require.NoError(t, err)
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		_, err := handler.GetFieldValueRenderer(field)
		require.NoError(t, err, field.FullName())
		if field.Message() != nil {
			requireTextual(t, field.Message())
		}
	}
}
