package types_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/rollout/types"
)

func TestParams(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	require.NoError(t, types.HardParams().Validate())
	for name, field := range map[string]struct {
		set  func(*types.Params, uint64)
		most uint64
	}{
		"max_steps":             {func(p *types.Params, v uint64) { p.MaxSteps = uint32(v) }, types.MaxStepsCap},
		"max_zones":             {func(p *types.Params, v uint64) { p.MaxZones = uint32(v) }, types.MaxZonesCap},
		"max_fleets":            {func(p *types.Params, v uint64) { p.MaxFleets = uint32(v) }, types.MaxFleetsCap},
		"max_waiting":           {func(p *types.Params, v uint64) { p.MaxWaiting = uint32(v) }, types.MaxWaitingCap},
		"evaluations_per_block": {func(p *types.Params, v uint64) { p.EvaluationsPerBlock = uint32(v) }, types.MaxWorkPerBlockCap},
		"packets_per_block":     {func(p *types.Params, v uint64) { p.PacketsPerBlock = uint32(v) }, types.MaxWorkPerBlockCap},
		"links_per_block":       {func(p *types.Params, v uint64) { p.LinksPerBlock = uint32(v) }, types.MaxWorkPerBlockCap},
		"evidence_interval":     {func(p *types.Params, v uint64) { p.EvidenceInterval = uint32(v) }, types.MaxBlocksCap},
		"packet_timeout":        {func(p *types.Params, v uint64) { p.PacketTimeout = uint32(v) }, 86400},
		"retry_min":             {func(p *types.Params, v uint64) { p.RetryMin = uint32(v) }, uint64(types.DefaultParams().RetryMax)},
		"retry_max":             {func(p *types.Params, v uint64) { p.RetryMin, p.RetryMax = 1, uint32(v) }, types.MaxBlocksCap},
		"report_window":         {func(p *types.Params, v uint64) { p.ReportWindow = uint32(v) }, types.MaxBlocksCap},
		"reports_per_window":    {func(p *types.Params, v uint64) { p.ReportsPerWindow = uint32(v) }, types.MaxReportsCap},
		"gas_per_zone":          {func(p *types.Params, v uint64) { p.GasPerZone = v }, types.MaxGasCap},
		"gas_per_step":          {func(p *types.Params, v uint64) { p.GasPerStep = v }, types.MaxGasCap},
		"max_reason_bytes":      {func(p *types.Params, v uint64) { p.MaxReasonBytes = uint32(v) }, types.MaxReasonBytesCap},
		"attempts_kept":         {func(p *types.Params, v uint64) { p.AttemptsKept = uint32(v) }, types.MaxAttemptsKeptCap},
	} {
		t.Run(name, func(t *testing.T) {
			for v, err := range map[uint64]error{1: nil, field.most: nil, 0: types.ErrInvalidParams, field.most + 1: types.ErrInvalidParams} {
				p := types.DefaultParams()
				field.set(&p, v)
				require.ErrorIs(t, p.Validate(), err, "%d", v)
			}
		})
	}
	p := types.DefaultParams()
	p.ZoneOperator = "nobody"
	require.ErrorIs(t, p.Validate(), types.ErrInvalidParams)
}

func TestRetryDelay(t *testing.T) {
	p := types.Params{RetryMin: 4, RetryMax: 30}
	var got []int64
	for i := range uint32(7) {
		got = append(got, p.RetryDelay(i))
	}
	require.Equal(t, []int64{4, 4, 8, 16, 30, 30, 30}, got)
	require.Equal(t, int64(30), p.RetryDelay(math.MaxUint32))
	require.Equal(t, int64(types.MaxBlocksCap), types.Params{RetryMin: 1, RetryMax: types.MaxBlocksCap}.RetryDelay(math.MaxUint32))
}

func TestStartGas(t *testing.T) {
	p := types.Params{GasPerZone: 1000, GasPerStep: 10}
	require.Equal(t, uint64(3*(1000+2*10)), p.StartGas(plan()))
}
