import { Bytes, text } from "./bytes";
import * as env from "./env";

/** Ends the call with an error, which the host cuts after 256 bytes. All that the call wrote is undone. */
export function fail(message: Bytes): void {
  env.abort(message.ptr, message.length);
  unreachable();
}

/** Ends the call with the message unless the condition holds. (AssemblyScript's assert is compiled away.) */
// @ts-ignore: decorator
@inline
export function check(condition: bool, message: string): void {
  if (!condition) fail(text(message));
}

/** What the compiler calls for `throw` and for an index out of range. */
export function onAbort(message: string | null, _file: string | null, _line: u32, _column: u32): void {
  fail(text(message === null ? "abort" : message));
}
