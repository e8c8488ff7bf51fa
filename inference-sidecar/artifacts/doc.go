// Package artifacts is a device's store of model files: content-addressed, bounded, and filled from wherever the
// publisher put the files.
//
// # Trust
//
// A URI is a hint. What is stored is what the artifact's sha256 and size name, checked while it streams in and again at
// each Read; nothing that a server, a proxy or a disk says otherwise is believed. Digests must come from verified chain
// state: a store that is given a wrong digest keeps wrong content faithfully.
//
// URIs come from publishers, so a device makes requests that a publisher chose. Redirects are bounded and stay within
// http and https, and Options.Permit sees every address, redirects included. Files of the device itself are read only
// below the folders of Options.FileRoots, none by default, and only if they are regular: the digest would keep their
// content from anyone who does not have it already, but to open a device, a pipe or a hanging mount can do harm by itself.
//
// # Failure
//
// A download that breaks off leaves a partial file, and the next attempt, also of another process or from another URI,
// goes on where it ended. A file becomes visible in one rename after it was synced. So a crash at any point leaves a
// store that opens, with whole files and partial ones; the latter are removed when they are old or room is needed.
//
// It is not a cache of anything but verified versions, and it never serves what it stores to others.
package artifacts
