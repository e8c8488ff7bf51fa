// Package fleet is the module that knows devices: fleets under an operator, the devices in them, what each fleet
// may run, and what standing each device has.
//
// It answers two questions of other modules: which device signs with this address, and may that fleet run this
// model. It trusts the operator of a fleet with everything in that fleet, and nobody with another's key: see
// package keeper for who must sign what. It does not pay fees (x/feegrant does, see the README), does not look
// at proofs, and does not check that a publisher or model on an allow-list exists.
package fleet
