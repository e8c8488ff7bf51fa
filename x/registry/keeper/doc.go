// Package keeper holds the state of the registry and the rules by which it changes.
//
// A verifying key that is in the store was checked by the key checker, in full, when it was
// registered or imported; other modules rely on it and do not check it again. A version never
// changes once published, apart from being yanked once. A mirror has an id that no version of this chain can have, and
// is out of reach of every message. Digests of content off chain, provenance
// and URIs are recorded as the publisher states them, and are not checked here.
package keeper
