// Package e2e starts real chains as processes and talks to them as users do: RPC, gRPC and the CLI.
//
// The tests need build/bin/assayd and build/bin/assay (make build) and the tag e2e; `make e2e` runs them.
// They trust nothing but the binaries under test and use no network beyond this machine's loopback.
package e2e
