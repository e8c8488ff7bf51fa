// Package app wires the Assay application: the Cosmos SDK's standard modules, ibc-go with transfer,
// and Assay's own modules, with their ante handlers, proposal and block hooks, upgrades and export.
//
// The same application is a hub or a zone; genesis parameters make the difference. It trusts the
// consensus engine that drives it and nothing else: transactions, genesis files and packets are input.
//
// It holds no business rules (those are in x/*), and it does not know the sidecar, the prover or the
// light client. The command line is in cmd/assayd.
package app
