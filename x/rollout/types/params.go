package types

import (
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Hard caps: no parameter may exceed them, whatever governance decides. They bound the largest packet, record and block.
const (
	MaxStepsCap          = 64
	MaxZonesCap          = 4096
	MaxFleetsCap         = 1024
	MaxWaitingCap        = 256
	MaxWorkPerBlockCap   = 4096 // evaluations, packets, links
	MaxBlocksCap         = 100_000_000
	MaxPacketTimeout     = 24 * time.Hour // what IBC v2 allows
	MaxReportsCap        = 1000
	MaxGasCap            = 1_000_000_000
	MaxReasonBytesCap    = 1024
	MaxAttemptsKeptCap   = 1024
	MaxRulesCap          = 256
	MaxRuleNamesCap      = 256
	MaxFleetOperatorsCap = 64
	MaxLabelsCap         = 16
	MaxFleetIDsCap       = 1024
	MaxDeciderBytes      = 128
	// MaxManifestBytes bounds a manifest, whatever the registry's limits would allow.
	MaxManifestBytes = 128 << 10
	// MaxPacketBytes bounds a packet before it is decoded; ibc-go lets no larger one through.
	MaxPacketBytes = 256 << 10
)

// VoteInterval is the number of blocks after which a decider that waits is asked again.
const VoteInterval = 10

// FullShare is the whole, in basis points.
const FullShare = 10_000

// FullWeight is the weight of the last step, in per cent.
const FullWeight = 100

// DefaultParams are those of a new chain. The values hold for blocks of about a second.
func DefaultParams() Params {
	return Params{
		MaxSteps:            16,
		MaxZones:            1024,
		MaxFleets:           256,
		MaxWaiting:          16,
		EvaluationsPerBlock: 256,
		PacketsPerBlock:     64,
		LinksPerBlock:       8,
		EvidenceInterval:    3,
		PacketTimeout:       600,
		RetryMin:            4,
		RetryMax:            1024,
		ReportWindow:        60,
		ReportsPerWindow:    12,
		GasPerZone:          100_000, // a packet's commitment, two records and an attempt
		GasPerStep:          50_000,
		MaxReasonBytes:      256,
		AttemptsKept:        32,
	}
}

// Validate checks each parameter. Errors: ErrInvalidParams.
func (p Params) Validate() error {
	if p.ZoneOperator != "" {
		if _, err := sdk.AccAddressFromBech32(p.ZoneOperator); err != nil {
			return ErrInvalidParams.Wrapf("zone operator %q: expected an address: %s", p.ZoneOperator, err)
		}
	}
	for _, l := range []struct {
		name       string
		value, max uint64
	}{
		{"max_steps", uint64(p.MaxSteps), MaxStepsCap},
		{"max_zones", uint64(p.MaxZones), MaxZonesCap},
		{"max_fleets", uint64(p.MaxFleets), MaxFleetsCap},
		{"max_waiting", uint64(p.MaxWaiting), MaxWaitingCap},
		{"evaluations_per_block", uint64(p.EvaluationsPerBlock), MaxWorkPerBlockCap},
		{"packets_per_block", uint64(p.PacketsPerBlock), MaxWorkPerBlockCap},
		{"links_per_block", uint64(p.LinksPerBlock), MaxWorkPerBlockCap},
		{"evidence_interval", uint64(p.EvidenceInterval), MaxBlocksCap},
		{"packet_timeout", uint64(p.PacketTimeout), uint64(MaxPacketTimeout / time.Second)},
		{"retry_min", uint64(p.RetryMin), uint64(p.RetryMax)},
		{"retry_max", uint64(p.RetryMax), MaxBlocksCap},
		{"report_window", uint64(p.ReportWindow), MaxBlocksCap},
		{"reports_per_window", uint64(p.ReportsPerWindow), MaxReportsCap},
		{"gas_per_zone", p.GasPerZone, MaxGasCap},
		{"gas_per_step", p.GasPerStep, MaxGasCap},
		{"max_reason_bytes", uint64(p.MaxReasonBytes), MaxReasonBytesCap},
		{"attempts_kept", uint64(p.AttemptsKept), MaxAttemptsKeptCap},
	} {
		if l.value < 1 || l.value > l.max {
			return ErrInvalidParams.Wrapf("%s: expected 1 to %d, got %d", l.name, l.max, l.value)
		}
	}
	return nil
}

// RetryDelay is the number of blocks before a packet is sent again after a number of failures in a row, at least 1.
func (p Params) RetryDelay(retries uint32) int64 {
	delay := int64(p.RetryMin)
	for i := uint32(1); i < retries && delay < int64(p.RetryMax); i++ {
		delay *= 2
	}
	return min(delay, int64(p.RetryMax))
}

// StartGas is what starting a plan costs beside the writes of the message: the work at the end of blocks that it causes.
func (p Params) StartGas(plan Plan) uint64 {
	zones := uint64(len(plan.Targets))
	return zones * (p.GasPerZone + uint64(len(plan.Steps))*p.GasPerStep)
}
