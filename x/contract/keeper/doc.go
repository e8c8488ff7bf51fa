// Package keeper holds codes, contracts and their storage, and runs contracts for messages, queries and hooks.
//
// Code that is in the store was checked in full when it came in; it is compiled again, with the same result, wherever a node
// has not got it compiled at hand. A contract is trusted with nothing but its own storage and its own coins: what it does
// through its host functions is written to a branch of the state, which is kept only if the call does well. Every call is
// bounded by VM gas, which its caller pays for before anything else happens, failures included.
//
// What a node has compiled is its own business and is no part of state: neither an answer nor gas depends on it.
package keeper
