/**
 * Bytes is a piece of memory: text in UTF-8, a digest, an encoded record. It owns nothing and nothing is ever freed,
 * since the memory of a call ends with the call. What it points at must not be changed once it is handed out.
 */
export class Bytes {
  constructor(
    /** Where it begins in memory. */
    readonly ptr: usize,
    /** How many bytes there are. */
    readonly length: i32,
  ) {}

  /** No bytes. */
  static empty(): Bytes {
    return new Bytes(0, 0);
  }

  /** A piece of new memory, zeros at first. */
  static make(length: i32): Bytes {
    return new Bytes(heap.alloc(length), length);
  }

  /** The byte at an index; traps where there is none. */
  at(index: i32): u8 {
    if (<u32>index >= <u32>this.length) unreachable();
    return load<u8>(this.ptr + index);
  }

  /** The bytes from one index to another, exclusive, without copying; indices beyond the end mean the end. */
  slice(from: i32, to: i32 = i32.MAX_VALUE): Bytes {
    const end = min(max(to, 0), this.length);
    const start = min(max(from, 0), end);
    return new Bytes(this.ptr + start, end - start);
  }

  /** Where a byte first is, or -1. */
  indexOf(byte: u8): i32 {
    for (let i = 0; i < this.length; i++) if (load<u8>(this.ptr + i) == byte) return i;
    return -1;
  }

  /** Whether these bytes begin with others. */
  startsWith(other: Bytes): bool {
    return this.length >= other.length && equal(this.ptr, other.ptr, other.length);
  }

  /** Whether these are the bytes of a text. Only ASCII can be asked for. */
  is(ascii: string): bool {
    const n = ascii.length;
    if (this.length != n) return false;
    const p = changetype<usize>(ascii);
    for (let i = 0; i < n; i++) if (<u32>load<u8>(this.ptr + i) != <u32>load<u16>(p + (i << 1))) return false;
    return true;
  }
}

/** Compares memory by words of 32 bits; the standard library's memory.compare takes 64. */
function equal(p: usize, q: usize, n: usize): bool {
  const words = p + (n & ~3), end = p + n;
  for (; p < words; p += 4, q += 4) if (load<u32>(p) != load<u32>(q)) return false;
  for (; p < end; p++, q++) if (load<u8>(p) != load<u8>(q)) return false;
  return true;
}

/** Whether two pieces hold the same bytes. */
export function same(a: Bytes, b: Bytes): bool {
  return a.length == b.length && equal(a.ptr, b.ptr, a.length);
}

/** A string of AssemblyScript, which is UTF-16, in UTF-8. A surrogate without its pair becomes U+FFFD. */
export function text(s: string): Bytes {
  const n = s.length;
  const from = changetype<usize>(s);
  const out = heap.alloc(n * 3);
  let p = out;
  for (let i = 0; i < n; i++) {
    let c = <u32>load<u16>(from + (i << 1));
    if (c < 0x80) {
      store<u8>(p++, c);
      continue;
    }
    if ((c & 0xf800) == 0xd800) {
      const low = i + 1 < n ? <u32>load<u16>(from + (i << 1), 2) : 0;
      if (c < 0xdc00 && (low & 0xfc00) == 0xdc00) {
        c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
        i++;
      } else c = 0xfffd;
    }
    p = encode(p, c);
  }
  return new Bytes(out, <i32>(p - out));
}

/** Writes a code point from U+0080 up and returns where it ends. */
function encode(p: usize, c: u32): usize {
  if (c < 0x800) {
    store<u8>(p, 0xc0 | (c >> 6));
  } else {
    if (c < 0x10000) store<u8>(p, 0xe0 | (c >> 12));
    else {
      store<u8>(p++, 0xf0 | (c >> 18));
      store<u8>(p, 0x80 | ((c >> 12) & 0x3f));
    }
    store<u8>(++p, 0x80 | ((c >> 6) & 0x3f));
  }
  store<u8>(++p, 0x80 | (c & 0x3f));
  return p + 1;
}

/** For messages: text in single quotes, cut after 64 bytes, with a ? for what is not printable ASCII. */
export function quote(b: Bytes): Bytes {
  const n = min(b.length, 64);
  const out = Bytes.make(n + 2);
  store<u8>(out.ptr, 0x27);
  for (let i = 0; i < n; i++) {
    const c = load<u8>(b.ptr + i);
    store<u8>(out.ptr + i, c >= 0x20 && c < 0x7f ? c : 0x3f, 1);
  }
  store<u8>(out.ptr + n, 0x27, 1);
  return out;
}
