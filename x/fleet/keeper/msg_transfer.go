package keeper

import (
	"context"

	"github.com/assay-chain/assay/x/fleet/types"
)

// ProposeFleetOperator proposes a new operator.
func (s msgServer) ProposeFleetOperator(ctx context.Context, msg *types.MsgProposeFleetOperator) (*types.MsgProposeFleetOperatorResponse, error) {
	fleet, err := s.operatedFleet(ctx, msg.FleetId, msg.Operator)
	if err != nil {
		return nil, err
	}
	next, err := types.ParseAddress("new operator", msg.NewOperator)
	if err != nil {
		return nil, err
	}
	if next.String() == fleet.Operator {
		return nil, types.ErrInvalidAddress.Wrapf("new operator %q: expected another account than the operator", msg.NewOperator)
	}
	fleet.PendingOperator = next.String()
	if err := s.Fleets.Set(ctx, fleet.Id, fleet); err != nil {
		return nil, err
	}
	return &types.MsgProposeFleetOperatorResponse{}, emit(ctx, &types.EventFleetTransferProposed{
		FleetId: fleet.Id, Operator: fleet.Operator, NewOperator: fleet.PendingOperator,
	})
}

// AcceptFleetOperator makes the signer the operator.
func (s msgServer) AcceptFleetOperator(ctx context.Context, msg *types.MsgAcceptFleetOperator) (*types.MsgAcceptFleetOperatorResponse, error) {
	signer, err := types.ParseAddress("new operator", msg.NewOperator)
	if err != nil {
		return nil, err
	}
	fleet, err := s.Fleet(ctx, msg.FleetId)
	if err != nil {
		return nil, err
	}
	if fleet.PendingOperator == "" {
		return nil, types.ErrNoTransfer.Wrapf("fleet %d", fleet.Id)
	}
	if signer.String() != fleet.PendingOperator {
		return nil, types.ErrUnauthorized.Wrapf("fleet %d: expected proposed operator %s, got %s", fleet.Id, fleet.PendingOperator, signer)
	}
	if err := s.transferFleet(ctx, fleet, signer); err != nil {
		return nil, err
	}
	return &types.MsgAcceptFleetOperatorResponse{}, emit(ctx, &types.EventFleetTransferred{
		FleetId: fleet.Id, OldOperator: fleet.Operator, Operator: fleet.PendingOperator,
	})
}

// CancelFleetTransfer ends a proposed transfer.
func (s msgServer) CancelFleetTransfer(ctx context.Context, msg *types.MsgCancelFleetTransfer) (*types.MsgCancelFleetTransferResponse, error) {
	signer, err := types.ParseAddress("signer", msg.Signer)
	if err != nil {
		return nil, err
	}
	fleet, err := s.Fleet(ctx, msg.FleetId)
	if err != nil {
		return nil, err
	}
	if fleet.PendingOperator == "" {
		return nil, types.ErrNoTransfer.Wrapf("fleet %d", fleet.Id)
	}
	if who := signer.String(); who != fleet.Operator && who != fleet.PendingOperator {
		return nil, types.ErrUnauthorized.Wrapf("fleet %d: expected operator %s or proposed operator %s, got %s",
			fleet.Id, fleet.Operator, fleet.PendingOperator, who)
	}
	proposed := fleet.PendingOperator
	fleet.PendingOperator = ""
	if err := s.Fleets.Set(ctx, fleet.Id, fleet); err != nil {
		return nil, err
	}
	return &types.MsgCancelFleetTransferResponse{}, emit(ctx, &types.EventFleetTransferCancelled{FleetId: fleet.Id, NewOperator: proposed})
}
