package simulation

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/keeper"
	"github.com/assay-chain/assay/x/rollout/types"
)

// errSkipped leaves a factory at once: the simulator goes on as soon as a factory skips.
var errSkipped = errors.New("skipped")

// scene is what a factory makes a message from.
type scene struct {
	ctx      context.Context
	k        keeper.Keeper
	data     *simsx.ChainDataSource
	reporter simsx.SimulationReporter
}

// factory turns a function that makes a message, its signer and the error that it must give into a factory.
func factory[T sdk.Msg](k keeper.Keeper, make func(scene) (simsx.SimAccount, T, error)) simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(
		ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter,
	) (signers []simsx.SimAccount, msg T, done simsx.SimDeliveryResultHandler) {
		defer func() {
			if r := recover(); r != nil && r != any(errSkipped) {
				panic(r)
			}
		}()
		signer, made, want := make(scene{ctx, k, data, reporter})
		return []simsx.SimAccount{signer}, made, expect(want)
	})
}

// expect accepts the one outcome that a message must have.
func expect(want error) simsx.SimDeliveryResultHandler {
	return func(got error) error {
		if !errors.Is(got, want) {
			return fmt.Errorf("expected %w, got %w", orSuccess(want), orSuccess(got))
		}
		return nil
	}
}

var errSuccess = errors.New("success")

func orSuccess(err error) error {
	if err == nil {
		return errSuccess
	}
	return err
}

func (s scene) skip(why string) {
	s.reporter.Skip(why)
	panic(errSkipped)
}

func (s scene) check(err error) {
	if err != nil {
		s.skip(err.Error())
	}
}

// named returns the account with the bech32 address.
func (s scene) named(address string) simsx.SimAccount {
	a := s.data.GetAccount(s.reporter, address)
	if s.reporter.IsSkipped() {
		panic(errSkipped)
	}
	return a
}

// such returns a random account that passes the filter and can pay fees.
func (s scene) such(fit func(simsx.SimAccount) bool) simsx.SimAccount {
	a := s.data.AnyAccountN(s.data.AccountsCount(), s.reporter, simsx.SimAccountFilterFn(fit), simsx.WithSpendableBalance())
	if s.reporter.IsSkipped() {
		panic(errSkipped)
	}
	return a
}

func (s scene) params() types.Params {
	p, err := s.k.Params.Get(s.ctx)
	s.check(err)
	return p
}

func (s scene) intn(n int) int { return s.data.Rand().Intn(n) }

func pick[V any](s scene, from collections.Map[uint64, V], fit func(V) bool) V {
	var all []V
	s.check(from.Walk(s.ctx, nil, func(_ uint64, v V) (bool, error) {
		if fit(v) {
			all = append(all, v)
		}
		return false, nil
	}))
	return oneOf(s, all...)
}

func oneOf[V any](s scene, from ...V) V {
	if len(from) == 0 {
		s.skip("nothing fits")
	}
	return from[s.intn(len(from))]
}
