package app

import (
	"errors"
	"fmt"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	sdk "github.com/cosmos/cosmos-sdk/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	slashingtypes "github.com/cosmos/cosmos-sdk/x/slashing/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"
)

// header is that of the last committed block, as far as exports need it.
func (app *App) header() cmtproto.Header {
	return cmtproto.Header{ChainID: app.ChainID(), Height: app.LastBlockHeight()}
}

// resetHeights prepares the state in ctx for a chain that counts from block 1: what refers to old
// blocks is settled (rewards) or set to zero (unbonding, signing records).
func (app *App) resetHeights(ctx sdk.Context, allowed []string) error {
	keep, err := validatorSet(allowed)
	if err != nil {
		return err
	}
	validators, err := app.Staking.GetAllValidators(ctx)
	if err != nil {
		return fmt.Errorf("validators: %w", err)
	}
	if err := app.settleRewards(ctx, validators); err != nil {
		return fmt.Errorf("distribution: %w", err)
	}
	if err := app.resetUnbonding(ctx); err != nil {
		return fmt.Errorf("staking: %w", err)
	}
	if err := app.resetValidators(ctx, keep); err != nil {
		return fmt.Errorf("staking: %w", err)
	}
	if err := app.Rollout.ResetHeights(ctx); err != nil {
		return fmt.Errorf("rollout: %w", err)
	}
	return app.resetSigning(ctx)
}

func validatorSet(addresses []string) (map[string]bool, error) {
	set := make(map[string]bool, len(addresses))
	for _, a := range addresses {
		if _, err := sdk.ValAddressFromBech32(a); err != nil {
			return nil, fmt.Errorf("validator %q: %w", a, err)
		}
		set[a] = true
	}
	return set, nil
}

// settleRewards pays all rewards and commissions out, forgets the periods they were counted in, and
// starts counting anew at height 0. What is too small to be paid goes to the community pool.
func (app *App) settleRewards(ctx sdk.Context, validators []stakingtypes.Validator) error {
	delegations, err := app.Staking.GetAllDelegations(ctx)
	if err != nil {
		return err
	}
	for _, v := range validators {
		operator, err := sdk.ValAddressFromBech32(v.GetOperator())
		if err != nil {
			return err
		}
		if _, err := app.Distr.WithdrawValidatorCommission(ctx, operator); err != nil && !errors.Is(err, distrtypes.ErrNoValidatorCommission) {
			return fmt.Errorf("commission of %s: %w", v.GetOperator(), err)
		}
	}
	for _, d := range delegations {
		account, operator, err := delegationAddresses(d)
		if err != nil {
			return err
		}
		if _, err := app.Distr.WithdrawDelegationRewards(ctx, account, operator); err != nil {
			return fmt.Errorf("rewards of %s: %w", d.DelegatorAddress, err)
		}
	}
	app.Distr.DeleteAllValidatorSlashEvents(ctx)
	app.Distr.DeleteAllValidatorHistoricalRewards(ctx)
	return app.restartRewards(ctx.WithBlockHeight(0), validators, delegations)
}

func (app *App) restartRewards(ctx sdk.Context, validators []stakingtypes.Validator, delegations []stakingtypes.Delegation) error {
	for _, v := range validators {
		operator, err := sdk.ValAddressFromBech32(v.GetOperator())
		if err != nil {
			return err
		}
		if err := app.donateOutstanding(ctx, operator); err != nil {
			return err
		}
		if err := app.Distr.Hooks().AfterValidatorCreated(ctx, operator); err != nil {
			return err
		}
	}
	for _, d := range delegations {
		account, operator, err := delegationAddresses(d)
		if err != nil {
			return err
		}
		if err := app.Distr.Hooks().BeforeDelegationCreated(ctx, account, operator); err != nil {
			return err
		}
		if err := app.Distr.Hooks().AfterDelegationModified(ctx, account, operator); err != nil {
			return err
		}
	}
	return nil
}

func (app *App) donateOutstanding(ctx sdk.Context, operator sdk.ValAddress) error {
	rest, err := app.Distr.GetValidatorOutstandingRewardsCoins(ctx, operator)
	if err != nil {
		return err
	}
	pool, err := app.Distr.FeePool.Get(ctx)
	if err != nil {
		return err
	}
	pool.CommunityPool = pool.CommunityPool.Add(rest...)
	return app.Distr.FeePool.Set(ctx, pool)
}

func delegationAddresses(d stakingtypes.Delegation) (sdk.AccAddress, sdk.ValAddress, error) {
	operator, err := sdk.ValAddressFromBech32(d.ValidatorAddress)
	if err != nil {
		return nil, nil, err
	}
	account, err := sdk.AccAddressFromBech32(d.DelegatorAddress)
	return account, operator, err
}

// resetUnbonding sets the creation height of everything that is unbonding or moving to zero.
func (app *App) resetUnbonding(ctx sdk.Context) error {
	var (
		unbonding []stakingtypes.UnbondingDelegation
		moving    []stakingtypes.Redelegation
	)
	if err := app.Staking.IterateUnbondingDelegations(ctx, func(_ int64, u stakingtypes.UnbondingDelegation) bool {
		unbonding = append(unbonding, u)
		return false
	}); err != nil {
		return err
	}
	if err := app.Staking.IterateRedelegations(ctx, func(_ int64, r stakingtypes.Redelegation) bool {
		moving = append(moving, r)
		return false
	}); err != nil {
		return err
	}
	for _, u := range unbonding {
		for i := range u.Entries {
			u.Entries[i].CreationHeight = 0
		}
		if err := app.Staking.SetUnbondingDelegation(ctx, u); err != nil {
			return err
		}
	}
	for _, r := range moving {
		for i := range r.Entries {
			r.Entries[i].CreationHeight = 0
		}
		if err := app.Staking.SetRedelegation(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// resetValidators sets unbonding heights to zero, jails who is not to be kept, and applies the change.
func (app *App) resetValidators(ctx sdk.Context, keep map[string]bool) error {
	validators, err := app.Staking.GetAllValidators(ctx)
	if err != nil {
		return err
	}
	for _, v := range validators {
		v.UnbondingHeight = 0
		if err := app.Staking.SetValidator(ctx, v); err != nil {
			return err
		}
		if len(keep) == 0 || keep[v.GetOperator()] || v.IsJailed() {
			continue
		}
		address, err := v.GetConsAddr()
		if err != nil {
			return err
		}
		if err := app.Staking.Jail(ctx, address); err != nil {
			return err
		}
	}
	_, err = app.Staking.ApplyAndReturnValidatorSetUpdates(ctx)
	return err
}

// resetSigning makes every validator's record of signed blocks begin at zero.
func (app *App) resetSigning(ctx sdk.Context) error {
	infos := make(map[string]slashingtypes.ValidatorSigningInfo)
	var order []sdk.ConsAddress
	if err := app.Slashing.IterateValidatorSigningInfos(ctx, func(a sdk.ConsAddress, info slashingtypes.ValidatorSigningInfo) bool {
		order = append(order, a)
		infos[string(a)] = info
		return false
	}); err != nil {
		return fmt.Errorf("slashing: %w", err)
	}
	for _, a := range order {
		info := infos[string(a)]
		info.StartHeight = 0
		if err := app.Slashing.SetValidatorSigningInfo(ctx, a, info); err != nil {
			return fmt.Errorf("slashing: %w", err)
		}
	}
	return nil
}
