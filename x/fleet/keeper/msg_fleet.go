package keeper

import (
	"context"

	"github.com/assay-chain/assay/x/fleet/types"
)

// CreateFleet creates a fleet.
func (s msgServer) CreateFleet(ctx context.Context, msg *types.MsgCreateFleet) (*types.MsgCreateFleetResponse, error) {
	operator, err := types.ParseAddress("operator", msg.Operator)
	if err != nil {
		return nil, err
	}
	fleet := types.Fleet{Operator: operator.String()}
	if err := s.describe(ctx, &fleet, msg.Description, msg.Labels); err != nil {
		return nil, err
	}
	if err := s.setPolicy(ctx, &fleet, msg.Allow); err != nil {
		return nil, err
	}
	if fleet.Id, err = s.NextFleetID.Next(ctx); err != nil {
		return nil, err
	}
	if err := s.addFleet(ctx, fleet); err != nil {
		return nil, err
	}
	if err := emit(ctx, &types.EventFleetCreated{FleetId: fleet.Id, Operator: fleet.Operator}); err != nil {
		return nil, err
	}
	if len(fleet.Allow) > 0 {
		err = emit(ctx, &types.EventFleetPolicySet{FleetId: fleet.Id, Allow: fleet.Allow})
	}
	return &types.MsgCreateFleetResponse{FleetId: fleet.Id}, err
}

// UpdateFleet replaces a fleet's description and labels.
func (s msgServer) UpdateFleet(ctx context.Context, msg *types.MsgUpdateFleet) (*types.MsgUpdateFleetResponse, error) {
	fleet, err := s.operatedFleet(ctx, msg.FleetId, msg.Operator)
	if err != nil {
		return nil, err
	}
	if err := s.describe(ctx, &fleet, msg.Description, msg.Labels); err != nil {
		return nil, err
	}
	if err := s.Fleets.Set(ctx, fleet.Id, fleet); err != nil {
		return nil, err
	}
	return &types.MsgUpdateFleetResponse{}, emit(ctx, &types.EventFleetUpdated{FleetId: fleet.Id})
}

// SetFleetPolicy replaces a fleet's allow-list.
func (s msgServer) SetFleetPolicy(ctx context.Context, msg *types.MsgSetFleetPolicy) (*types.MsgSetFleetPolicyResponse, error) {
	fleet, err := s.operatedFleet(ctx, msg.FleetId, msg.Operator)
	if err != nil {
		return nil, err
	}
	if err := s.setPolicy(ctx, &fleet, msg.Allow); err != nil {
		return nil, err
	}
	if err := s.Fleets.Set(ctx, fleet.Id, fleet); err != nil {
		return nil, err
	}
	return &types.MsgSetFleetPolicyResponse{}, emit(ctx, &types.EventFleetPolicySet{FleetId: fleet.Id, Allow: fleet.Allow})
}

// describe checks a description and labels and puts them into the fleet, without storing it.
func (s msgServer) describe(ctx context.Context, fleet *types.Fleet, description string, labels []string) error {
	params, err := s.Params.Get(ctx)
	if err != nil {
		return err
	}
	if err := types.ValidateText("description", description, 0, params.MaxDescriptionBytes); err != nil {
		return err
	}
	fleet.Description = description
	fleet.Labels, err = types.NormalizeLabels(labels, params)
	return err
}

// setPolicy checks an allow-list and puts it into the fleet, without storing it.
func (s msgServer) setPolicy(ctx context.Context, fleet *types.Fleet, allow []string) error {
	params, err := s.Params.Get(ctx)
	if err != nil {
		return err
	}
	fleet.Allow, err = types.NormalizeAllow(allow, params)
	return err
}
