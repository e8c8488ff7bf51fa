package relay

import (
	"fmt"
	"sync"

	"github.com/cosmos/gogoproto/proto"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/std"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/tx/signing"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	clientv2types "github.com/cosmos/ibc-go/v11/modules/core/02-client/v2/types"
	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
	ibctm "github.com/cosmos/ibc-go/v11/modules/light-clients/07-tendermint"
)

// bech32Prefix starts every account address of the chains that are served.
const bech32Prefix = "assay"

// encoding turns messages into bytes and back.
type encoding struct {
	interfaces codectypes.InterfaceRegistry
	codec      codec.Codec
	tx         client.TxConfig
}

// newEncoding knows the messages that a relayer signs and the answers that it reads. The SDK keeps the
// prefix of addresses in a variable of the process, so it is set here, once.
var newEncoding = sync.OnceValue(func() encoding {
	cfg := sdk.GetConfig()
	cfg.SetBech32PrefixForAccount(bech32Prefix, bech32Prefix+"pub")
	cfg.SetBech32PrefixForValidator(bech32Prefix+"valoper", bech32Prefix+"valoperpub")
	interfaces, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles: proto.HybridResolver,
		SigningOptions: signing.Options{
			AddressCodec:          address.NewBech32Codec(bech32Prefix),
			ValidatorAddressCodec: address.NewBech32Codec(bech32Prefix + "valoper"),
		},
	})
	if err != nil {
		panic(fmt.Errorf("relay: interface registry: %w", err)) // broken wiring
	}
	for _, register := range []func(codectypes.InterfaceRegistry){
		std.RegisterInterfaces, authtypes.RegisterInterfaces, ibctm.RegisterInterfaces,
		clienttypes.RegisterInterfaces, clientv2types.RegisterInterfaces, channelv2types.RegisterInterfaces,
	} {
		register(interfaces)
	}
	cdc := codec.NewProtoCodec(interfaces)
	return encoding{interfaces: interfaces, codec: cdc, tx: authtx.NewTxConfig(cdc, authtx.DefaultSignModes)}
})
