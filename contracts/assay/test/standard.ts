/** Parts of AssemblyScript's standard library that the flags of "assay contract build" keep within the chain's profile. */
import { Reader, Writer } from "assay";

const NAMES = ["alpha", "beta", "gamma"];
const PRIMES: StaticArray<i32> = [2, 3, 5, 7, 11];

/** A text as a string. */
function str(a: Reader): string {
  const b = a.text("a");
  return String.UTF8.decodeUnsafe(b.ptr, b.length);
}

/** Compares two strings: whether they are the same, and their order. */
export function strings(a: Reader, w: Writer): void {
  const x = str(a), y = str(a);
  w.u32(x == y ? 1 : 0).u32(x != y ? 1 : 0).u32(x < y ? 1 : 0).u32(x >= y ? 1 : 0);
  w.u32(x.startsWith(y) ? 1 : 0).u32(x.endsWith(y) ? 1 : 0).u32(x.indexOf(y) + 1).str(x + "/" + y).str(x.slice(1, 4));
  switch (NAMES.indexOf(x)) {
    case -1: w.str("none"); break;
    case 0: w.str("first"); break;
    default: w.str("later");
  }
}

/** Array, StaticArray, Map and Set, with strings as keys, and numbers as strings. */
export function collections(a: Reader, w: Writer): void {
  const words = str(a).split(","), counts = new Map<string, i32>(), seen = new Set<i32>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    counts.set(word, counts.has(word) ? counts.get(word) + 1 : 1);
    seen.add(word.length);
  }
  const keys = counts.keys();
  w.u32(words.length).u32(keys.length).u32(seen.size).str(keys.join("+"));
  for (let i = 0; i < keys.length; i++) w.u32(counts.get(keys[i]));
  let sum = 0;
  for (let i = 0; i < PRIMES.length; i++) sum += PRIMES[i];
  w.str(sum.toString()).str((-sum).toString());
  const list: i32[] = [3, 1, 2];
  list.push(sum);
  w.u32(list.map<i32>((n) => n * 2).filter((n) => n > 2).reduce<i32>((s, n) => s + n, 0)).u32(list.includes(28) ? 1 : 0).u32(list.slice(1, 3).length);
}
