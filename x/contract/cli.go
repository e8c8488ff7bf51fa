package contract

import (
	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/x/contract/client/cli"
)

// GetTxCmd returns the commands that AutoCLI adds to.
func (AppModule) GetTxCmd() *cobra.Command { return cli.NewTxCmd() }

// GetQueryCmd returns the queries that AutoCLI adds to.
func (AppModule) GetQueryCmd() *cobra.Command { return cli.NewQueryCmd() }
