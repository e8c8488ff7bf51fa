package types

import (
	"math"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Every message has stateless rules, checked against the bounds in code; the keeper checks them again against the
// parameters.
var (
	_ sdk.HasValidateBasic = (*MsgStoreCode)(nil)
	_ sdk.HasValidateBasic = (*MsgInstantiate)(nil)
	_ sdk.HasValidateBasic = (*MsgExecute)(nil)
	_ sdk.HasValidateBasic = (*MsgMigrate)(nil)
	_ sdk.HasValidateBasic = (*MsgSetAdmin)(nil)
	_ sdk.HasValidateBasic = (*MsgSubscribe)(nil)
	_ sdk.HasValidateBasic = (*MsgUnsubscribe)(nil)
	_ sdk.HasValidateBasic = (*MsgPinCode)(nil)
	_ sdk.HasValidateBasic = (*MsgUnpinCode)(nil)
	_ sdk.HasValidateBasic = (*MsgUpdateParams)(nil)
)

// ValidateBasic checks what needs no state.
func (m *MsgStoreCode) ValidateBasic() error {
	return firstError(ValidateAddress("sender", m.Sender), m.Validate(MaxParams()))
}

// Validate checks sizes and texts against the parameters.
func (m *MsgStoreCode) Validate(p Params) error {
	if len(m.Code) == 0 {
		return errorsmod.Wrap(ErrInvalidRequest, "code: empty")
	}
	if uint64(len(m.Code)) > uint64(p.MaxCodeBytes) {
		return errorsmod.Wrapf(ErrLimit, "code: expected at most %d bytes, got %d", p.MaxCodeBytes, len(m.Code))
	}
	return firstError(
		ValidateText("source", m.Source, p.MaxSourceBytes),
		ValidateText("builder", m.Builder, p.MaxSourceBytes),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgInstantiate) ValidateBasic() error {
	return firstError(ValidateAddress("sender", m.Sender), m.Validate(MaxParams()))
}

// Validate checks sizes and texts against the parameters.
func (m *MsgInstantiate) Validate(p Params) error {
	if uint64(len(m.Subscriptions)) > uint64(p.MaxSubscriptionsPerContract) {
		return errorsmod.Wrapf(ErrLimit, "subscriptions: expected at most %d, got %d", p.MaxSubscriptionsPerContract, len(m.Subscriptions))
	}
	for _, model := range m.Subscriptions {
		if err := validateModel(model); err != nil {
			return err
		}
	}
	return firstError(
		validateAdmin("admin", m.Admin),
		validateID("code id", m.CodeId),
		ValidateLabel(m.Label, p.MaxLabelBytes),
		ValidateMessage(m.Msg, p),
		ValidateFunds(m.Funds),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgExecute) ValidateBasic() error {
	return firstError(
		ValidateAddress("sender", m.Sender),
		ValidateContractAddress("contract", m.Contract),
		ValidateMessage(m.Msg, MaxParams()),
		ValidateFunds(m.Funds),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgMigrate) ValidateBasic() error {
	return firstError(
		ValidateAddress("sender", m.Sender),
		ValidateContractAddress("contract", m.Contract),
		validateID("code id", m.CodeId),
		ValidateMessage(m.Msg, MaxParams()),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgSetAdmin) ValidateBasic() error {
	err := firstError(
		ValidateAddress("sender", m.Sender),
		ValidateContractAddress("contract", m.Contract),
		validateAdmin("new admin", m.NewAdmin),
	)
	if err == nil && m.NewAdmin == m.Sender {
		return errorsmod.Wrap(ErrInvalidRequest, "new admin: is the admin")
	}
	return err
}

// ValidateBasic checks what needs no state.
func (m *MsgSubscribe) ValidateBasic() error {
	return firstError(
		ValidateAddress("sender", m.Sender),
		ValidateContractAddress("contract", m.Contract),
		validateModel(m.Model),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgUnsubscribe) ValidateBasic() error {
	return firstError(
		ValidateAddress("sender", m.Sender),
		ValidateContractAddress("contract", m.Contract),
		validateModel(m.Model),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgPinCode) ValidateBasic() error {
	return firstError(ValidateAddress("authority", m.Authority), validateID("code id", m.CodeId))
}

// ValidateBasic checks what needs no state.
func (m *MsgUnpinCode) ValidateBasic() error {
	return firstError(ValidateAddress("authority", m.Authority), validateID("code id", m.CodeId))
}

// ValidateBasic checks what needs no state.
func (m *MsgUpdateParams) ValidateBasic() error {
	return firstError(ValidateAddress("authority", m.Authority), m.Params.Validate())
}

// ValidateMessage checks the size of a message to a contract; it may be empty.
func ValidateMessage(msg []byte, p Params) error {
	if uint64(len(msg)) > uint64(p.MaxMessageBytes) {
		return errorsmod.Wrapf(ErrLimit, "message: expected at most %d bytes, got %d", p.MaxMessageBytes, len(msg))
	}
	return nil
}

// ValidateFunds checks coins that go to a contract: sorted by denomination, each once, each more than zero and of 64 bits,
// for contracts count no further. None at all is fine.
func ValidateFunds(funds sdk.Coins) error {
	if err := funds.Validate(); err != nil {
		return errorsmod.Wrap(WithReason(ErrInvalidRequest, err), "funds")
	}
	for _, c := range funds {
		if !c.Amount.IsUint64() {
			return errorsmod.Wrapf(ErrFunds, "%s: expected at most %d, got %s", c.Denom, uint64(math.MaxUint64), c.Amount)
		}
	}
	return nil
}

// validateAdmin checks an address that may be empty.
func validateAdmin(what, address string) error {
	if address == "" {
		return nil
	}
	return ValidateAddress(what, address)
}

func validateID(what string, id uint64) error {
	if id == 0 {
		return errorsmod.Wrapf(ErrInvalidRequest, "%s: expected at least 1, got 0", what)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func validateModel(model string) error {
	_, _, err := SplitModel(model)
	return err
}
