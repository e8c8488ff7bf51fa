package relay

// cursorSlack is how many blocks a cursor moves before it is written down again.
const cursorSlack = 100

// settle moves the cursors past what is done, and forgets it.
//
// What a pass sees as done is certain only for blocks up to the tip of the pass before: an acknowledgement that
// was written since may be of a packet that this pass could not see yet.
func (r *relayer) settle(t [2]traffic) error {
	for i, e := range r.ends {
		wants := append(t[i].packetWants(t[i].unreceived), t[1-i].ackWants(t[1-i].acked)...)
		if e.past > 0 {
			e.finder.skip(e.finder.cursor(wants, e.past))
			e.finder.forget(wants, e.past)
			if c := e.finder.cursor(wants, e.past); c >= r.saved[i]+cursorSlack {
				if err := r.save(i, c); err != nil {
					return err
				}
			}
		}
		e.past = e.tip.provable()
	}
	return nil
}

func (r *relayer) save(i int, cursor int64) error {
	r.saved[i] = cursor
	return r.state.change(func(s *state) { s.of(r.ends[i].chain.id()).Cursor = cursor })
}
