package types_test

import (
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/bech32"

	"github.com/assay-chain/assay/x/contract/types"
)

// TestContractAddress pins the addresses of contracts: SHA-256 of the SHA-256 of "module", then "contract", a zero and the number as 8
// bytes, big endian. They stand in plans, parameters and other chains, so they never change.
func TestContractAddress(t *testing.T) {
	for instance, want := range map[uint64]string{
		1:              "547de2b369e5f185fd61c4c8bed88e82e62e1baf6741cf2341b6bc96f05edb56",
		2:              "5c6f39eadc0ba26d3c8896e2e588ab844cc0c031f139081d8cb0be8871638025",
		3:              "79e5fa3686eeb8c3fefa46e02390470bc66ebda1f5c58be84a4e47fa934b3b6d",
		256:            "f9a6bada3d9070d2d7ac522a7e0484fa7a62cf89afafcd1d7f9b7a15b2749aec",
		math.MaxUint64: "9db336207ca68654d4d309bf43ef145d9231b4912b1f6c7971eed44c87247e96",
	} {
		got := types.ContractAddress(instance)
		require.Equal(t, want, hex.EncodeToString(got), "contract %d", instance)
		require.Len(t, got, types.ContractAddressBytes)
	}
	text, err := bech32.ConvertAndEncode("assay", types.ContractAddress(1))
	require.NoError(t, err)
	require.Equal(t, "assay1237", text[:9])
	require.Len(t, text, 64)
}

func TestAddresses(t *testing.T) {
	account := sdk.AccAddress(make([]byte, 20))
	for _, tc := range []struct {
		name, address string
		account       error
		contract      error
	}{
		{"success: contract", types.ContractAddress(7).String(), nil, nil},
		{"failure: account", account.String(), nil, types.ErrInvalidRequest},
		{"failure: too long for a contract", sdk.AccAddress(make([]byte, 33)).String(), nil, types.ErrInvalidRequest},
		{"failure: upper case", strings.ToUpper(types.ContractAddress(7).String()), types.ErrInvalidRequest, types.ErrInvalidRequest},
		{"failure: spaces", " " + types.ContractAddress(7).String(), types.ErrInvalidRequest, types.ErrInvalidRequest},
		{"failure: empty", "", types.ErrInvalidRequest, types.ErrInvalidRequest},
		{"failure: a validator's", sdk.ValAddress(account).String(), types.ErrInvalidRequest, types.ErrInvalidRequest},
		{"failure: cut", types.ContractAddress(7).String()[:40] + "b", types.ErrInvalidRequest, types.ErrInvalidRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.ErrorIs(t, types.ValidateAddress("signer", tc.address), tc.account)
			a, err := types.ParseContractAddress("contract", tc.address)
			require.ErrorIs(t, err, tc.contract)
			require.ErrorIs(t, types.ValidateContractAddress("contract", tc.address), tc.contract)
			if tc.contract == nil {
				require.Equal(t, types.ContractAddress(7), a)
			} else {
				require.Nil(t, a)
				require.ErrorContains(t, err, "contract ")
			}
		})
	}
}

// TestStoreKeys pins where the store holds what clients read by proof: light clients compute these keys.
func TestStoreKeys(t *testing.T) {
	const address = "547de2b369e5f185fd61c4c8bed88e82e62e1baf6741cf2341b6bc96f05edb56"
	key, err := types.ContractStoreKey(types.ContractAddress(1))
	require.NoError(t, err)
	require.Equal(t, "14"+address, hex.EncodeToString(key))
	key, err = types.StateStoreKey(types.ContractAddress(1), []byte("count"))
	require.NoError(t, err)
	require.Equal(t, "1e"+"20"+address+hex.EncodeToString([]byte("count")), hex.EncodeToString(key))
	key, err = types.StateStoreKey(types.ContractAddress(1), nil)
	require.NoError(t, err)
	require.Equal(t, "1e"+"20"+address, hex.EncodeToString(key))

	by, err := collections.EncodeKeyWithPrefix(types.ContractsByCodePrefix, types.ContractsByCodeKeyCodec, collections.Join(uint64(258), []byte(types.ContractAddress(1))))
	require.NoError(t, err)
	require.Equal(t, "15"+"0000000000000102"+address, hex.EncodeToString(by))
}

// TestPrefixes pins the prefixes of the store. One is never used for something else.
func TestPrefixes(t *testing.T) {
	require.Equal(t, "contract", types.ModuleName)
	require.Equal(t, "contract", types.StoreKey)
	require.Equal(t, "transient_contract", types.TransientStoreKey)
	golden := map[byte]collections.Prefix{
		0: types.ParamsPrefix, 10: types.CodesPrefix, 11: types.CodeBytesPrefix, 12: types.CodesByDigestPrefix, 13: types.NextCodeIDPrefix,
		14: types.PinnedCodesPrefix, 20: types.ContractsPrefix, 21: types.ContractsByCodePrefix, 22: types.NextInstancePrefix, 30: types.StatePrefix,
		40: types.SubscriptionsPrefix, 41: types.SubscriptionsByContractPrefix, 42: types.SubscriberCountsPrefix, 50: types.QueuePrefix,
		51: types.QueueNextPrefix, 52: types.QueueHeadPrefix,
	}
	for want, prefix := range golden {
		require.Equal(t, []byte{want}, prefix.Bytes())
	}
	require.Len(t, golden, 16)
}
