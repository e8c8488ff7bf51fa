package lightclient

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/cosmos/gogoproto/proto"
	gogotypes "github.com/cosmos/gogoproto/types"
)

// The parameters of the SDK's staking module.
const stakingStore = "staking"

var stakingParamsKey = []byte{0x51}

// recheckUnbonding is how often the chain's unbonding period is read again: governance can change it.
const recheckUnbonding = 24 * time.Hour

// unbondingRecord is what was read last.
type unbondingRecord struct {
	Unbonding time.Duration
	Checked   time.Time // of the header that it was read under
}

// stakingParams is the one field that matters of cosmos.staking.v1beta1.Params; the others are skipped.
type stakingParams struct {
	UnbondingTime *gogotypes.Duration `protobuf:"bytes,1,opt,name=unbonding_time,json=unbondingTime,proto3"`
}

func (p *stakingParams) Reset()       { *p = stakingParams{} }
func (*stakingParams) String() string { return "staking parameters" }
func (*stakingParams) ProtoMessage()  {}

// decodeUnbonding returns the unbonding period in encoded parameters. Errors: ErrState.
func decodeUnbonding(raw []byte) (time.Duration, error) {
	var p stakingParams
	if err := proto.Unmarshal(raw, &p); err != nil {
		return 0, fmt.Errorf("%w: staking parameters: %w", ErrState, err)
	}
	if p.UnbondingTime == nil {
		return 0, fmt.Errorf("%w: staking parameters: expected an unbonding period", ErrState)
	}
	d, err := gogotypes.DurationFromProto(p.UnbondingTime)
	if err != nil {
		return 0, fmt.Errorf("%w: staking parameters: %w", ErrState, err)
	}
	if d <= 0 {
		return 0, fmt.Errorf("%w: staking parameters: expected an unbonding period above 0, got %s", ErrState, d)
	}
	return d, nil
}

// compare refuses a trust period that is not below the unbonding period.
func (r rules) compare(unbonding time.Duration) error {
	if r.period >= unbonding {
		return fmt.Errorf("%w: expected less than %s, got %s", ErrTrustPeriod, unbonding, r.period)
	}
	return nil
}

// checkPeriod compares the trust period with the chain's unbonding period, which it reads by proof at the first update and
// once a day. Until it was read for the first time no update succeeds; later a failed read is tried again.
func (c *Client) checkPeriod(ctx context.Context) error {
	head := c.newest()
	c.mu.Lock()
	known := c.unbonding
	c.mu.Unlock()
	if known.Unbonding == 0 || head.Time.Sub(known.Checked) >= recheckUnbonding {
		read, err := c.snapshotOf(head).unbonding(ctx)
		switch {
		case err == nil:
			known = unbondingRecord{Unbonding: read, Checked: head.Time}
			if err := c.headers.setJSON(keyUnbonding, known); err != nil {
				c.config.Logger.Warn("unbonding period not saved", "cause", err)
			}
		case known.Unbonding == 0:
			return fmt.Errorf("reading the unbonding period: %w", err)
		default:
			c.config.Logger.Warn("unbonding period not read again", "cause", err)
		}
	}
	refused := c.rules.compare(known.Unbonding)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unbonding, c.refused = known, refused
	return refused
}

func (s *Snapshot) unbonding(ctx context.Context) (time.Duration, error) {
	raw, found, err := s.Read(ctx, stakingStore, stakingParamsKey)
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, fmt.Errorf("%w: expected staking parameters", ErrState)
	}
	return decodeUnbonding(raw)
}

// unbondingIn returns the unbonding period as a bundle has it, or else as it is known, and compares it with the trust period.
func (r rules) unbondingIn(b *Bundle, reads []Proven, known unbondingRecord) (unbondingRecord, error) {
	for i, read := range b.Reads {
		if read.Store != stakingStore || !bytes.Equal(read.Key, stakingParamsKey) {
			continue
		}
		if !reads[i].Found {
			return known, fmt.Errorf("%w: expected staking parameters", ErrState)
		}
		d, err := decodeUnbonding(reads[i].Value)
		if err != nil {
			return known, err
		}
		known = unbondingRecord{Unbonding: d, Checked: b.newest().Time}
	}
	if known.Unbonding == 0 {
		return known, fmt.Errorf("%w: expected a read of the staking parameters, for the unbonding period is not known", ErrBundle)
	}
	return known, r.compare(known.Unbonding)
}
