// Package registry is the module that records which models exist and what each version of them is:
// publishers (namespaces), models, immutable versions with the digests of their artifacts, moving
// aliases, and the verifying keys under which their proofs are checked.
//
// It trusts the owner of a publisher for what it publishes and for nothing else, and governance for
// the limits. Verifying keys are checked when they come in. The content of artifacts is off chain:
// whoever fetches it checks it against the digest on record. A yank is a statement by the owner;
// what follows from it is for the modules and devices that read it.
//
// Beside the versions that are published here it holds mirrors: versions that another chain sent over
// IBC, named after the channel or client that they came through. It trusts the caller of MirrorVersion
// for where a version came from, and checks the rest as for a version of its own.
//
// It is not a store of models, and it does not judge a setup ceremony: it records what the
// publisher says about one.
package registry
