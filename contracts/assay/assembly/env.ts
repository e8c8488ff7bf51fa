/**
 * The host functions of ABI version 1, as they are. Pointers and lengths are bytes in memory. A "result" is a buffer on
 * the host's side that the next call replaces; a function that makes one returns its length, or -1 where there is none.
 * What each costs and refuses is in docs/host-functions.md. The rest of the package is made of these.
 */

/** The length of the message of this call. */
// @ts-ignore: decorator
@external("assay", "input_size") export declare function input_size(): u32;
/** Copies n bytes of the message, from off, to dst. */
// @ts-ignore: decorator
@external("assay", "input_read") export declare function input_read(dst: usize, off: u32, n: u32): void;
/** Copies n bytes of the result, from off, to dst. */
// @ts-ignore: decorator
@external("assay", "result_read") export declare function result_read(dst: usize, off: u32, n: u32): void;
/** The length of the result, for those functions that return a code. */
// @ts-ignore: decorator
@external("assay", "result_size") export declare function result_size(): u32;
/** Sets what this call returns; the last one counts. */
// @ts-ignore: decorator
@external("assay", "output") export declare function output(ptr: usize, n: u32): void;
/** Ends the call with an error. It never returns, and all that the call wrote is undone. */
// @ts-ignore: decorator
@external("assay", "abort") export declare function abort(ptr: usize, n: u32): void;

/** The value under a key, as result; -1 for none. */
// @ts-ignore: decorator
@external("assay", "storage_get") export declare function storage_get(key: usize, n: u32): i32;
/** Stores a value under a key. */
// @ts-ignore: decorator
@external("assay", "storage_set") export declare function storage_set(key: usize, n: u32, val: usize, m: u32): void;
/** Deletes a key; nothing happens where there is none. */
// @ts-ignore: decorator
@external("assay", "storage_delete") export declare function storage_delete(key: usize, n: u32): void;
/** Keys and values from start, inclusive, to end, exclusive and endless where it is empty; at most limit, 1 to 64. */
// @ts-ignore: decorator
@external("assay", "storage_range") export declare function storage_range(start: usize, n: u32, end: usize, m: u32, limit: u32, reverse: u32): i32;

/** Who calls: an address, as result. */
// @ts-ignore: decorator
@external("assay", "caller") export declare function caller(): i32;
/** The address of this contract, as result. */
// @ts-ignore: decorator
@external("assay", "self") export declare function self(): i32;
/** Height, seconds and nanoseconds of the block, and the chain's id, as result. */
// @ts-ignore: decorator
@external("assay", "block") export declare function block(): i32;
/** The coins that came with this call, as result. */
// @ts-ignore: decorator
@external("assay", "funds") export declare function funds(): i32;
/** What this contract has of a denomination, as result. */
// @ts-ignore: decorator
@external("assay", "balance") export declare function balance(denom: usize, n: u32): i32;
/** Sends coins of this contract: 0, or 1 not enough, 2 no such recipient, 3 no such denomination. */
// @ts-ignore: decorator
@external("assay", "transfer") export declare function transfer(to: usize, n: u32, denom: usize, m: u32, lo: u32, hi: u32): u32;
/** Emits an event; attributes are values, text key and text value in turn. */
// @ts-ignore: decorator
@external("assay", "emit") export declare function emit(type: usize, n: u32, attrs: usize, m: u32): void;
/** The SHA-256 digest, as result. */
// @ts-ignore: decorator
@external("assay", "sha256") export declare function sha256(ptr: usize, n: u32): i32;

/** The record of a model, as result; -1 for none. */
// @ts-ignore: decorator
@external("assay", "read_model") export declare function read_model(name: usize, n: u32): i32;
/** The record of a version, as result; -1 for none. */
// @ts-ignore: decorator
@external("assay", "read_version") export declare function read_version(id: usize, n: u32): i32;
/** The record of an attestation, as result; -1 for none. */
// @ts-ignore: decorator
@external("assay", "read_attestation") export declare function read_attestation(lo: u32, hi: u32): i32;
/** The record of the device that signs with an address, as result; -1 for none. */
// @ts-ignore: decorator
@external("assay", "read_device") export declare function read_device(address: usize, n: u32): i32;
/** The record of a rollout, as result; -1 for none. */
// @ts-ignore: decorator
@external("assay", "read_rollout") export declare function read_rollout(lo: u32, hi: u32): i32;

/** Calls another contract: 0, or 1 failed, 2 no such contract, 3 too deep, 4 already running, 5 not in a query. */
// @ts-ignore: decorator
@external("assay", "call") export declare function call(to: usize, n: u32, msg: usize, m: u32, denom: usize, k: u32, lo: u32, hi: u32, gas: u32): u32;
/** Asks another contract, which cannot write: the codes of call. */
// @ts-ignore: decorator
@external("assay", "query_contract") export declare function query_contract(to: usize, n: u32, msg: usize, m: u32, gas: u32): u32;
