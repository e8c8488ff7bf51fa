package validate

import (
	"fmt"

	"github.com/assay-chain/assay/x/contract/vm/binary"
)

// open begins a block, loop or if.
func (c *checker) open() error {
	in := &c.in
	if in.Op == binary.OpIf {
		if err := c.apply(1, 0); err != nil {
			return err
		}
	}
	if uint64(len(c.frames)) >= uint64(c.limits.ControlDepth) {
		msg := fmt.Sprintf("expected at most %d blocks within each other, got more", c.limits.ControlDepth)
		return &binary.Error{Err: binary.ErrLimit, Offset: in.Offset, Msg: msg}
	}
	c.frames = append(c.frames, c.frame)
	c.info.MaxDepth = max(c.info.MaxDepth, uint32(len(c.frames))+1)
	c.frame = frame{op: in.Op, result: in.A == binary.BlockResult, height: c.height}
	return nil
}

// close checks that the stack holds what the innermost frame leaves, and nothing else of the frame's.
func (c *checker) close() error {
	results := boolCount(c.frame.result)
	if err := c.apply(results, 0); err != nil {
		return err
	}
	if extra := c.height - c.frame.height; extra > 0 {
		return invalid(c.in.Offset, "%v: expected %d operands, got %d", c.in.Op, results, results+extra)
	}
	return nil
}

// otherwise ends the first arm of an if. An else elsewhere is not in the grammar (5.4.1).
func (c *checker) otherwise() error {
	if c.frame.op != binary.OpIf {
		return malformed(c.in.Offset, "else without an if")
	}
	if err := c.close(); err != nil {
		return err
	}
	c.frame.op, c.frame.unreachable = binary.OpElse, false
	return nil
}

// end ends the innermost frame, and says whether that was the function.
func (c *checker) end() (done bool, err error) {
	if err := c.close(); err != nil {
		return false, err
	}
	if c.frame.op == binary.OpIf && c.frame.result {
		return false, invalid(c.in.Offset, "if with a result and without an else")
	}
	result := c.frame.result
	last := len(c.frames) - 1
	if last < 0 {
		return true, nil
	}
	c.frame, c.frames = c.frames[last], c.frames[:last]
	return false, c.apply(0, boolCount(result))
}

// target gives the frame that a label means: 0 is the innermost one.
func (c *checker) target(label uint32) (*frame, error) {
	if label == 0 {
		return &c.frame, nil
	}
	n := uint64(len(c.frames))
	if uint64(label) > n {
		return nil, invalid(c.in.Offset, "%v: unknown label %d", c.in.Op, label)
	}
	return &c.frames[n-uint64(label)], nil
}

// branch validates br and br_if.
func (c *checker) branch() error {
	f, err := c.target(c.in.A)
	if err != nil {
		return err
	}
	if c.in.Op == binary.OpBr {
		return c.leave(f.label())
	}
	return c.apply(f.label()+1, f.label())
}

// branchTable validates br_table: its labels must take the same.
func (c *checker) branchTable() error {
	last := len(c.in.Targets) - 1
	f, err := c.target(c.in.Targets[last])
	if err != nil {
		return err
	}
	takes := f.label()
	for _, label := range c.in.Targets[:last] {
		f, err := c.target(label)
		if err != nil {
			return err
		}
		if f.label() != takes {
			return invalid(c.in.Offset, "br_table: label %d: expected %d operands as for the default, got %d", label, takes, f.label())
		}
	}
	return c.leave(takes + 1)
}
