package types

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Every message has stateless rules, checked against the bounds in code; the keeper checks them
// again against the parameters. No message takes a qualified publisher: mirrors come by Keeper.MirrorVersion alone.
var (
	_ sdk.HasValidateBasic = (*MsgCreatePublisher)(nil)
	_ sdk.HasValidateBasic = (*MsgUpdatePublisher)(nil)
	_ sdk.HasValidateBasic = (*MsgProposePublisherOwner)(nil)
	_ sdk.HasValidateBasic = (*MsgAcceptPublisherOwner)(nil)
	_ sdk.HasValidateBasic = (*MsgCancelPublisherTransfer)(nil)
	_ sdk.HasValidateBasic = (*MsgCreateModel)(nil)
	_ sdk.HasValidateBasic = (*MsgUpdateModel)(nil)
	_ sdk.HasValidateBasic = (*MsgRegisterVerifyingKey)(nil)
	_ sdk.HasValidateBasic = (*MsgPublishVersion)(nil)
	_ sdk.HasValidateBasic = (*MsgSetAlias)(nil)
	_ sdk.HasValidateBasic = (*MsgRemoveAlias)(nil)
	_ sdk.HasValidateBasic = (*MsgYankVersion)(nil)
	_ sdk.HasValidateBasic = (*MsgUpdateParams)(nil)
)

// ValidateBasic checks what needs no state.
func (m *MsgCreatePublisher) ValidateBasic() error {
	return firstError(
		ValidateAddress("owner", m.Owner),
		ValidateName("publisher", m.Name),
		validateProfile(m.Description, m.Website, MaxParams()),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgUpdatePublisher) ValidateBasic() error {
	return firstError(
		ValidateAddress("owner", m.Owner),
		ValidateName("publisher", m.Name),
		validateProfile(m.Description, m.Website, MaxParams()),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgProposePublisherOwner) ValidateBasic() error {
	err := firstError(
		ValidateAddress("owner", m.Owner),
		ValidateAddress("new owner", m.NewOwner),
		ValidateName("publisher", m.Name),
	)
	if err == nil && m.Owner == m.NewOwner {
		return errorsmod.Wrapf(ErrInvalidTransfer, "publisher %q: the new owner is the owner", m.Name)
	}
	return err
}

// ValidateBasic checks what needs no state.
func (m *MsgAcceptPublisherOwner) ValidateBasic() error {
	return firstError(ValidateAddress("new owner", m.NewOwner), ValidateName("publisher", m.Name))
}

// ValidateBasic checks what needs no state.
func (m *MsgCancelPublisherTransfer) ValidateBasic() error {
	return firstError(ValidateAddress("owner", m.Owner), ValidateName("publisher", m.Name))
}

// ValidateBasic checks what needs no state.
func (m *MsgCreateModel) ValidateBasic() error {
	return firstError(
		ValidateAddress("owner", m.Owner),
		ValidateName("publisher", m.Publisher),
		ValidateName("model", m.Name),
		ValidateText("description", m.Description, MaxParams().MaxDescriptionBytes),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgUpdateModel) ValidateBasic() error {
	return firstError(
		ValidateAddress("owner", m.Owner),
		ValidateName("publisher", m.Publisher),
		ValidateName("model", m.Name),
		ValidateText("description", m.Description, MaxParams().MaxDescriptionBytes),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgRegisterVerifyingKey) ValidateBasic() error {
	if len(m.Key) == 0 {
		return errorsmod.Wrap(ErrInvalidVerifyingKey, "empty")
	}
	return firstError(ValidateAddress("registrant", m.Registrant), ValidateKeySize(m.Key, MaxParams()))
}

// ValidateBasic checks what needs no state.
func (m *MsgPublishVersion) ValidateBasic() error {
	return firstError(
		ValidateAddress("owner", m.Owner),
		m.VersionID().Validate(),
		ValidateKeySize(m.VerifyingKey, MaxParams()),
		m.Spec.Validate(MaxParams()),
	)
}

// VersionID names the version to be.
func (m *MsgPublishVersion) VersionID() VersionID {
	return VersionID{Publisher: m.Publisher, Model: m.Model, Number: m.Number}
}

// ValidateBasic checks what needs no state.
func (m *MsgSetAlias) ValidateBasic() error {
	return firstError(
		ValidateAddress("owner", m.Owner),
		VersionID{Publisher: m.Publisher, Model: m.Model, Number: m.Number}.Validate(),
		ValidateName("alias", m.Alias),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgRemoveAlias) ValidateBasic() error {
	return firstError(
		ValidateAddress("owner", m.Owner),
		ValidateName("publisher", m.Publisher),
		ValidateName("model", m.Model),
		ValidateName("alias", m.Alias),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgYankVersion) ValidateBasic() error {
	if m.Reason == "" {
		return errorsmod.Wrap(ErrInvalidText, "reason: empty")
	}
	id, err := ParseVersionID(m.Version)
	return firstError(
		ValidateAddress("owner", m.Owner),
		err,
		ValidateName("publisher", id.QualifiedPublisher()), // nobody owns a mirror
		ValidateText("reason", m.Reason, MaxParams().MaxReasonBytes),
	)
}

// ValidateBasic checks what needs no state.
func (m *MsgUpdateParams) ValidateBasic() error {
	return firstError(ValidateAddress("authority", m.Authority), m.Params.Validate())
}

func validateProfile(description, website string, p Params) error {
	return firstError(
		ValidateText("description", description, p.MaxDescriptionBytes),
		ValidateWebsite(website, p.MaxDescriptionBytes),
	)
}

// ValidateKeySize checks the length of a serialized verifying key.
func ValidateKeySize(key []byte, p Params) error {
	if uint64(len(key)) > uint64(p.MaxVerifyingKeyBytes) {
		return errorsmod.Wrapf(ErrLimit, "verifying key: expected at most %d bytes, got %d", p.MaxVerifyingKeyBytes, len(key))
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
