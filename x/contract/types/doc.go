// Package types holds the messages, records, events, parameters and errors of x/contract, and the rules that need no state.
//
// What a message carries for a contract is bytes: the rules here bound its size and never look inside. Limits of parameters
// are checked against bounds in code, so that neither governance nor a genesis file can take the module out of what its
// work is bounded by.
package types
