package types

import (
	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	// ModuleName is the name of the module.
	ModuleName = "contract"
	// StoreKey is the name of the module's store.
	StoreKey = ModuleName
	// TransientStoreKey is the name of the store that is emptied with every block.
	TransientStoreKey = "transient_" + ModuleName
	// DigestBytes is the length of a SHA-256 digest.
	DigestBytes = 32
	// ContractAddressBytes is the length of a contract's address.
	ContractAddressBytes = 32
)

// Prefixes of the store, spaced by tens per concern and never reused.
var (
	ParamsPrefix = collections.NewPrefix(0)

	CodesPrefix         = collections.NewPrefix(10)
	CodeBytesPrefix     = collections.NewPrefix(11)
	CodesByDigestPrefix = collections.NewPrefix(12)
	NextCodeIDPrefix    = collections.NewPrefix(13)
	PinnedCodesPrefix   = collections.NewPrefix(14)

	ContractsPrefix       = collections.NewPrefix(20)
	ContractsByCodePrefix = collections.NewPrefix(21)
	NextInstancePrefix    = collections.NewPrefix(22)

	StatePrefix = collections.NewPrefix(30)

	SubscriptionsPrefix           = collections.NewPrefix(40)
	SubscriptionsByContractPrefix = collections.NewPrefix(41)
	SubscriberCountsPrefix        = collections.NewPrefix(42)

	QueuePrefix     = collections.NewPrefix(50)
	QueueNextPrefix = collections.NewPrefix(51)
	QueueHeadPrefix = collections.NewPrefix(52)
)

// Codecs of the composite keys, shared by the keeper and by clients that read the store by proof.
var (
	// ContractsByCodeKeyCodec is for (code id, address).
	ContractsByCodeKeyCodec = collections.PairKeyCodec(collections.Uint64Key, collections.BytesKey)
	// StateKeyCodec is for (address, key of the contract's own).
	StateKeyCodec = collections.PairKeyCodec(collections.BytesKey, collections.BytesKey)
)

// ContractStoreKey is where the store holds the Contract of an address.
func ContractStoreKey(contract sdk.AccAddress) ([]byte, error) {
	return collections.EncodeKeyWithPrefix(ContractsPrefix, collections.BytesKey, []byte(contract))
}

// StateStoreKey is where the store holds a value of a contract's storage, as it is.
func StateStoreKey(contract sdk.AccAddress, key []byte) ([]byte, error) {
	return collections.EncodeKeyWithPrefix(StatePrefix, StateKeyCodec, collections.Join([]byte(contract), key))
}
