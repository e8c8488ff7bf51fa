// Command assayd is the Assay node and its command line.
package main

import (
	"os"

	"github.com/assay-chain/assay/cmd/assayd/cmd"
)

func main() {
	os.Exit(cmd.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
