package types

import (
	"bytes"
	"crypto/sha256"
	"strings"

	errorsmod "cosmossdk.io/errors"
)

// DefaultGenesis has no code, with DefaultParams.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), NextCodeId: 1, NextInstance: 1, NextQueueSequence: 1}
}

// Validate checks every record, that records are in the order of their keys and none is there twice, and that each refers
// to records that are there. Records are checked against the bounds in code: they may be older than today's parameters. Code
// is compiled when the keeper imports it.
func (gs GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	x := &genesisIndex{codes: map[uint64]bool{}, digests: map[string]bool{}, contracts: map[string]bool{}}
	for _, check := range []func() error{
		func() error { return x.checkCodes(gs) },
		func() error { return x.checkContracts(gs) },
		func() error { return x.checkState(gs.State) },
		func() error { return x.checkSubscriptions(gs) },
		func() error { return x.checkQueue(gs) },
		func() error { return x.checkGuard(gs.Params) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// genesisIndex holds what was seen so far.
type genesisIndex struct {
	codes     map[uint64]bool
	digests   map[string]bool
	contracts map[string]bool
}

// checkCodes wants ids that follow each other from 1 on, for codes are never removed.
func (x *genesisIndex) checkCodes(gs GenesisState) error {
	if gs.NextCodeId != uint64(len(gs.Codes))+1 {
		return errorsmod.Wrapf(ErrGenesis, "next code id: expected %d, got %d", len(gs.Codes)+1, gs.NextCodeId)
	}
	for i, c := range gs.Codes {
		if c.Code.Id != uint64(i)+1 {
			return errorsmod.Wrapf(ErrGenesis, "code id: expected %d, got %d", i+1, c.Code.Id)
		}
		if err := c.validate(); err != nil {
			return errorsmod.Wrapf(err, "code %d", c.Code.Id)
		}
		if x.digests[string(c.Code.Digest)] {
			return errorsmod.Wrapf(ErrGenesis, "code %d: digest %x twice", c.Code.Id, c.Code.Digest)
		}
		x.codes[c.Code.Id], x.digests[string(c.Code.Digest)] = true, true
	}
	return nil
}

func (c StoredCode) validate() error {
	digest := sha256.Sum256(c.Bytes)
	if !bytes.Equal(digest[:], c.Code.Digest) {
		return errorsmod.Wrapf(ErrGenesis, "digest: expected %x, got %x", digest, c.Code.Digest)
	}
	if uint64(c.Code.Size_) != uint64(len(c.Bytes)) {
		return errorsmod.Wrapf(ErrGenesis, "size: expected %d, got %d", len(c.Bytes), c.Code.Size_)
	}
	if c.Code.Height < 0 {
		return errorsmod.Wrapf(ErrGenesis, "height: expected at least 0, got %d", c.Code.Height)
	}
	m := MsgStoreCode{Sender: c.Code.Creator, Code: c.Bytes, Source: c.Code.Source, Builder: c.Code.Builder}
	return m.ValidateBasic()
}

// checkContracts wants the addresses of the numbers up to the next one, for contracts are never removed. An address beside
// them could be given to a contract that is to come.
func (x *genesisIndex) checkContracts(gs GenesisState) error {
	if gs.NextInstance != uint64(len(gs.Contracts))+1 {
		return errorsmod.Wrapf(ErrGenesis, "next instance: expected %d, got %d", len(gs.Contracts)+1, gs.NextInstance)
	}
	numbered := make(map[string]bool, len(gs.Contracts))
	for i := range gs.Contracts {
		numbered[string(ContractAddress(uint64(i)+1))] = true
	}
	var last []byte
	for _, c := range gs.Contracts {
		if err := c.Validate(MaxParams()); err != nil {
			return errorsmod.Wrapf(err, "contract %q", clip(c.Address))
		}
		a, err := ParseContractAddress("contract", c.Address)
		switch {
		case err != nil:
			return err
		case !numbered[string(a)]:
			return errorsmod.Wrapf(ErrGenesis, "contract %s: expected the address of a number below %d", c.Address, gs.NextInstance)
		case bytes.Compare(a, last) <= 0:
			return errorsmod.Wrapf(ErrGenesis, "contract %s: out of order, or twice", c.Address)
		case !x.codes[c.CodeId]:
			return errorsmod.Wrapf(ErrGenesis, "contract %s: code %d is missing", c.Address, c.CodeId)
		}
		last = a
		x.contracts[c.Address] = true
	}
	return nil
}

// Validate checks a record's fields, against the parameters.
func (c Contract) Validate(p Params) error {
	if c.CreatedHeight < 0 || c.Hooks.LastHeight < 0 {
		return errorsmod.Wrapf(ErrGenesis, "height: expected at least 0, got %d and %d", c.CreatedHeight, c.Hooks.LastHeight)
	}
	if c.Hooks.Failures > c.Hooks.Runs {
		return errorsmod.Wrapf(ErrGenesis, "hooks: %d failures of %d runs", c.Hooks.Failures, c.Hooks.Runs)
	}
	return firstError(
		ValidateContractAddress("contract", c.Address),
		ValidateAddress("creator", c.Creator),
		validateAdmin("admin", c.Admin),
		validateID("code id", c.CodeId),
		ValidateLabel(c.Label, p.MaxLabelBytes),
	)
}

func (x *genesisIndex) checkState(entries []StateEntry) error {
	limits := MaxParams()
	var lastContract, lastKey []byte
	for _, e := range entries {
		a, err := ParseContractAddress("state", e.Contract)
		if err != nil {
			return err
		}
		if !x.contracts[e.Contract] {
			return errorsmod.Wrapf(ErrGenesis, "state: contract %s is missing", e.Contract)
		}
		if order := bytes.Compare(a, lastContract); order < 0 || order == 0 && bytes.Compare(e.Key, lastKey) <= 0 {
			return errorsmod.Wrapf(ErrGenesis, "state of %s: key %x is out of order, or twice", e.Contract, e.Key)
		}
		lastContract, lastKey = a, e.Key
		if err := ValidateEntry(e.Key, e.Value, limits); err != nil {
			return errorsmod.Wrapf(err, "state of %s", e.Contract)
		}
	}
	return nil
}

// ValidateEntry checks the sizes of a key, which is not empty, and of a value in a contract's storage.
func ValidateEntry(key, value []byte, p Params) error {
	if err := ValidateKey(key, p); err != nil {
		return err
	}
	if uint64(len(value)) > uint64(p.MaxValueBytes) {
		return errorsmod.Wrapf(ErrLimit, "value: expected at most %d bytes, got %d", p.MaxValueBytes, len(value))
	}
	return nil
}

// ValidateKey checks the size of a key in a contract's storage.
func ValidateKey(key []byte, p Params) error {
	if len(key) == 0 || uint64(len(key)) > uint64(p.MaxKeyBytes) {
		return errorsmod.Wrapf(ErrLimit, "key: expected 1 to %d bytes, got %d", p.MaxKeyBytes, len(key))
	}
	return nil
}

// checkSubscriptions checks the references, the bounds and the order, which is by model and then by the contract's address in
// bytes.
func (x *genesisIndex) checkSubscriptions(gs GenesisState) error {
	perModel, perContract := map[string]uint32{}, map[string]uint32{}
	limits := MaxParams()
	var lastModel string
	var lastContract []byte
	for _, s := range gs.Subscriptions {
		if err := validateModel(s.Model); err != nil {
			return err
		}
		a, err := ParseContractAddress("subscription", s.Contract)
		if err != nil {
			return err
		}
		if !x.contracts[s.Contract] {
			return errorsmod.Wrapf(ErrGenesis, "subscription to %q: contract %s is missing", s.Model, s.Contract)
		}
		if order := strings.Compare(s.Model, lastModel); order < 0 || order == 0 && bytes.Compare(a, lastContract) <= 0 {
			return errorsmod.Wrapf(ErrGenesis, "subscription of %s to %q: out of order, or twice", s.Contract, s.Model)
		}
		lastModel, lastContract = s.Model, a
		if s.Since == 0 || s.Since > gs.NextQueueSequence {
			return errorsmod.Wrapf(ErrGenesis, "subscription of %s to %q: expected since 1 to %d, got %d", s.Contract, s.Model, gs.NextQueueSequence, s.Since)
		}
		perModel[s.Model]++
		perContract[s.Contract]++
		if perModel[s.Model] > limits.MaxSubscribersPerModel || perContract[s.Contract] > limits.MaxSubscriptionsPerContract {
			return errorsmod.Wrapf(ErrLimit, "subscription of %s to %q: one too many", s.Contract, s.Model)
		}
	}
	return nil
}

func (x *genesisIndex) checkQueue(gs GenesisState) error {
	if gs.NextQueueSequence == 0 {
		return errorsmod.Wrap(ErrGenesis, "next queue sequence: expected at least 1, got 0")
	}
	if uint64(len(gs.Queue)) > uint64(MaxParams().MaxQueue) {
		return errorsmod.Wrapf(ErrLimit, "queue: expected at most %d items, got %d", MaxParams().MaxQueue, len(gs.Queue))
	}
	for i, q := range gs.Queue {
		// Items are taken from the front alone, so those that are left follow each other and end where the next one goes.
		if want := gs.NextQueueSequence - uint64(len(gs.Queue)) + uint64(i); q.Sequence != want || want == 0 {
			return errorsmod.Wrapf(ErrGenesis, "queue: expected sequence %d, got %d", want, q.Sequence)
		}
		if err := validateModel(q.Model); err != nil {
			return err
		}
		if q.AttestationId == 0 {
			return errorsmod.Wrapf(ErrGenesis, "queue: item %d has no attestation", q.Sequence)
		}
		// The cursor is a contract that was told, and none is told of an item before the one in front of it is gone.
		if q.Cursor != "" && (i > 0 || !x.contracts[q.Cursor]) {
			return errorsmod.Wrapf(ErrGenesis, "queue: item %d: expected no cursor, or in the first item a contract, got %q", q.Sequence, clip(q.Cursor))
		}
	}
	return nil
}

func (x *genesisIndex) checkGuard(p Params) error {
	if p.PublishGuard != "" && !x.contracts[p.PublishGuard] {
		return errorsmod.Wrapf(ErrGenesis, "publish guard: contract %s is missing", p.PublishGuard)
	}
	return nil
}
