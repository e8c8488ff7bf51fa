// Command runner runs the jobs of package cpus on the CPU that it finds itself on.
package main

import (
	"fmt"
	"os"

	"github.com/assay-chain/assay/tests/cpus"
)

func main() {
	if err := cpus.Serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "runner: error:", err)
		os.Exit(1)
	}
}
