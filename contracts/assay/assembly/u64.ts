import { check } from "./abort";
import { Bytes } from "./bytes";

/**
 * U64 is an unsigned number of 64 bits in two words, since the chain's profile of WebAssembly has 32-bit integers only.
 * It never changes. What would overflow aborts the call; nothing wraps.
 */
export class U64 {
  constructor(
    /** The low word. */
    readonly lo: u32,
    /** The high word. */
    readonly hi: u32 = 0,
  ) {}

  /** Zero. */
  static zero(): U64 {
    return new U64(0, 0);
  }

  /** The largest one. */
  static max(): U64 {
    return new U64(u32.MAX_VALUE, u32.MAX_VALUE);
  }

  isZero(): bool {
    return (this.lo | this.hi) == 0;
  }

  /** -1, 0 or 1 for less, equal, greater. */
  compare(other: U64): i32 {
    if (this.hi != other.hi) return this.hi < other.hi ? -1 : 1;
    if (this.lo != other.lo) return this.lo < other.lo ? -1 : 1;
    return 0;
  }

  equals(other: U64): bool {
    return this.lo == other.lo && this.hi == other.hi;
  }

  lessThan(other: U64): bool {
    return this.compare(other) < 0;
  }

  /** The sum; aborts beyond 2^64-1. */
  add(other: U64): U64 {
    const lo = this.lo + other.lo;
    const carry: u32 = lo < this.lo ? 1 : 0;
    const hi = this.hi + other.hi;
    const sum = hi + carry;
    check(hi >= this.hi && sum >= hi, "overflow: addition");
    return new U64(lo, sum);
  }

  /** The sum, or 2^64-1 where it would be more. */
  addSaturated(other: U64): U64 {
    return U64.max().sub(other).lessThan(this) ? U64.max() : this.add(other);
  }

  /** The difference; aborts below zero. */
  sub(other: U64): U64 {
    check(this.compare(other) >= 0, "overflow: subtraction");
    const borrow: u32 = this.lo < other.lo ? 1 : 0;
    return new U64(this.lo - other.lo, this.hi - other.hi - borrow);
  }

  /** The product with a word; aborts beyond 2^64-1. */
  mul(factor: u32): U64 {
    const low = U64.product(this.lo, factor), high = U64.product(this.hi, factor);
    check(high.hi == 0, "overflow: multiplication");
    return low.add(new U64(0, high.lo));
  }

  /** The product of two words, in full. */
  static product(a: u32, b: u32): U64 {
    const a0 = a & 0xffff, a1 = a >>> 16, b0 = b & 0xffff, b1 = b >>> 16;
    const low = a0 * b0;
    const mid = a1 * b0 + (low >>> 16); // at most (2^16-1)^2 + 2^16-1
    const other = a0 * b1 + (mid & 0xffff);
    return new U64((other << 16) | (low & 0xffff), a1 * b1 + (mid >>> 16) + (other >>> 16));
  }

  /** The quotient by a word, rounded down; aborts for zero. */
  div(divisor: u32): U64 {
    check(divisor != 0, "division by zero");
    let rest: u32 = this.hi % divisor, quotient: u32 = 0;
    for (let bit = 31; bit >= 0; bit--) {
      const carry = rest >>> 31;
      rest = (rest << 1) | ((this.lo >>> bit) & 1);
      quotient <<= 1;
      if (carry != 0 || rest >= divisor) {
        rest -= divisor;
        quotient |= 1;
      }
    }
    return new U64(quotient, this.hi / divisor);
  }

  /** In decimal. */
  text(): Bytes {
    const out = heap.alloc(20), end = out + 20;
    let a = this.hi >>> 16, b = this.hi & 0xffff, c = this.lo >>> 16, d = this.lo & 0xffff;
    let p = end;
    do {
      let rest: u32 = a % 10;
      a /= 10;
      rest = (rest << 16) | b;
      b = rest / 10;
      rest = (rest % 10 << 16) | c;
      c = rest / 10;
      rest = (rest % 10 << 16) | d;
      d = rest / 10;
      store<u8>(--p, 0x30 + rest % 10);
    } while ((a | b | c | d) != 0);
    return new Bytes(p, <i32>(end - p));
  }
}
