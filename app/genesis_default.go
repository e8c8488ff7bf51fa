package app

import (
	"encoding/json"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cosmos/gogoproto/proto"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"
	minttypes "github.com/cosmos/cosmos-sdk/x/mint/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	ibcexported "github.com/cosmos/ibc-go/v11/modules/core/exported"
	ibctypes "github.com/cosmos/ibc-go/v11/modules/core/types"
	ibctm "github.com/cosmos/ibc-go/v11/modules/light-clients/07-tendermint"
)

const (
	// BlockTime is what the default parameters are made for. They hold within a few times of it.
	BlockTime = time.Second
	// MaxBlockBytes and MaxBlockGas bound a block so that it holds several seconds of proofs at a
	// thousand a second, and travels in well under a second.
	MaxBlockBytes = 8 << 20
	// MaxBlockGas is checked by proposers and by those who vote on a proposal.
	MaxBlockGas = 1_000_000_000

	unbondingTime    = 21 * 24 * time.Hour
	signedWindow     = 10_000 // blocks
	secondsPerYear   = 365 * 24 * 60 * 60
	minDepositAssay  = 10
	fastDepositAssay = 50
)

// ConsensusParams returns the consensus engine's parameters for a new chain.
func ConsensusParams() *cmttypes.ConsensusParams {
	p := cmttypes.DefaultConsensusParams()
	p.Block.MaxBytes = MaxBlockBytes
	p.Block.MaxGas = MaxBlockGas
	// Misbehaviour counts for as long as the stake behind it can be slashed.
	p.Evidence.MaxAgeDuration = unbondingTime
	p.Evidence.MaxAgeNumBlocks = int64(unbondingTime / BlockTime)
	return p
}

// DefaultGenesis returns a genesis state that starts once it has a validator.
func (app *App) DefaultGenesis() GenesisState {
	state := GenesisState(app.Basics.DefaultGenesis(app.enc.Codec))
	edit(app.enc.Codec, state, banktypes.ModuleName, func(g *banktypes.GenesisState) {
		g.DenomMetadata = []banktypes.Metadata{denomMetadata()}
	})
	edit(app.enc.Codec, state, stakingtypes.ModuleName, func(g *stakingtypes.GenesisState) {
		g.Params.BondDenom = BaseDenom
		g.Params.UnbondingTime = unbondingTime
	})
	edit(app.enc.Codec, state, minttypes.ModuleName, func(g *minttypes.GenesisState) {
		g.Params.MintDenom = BaseDenom
		g.Params.BlocksPerYear = uint64(secondsPerYear * time.Second / BlockTime)
	})
	edit(app.enc.Codec, state, slashingtypes.ModuleName, func(g *slashingtypes.GenesisState) {
		// A validator may be away for more than two hours; a restart must not cost it its place.
		g.Params.SignedBlocksWindow = signedWindow
		g.Params.MinSignedPerWindow = math.LegacyNewDecWithPrec(5, 2)
	})
	edit(app.enc.Codec, state, ibcexported.ModuleName, func(g *ibctypes.GenesisState) {
		g.ClientGenesis.Params.AllowedClients = []string{ibctm.ModuleName} // the only light client there is
	})
	edit(app.enc.Codec, state, govtypes.ModuleName, func(g *govv1.GenesisState) {
		g.Params.MinDeposit = sdk.NewCoins(wholeCoins(minDepositAssay))
		g.Params.ExpeditedMinDeposit = sdk.NewCoins(wholeCoins(fastDepositAssay))
	})
	return state
}

// wholeCoins is n of the display denom.
func wholeCoins(n int64) sdk.Coin {
	return sdk.NewCoin(BaseDenom, math.NewIntWithDecimal(n, DisplayExponent))
}

func denomMetadata() banktypes.Metadata {
	return banktypes.Metadata{
		Description: "The token that pays for Assay's blocks and secures them.",
		DenomUnits: []*banktypes.DenomUnit{
			{Denom: BaseDenom, Exponent: 0, Aliases: []string{"microassay"}},
			{Denom: DisplayDenom, Exponent: DisplayExponent},
		},
		Base:    BaseDenom,
		Display: DisplayDenom,
		Name:    "Assay",
		Symbol:  "ASSAY",
	}
}

// edit changes the genesis of one module in place. A module without one is broken wiring.
func edit[T any, P interface {
	*T
	proto.Message
}](cdc codec.JSONCodec, state map[string]json.RawMessage, name string, change func(*T)) {
	var g T
	cdc.MustUnmarshalJSON(state[name], P(&g))
	change(&g)
	state[name] = cdc.MustMarshalJSON(P(&g))
}
