import { fail } from "./abort";
import { Buffer } from "./buffer";
import { Bytes, same, text } from "./bytes";
import * as env from "./env";
import { result } from "./result";
import { U64 } from "./u64";
import { Reader, Writer } from "./values";

/** Who calls: the address of an account or a contract; for a hook, the module's. */
export function caller(): Bytes {
  return result(env.caller());
}

/** The address of this contract. */
export function self(): Bytes {
  return result(env.self());
}

/** Block is when a call happens. */
export class Block {
  constructor(
    readonly height: U64,
    /** Seconds since 1970. */
    readonly seconds: U64,
    readonly nanoseconds: u32,
    readonly chainId: Bytes,
  ) {}
}

/** The block that this call is part of. */
export function block(): Block {
  const r = new Reader(result(env.block()));
  const height = r.number("block"), seconds = r.number("block"), nanoseconds = r.u32("block");
  return new Block(height, seconds, nanoseconds, r.text("block"));
}

/** Coin is an amount of a denomination. */
export class Coin {
  constructor(readonly denom: Bytes, readonly amount: U64) {}
}

/** Funds are the coins that came with this call. They are the contract's already, unless the call fails. */
export class Funds {
  private constructor(readonly coins: Coin[]) {}

  /** The coins of this call. */
  static read(): Funds {
    const coins: Coin[] = [];
    for (const r = new Reader(result(env.funds())); r.more();) {
      const denom = r.text("funds"), amount = r.number("funds");
      coins.push(new Coin(denom, amount));
    }
    return new Funds(coins);
  }

  /** The amount of the one denomination that a contract takes; zero for none. Another one aborts the call. */
  only(denom: Bytes): U64 {
    let amount = U64.zero();
    for (let i = 0; i < this.coins.length; i++) {
      const coin = this.coins[i];
      if (!same(coin.denom, denom)) fail(new Buffer().str("funds: expected ").quoted(denom).str(", got ").quoted(coin.denom).bytes());
      amount = amount.add(coin.amount);
    }
    return amount;
  }

  /** Aborts the call where coins came with it, which nobody would get back. */
  none(): void {
    if (this.coins.length != 0) fail(text("funds: expected none"));
  }
}

/** What this contract has of a denomination, 2^64-1 where it is more. */
export function balance(denom: Bytes): U64 {
  return new Reader(result(env.balance(denom.ptr, denom.length))).number("balance");
}

/** Sends coins of this contract, at once: 0, or 1 not enough, 2 no such recipient, 3 no such denomination. */
export function transfer(to: Bytes, denom: Bytes, amount: U64): u32 {
  return env.transfer(to.ptr, to.length, denom.ptr, denom.length, amount.lo, amount.hi);
}

/** The SHA-256 digest. */
export function sha256(b: Bytes): Bytes {
  return result(env.sha256(b.ptr, b.length));
}

/** Sets what this call returns; the last one counts. */
export function output(b: Bytes): void {
  env.output(b.ptr, b.length);
}

/** Event is what a call tells those who watch the chain. Each method but emit returns the event. */
export class Event {
  private attributes: Writer = new Writer(128);

  constructor(private readonly type: string) {}

  /** An attribute. */
  text(key: string, value: Bytes): Event {
    this.attributes.str(key).text(value);
    return this;
  }

  /** An attribute that is a number, in decimal. */
  number(key: string, value: U64): Event {
    return this.text(key, value.text());
  }

  /** Emits it. */
  emit(): void {
    const type = text(this.type), attributes = this.attributes.encoded();
    env.emit(type.ptr, type.length, attributes.ptr, attributes.length);
  }
}

/**
 * Whether bytes look like an address as the host writes it: lower-case letters and digits, at most 90. It keeps a
 * contract from storing what caller() can never be equal to, such as an address in capitals. The checksum is not checked.
 */
export function isAddress(b: Bytes): bool {
  if (b.length == 0 || b.length > 90) return false;
  for (let i = 0; i < b.length; i++) {
    const c = b.at(i);
    if (!(c >= 0x61 && c <= 0x7a) && !(c >= 0x30 && c <= 0x39)) return false;
  }
  return true;
}
