package keeper

import (
	"bytes"
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/types"
)

// maxPage is the most records that one answer holds, whatever the request asks for.
const maxPage = 200

// queryServer reads codes and contracts, and asks contracts.
type queryServer struct {
	k Keeper
}

// NewQueryServer returns the query handlers.
func NewQueryServer(k Keeper) types.QueryServer { return queryServer{k: k} }

// Params returns the parameters.
func (s queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := s.k.Params.Get(ctx)
	return &types.QueryParamsResponse{Params: params}, err
}

// Code returns one code, by its id or its digest.
func (s queryServer) Code(ctx context.Context, req *types.QueryCodeRequest) (*types.QueryCodeResponse, error) {
	if req == nil || (req.Id == 0) == (req.Digest == "") {
		return nil, errorsmod.Wrap(types.ErrInvalidRequest, "code: expected an id or a digest")
	}
	if req.Id != 0 {
		code, err := s.k.Code(ctx, req.Id)
		return &types.QueryCodeResponse{Code: code}, err
	}
	digest, err := types.ParseDigest(req.Digest)
	if err != nil {
		return nil, err
	}
	code, err := s.k.CodeByDigest(ctx, digest)
	return &types.QueryCodeResponse{Code: code}, err
}

// CodeBytes returns the module.
func (s queryServer) CodeBytes(ctx context.Context, req *types.QueryCodeBytesRequest) (*types.QueryCodeBytesResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	if _, err := s.k.Code(ctx, req.Id); err != nil {
		return nil, err
	}
	module, err := s.k.CodeBytes.Get(ctx, req.Id)
	return &types.QueryCodeBytesResponse{Code: module}, err
}

// Codes returns all codes by id.
func (s queryServer) Codes(ctx context.Context, req *types.QueryCodesRequest) (*types.QueryCodesResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	list, page, err := query.CollectionPaginate(ctx, s.k.Codes, bounded(req.Pagination),
		func(_ uint64, code types.Code) (types.Code, error) { return code, nil })
	return &types.QueryCodesResponse{Codes: list, Pagination: page}, err
}

// Contract returns one contract.
func (s queryServer) Contract(ctx context.Context, req *types.QueryContractRequest) (*types.QueryContractResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	c, err := s.k.contractOf(ctx, req.Address)
	return &types.QueryContractResponse{Contract: c}, err
}

// ContractsByCode returns the contracts of a code by address.
func (s queryServer) ContractsByCode(ctx context.Context, req *types.QueryContractsByCodeRequest) (*types.QueryContractsByCodeResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	if _, err := s.k.Code(ctx, req.CodeId); err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.k.ContractsByCode, bounded(req.Pagination),
		func(key collections.Pair[uint64, []byte], _ collections.NoValue) (types.Contract, error) {
			return s.k.Contract(ctx, key.K2())
		},
		query.WithCollectionPaginationPairPrefix[uint64, []byte](req.CodeId))
	return &types.QueryContractsByCodeResponse{Contracts: list, Pagination: page}, err
}

// State returns one value of a contract's storage.
func (s queryServer) State(ctx context.Context, req *types.QueryStateRequest) (*types.QueryStateResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	c, err := s.k.contractOf(ctx, req.Contract)
	if err != nil {
		return nil, err
	}
	address, err := types.ParseContractAddress("contract", c.Address)
	if err != nil {
		return nil, err
	}
	if err := types.ValidateKey(req.Key, types.MaxParams()); err != nil {
		return nil, err
	}
	value, err := s.k.State.Get(ctx, collections.Join([]byte(address), req.Key))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, errorsmod.Wrapf(types.ErrStateNotFound, "contract %s: key %x", c.Address, req.Key)
	}
	return &types.QueryStateResponse{Value: value}, err
}

// Smart asks a contract, on a branch that is thrown away. It costs gas like a message, so the node's own limit on the gas of
// queries bounds it beside the parameter.
func (s queryServer) Smart(goCtx context.Context, req *types.QuerySmartRequest) (*types.QuerySmartResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	params, err := s.k.Params.Get(goCtx)
	if err != nil {
		return nil, err
	}
	if err := types.ValidateMessage(req.Msg, params); err != nil {
		return nil, err
	}
	c, err := s.k.contractOf(goCtx, req.Contract)
	if err != nil {
		return nil, err
	}
	branch, _ := sdk.UnwrapSDKContext(goCtx).CacheContext()
	call := host.Call{Entry: types.EntryQuery, Message: req.Msg, ReadOnly: true, Gas: params.MaxQueryGas}
	result, err := s.k.runInTx(branch, c, call, nil)
	if err != nil {
		return nil, err
	}
	return &types.QuerySmartResponse{Output: result.Output, GasUsed: result.GasUsed}, nil
}

// bounded caps the size of a page; one that asks for no size has the default one.
func bounded(page *query.PageRequest) *query.PageRequest {
	if page == nil {
		return &query.PageRequest{Limit: query.DefaultLimit}
	}
	p := *page
	if p.Limit == 0 {
		p.Limit = query.DefaultLimit
	}
	p.Limit = min(p.Limit, maxPage)
	return &p
}

// StateRange returns a contract's storage by key.
func (s queryServer) StateRange(ctx context.Context, req *types.QueryStateRangeRequest) (*types.QueryStateRangeResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	c, err := s.k.contractOf(ctx, req.Contract)
	if err != nil {
		return nil, err
	}
	address, err := types.ParseContractAddress("contract", c.Address)
	if err != nil {
		return nil, err
	}
	return s.k.stateRange(ctx, address, req.Prefix, bounded(req.Pagination))
}

// maxPageBytes is about the most that a page of storage holds: the entry that passes it is the last.
const maxPageBytes = 1 << 20

// stateRange walks keys with a prefix from the page's key on. It pages by key alone: an offset would have to be walked.
func (k Keeper) stateRange(ctx context.Context, address sdk.AccAddress, prefix []byte, page *query.PageRequest) (*types.QueryStateRangeResponse, error) {
	if page.Offset > 0 || page.CountTotal || page.Reverse {
		return nil, errorsmod.Wrap(types.ErrInvalidRequest, "pagination: expected a key and a limit alone")
	}
	start := page.Key
	if len(start) == 0 {
		start = prefix
	}
	if !bytes.HasPrefix(start, prefix) {
		return nil, errorsmod.Wrap(types.ErrInvalidRequest, "pagination: expected a key with the prefix")
	}
	r := collections.NewPrefixedPairRange[[]byte, []byte](address)
	if len(start) > 0 {
		r = r.StartInclusive(start)
	}
	it, err := k.State.Iterate(ctx, r)
	if err != nil {
		return nil, err
	}
	defer it.Close()
	out := &types.QueryStateRangeResponse{Pagination: &query.PageResponse{}}
	size := 0
	for ; it.Valid(); it.Next() {
		kv, err := it.KeyValue()
		if err != nil {
			return nil, err
		}
		key := kv.Key.K2()
		if !bytes.HasPrefix(key, prefix) {
			break
		}
		if uint64(len(out.Entries)) == page.Limit || size > maxPageBytes {
			out.Pagination.NextKey = key
			break
		}
		size += len(key) + len(kv.Value)
		out.Entries = append(out.Entries, types.StatePair{Key: key, Value: kv.Value})
	}
	return out, nil
}
