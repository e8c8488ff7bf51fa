package types

// Hard caps: no parameter may exceed them, and genesis is checked against them rather than against the
// parameters, which may have been lowered since the state was written. They bound the largest fleet to about
// 100 KiB and the largest device to about 20 KiB, so that loading one is cheap whatever governance decides.
// The values are otherwise chosen arbitrarily.
const (
	MaxDescriptionBytesCap  = 4096
	MaxReasonBytesCap       = 1024
	MaxLabelsCap            = 64
	MaxLabelBytesCap        = 256
	MaxAllowEntriesCap      = 512
	MaxDevicesPerFleetCap   = 1_000_000
	MaxDevicesPerMessageCap = 1000
)

const (
	maxNameBytes             = 40
	minSourceBytes           = 9
	maxSourceBytes           = 64
	maxPublisherBytes        = maxSourceBytes + 1 + maxNameBytes
	maxAllowEntryBytes       = maxPublisherBytes + 1 + maxNameBytes
	defaultDescriptionBytes  = 512
	defaultReasonBytes       = 256
	defaultLabels            = 16
	defaultLabelBytes        = 128
	defaultAllowEntries      = 64
	defaultDevicesPerFleet   = 10_000
	defaultDevicesPerMessage = 100
)

// DefaultParams returns the limits of a new chain.
func DefaultParams() Params {
	return Params{
		MaxDescriptionBytes:  defaultDescriptionBytes,
		MaxReasonBytes:       defaultReasonBytes,
		MaxLabels:            defaultLabels,
		MaxLabelBytes:        defaultLabelBytes,
		MaxAllowEntries:      defaultAllowEntries,
		MaxDevicesPerFleet:   defaultDevicesPerFleet,
		MaxDevicesPerMessage: defaultDevicesPerMessage,
	}
}

// CapParams returns the hard caps as parameters.
func CapParams() Params {
	return Params{
		MaxDescriptionBytes:  MaxDescriptionBytesCap,
		MaxReasonBytes:       MaxReasonBytesCap,
		MaxLabels:            MaxLabelsCap,
		MaxLabelBytes:        MaxLabelBytesCap,
		MaxAllowEntries:      MaxAllowEntriesCap,
		MaxDevicesPerFleet:   MaxDevicesPerFleetCap,
		MaxDevicesPerMessage: MaxDevicesPerMessageCap,
	}
}

// Validate checks that every limit is at least 1 and at most its hard cap.
// Errors: ErrInvalidParams.
func (p Params) Validate() error {
	hard := CapParams()
	for _, l := range []struct {
		name      string
		got, most uint32
	}{
		{"max_description_bytes", p.MaxDescriptionBytes, hard.MaxDescriptionBytes},
		{"max_reason_bytes", p.MaxReasonBytes, hard.MaxReasonBytes},
		{"max_labels", p.MaxLabels, hard.MaxLabels},
		{"max_label_bytes", p.MaxLabelBytes, hard.MaxLabelBytes},
		{"max_allow_entries", p.MaxAllowEntries, hard.MaxAllowEntries},
		{"max_devices_per_fleet", p.MaxDevicesPerFleet, hard.MaxDevicesPerFleet},
		{"max_devices_per_message", p.MaxDevicesPerMessage, hard.MaxDevicesPerMessage},
	} {
		if l.got < 1 || l.got > l.most {
			return ErrInvalidParams.Wrapf("%s: expected 1 to %d, got %d", l.name, l.most, l.got)
		}
	}
	return nil
}
