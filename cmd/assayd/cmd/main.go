// Package cmd is the command line of assayd: it runs a node, makes chains (init, testnet), and sends
// transactions and queries, which are generated from the application's services.
//
// Output for people goes to standard error, results to standard output. An error ends the program
// with status 1 and two lines: what happened ("assayd: error: …") and, where one is likely to help,
// what to do ("hint: …"). A transaction that the node refuses is an error.
package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/server"
)

const (
	program = "assayd"
	// envPrefix starts the environment variables that stand for flags: ASSAYD_NODE is --node.
	envPrefix = "ASSAYD"
)

// Main runs the command that args name and returns the process's exit status.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)

	ctx := context.WithValue(context.Background(), client.ClientContextKey, &client.Context{})
	ctx = context.WithValue(ctx, server.ServerContextKey, server.NewDefaultContext())
	refused := new(refusal)
	err := root.ExecuteContext(context.WithValue(ctx, refusalKey{}, refused))
	if err == nil {
		err = refused.err()
	}
	if err == nil || errors.Is(err, context.Canceled) { // a signal ends a node in good order
		return 0
	}
	message, hint := explain(err)
	fmt.Fprintf(stderr, "%s: error: %s\n", program, message)
	if hint != "" {
		fmt.Fprintf(stderr, "hint: %s\n", hint)
	}
	return 1
}

// defaultHome is $ASSAYD_HOME, else ~/.assay.
func defaultHome() string {
	if home := os.Getenv(envPrefix + "_HOME"); home != "" {
		return home
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return ".assay"
	}
	return filepath.Join(user, ".assay")
}
