import { Bytes } from "./bytes";
import * as env from "./env";
import { result } from "./result";
import { U64 } from "./u64";
import { Reader, Writer } from "./values";

/** Answer is what came of calling another contract. */
export class Answer {
  constructor(
    /** 0 done, 1 failed, 2 no such contract, 3 too deep, 4 already running, 5 not in a query. */
    readonly code: u32,
    /** What it returned; with code 1 its error, for people. */
    readonly output: Bytes,
  ) {}

  ok(): bool {
    return this.code == 0;
  }

  /** What it returned, as values. */
  values(): Reader {
    return new Reader(this.output);
  }
}

/** Runs execute of another contract with gas of this call's: so much, or with 0 all that is left. */
export function call(to: Bytes, message: Writer, gas: u32 = 0): Answer {
  return callWithFunds(to, message, Bytes.empty(), U64.zero(), gas);
}

/** Is call, and sends coins of this contract along. */
export function callWithFunds(to: Bytes, message: Writer, denom: Bytes, amount: U64, gas: u32 = 0): Answer {
  const m = message.encoded();
  const code = env.call(to.ptr, to.length, m.ptr, m.length, denom.ptr, denom.length, amount.lo, amount.hi, gas);
  return new Answer(code, result(env.result_size()));
}

/** Asks another contract, which cannot write, with gas of this call's: so much, or with 0 all that is left. */
export function query(to: Bytes, message: Writer, gas: u32 = 0): Answer {
  const m = message.encoded();
  const code = env.query_contract(to.ptr, to.length, m.ptr, m.length, gas);
  return new Answer(code, result(env.result_size()));
}
