package sidecar

import "github.com/spf13/cobra"

func doctorCmd(t *terminal) *cobra.Command {
	return &cobra.Command{Use: "doctor", Short: "Say what is wrong, and what to do", Args: cobra.NoArgs}
}
