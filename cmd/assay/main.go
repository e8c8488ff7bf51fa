// Command assay is the publisher's and operator's toolbox; package toolbox is all of it.
package main

import (
	"os"

	"github.com/assay-chain/assay/cmd/assay/toolbox"
)

func main() {
	os.Exit(toolbox.Main(os.Args[1:], os.Stdout, os.Stderr))
}
