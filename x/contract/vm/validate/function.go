package validate

import (
	"fmt"

	"github.com/assay-chain/assay/x/contract/vm/binary"
)

// checker validates one function after the other; its stacks serve all of them.
type checker struct {
	module *binary.Module
	limits binary.Limits
	info   *Info

	frames []frame
	frame  frame // the innermost one; frames has those around it
	in     binary.Instr

	height, most uint32 // operands on the stack, and the most so far
	locals       uint64 // parameters included
	result       bool   // of the function
}

// frame is a block that is open.
type frame struct {
	op          binary.Opcode // block, loop, if, else; block for the function's own
	result      bool          // it leaves an i32
	unreachable bool          // the rest of it is: operands below height are whatever is needed
	height      uint32        // of the stack where it began
}

// label is the number of operands that a branch to the frame takes.
func (f *frame) label() uint32 {
	if f.op == binary.OpLoop || !f.result {
		return 0
	}
	return 1
}

// function validates a body, whose type index is known to be good.
func (c *checker) function(i int) error {
	f := &c.module.Funcs[i]
	t := c.module.Types[f.Type]
	c.frames = c.frames[:0]
	c.frame = frame{op: binary.OpBlock, result: t.Result}
	c.height, c.most = 0, 0
	c.locals = uint64(t.Params) + uint64(f.Locals)
	c.result = t.Result
	r := binary.NewReader(f.Body, f.Offset)
	r.BranchTargets = c.limits.BranchTargets
	c.info.MaxDepth = max(c.info.MaxDepth, 1)
	for done, n := false, uint32(1); ; n++ {
		err := r.Next(&c.in)
		if err == nil {
			done, err = c.instruction()
		}
		if err != nil {
			return err
		}
		if done {
			c.info.MaxStack[i], c.info.Instrs[i] = c.most, n
			break
		}
	}
	if !r.Done() {
		return malformed(r.Offset(), "expected the end of the function, got more bytes")
	}
	return nil
}

// instruction validates what was read, and says whether it ends the function.
func (c *checker) instruction() (done bool, err error) {
	in := &c.in
	if in.Op <= 0xff {
		if s := &signatures[in.Op]; s.plain {
			return false, c.apply(s.pops, s.pushes)
		} else if s.access {
			return false, c.access(s)
		}
	}
	switch in.Op {
	case binary.OpLocalGet, binary.OpLocalSet, binary.OpLocalTee:
		return false, c.local()
	case binary.OpGlobalGet, binary.OpGlobalSet:
		return false, c.global()
	case binary.OpBlock, binary.OpLoop, binary.OpIf:
		return false, c.open()
	case binary.OpElse:
		return false, c.otherwise()
	case binary.OpEnd:
		return c.end()
	case binary.OpBr, binary.OpBrIf:
		return false, c.branch()
	case binary.OpBrTable:
		return false, c.branchTable()
	case binary.OpReturn:
		return false, c.leave(boolCount(c.result))
	case binary.OpUnreachable:
		return false, c.leave(0)
	case binary.OpCall:
		return false, c.call()
	case binary.OpCallIndirect:
		return false, c.callIndirect()
	case binary.OpMemorySize:
		return false, c.memory(0, 1)
	case binary.OpMemoryGrow:
		return false, c.memory(1, 1)
	}
	return false, c.memory(3, 0) // memory.copy and memory.fill, which alone are left
}

// apply takes operands off the stack and puts results onto it.
func (c *checker) apply(pops, pushes uint32) error {
	if c.height-c.frame.height < pops {
		if !c.frame.unreachable {
			return invalid(c.in.Offset, "%v: expected %d operands, got %d", c.in.Op, pops, c.height-c.frame.height)
		}
		c.height = c.frame.height
	} else {
		c.height -= pops
	}
	c.height += pushes
	c.most = max(c.most, c.height)
	return nil
}

// leave takes operands off the stack, after which control does not go on.
func (c *checker) leave(pops uint32) error {
	if err := c.apply(pops, 0); err != nil {
		return err
	}
	c.height = c.frame.height
	c.frame.unreachable = true
	return nil
}

func (c *checker) local() error {
	in := &c.in
	if uint64(in.A) >= c.locals {
		return invalid(in.Offset, "%v: unknown local %d", in.Op, in.A)
	}
	switch in.Op {
	case binary.OpLocalGet:
		return c.apply(0, 1)
	case binary.OpLocalSet:
		return c.apply(1, 0)
	}
	return c.apply(1, 1)
}

func (c *checker) global() error {
	in := &c.in
	if uint64(in.A) >= uint64(len(c.module.Globals)) {
		return invalid(in.Offset, "%v: unknown global %d", in.Op, in.A)
	}
	if in.Op == binary.OpGlobalGet {
		return c.apply(0, 1)
	}
	if !c.module.Globals[in.A].Mutable {
		return invalid(in.Offset, "%v: global %d is immutable", in.Op, in.A)
	}
	return c.apply(1, 0)
}

// access validates a load or store: its alignment may not be larger than natural (3.3.7).
func (c *checker) access(s *signature) error {
	if c.in.A > s.align {
		return invalid(c.in.Offset, "%v: expected an alignment of at most 2^%d, got 2^%d", c.in.Op, s.align, c.in.A)
	}
	return c.memory(s.pops, s.pushes)
}

func (c *checker) memory(pops, pushes uint32) error {
	if c.module.Memory == nil {
		return invalid(c.in.Offset, "%v: unknown memory 0", c.in.Op)
	}
	return c.apply(pops, pushes)
}

func (c *checker) call() error {
	t, ok := c.module.FuncType(c.in.A)
	if !ok {
		return invalid(c.in.Offset, "call: unknown function %d", c.in.A)
	}
	return c.apply(uint32(t.Params), boolCount(t.Result))
}

func (c *checker) callIndirect() error {
	in := &c.in
	if in.B != 0 || c.module.Table == nil {
		return invalid(in.Offset, "call_indirect: unknown table %d", in.B)
	}
	if uint64(in.A) >= uint64(len(c.module.Types)) {
		return invalid(in.Offset, "call_indirect: unknown type %d", in.A)
	}
	t := c.module.Types[in.A]
	return c.apply(uint32(t.Params)+1, boolCount(t.Result))
}

func malformed(offset int, format string, args ...any) error {
	return &binary.Error{Err: binary.ErrMalformed, Offset: offset, Msg: fmt.Sprintf(format, args...)}
}

func boolCount(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
