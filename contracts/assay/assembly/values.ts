import { fail } from "./abort";
import { Buffer } from "./buffer";
import { Bytes, text } from "./bytes";
import { U64 } from "./u64";

/** The kinds of values, as their tag in an encoding. */
export namespace Kind {
  /** t: text in UTF-8. */
  export const TEXT: u8 = 0x74;
  /** b: bytes. */
  export const BYTES: u8 = 0x62;
  /** n: a number of 64 bits. */
  export const NUMBER: u8 = 0x6e;
}

/** Writer makes an encoding of values, one after the other. Each method returns the writer. */
export class Writer {
  private buffer: Buffer;

  constructor(room: i32 = 64) {
    this.buffer = new Buffer(room);
  }

  /** A text, in UTF-8. */
  text(value: Bytes): Writer {
    return this.payload(Kind.TEXT, value);
  }

  /** A text. */
  str(value: string): Writer {
    return this.text(text(value));
  }

  /** Bytes. */
  bytes(value: Bytes): Writer {
    return this.payload(Kind.BYTES, value);
  }

  /** A number. */
  number(value: U64): Writer {
    this.buffer.u8(Kind.NUMBER).u32(8).u64(value);
    return this;
  }

  /** A number of 32 bits. */
  u32(value: u32): Writer {
    this.buffer.u8(Kind.NUMBER).u32(8).u32(value).u32(0);
    return this;
  }

  private payload(kind: u8, value: Bytes): Writer {
    this.buffer.u8(kind).u32(value.length).put(value);
    return this;
  }

  /** What was written so far. */
  encoded(): Bytes {
    return this.buffer.bytes();
  }
}

/**
 * Reader takes values off an encoding, in order. A value that is missing, of another kind or malformed aborts the call
 * with a message that has its name.
 */
export class Reader {
  private at: usize;
  private end: usize;

  constructor(encoding: Bytes) {
    this.at = encoding.ptr;
    this.end = encoding.ptr + encoding.length;
  }

  /** Whether there is another value. */
  more(): bool {
    return this.at < this.end;
  }

  /** The tag of the next value, 0 after the last. */
  kind(): u8 {
    return this.more() ? load<u8>(this.at) : 0;
  }

  /** A text, in UTF-8, which the host has checked. */
  text(name: string): Bytes {
    return this.payload(name, Kind.TEXT, "text");
  }

  /** Bytes. */
  bytes(name: string): Bytes {
    return this.payload(name, Kind.BYTES, "bytes");
  }

  /** A number. */
  number(name: string): U64 {
    const b = this.payload(name, Kind.NUMBER, "a number");
    if (b.length != 8) wrong(name, "a number", "a malformed one");
    return new U64(load<u32>(b.ptr), load<u32>(b.ptr, 4));
  }

  /** A number from least to most. */
  u32(name: string, least: u32 = 0, most: u32 = u32.MAX_VALUE): u32 {
    const n = this.number(name);
    if (n.hi != 0 || n.lo < least || n.lo > most) {
      fail(new Buffer().str(name).str(": expected ").decimal(least).str(" to ").decimal(most).str(", got ").put(n.text()).bytes());
    }
    return n.lo;
  }

  /** Checks that there are no more values. */
  done(): void {
    if (this.more()) fail(text("arguments: expected no more"));
  }

  private payload(name: string, kind: u8, want: string): Bytes {
    const left = <u32>(this.end - this.at);
    if (left == 0) wrong(name, want, "nothing");
    if (left < 5) wrong(name, want, "a malformed value");
    const n = load<u32>(this.at, 1);
    if (n > left - 5) wrong(name, want, "a malformed value");
    const got = load<u8>(this.at);
    if (got != kind) wrong(name, want, got == Kind.TEXT ? "text" : got == Kind.BYTES ? "bytes" : "a number");
    const value = new Bytes(this.at + 5, n);
    this.at += 5 + n;
    return value;
  }
}

function wrong(name: string, want: string, got: string): void {
  fail(new Buffer().str(name).str(": expected ").str(want).str(", got ").str(got).bytes());
}
