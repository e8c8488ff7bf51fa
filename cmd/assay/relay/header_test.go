package relay

import (
	"context"
	"fmt"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"

	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	ibctm "github.com/cosmos/ibc-go/v11/modules/light-clients/07-tendermint"
)

const testChain = "hub-1"

// fakeChain has blocks 1 to n; the validators of a block are those of its era.
type fakeChain struct {
	sets  []*types.ValidatorSet
	keys  [][]types.PrivValidator
	era   func(height int64) int
	start time.Time
	asked []int64
}

func newFakeChain(eras int, era func(int64) int) *fakeChain {
	c := &fakeChain{era: era, start: time.Unix(1_700_000_000, 0).UTC()}
	for range eras {
		set, keys := types.RandValidatorSet(4, 10)
		c.sets, c.keys = append(c.sets, set), append(c.keys, keys)
	}
	return c
}

func (c *fakeChain) LightBlock(_ context.Context, height int64) (*types.LightBlock, error) {
	c.asked = append(c.asked, height)
	set, next := c.sets[c.era(height)], c.sets[c.era(height+1)]
	header := &types.Header{
		Version: cmtversionNow, ChainID: testChain, Height: height, Time: c.start.Add(time.Duration(height) * time.Second),
		ValidatorsHash: set.Hash(), NextValidatorsHash: next.Hash(), ProposerAddress: set.Validators[0].Address,
		AppHash: []byte(fmt.Sprint(height)), ConsensusHash: make([]byte, 32), LastResultsHash: make([]byte, 32), DataHash: make([]byte, 32),
	}
	id := types.BlockID{Hash: header.Hash(), PartSetHeader: types.PartSetHeader{Total: 1, Hash: make([]byte, 32)}}
	votes := types.NewVoteSet(testChain, height, 0, cmtproto.PrecommitType, set)
	commit, err := types.MakeExtCommit(id, height, 0, votes, c.keys[c.era(height)], header.Time, false)
	if err != nil {
		return nil, err
	}
	return &types.LightBlock{SignedHeader: &types.SignedHeader{Header: header, Commit: commit.ToCommit()}, ValidatorSet: set}, nil
}

var cmtversionNow = cmtversion.Consensus{Block: 11}

func TestHeaderPath(t *testing.T) {
	const trusted, target = 10, 60
	for _, tc := range []struct {
		name   string
		eras   int
		era    func(int64) int
		target int64
		steps  int
	}{
		{name: "success: one set of validators, one header", eras: 1, era: func(int64) int { return 0 }, target: target, steps: 1},
		{name: "success: the next header, with other validators", eras: 2, era: func(h int64) int { return min(1, int(max(0, h-trusted))) }, target: trusted + 1, steps: 1},
		{name: "success: all validators change on the way", eras: 2, era: func(h int64) int { return int(h / 43) }, target: target, steps: 7},
		{name: "success: they change at every block", eras: 62, era: func(h int64) int { return int(h) }, target: trusted + 8, steps: 8},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newFakeChain(tc.eras, tc.era)
			headers, err := headerPath(context.Background(), c, trusted, tc.target, light.DefaultTrustLevel)
			require.NoError(t, err)
			require.LessOrEqual(t, len(headers), tc.steps)
			verifyPath(t, c, trusted, tc.target, headers)
		})
	}
}

// verifyPath checks the headers as the light client of the other chain does.
func verifyPath(t *testing.T, c *fakeChain, trusted, target int64, headers []*ibctm.Header) {
	t.Helper()
	block, err := c.LightBlock(context.Background(), trusted)
	require.NoError(t, err)
	at := block.SignedHeader
	for _, h := range headers {
		require.NoError(t, h.ValidateBasic())
		require.EqualValues(t, at.Height, h.TrustedHeight.RevisionHeight)
		trustedSet, err := types.ValidatorSetFromProto(h.TrustedValidators)
		require.NoError(t, err)
		require.Equal(t, at.NextValidatorsHash.Bytes(), trustedSet.Hash())
		next, err := types.SignedHeaderFromProto(h.SignedHeader)
		require.NoError(t, err)
		set, err := types.ValidatorSetFromProto(h.ValidatorSet)
		require.NoError(t, err)
		require.NoError(t, light.Verify(at, trustedSet, next, set, time.Hour, next.Time.Add(time.Second), time.Second, light.DefaultTrustLevel))
		at = next
	}
	require.Equal(t, target, at.Height)
}

// A commit with a false signature is an error rather than a reason to halve the way for ever.
func TestHeaderPathForged(t *testing.T) {
	c := newFakeChain(1, func(int64) int { return 0 })
	_, err := headerPath(context.Background(), forger{c}, 10, 60, light.DefaultTrustLevel)
	require.ErrorContains(t, err, "signature")
	require.Len(t, c.asked, 2)
}

type forger struct{ *fakeChain }

func (f forger) LightBlock(ctx context.Context, height int64) (*types.LightBlock, error) {
	b, err := f.fakeChain.LightBlock(ctx, height)
	if err == nil {
		b.Commit.Signatures[0].Signature = make([]byte, 64)
	}
	return b, err
}
