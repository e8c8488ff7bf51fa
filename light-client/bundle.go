package lightclient

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"
	"github.com/cosmos/gogoproto/proto"
)

// Bounds of a bundle. A header with its commit and validators takes about 250 bytes a validator.
const (
	MaxBundleBytes  = 4 << 20
	MaxBundleBlocks = 64
	MaxBundleReads  = 1024

	bundleMagic = "assay-bundle/1\n"
)

// Bundle carries headers and proven values to a device that has no network. It proves itself: who carries it is trusted with
// nothing. There is nobody to ask for another chain, though, so a fork that validators signed goes unnoticed.
type Bundle struct {
	ChainID string
	// Blocks are headers with commits and validators, by ascending heights. Each follows from the one before it, and the
	// first from one that the device has; or it is that one.
	Blocks []*types.LightBlock
	// Reads are values and absences in the state that the last header commits to, by store and key.
	Reads []BundleRead
}

// BundleRead is a key of a store with the proof of what is there. The proof holds the value.
type BundleRead struct {
	Store string
	Key   []byte
	Proof *cmtcrypto.ProofOps
}

// The encoding: the magic, then this message in protobuf. docs/light-client.md has it as a schema.
type bundleMessage struct {
	ChainID string                 `protobuf:"bytes,1,opt,name=chain_id,proto3"`
	Blocks  []*cmtproto.LightBlock `protobuf:"bytes,2,rep,name=blocks,proto3"`
	Reads   []*readMessage         `protobuf:"bytes,3,rep,name=reads,proto3"`
}

type readMessage struct {
	Store string              `protobuf:"bytes,1,opt,name=store,proto3"`
	Key   []byte              `protobuf:"bytes,2,opt,name=key,proto3"`
	Proof *cmtcrypto.ProofOps `protobuf:"bytes,3,opt,name=proof,proto3"`
}

func (m *bundleMessage) Reset()       { *m = bundleMessage{} }
func (*bundleMessage) String() string { return "bundle" }
func (*bundleMessage) ProtoMessage()  {}
func (m *readMessage) Reset()         { *m = readMessage{} }
func (*readMessage) String() string   { return "read" }
func (*readMessage) ProtoMessage()    {}

// Encode returns the bundle's bytes. Errors: ErrBundle for one that is out of bounds.
func (b *Bundle) Encode() ([]byte, error) {
	if err := b.validate(); err != nil {
		return nil, err
	}
	m := &bundleMessage{ChainID: b.ChainID}
	for _, block := range b.Blocks {
		pb, err := block.ToProto()
		if err != nil {
			return nil, fmt.Errorf("%w: header %d: %w", ErrBundle, block.Height, err)
		}
		m.Blocks = append(m.Blocks, pb)
	}
	for _, r := range b.Reads {
		m.Reads = append(m.Reads, &readMessage{Store: r.Store, Key: r.Key, Proof: r.Proof})
	}
	raw, err := proto.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	if len(bundleMagic)+len(raw) > MaxBundleBytes {
		return nil, fmt.Errorf("%w: expected at most %d bytes, got %d", ErrBundle, MaxBundleBytes, len(bundleMagic)+len(raw))
	}
	return append([]byte(bundleMagic), raw...), nil
}

// DecodeBundle reads a bundle. It takes one encoding of each, within bounds; what it returns is well-formed and not verified.
// Errors: ErrBundle.
func DecodeBundle(raw []byte) (*Bundle, error) {
	if len(raw) > MaxBundleBytes {
		return nil, fmt.Errorf("%w: expected at most %d bytes, got %d", ErrBundle, MaxBundleBytes, len(raw))
	}
	body, ok := bytes.CutPrefix(raw, []byte(bundleMagic))
	if !ok {
		return nil, fmt.Errorf("%w: expected it to begin with %q", ErrBundle, bundleMagic)
	}
	if err := within(body, boundsOfBundle); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	m := new(bundleMessage)
	if err := proto.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	b, err := m.bundle()
	if err != nil {
		return nil, err
	}
	again, err := b.Encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, raw) {
		return nil, fmt.Errorf("%w: expected its only encoding, got another", ErrBundle)
	}
	return b, nil
}

// boundsOfBundle are of an encoded bundle, before it is decoded.
var boundsOfBundle = []bound{
	{most: MaxBundleBlocks, path: []uint64{2}, what: "headers"},
	{most: MaxBundleReads, path: []uint64{3}, what: "reads"},
	{most: MaxBundleBlocks * maxValidators, path: []uint64{2, 2, 1}, what: "validators"},
	{most: MaxBundleBlocks * maxValidators, path: []uint64{2, 1, 2, 4}, what: "signatures"},
	{most: MaxBundleReads * 2, path: []uint64{3, 3, 1}, what: "operations of proofs"},
}

func (m *bundleMessage) bundle() (*Bundle, error) {
	b := &Bundle{ChainID: m.ChainID}
	for i, pb := range m.Blocks {
		if n := len(pb.GetValidatorSet().GetValidators()); n < 1 || n > maxValidators {
			return nil, fmt.Errorf("%w: header %d of %d: expected 1 to %d validators, got %d", ErrBundle, i+1, len(m.Blocks), maxValidators, n)
		}
		block, err := types.LightBlockFromProto(pb)
		if err == nil {
			err = checkValidators(block.ValidatorSet.Validators)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: header %d of %d: %w", ErrBundle, i+1, len(m.Blocks), err)
		}
		b.Blocks = append(b.Blocks, block)
	}
	for _, r := range m.Reads {
		b.Reads = append(b.Reads, BundleRead{Store: r.Store, Key: r.Key, Proof: r.Proof})
	}
	return b, nil
}

// validate checks all that needs no trust.
func (b *Bundle) validate() error {
	if len(b.Blocks) < 1 || len(b.Blocks) > MaxBundleBlocks || len(b.Reads) > MaxBundleReads {
		return fmt.Errorf("%w: expected 1 to %d headers and at most %d reads, got %d and %d", ErrBundle, MaxBundleBlocks, MaxBundleReads, len(b.Blocks), len(b.Reads))
	}
	for i, block := range b.Blocks {
		if err := block.ValidateBasic(b.ChainID); err != nil {
			return fmt.Errorf("%w: header %d of %d: %w", ErrBundle, i+1, len(b.Blocks), err)
		}
		if i > 0 && block.Height <= b.Blocks[i-1].Height {
			return fmt.Errorf("%w: header %d of %d: expected a height above %d, got %d", ErrBundle, i+1, len(b.Blocks), b.Blocks[i-1].Height, block.Height)
		}
	}
	for i, r := range b.Reads {
		if r.Proof == nil || (i > 0 && compareReads(b.Reads[i-1], r) >= 0) {
			return fmt.Errorf("%w: read %d of %d: expected proofs, in the order of stores and keys", ErrBundle, i+1, len(b.Reads))
		}
	}
	return nil
}

func compareReads(a, b BundleRead) int {
	return cmp.Or(cmp.Compare(a.Store, b.Store), bytes.Compare(a.Key, b.Key))
}

// newest is the last header. A bundle has one.
func (b *Bundle) newest() *types.LightBlock { return b.Blocks[len(b.Blocks)-1] }

// Verification is what a bundle is verified with.
type Verification struct {
	// Trust names a header of the bundle.
	Trust Trust
	// MaxClockDrift is how far a header may be ahead of Now. 0 is DefaultMaxClockDrift.
	MaxClockDrift time.Duration
	Now           time.Time
}

// Verify checks the bundle from a header of it that is trusted on, and returns the state that it proves. It is pure, and
// compares the trust period with the unbonding period, which the bundle must have. The snapshot reads what the bundle has;
// for the rest it returns ErrUnavailable. Errors: ErrBundle, ErrBundleGap, ErrTrust, ErrTrustExpired, ErrTrustPeriod,
// ErrFutureHeader, ErrHeader, ErrProof.
func (b *Bundle) Verify(v Verification) (*Snapshot, error) {
	config := Config{ChainID: b.ChainID, Trust: v.Trust, MaxClockDrift: v.MaxClockDrift, Now: func() time.Time { return v.Now }}
	config.setDefaults()
	if err := config.validate(); err != nil {
		return nil, err
	}
	if err := b.validate(); err != nil {
		return nil, err
	}
	r := rules{chainID: b.ChainID, period: config.Trust.Period, drift: config.MaxClockDrift}
	i := slices.IndexFunc(b.Blocks, func(block *types.LightBlock) bool { return block.Height == v.Trust.Height })
	if i < 0 {
		return nil, fmt.Errorf("%w: expected header %d, got headers %d to %d", ErrBundleGap, v.Trust.Height, b.Blocks[0].Height, b.newest().Height)
	}
	if err := r.verifyRoot(v.Trust, b.Blocks[i]); err != nil {
		return nil, err
	}
	if err := r.verifyChain(b.Blocks[i], b.Blocks[i+1:], v.Now); err != nil {
		return nil, err
	}
	reads, err := b.verifyReads()
	if err != nil {
		return nil, err
	}
	c := &Client{config: config, rules: r, cache: newCache(b.cost(reads))}
	if _, err := r.unbondingIn(b, reads, unbondingRecord{}); err != nil {
		return nil, err
	}
	b.remember(c.cache, reads)
	return c.snapshotOf(b.newest()), nil
}

// verifyChain checks that blocks follow from a trusted one, each from the one before it.
func (r rules) verifyChain(trusted *types.LightBlock, blocks []*types.LightBlock, now time.Time) error {
	if len(blocks) == 0 && r.expired(trusted, now) {
		return fmt.Errorf("%w: header %d of %s, trust period %s, now %s", ErrTrustExpired,
			trusted.Height, trusted.Time.UTC().Format(time.RFC3339), r.period, now.UTC().Format(time.RFC3339))
	}
	for _, next := range blocks {
		err := r.verifyNext(trusted, next, now)
		if isTooFar(err) {
			return fmt.Errorf("%w: from header %d to %d: %w", ErrBundleGap, trusted.Height, next.Height, err)
		}
		if err != nil {
			return err
		}
		trusted = next
	}
	return nil
}

// verifyReads checks all reads against the newest header, and returns what each proves.
func (b *Bundle) verifyReads() ([]Proven, error) {
	out := make([]Proven, len(b.Reads))
	for i, r := range b.Reads {
		var err error
		if out[i], err = VerifyRead(b.newest().AppHash, r.Store, r.Key, r.Proof); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// cost is what verified reads take in a cache.
func (b *Bundle) cost(reads []Proven) int {
	size := 0
	for i, r := range b.Reads {
		size += cost(cacheKey(b.newest().Height, r.Store, r.Key), reads[i])
	}
	return size
}

// remember puts verified reads into a cache.
func (b *Bundle) remember(c *cache, reads []Proven) {
	for i, r := range b.Reads {
		c.put(b.newest().Height, r.Store, r.Key, reads[i])
	}
}
