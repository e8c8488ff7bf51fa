//! A policy in Rust without its standard library: slices with bounds checks, iterators, enums with data, traits called through
//! tables, generics, sorting, text and formatting.
#![no_std]
#![no_main]

use core::fmt::{self, Write};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// What a device said about a version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Report {
    Silent,
    Failed { code: u16 },
    Served { results: u32, agreed: u32 },
}

fn report(i: u32) -> Report {
    let mixed = i.wrapping_mul(2_654_435_761);
    match mixed % 4 {
        0 => Report::Silent,
        1 => Report::Failed { code: (mixed >> 16) as u16 },
        _ => Report::Served { results: mixed >> 20, agreed: mixed >> 21 },
    }
}

trait Rule {
    fn vote(&self, reports: &[Report]) -> u32;
}

struct AtLeast(u32);
struct Agreement {
    percent: u32,
}

impl Rule for AtLeast {
    fn vote(&self, reports: &[Report]) -> u32 {
        (reports.iter().filter(|r| matches!(r, Report::Served { .. })).count() as u32 >= self.0) as u32
    }
}

impl Rule for Agreement {
    fn vote(&self, reports: &[Report]) -> u32 {
        let (all, agreed) = reports.iter().fold((0u32, 0u32), |(all, agreed), r| match *r {
            Report::Served { results, agreed: a } => (all + results, agreed + a),
            _ => (all, agreed),
        });
        if all > 0 && agreed.saturating_mul(100) / all >= self.percent { 1 } else { 2 }
    }
}

/// decide asks every rule about n reports and gives their votes as decimal digits.
#[no_mangle]
pub extern "C" fn decide(n: u32, percent: u32) -> u32 {
    let mut reports = [Report::Silent; 64];
    let reports = &mut reports[..n as usize]; // more than 64 panic
    for (i, r) in reports.iter_mut().enumerate() {
        *r = report(i as u32);
    }
    let (enough, agree) = (AtLeast(n / 2), Agreement { percent });
    let rules: [&dyn Rule; 2] = [&enough, &agree];
    rules.iter().fold(0, |votes, rule| votes * 10 + rule.vote(reports))
}

/// sorted sorts n reports and gives a checksum of their order.
#[no_mangle]
pub extern "C" fn sorted(n: u32) -> u32 {
    let mut reports = [(Report::Silent, 0u32); 64];
    for (i, r) in reports.iter_mut().enumerate() {
        *r = (report(i as u32), i as u32);
    }
    let reports = &mut reports[..n as usize];
    reports.sort_unstable();
    reports.iter().fold(7, |sum: u32, (_, i)| sum.wrapping_mul(31).wrapping_add(*i))
}

struct Buffer {
    bytes: [u8; 128],
    len: usize,
}

impl Write for Buffer {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let end = self.len + s.len();
        self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?.copy_from_slice(s.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// text formats two numbers and gives a hash of the text.
#[no_mangle]
pub extern "C" fn text(a: i32, b: u32) -> u32 {
    let mut buffer = Buffer { bytes: [0; 128], len: 0 };
    if write!(buffer, "{a} of {b:#010x}, {:?}", "größe").is_err() {
        return 0;
    }
    buffer.bytes[..buffer.len].iter().fold(2_166_136_261, |hash: u32, b| (hash ^ *b as u32).wrapping_mul(16_777_619))
}
