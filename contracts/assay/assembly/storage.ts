import { Bytes } from "./bytes";
import * as env from "./env";
import { result } from "./result";
import { Reader } from "./values";
import { U64 } from "./u64";

/** Entry is a key of storage and its value. */
export class Entry {
  constructor(readonly key: Bytes, readonly value: Bytes) {}
}

/** Storage is the contract's own: keys of up to 256 bytes, values of up to 16 KiB, ordered by key. */
export namespace Storage {
  /** The value under a key, or null. */
  export function get(key: Bytes): Bytes | null {
    const n = env.storage_get(key.ptr, key.length);
    return n < 0 ? null : result(n);
  }

  /** The value under a key that the contract has stored before; traps where it has not. */
  export function need(key: Bytes): Bytes {
    const b = get(key);
    if (b === null) unreachable();
    return b!;
  }

  /** Whether there is a value under a key. It costs what get costs. */
  export function has(key: Bytes): bool {
    return env.storage_get(key.ptr, key.length) >= 0;
  }

  /** Stores a value under a key. */
  export function set(key: Bytes, value: Bytes): void {
    env.storage_set(key.ptr, key.length, value.ptr, value.length);
  }

  /** Deletes a key. */
  export function remove(key: Bytes): void {
    env.storage_delete(key.ptr, key.length);
  }

  /** A number that setU64 stored; zero for none. */
  export function getU64(key: Bytes): U64 {
    const b = get(key);
    if (b === null) return U64.zero();
    if (b.length != 8) unreachable();
    return new U64(load<u32>(b.ptr), load<u32>(b.ptr, 4));
  }

  /** Stores a number, in eight bytes, the least significant one first. */
  export function setU64(key: Bytes, value: U64): void {
    const b = Bytes.make(8);
    store<u32>(b.ptr, value.lo);
    store<u32>(b.ptr, value.hi, 4);
    set(key, b);
  }

  /** The entries from start to end, exclusive and endless where it is empty; at most limit of them, 1 to 64. */
  export function range(start: Bytes, end: Bytes, limit: u32, reverse: bool = false): Entry[] {
    const n = env.storage_range(start.ptr, start.length, end.ptr, end.length, limit, reverse ? 1 : 0);
    const entries: Entry[] = [];
    if (n <= 0) return entries;
    for (const r = new Reader(result(n)); r.more();) {
      const key = r.bytes("entry"), value = r.bytes("entry");
      entries.push(new Entry(key, value));
    }
    return entries;
  }

  /** The entries whose keys begin with a prefix, after one of them where it is given; at most limit of them, 1 to 64. */
  export function page(prefix: Bytes, after: Bytes | null, limit: u32): Entry[] {
    return range(after === null ? prefix : next(after), end(prefix), limit);
  }

  /** The key that follows a key directly. */
  function next(key: Bytes): Bytes {
    const b = Bytes.make(key.length + 1);
    memory.copy(b.ptr, key.ptr, key.length);
    store<u8>(b.ptr + key.length, 0);
    return b;
  }

  /** The first key that follows all those with a prefix; empty where there is none. */
  function end(prefix: Bytes): Bytes {
    let n = prefix.length;
    while (n > 0 && prefix.at(n - 1) == 0xff) n--;
    const b = Bytes.make(n);
    memory.copy(b.ptr, prefix.ptr, n);
    if (n > 0) store<u8>(b.ptr + n - 1, prefix.at(n - 1) + 1);
    return b;
  }
}
