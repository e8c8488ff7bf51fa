package cmd

import (
	"github.com/cosmos/cosmos-sdk/version"

	"github.com/assay-chain/assay/app"
)

// The SDK takes these from linker flags; without any, they are placeholders.
func init() {
	version.Name = app.Name
	version.AppName = program
	if version.Version == "" {
		version.Version = "devel"
	}
}
