package relay

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	clientv2types "github.com/cosmos/ibc-go/v11/modules/core/02-client/v2/types"
	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
	ibctm "github.com/cosmos/ibc-go/v11/modules/light-clients/07-tendermint"
)

func TestFixedGas(t *testing.T) {
	g := &fixedGas{CreateClient: 1, UpdateClient: 10, Receive: 100, Acknowledge: 1000, Timeout: 10_000, Other: 100_000}
	require.EqualValues(t, 111_121, g.sum([]sdk.Msg{
		&clienttypes.MsgCreateClient{}, &clienttypes.MsgUpdateClient{}, &clienttypes.MsgUpdateClient{}, &channelv2types.MsgRecvPacket{},
		&channelv2types.MsgAcknowledgement{}, &channelv2types.MsgTimeout{}, &clientv2types.MsgRegisterCounterparty{},
	}))
}

func TestSimulatedGas(t *testing.T) {
	gas, err := simulatedGas([]byte(`{"gas_info":{"gas_wanted":"0","gas_used":"81234"},"result":{}}`))
	require.NoError(t, err)
	require.EqualValues(t, 81234, gas)
	_, err = simulatedGas([]byte(`nothing`))
	require.Error(t, err)
}

func TestAsRefusal(t *testing.T) {
	for _, tc := range []struct {
		name    string
		err     error
		refused bool
		hint    string
	}{
		{name: "no answer", err: errors.New("EOF")},
		{name: "wrong sequence", err: sdkerrors.ErrWrongSequence.Wrap("expected 3, got 2")},
		{name: "full mempool", err: sdkerrors.ErrMempoolIsFull},
		{name: "low fee", err: sdkerrors.ErrInsufficientFee, hint: "gas_price"},
		{name: "bad message", err: channelv2types.ErrInvalidPacket, refused: true},
		{name: "a code that is not known here", err: errorsmod.ABCIError("rollout", 7, "policy"), refused: true},
		{name: "too much gas", err: &tooMuchGasError{gas: 3, limit: 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := asRefusal(tc.err)
			require.ErrorIs(t, err, tc.err)
			var refused *refusedError
			require.Equal(t, tc.refused, errors.As(err, &refused))
			require.Equal(t, tc.hint != "", hintOf(err) != "")
			require.Contains(t, hintOf(err), tc.hint)
		})
	}
}

func TestTrustingPeriod(t *testing.T) {
	const unbonding = 21 * 24 * time.Hour
	got, err := trustingPeriod(0, unbonding)
	require.NoError(t, err)
	require.Equal(t, 14*24*time.Hour, got)
	got, err = trustingPeriod(time.Hour, unbonding)
	require.NoError(t, err)
	require.Equal(t, time.Hour, got)
	_, err = trustingPeriod(unbonding, unbonding)
	require.ErrorContains(t, err, "trusting_period")
}

func TestClientView(t *testing.T) {
	at := time.Unix(1000, 0)
	v := clientView{id: hereID, time: at, status: "Active", state: &ibctm.ClientState{ChainId: testChain, TrustingPeriod: 3 * time.Hour}}
	require.False(t, v.stale(at.Add(time.Hour-1)))
	require.True(t, v.stale(at.Add(time.Hour)))
	require.Equal(t, at.Add(3*time.Hour), v.expires())
	require.NoError(t, v.usable())
	v.status = "Expired"
	require.ErrorContains(t, v.usable(), "Expired")
}
