import { fail } from "./abort";
import { Buffer } from "./buffer";
import { Bytes } from "./bytes";
import * as env from "./env";
import { Reader } from "./values";

/** How long a message may be unless a contract says otherwise: a part of the one page of memory that there is. */
export const MAX_MESSAGE: u32 = 8192;

/** The message of this call. A longer one aborts it. */
export function input(most: u32 = MAX_MESSAGE): Bytes {
  const n = env.input_size();
  if (n > most) fail(new Buffer().str("message: expected at most ").decimal(most).str(" bytes, got ").decimal(n).bytes());
  const b = Bytes.make(n);
  env.input_read(b.ptr, 0, n);
  return b;
}

/** Message is a call of a method: its name, then its arguments. */
export class Message {
  /** The name of the method. */
  readonly method: Bytes;
  /** What follows the name. */
  readonly args: Reader;

  /** Reads the message of this call. */
  constructor(most: u32 = MAX_MESSAGE) {
    const args = new Reader(input(most));
    this.method = args.text("method");
    this.args = args;
  }

  /** Whether a method is called. */
  is(name: string): bool {
    return this.method.is(name);
  }

  /** Aborts: no such method. */
  unknown(expected: string): void {
    fail(new Buffer().str("method: expected ").str(expected).str(", got ").quoted(this.method).bytes());
  }
}
