// Package keeper holds the state of x/fleet and the rules by which it changes.
//
// Trust: the operator of a fleet decides who is in it, what it may run and what standing a device has. It cannot
// make an account a device against the will of the account's key: an enrollment counts only once the device has
// signed a confirmation, and a new key only once that key has. Pending enrollments and proposed keys reserve
// nothing, so no one can keep an address from its owner by enrolling it first.
//
// An address is a device at most once, ever: after a rotation, or the removal of a device that had confirmed, it
// is retired. What a module records under a device's id or address therefore never changes its meaning, and
// revoked is final. The package does not look at proofs, models or balances.
package keeper
