package app

import (
	"fmt"

	"github.com/cosmos/gogoproto/proto"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/std"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	"github.com/cosmos/cosmos-sdk/x/tx/signing"
)

// Encoding is everything that turns messages into bytes and back. The interfaces of modules are
// registered in it by New.
type Encoding struct {
	Interfaces codectypes.InterfaceRegistry
	Codec      codec.Codec
	Amino      *codec.LegacyAmino
	Tx         client.TxConfig
}

func newEncoding() Encoding {
	cfg := sdk.GetConfig()
	interfaces, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles: proto.HybridResolver,
		SigningOptions: signing.Options{
			AddressCodec:          address.NewBech32Codec(cfg.GetBech32AccountAddrPrefix()),
			ValidatorAddressCodec: address.NewBech32Codec(cfg.GetBech32ValidatorAddrPrefix()),
		},
	})
	if err != nil {
		panic(fmt.Errorf("interface registry: %w", err)) // broken wiring
	}
	cdc := codec.NewProtoCodec(interfaces)
	e := Encoding{
		Interfaces: interfaces,
		Codec:      cdc,
		Amino:      codec.NewLegacyAmino(),
		Tx:         authtx.NewTxConfig(cdc, authtx.DefaultSignModes),
	}
	std.RegisterLegacyAminoCodec(e.Amino)
	std.RegisterInterfaces(e.Interfaces)
	return e
}
