// Package binary decodes a WebAssembly module of the profile that docs/wasm-profile.md describes: core 1.0
// restricted to i32, with sign extension, memory.copy and memory.fill.
//
// The bytes come from anyone. Decode holds them to the binary grammar of the core specification, to the
// profile and to Limits, in the order of the bytes: the first offending byte decides which error is returned.
// Nothing is allocated from a declared size before that size was compared with its limit and with the bytes
// that are left, so memory and work are linear in the length of the module.
//
// Decode does not look into function bodies beyond their locals; package validate walks them with a Reader,
// once. Until it did, a Module is only well-formed: indices may point nowhere and bodies may hold anything.
// This package is no disassembler and no encoder, and it knows nothing of what an import means.
package binary
