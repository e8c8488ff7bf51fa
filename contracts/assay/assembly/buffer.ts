import { Bytes, quote, text } from "./bytes";
import { U64 } from "./u64";

/** Buffer grows as bytes are put to its end: keys of storage, messages for people. Each method returns the buffer. */
export class Buffer {
  private ptr: usize;
  private length: i32 = 0;
  private room: i32;

  constructor(room: i32 = 64) {
    this.ptr = heap.alloc(room);
    this.room = room;
  }

  /** What was put so far. What is put later is not part of it. */
  bytes(): Bytes {
    return new Bytes(this.ptr, this.length);
  }

  /** Where n more bytes go. */
  private more(n: i32): usize {
    const at = this.length, end = at + n;
    if (end > this.room) {
      const room = max(end, this.room << 1), grown = heap.alloc(room);
      memory.copy(grown, this.ptr, at);
      this.ptr = grown;
      this.room = room;
    }
    this.length = end;
    return this.ptr + at;
  }

  /** One byte. */
  u8(value: u32): Buffer {
    store<u8>(this.more(1), value);
    return this;
  }

  /** Four bytes, the least significant one first. */
  u32(value: u32): Buffer {
    store<u32>(this.more(4), value);
    return this;
  }

  /** Four bytes, the most significant one first: keys in the order of the number. */
  u32be(value: u32): Buffer {
    store<u32>(this.more(4), bswap(value));
    return this;
  }

  /** Eight bytes, the least significant one first. */
  u64(value: U64): Buffer {
    return this.u32(value.lo).u32(value.hi);
  }

  /** Eight bytes, the most significant one first: keys in the order of the number. */
  u64be(value: U64): Buffer {
    return this.u32be(value.hi).u32be(value.lo);
  }

  /** Bytes as they are. */
  put(b: Bytes): Buffer {
    memory.copy(this.more(b.length), b.ptr, b.length);
    return this;
  }

  /** At most 255 bytes, after their number, so that no two keys are the same by chance of where parts meet. */
  part(b: Bytes): Buffer {
    if (b.length > 255) unreachable();
    return this.u8(b.length).put(b);
  }

  /** A text. */
  str(s: string): Buffer {
    return this.put(text(s));
  }

  /** Text in quotes, for messages: see quote. */
  quoted(b: Bytes): Buffer {
    return this.put(quote(b));
  }

  /** A number in decimal. */
  decimal(value: u32): Buffer {
    return this.put(new U64(value, 0).text());
  }
}
