package proof

import (
	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/x/proof/client/cli"
)

// GetTxCmd returns the commands that AutoCLI adds to.
func (AppModule) GetTxCmd() *cobra.Command { return cli.NewTxCmd() }
