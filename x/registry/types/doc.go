// Package types holds what the registry stores and exchanges: messages, queries, events and
// records, their stateless rules, the keys of the store, and the interface of the key checker.
//
// It trusts nothing that it is given. All rules are integer and byte tests; nothing here reads a
// store, a clock or the network. Clients import it; it imports no keeper.
package types
