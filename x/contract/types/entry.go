package types

import "github.com/assay-chain/assay/x/contract/host"

// The entry points that the chain calls.
const (
	EntryInit          = host.EntryInit
	EntryExecute       = host.EntryExecute
	EntryQuery         = host.EntryQuery
	EntryMigrate       = host.EntryMigrate
	EntryOnAttestation = host.EntryOnAttestation
	EntryDecideStep    = host.EntryDecideStep
	EntryAllowPublish  = host.EntryAllowPublish
)
