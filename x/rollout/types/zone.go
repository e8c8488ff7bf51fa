package types

import (
	"regexp"

	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"
)

const maxZoneBytes = 64

var zonePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*-[0-9]+$`)

// IsChannel says whether a zone or source is a channel; otherwise, where it is not local, it is a client.
func IsChannel(source string) bool { return channeltypes.IsValidChannelID(source) }

// ValidateSource checks that a source is a channel or a client of this chain, by its form. Errors: ErrInvalidZone.
func ValidateSource(source string) error {
	if len(source) <= maxZoneBytes && zonePattern.MatchString(source) &&
		(channeltypes.IsValidChannelID(source) || clienttypes.IsValidClientID(source)) {
		return nil
	}
	return ErrInvalidZone.Wrapf("%.64q: expected a channel such as channel-0, or a client such as 07-tendermint-0", source)
}

// ValidateZone checks that a zone is LocalZone, a channel or a client, by its form. Errors: ErrInvalidZone.
func ValidateZone(zone string) error {
	if zone == LocalZone {
		return nil
	}
	return ValidateSource(zone)
}
