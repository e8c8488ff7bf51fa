package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
)

// VerifyProof implements types.QueryServer. It costs its gas like a message, so a node's limit on the gas of queries
// bounds it.
func (s QueryServer) VerifyProof(goCtx context.Context, req *types.QueryVerifyProofRequest) (*types.QueryVerifyProofResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	ctx := sdk.UnwrapSDKContext(goCtx)
	params, err := s.keeper.Params.Get(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := s.judge(ctx, params, req)
	countVerdict(ctx, pathQuery, err)
	resp.Valid = err == nil
	if err != nil {
		resp.Codespace, resp.Code, resp.Reason = errorsmod.ABCIInfo(err, false)
	}
	return resp, nil
}

// judge takes a claim through the steps of submit up to the verdict. The response says how far it came.
func (s QueryServer) judge(ctx sdk.Context, params types.Params, req *types.QueryVerifyProofRequest) (*types.QueryVerifyProofResponse, error) {
	resp := &types.QueryVerifyProofResponse{}
	device, err := types.DeviceAddress(req.Device)
	if err != nil {
		return resp, err
	}
	if err := req.Entry.Validate(params); err != nil {
		return resp, err
	}
	admit := s.keeper.admit
	if req.ProofOnly {
		admit = admitProof
	}
	a, err := admit(ctx, s.keeper.registry, claim{device, req.Entry})
	if err != nil {
		return resp, err
	}
	resp.KeyDigest = a.key.Digest
	resp.VerificationGas = verificationGas(params, a)
	ctx.GasMeter().ConsumeGas(resp.VerificationGas, gasDescriptor)
	inputs, err := s.keeper.publicInputs(ctx.ChainID(), a.claim)
	if err != nil {
		return resp, err
	}
	for _, e := range inputs {
		b := e.Bytes()
		resp.PublicInputs = append(resp.PublicInputs, b[:])
	}
	return resp, s.keeper.verify(ctx, a)
}

// admitProof makes only the checks of admission that are about the proof's statement.
func admitProof(ctx context.Context, registry types.RegistryKeeper, c claim) (admitted, error) {
	version, err := knownVersion(ctx, registry, c.entry.Version)
	if err != nil {
		return admitted{}, err
	}
	if err := checkOutput(version, c.entry.Output); err != nil {
		return admitted{}, err
	}
	key, err := fittingKey(ctx, registry, version, c.entry)
	return admitted{claim: c, key: key}, err
}
