package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	clientv2types "github.com/cosmos/ibc-go/v11/modules/core/02-client/v2/types"
	commitmenttypes "github.com/cosmos/ibc-go/v11/modules/core/23-commitment/types"
	ibctm "github.com/cosmos/ibc-go/v11/modules/light-clients/07-tendermint"
)

// connect makes the clients that are missing and pairs them. What is done already is left alone, so it may be
// killed and run again.
func (r *relayer) connect(ctx context.Context) error {
	for i := range r.ends {
		if err := r.ensureClient(ctx, i); err != nil {
			return err
		}
	}
	for i := range r.ends {
		if err := r.ensurePaired(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// ensureClient makes the client on end i unless one is known. Its signed transaction is written down before it
// is sent, so that one that was sent by a program that was killed is found again.
func (r *relayer) ensureClient(ctx context.Context, i int) error {
	e := r.ends[i]
	if e.clientID != "" {
		e.chain.log.Info("client exists", "client", e.clientID)
		return nil
	}
	id, err := r.resumeClient(ctx, i)
	if err == nil && id == "" {
		id, err = r.createClient(ctx, i)
	}
	if err != nil {
		return fmt.Errorf("%s: create client: %w", e.chain.id(), err)
	}
	e.clientID = id
	e.chain.log.Info("client created", "client", id, "of", r.other(i).chain.id())
	at, err := e.chain.tip(ctx)
	if err != nil {
		return err
	}
	// A client that is not paired yet has sent nothing: what is to be found is in later blocks.
	return r.state.change(func(s *state) { *s.of(e.chain.id()) = chainState{ClientID: id, Cursor: at.height} })
}

// resumeClient finishes a creation that was written down, or returns "" if it cannot take place any more.
func (r *relayer) resumeClient(ctx context.Context, i int) (string, error) {
	c := r.ends[i].chain
	s, err := r.state.load()
	if err != nil {
		return "", err
	}
	raw := s.of(c.id()).CreateTx
	if raw == nil {
		return "", nil
	}
	id, err := createdBy(c.committed(ctx, raw))
	if id != "" || err != nil {
		return id, ignoreRefusal(err)
	}
	err = c.broadcast(ctx, raw)
	if outdated := (*errorsmod.Error)(nil); errors.As(err, &outdated) {
		c.log.Info("a client's creation that was begun is outdated", "error", err)
		id, err = createdBy(c.committed(ctx, raw)) // it may have come into a block just now
		return id, ignoreRefusal(err)
	}
	if err != nil {
		return "", err
	}
	id, err = createdBy(c.result(ctx, raw))
	return id, ignoreRefusal(err)
}

// createClient signs the creation, writes it down and sends it.
func (r *relayer) createClient(ctx context.Context, i int) (string, error) {
	c := r.ends[i].chain
	msg, err := newClient(ctx, r.other(i).chain, c.signer)
	if err != nil {
		return "", err
	}
	raw, err := c.prepare(ctx, []sdk.Msg{msg})
	if err != nil {
		return "", err
	}
	if err := r.state.change(func(s *state) { s.of(c.id()).CreateTx = raw }); err != nil {
		return "", err
	}
	if err := c.broadcast(ctx, raw); err != nil {
		return "", asRefusal(err)
	}
	return createdBy(c.result(ctx, raw))
}

// createdBy is the client that a transaction created; "" if there is no transaction.
func createdBy(res *abci.ExecTxResult, err error) (string, error) {
	if err != nil || res == nil {
		return "", err
	}
	return createdClient(res.Events)
}

// ignoreRefusal lets a creation that failed on the chain be begun anew.
func ignoreRefusal(err error) error {
	var refused *refusedError
	if errors.As(err, &refused) {
		return nil
	}
	return err
}

// newClient is the message that creates a client of chain src at its tip.
func newClient(ctx context.Context, src *chain, signer string) (sdk.Msg, error) {
	at, err := src.tip(ctx)
	if err != nil {
		return nil, err
	}
	block, err := src.blocks.LightBlock(ctx, at.height)
	if err != nil {
		return nil, fmt.Errorf("%s: header %d: %w", src.id(), at.height, err)
	}
	staking, err := src.staking(ctx)
	if err != nil {
		return nil, err
	}
	trusting, err := trustingPeriod(time.Duration(src.cfg.TrustingPeriod), staking.UnbondingTime)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", src.id(), err)
	}
	state := ibctm.NewClientState(src.id(), ibctm.DefaultTrustLevel, trusting, staking.UnbondingTime,
		time.Duration(src.cfg.MaxClockDrift), src.height(at.height), commitmenttypes.GetSDKSpecs(), upgradePath)
	header := ibctm.NewConsensusState(block.Time, commitmenttypes.NewMerkleRoot(block.AppHash), block.NextValidatorsHash)
	return clienttypes.NewMsgCreateClient(state, header, signer)
}

// upgradePath is where SDK chains commit to the client of their next revision.
var upgradePath = []string{"upgrade", "upgradedIBCState"}

// trustingPeriod is the configured one, or two thirds of the unbonding period.
func trustingPeriod(configured, unbonding time.Duration) (time.Duration, error) {
	switch {
	case configured == 0:
		return unbonding / 3 * 2, nil
	case configured >= unbonding:
		return 0, hint(fmt.Errorf("trusting_period: expected less than the unbonding period %s, got %s", unbonding, configured),
			"two thirds of the unbonding period are usual; 0s takes them")
	}
	return configured, nil
}

// ensurePaired tells end i which client on the other chain follows it, and where that chain keeps packets.
func (r *relayer) ensurePaired(ctx context.Context, i int) error {
	e, other := r.ends[i], r.other(i)
	info, err := e.chain.counterparty(ctx, e.clientID)
	if err != nil {
		return err
	}
	if info != nil {
		return checkPaired(e, other, info)
	}
	prefix := [][]byte{[]byte(other.chain.cfg.StorePrefix), {}}
	msg := clientv2types.NewMsgRegisterCounterparty(e.clientID, prefix, other.clientID, e.chain.signer)
	if _, err := e.chain.send(ctx, []sdk.Msg{msg}); err != nil {
		return hint(fmt.Errorf("%s: pair client %s: %w", e.chain.id(), e.clientID, err), "only the key that created a client can pair it")
	}
	e.chain.log.Info("client paired", "client", e.clientID, "with", other.clientID, "of", other.chain.id())
	return nil
}

func checkPaired(e, other *end, info *clientv2types.CounterpartyInfo) error {
	if info.ClientId == other.clientID {
		e.chain.log.Info("client is paired", "client", e.clientID, "with", info.ClientId)
		return nil
	}
	return hint(fmt.Errorf("%s: client %s: expected to be paired with %s, got %s", e.chain.id(), e.clientID, other.clientID, info.ClientId),
		"a pair is for ever: name the clients that belong together by client_id, or make new ones with a new state file")
}
