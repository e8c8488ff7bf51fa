// Package binary_test holds package binary to the binary grammar of the core specification, to the profile and to
// its promise that hostile bytes cost no more than their length. It trusts testdata/opcodes.txt for what opcodes
// are called; that validated modules mean what they should is tested in package validate and where they run.
package binary_test
