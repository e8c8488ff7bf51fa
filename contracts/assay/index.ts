/**
 * What a contract of the Assay chain is written with: the host functions of ABI version 1 and a thin layer over them.
 *
 * The layer checks what comes from outside (messages, records, storage) and aborts with a message that says what was
 * expected and what came. It does not decide anything. 64-bit and floating point types are not in the chain's profile
 * of WebAssembly, so numbers that may be large are U64, which is two words.
 */
export { abi_version_1 } from "./assembly/abi";
export { onAbort, fail, check } from "./assembly/abort";
export { Buffer } from "./assembly/buffer";
export { Bytes, text, same, quote } from "./assembly/bytes";
export { Answer, call, callWithFunds, query } from "./assembly/call";
export { Block, Coin, Event, Funds, balance, block, caller, isAddress, output, self, sha256, transfer } from "./assembly/chain";
export { MAX_MESSAGE, Message, input } from "./assembly/message";
export { Attestation, Device, Model, Publication, Rollout, Version, Vote } from "./assembly/records";
export { Entry, Storage } from "./assembly/storage";
export { U64 } from "./assembly/u64";
export { Kind, Reader, Writer } from "./assembly/values";
