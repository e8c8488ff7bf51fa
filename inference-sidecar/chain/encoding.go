package chain

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

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// bech32Prefix starts every account address of the chain.
const bech32Prefix = "assay"

var addresses = address.NewBech32Codec(bech32Prefix)

// encoding knows the messages that a device signs.
type encoding struct {
	codec codec.Codec
	tx    client.TxConfig
}

// newEncoding sets the prefix of addresses too, which the SDK keeps in a variable of the process.
var newEncoding = sync.OnceValue(func() encoding {
	cfg := sdk.GetConfig()
	cfg.SetBech32PrefixForAccount(bech32Prefix, bech32Prefix+"pub")
	cfg.SetBech32PrefixForValidator(bech32Prefix+"valoper", bech32Prefix+"valoperpub")
	interfaces, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles: proto.HybridResolver,
		SigningOptions: signing.Options{
			AddressCodec:          addresses,
			ValidatorAddressCodec: address.NewBech32Codec(bech32Prefix + "valoper"),
		},
	})
	if err != nil {
		panic(fmt.Errorf("chain: interface registry: %w", err)) // broken wiring
	}
	for _, register := range []func(codectypes.InterfaceRegistry){
		std.RegisterInterfaces, authtypes.RegisterInterfaces,
		fleettypes.RegisterInterfaces, prooftypes.RegisterInterfaces, rollouttypes.RegisterInterfaces,
	} {
		register(interfaces)
	}
	cdc := codec.NewProtoCodec(interfaces)
	return encoding{codec: cdc, tx: authtx.NewTxConfig(cdc, authtx.DefaultSignModes)}
})

// ParseAddress returns the bytes of a bech32 account address of the chain.
func ParseAddress(text string) ([]byte, error) {
	raw, err := addresses.StringToBytes(text)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", text, err)
	}
	return raw, nil
}
