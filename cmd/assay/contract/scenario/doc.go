// Package scenario runs tests of contracts that are written as text: steps, and what must come of each. Package contract
// describes the format.
//
// A scenario is its author's: the package says which line is wrong, and trusts that it was meant. It runs on package local.
package scenario
