package keeper

import (
	"context"
	"crypto/sha256"

	errorsmod "cosmossdk.io/errors"

	"github.com/assay-chain/assay/x/registry/types"
)

// RegisterVerifyingKey checks a key and stores it. Anyone may: a key by itself gives no right.
func (s msgServer) RegisterVerifyingKey(ctx context.Context, msg *types.MsgRegisterVerifyingKey) (*types.MsgRegisterVerifyingKeyResponse, error) {
	if err := msg.ValidateBasic(); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(msg.Key)
	known, err := s.k.VerifyingKeys.Has(ctx, digest[:])
	if err != nil {
		return nil, err
	}
	if known {
		return nil, errorsmod.Wrapf(types.ErrVerifyingKeyExists, "%x", digest)
	}
	key, err := s.k.newVerifyingKey(ctx, digest, msg.Key)
	if err != nil {
		return nil, err
	}
	key.Registrant = msg.Registrant
	if err := s.k.insertVerifyingKey(ctx, key); err != nil {
		return nil, err
	}
	return &types.MsgRegisterVerifyingKeyResponse{Digest: key.Digest}, nil
}

// versionKey returns the verifying key of a version that is to be published, and whether it has
// still to be stored.
func (s msgServer) versionKey(ctx context.Context, msg *types.MsgPublishVersion) (key types.VerifyingKey, isNew bool, err error) {
	if len(msg.VerifyingKey) == 0 {
		key, err = s.k.VerifyingKey(ctx, msg.Spec.VerifyingKeyDigest)
		return key, false, err
	}
	key, isNew, err = s.k.inlineKey(ctx, msg.Spec, msg.VerifyingKey)
	if isNew {
		key.Registrant = msg.Owner
	}
	return key, isNew, err
}
