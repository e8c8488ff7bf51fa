// A policy in AssemblyScript: classes with virtual methods, arrays, strings with UTF-8, functions as values, a switch.

// A literal beyond i32 is an i64 where nothing says otherwise.
const spread: u32 = 2654435761;

class Vote {
  constructor(public device: string, public yes: bool, public weight: u32) {}
}

abstract class Rule {
  abstract decide(votes: Vote[]): u32;
}

class Majority extends Rule {
  decide(votes: Vote[]): u32 {
    let yes: u32 = 0;
    let all: u32 = 0;
    for (let i = 0; i < votes.length; i++) {
      all += votes[i].weight;
      if (votes[i].yes) yes += votes[i].weight;
    }
    return yes * 2 > all ? 1 : 2;
  }
}

class Quorum extends Rule {
  constructor(private least: i32) { super(); }

  decide(votes: Vote[]): u32 {
    return votes.length >= this.least ? 1 : 0;
  }
}

function name(i: u32): string {
  switch (i % 4) {
    case 0: return "camera";
    case 1: return "gateway";
    case 2: return "prüfstand";
    default: return "press";
  }
}

function votes(n: u32): Vote[] {
  const out = new Array<Vote>();
  for (let i: u32 = 0; i < n; i++) out.push(new Vote(name(i), (i * spread >> 7) % 3 != 0, i % 5 + 1));
  return out;
}

// decide gives the digits of both rules.
export function decide(n: u32): u32 {
  const rules: Rule[] = [new Majority(), new Quorum(10)];
  const cast = votes(n);
  let digits: u32 = 0;
  for (let i = 0; i < rules.length; i++) digits = digits * 10 + rules[i].decide(cast);
  return digits;
}

// weights adds up by device and gives a checksum in the order of first votes.
export function weights(n: u32): u32 {
  const cast = votes(n);
  const names = new Array<string>();
  const sums = new Array<u32>();
  for (let i = 0; i < cast.length; i++) {
    let at = names.indexOf(cast[i].device);
    if (at < 0) {
      at = names.push(cast[i].device) - 1;
      sums.push(0);
    }
    sums[at] += cast[i].weight;
  }
  let out: u32 = 0;
  for (let i = 0; i < names.length; i++) {
    const bytes = Uint8Array.wrap(String.UTF8.encode(names[i] + "!"));
    for (let j = 0; j < bytes.length; j++) out = out * 31 + bytes[j];
    out += sums[i];
  }
  return out;
}

// The sort of arrays in the standard library needs i64; this one does not.
function sort(numbers: StaticArray<i32>, less: (a: i32, b: i32) => bool): void {
  for (let i = 1; i < numbers.length; i++) {
    const moved = numbers[i];
    let j = i;
    for (; j > 0 && less(moved, numbers[j - 1]); j--) numbers[j] = numbers[j - 1];
    numbers[j] = moved;
  }
}

// sorted sorts n numbers, up or down.
export function sorted(n: u32, down: bool): u32 {
  const numbers = new StaticArray<i32>(n);
  for (let i: u32 = 0; i < n; i++) numbers[i] = <i32>(i * spread >> 3);
  sort(numbers, down ? (a, b) => a > b : (a, b) => a < b);
  let out: u32 = 0;
  for (let i: u32 = 0; i < n; i++) out = out * 33 + numbers[i];
  return out;
}
