package relay

import (
	"context"
	"fmt"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
	clientv2types "github.com/cosmos/ibc-go/v11/modules/core/02-client/v2/types"
	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
)

// pageSize is how many entries one query asks for.
const pageSize = 500

// commitments are the hashes of the packets that the client's side has sent and that are not settled, by
// sequence, after block height.
func (c *chain) commitments(ctx context.Context, clientID string, height int64) (map[uint64][]byte, error) {
	q := channelv2types.NewQueryClient(c.at(ctx, height))
	out := map[uint64][]byte{}
	page := &query.PageRequest{Limit: pageSize}
	for {
		res, err := q.PacketCommitments(ctx, &channelv2types.QueryPacketCommitmentsRequest{ClientId: clientID, Pagination: page})
		if err != nil {
			return nil, fmt.Errorf("%s: packet commitments: %w", c.id(), err)
		}
		for _, s := range res.Commitments {
			out[s.Sequence] = s.Data
		}
		if res.Pagination == nil || len(res.Pagination.NextKey) == 0 {
			return out, nil
		}
		page = &query.PageRequest{Limit: pageSize, Key: res.Pagination.NextKey}
	}
}

// unreceived are those of the sequences for which the latest state has no receipt.
func (c *chain) unreceived(ctx context.Context, clientID string, sequences []uint64) ([]uint64, error) {
	q := channelv2types.NewQueryClient(c.at(ctx, 0))
	var out []uint64
	for chunk := range slices.Chunk(sequences, pageSize) {
		res, err := q.UnreceivedPackets(ctx, &channelv2types.QueryUnreceivedPacketsRequest{ClientId: clientID, Sequences: chunk})
		if err != nil {
			return nil, fmt.Errorf("%s: packet receipts: %w", c.id(), err)
		}
		out = append(out, res.Sequences...)
	}
	return out, nil
}

// unsettled are those of the sequences for which the latest state still has a commitment.
func (c *chain) unsettled(ctx context.Context, clientID string, sequences []uint64) ([]uint64, error) {
	q := channelv2types.NewQueryClient(c.at(ctx, 0))
	var out []uint64
	for chunk := range slices.Chunk(sequences, pageSize) {
		res, err := q.UnreceivedAcks(ctx, &channelv2types.QueryUnreceivedAcksRequest{ClientId: clientID, PacketAckSequences: chunk})
		if err != nil {
			return nil, fmt.Errorf("%s: packet commitments: %w", c.id(), err)
		}
		out = append(out, res.Sequences...)
	}
	return out, nil
}

// acknowledgements are the hashes of those acknowledgements that are written after block height.
func (c *chain) acknowledgements(ctx context.Context, clientID string, sequences []uint64, height int64) (map[uint64][]byte, error) {
	q := channelv2types.NewQueryClient(c.at(ctx, height))
	out := map[uint64][]byte{}
	for chunk := range slices.Chunk(sequences, pageSize) {
		res, err := q.PacketAcknowledgements(ctx, &channelv2types.QueryPacketAcknowledgementsRequest{
			ClientId: clientID, PacketCommitmentSequences: chunk,
		})
		if err != nil {
			return nil, fmt.Errorf("%s: packet acknowledgements: %w", c.id(), err)
		}
		for _, s := range res.Acknowledgements {
			out[s.Sequence] = s.Data
		}
	}
	return out, nil
}

// counterparty is what a client is paired with, or nil.
func (c *chain) counterparty(ctx context.Context, clientID string) (*clientv2types.CounterpartyInfo, error) {
	res, err := clientv2types.NewQueryClient(c.at(ctx, 0)).CounterpartyInfo(ctx, &clientv2types.QueryCounterpartyInfoRequest{ClientId: clientID})
	switch {
	case status.Code(err) == codes.NotFound:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%s: counterparty of %s: %w", c.id(), clientID, err)
	}
	return res.CounterpartyInfo, nil
}

// account is the number and sequence of the signer.
func (c *chain) account(ctx context.Context) (number, sequence uint64, err error) {
	res, err := authtypes.NewQueryClient(c.at(ctx, 0)).AccountInfo(ctx, &authtypes.QueryAccountInfoRequest{Address: c.signer})
	if err != nil {
		return 0, 0, hint(fmt.Errorf("%s: account %s: %w", c.id(), c.signer, err), "an account begins when it first gets tokens: send it some")
	}
	return res.Info.AccountNumber, res.Info.Sequence, nil
}

// staking holds the chain's unbonding time.
func (c *chain) staking(ctx context.Context) (stakingtypes.Params, error) {
	res, err := stakingtypes.NewQueryClient(c.at(ctx, 0)).Params(ctx, &stakingtypes.QueryParamsRequest{})
	if err != nil {
		return stakingtypes.Params{}, fmt.Errorf("%s: staking parameters: %w", c.id(), err)
	}
	return res.Params, nil
}
