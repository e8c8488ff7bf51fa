// Package bundle is "assay bundle": files that bring verified state to devices without a network.
//
// "assay bundle make" asks nodes, and believes nothing that it cannot verify from the header that the operator vouches for.
// "assay bundle verify" asks nobody: it trusts the header that is given, this machine's clock, and the file with nothing.
package bundle
