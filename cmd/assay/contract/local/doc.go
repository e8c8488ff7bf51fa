// Package local runs contracts without a chain: storage, coins, records, blocks and other contracts are in memory, and a call
// goes through the same runtime, with the same host functions and the same gas, as on chain.
//
// It stands in for package keeper of x/contract and keeps its rules: what may be sent, how deep calls go and what they pay, what is
// undone by a failure. The tests compare its limits and addresses with the module's. What it has not got: signatures, fees,
// governance, the module's queue of hooks, and the modules whose records it only holds as they were given.
//
// Contracts are not trusted, files that describe a chain are: an author wrote them.
package local
