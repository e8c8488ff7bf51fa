// Package contract is the module that lets anyone store small policies as code and lets them act: contracts of a profile of
// WebAssembly, which count, compare and pay, read models, versions, attestations, devices and rollouts, and are asked when a
// step of a rollout may be left, when a proof was accepted, and when something is to be published.
//
// It trusts no contract: each runs in an interpreter with the host functions of package host, within gas that is paid for, on
// a branch of the state that is kept only if the call does well. It trusts governance for the parameters, for what is
// pinned and for who guards publications.
//
// It is no virtual machine for programs of any size: a contract has 64 KiB of memory by default and some million instructions.
package contract
