// Package queue decides who runs next: a bounded queue in front of a few turns, with deadlines,
// priorities and streams.
//
// A request is idle, queued, running, and then done, failed or dropped. Do is called in the caller's
// goroutine, waits there for a turn, and calls the caller's function there, so the queue owns no
// goroutine and waiting allocates nothing in steady state.
//
//   - At most Parallel functions run at a time. A free turn is taken at once; else requests wait, at
//     most Capacity of them. A full queue answers with ErrOverload and a hint when to come back.
//   - Interactive requests go before batch ones, first come, first served within each. While batch
//     requests wait, one turn in BatchEvery is theirs, and they take at most three quarters of the
//     places: neither can shut the other out.
//   - A request past its deadline, or whose context has ended, leaves at once. Both are looked at again
//     right before the function is called.
//   - A stream is a source whose latest frame is worth more than its earlier ones, such as a camera. A
//     newer frame takes the place in the queue of the older one that still waits there, which returns
//     ErrStale. It has a deadline even where the request names none.
//
// # Trust
//
// Callers are programs that may be many, fast and careless; they are bounded, not believed. A function
// that panics gives its turn back, and the panic goes on in its caller. A function that never returns
// keeps its turn: that is the function's affair, as the queue cannot stop it.
package queue
