// Package journal keeps the results that a device is to prove, from the moment they were computed until the audit
// of them is over: on disk, bounded, across crashes.
//
// An entry is pending, then proved (the proof waits for the chain), then submitted with the number of its attestation,
// or failed for good with a reason. Its input stays for the audit window that follows, and goes.
//
// # What is promised
//
// Append returns when the entry is on disk; a receipt that promises a proof must not be handed out before. Many
// callers share one write. Offer is for results that nobody was promised anything about: it copies them into a bounded buffer
// and returns at once; what is in the buffer is lost if the process dies, and what does not fit is dropped and counted.
//
// A requested entry that is not settled is never evicted: Append refuses new ones with ErrFull where promises alone
// fill the journal. Everything else goes oldest first when room is needed, pending or settled, and is counted by what it was.
//
// # The file
//
// It is a bbolt file: one file of copy-on-write pages, a commit of which is atomic with two writes and two syncs, well
// kept, with no background work and no log to replay. What was acknowledged survives kill -9 at any point. Values
// carry a checksum, or with a key XChaCha20-Poly1305 with the entry's id as associated data; ids and sizes are not hidden.
// A file that does not read is moved aside, kept, reported by Damage, and a fresh one started: a device must go on serving. A
// full disk is an error of the append that met it, and of nothing else.
//
// # Trust
//
// The file is trusted as far as its checksums reach; with a key, whoever can write the file can still remove entries or
// put back an older file. Times are those of Options.Now: give it the verified chain's time where there is one, for a
// device's own clock may jump past an audit window.
//
// The package proves nothing and talks to nobody.
package journal
