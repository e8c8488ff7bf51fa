// Command assay-sidecar is the daemon of a device: it serves the models that its zone's verified state orders, and
// proves results. `assay-sidecar --help` lists its commands; docs/sidecar.md is the guide.
package main

import (
	"os"

	sidecar "github.com/assay-chain/assay/inference-sidecar"
)

func main() {
	os.Exit(sidecar.Main(os.Args[1:], os.Stdout, os.Stderr))
}
