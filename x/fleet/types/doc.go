// Package types holds what x/fleet shares with other modules, clients and devices: messages, queries, events,
// state, limits, error codes, and the rules for the text in them.
//
// Nothing here touches a store. Every check is a function of its arguments and runs in time linear in their
// size. It is not an account directory: an address is only a name until the keeper has seen it sign.
package types
