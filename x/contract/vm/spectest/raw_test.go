package spectest

import "fmt"

// rawModule is a valid module of any feature that the scripts have, taken apart as far as is needed to see what it imports
// and to reduce it. The decoder of the profile would refuse it.
type rawModule struct {
	sections map[byte][]byte
	imports  []rawImport
}

type rawImport struct {
	module, name string
	kind         byte // 0 function, 1 table, 2 memory, 3 global
	typeIndex    uint32
	desc         []byte // of what is no function
}

// cursor reads a module that is known to be well-formed; what is not ends in a panic, which decode turns into an error.
type cursor struct{ b []byte }

func (c *cursor) byte() byte {
	b := c.b[0]
	c.b = c.b[1:]
	return b
}

func (c *cursor) u32() uint32 {
	var v uint64
	for shift := 0; ; shift += 7 {
		b := c.byte()
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return uint32(v)
		}
	}
}

func (c *cursor) take(n int) []byte {
	out := c.b[:n:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) name() string { return string(c.take(int(c.u32()))) }

// since is what was read since before, which is an earlier value of c.b.
func (c *cursor) since(before []byte) []byte { return before[:len(before)-len(c.b)] }

func (c *cursor) limits() {
	if c.byte()&1 == 1 {
		c.u32()
	}
	c.u32()
}

func decode(code []byte) (m *rawModule, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("decode: %v", r)
		}
	}()
	m = &rawModule{sections: map[byte][]byte{}}
	for c := (&cursor{code[8:]}); len(c.b) > 0; {
		id := c.byte()
		contents := c.take(int(c.u32()))
		if id != 0 {
			m.sections[id] = contents
		}
	}
	if s, ok := m.sections[2]; ok {
		c := &cursor{s}
		for range c.u32() {
			m.imports = append(m.imports, c.imported())
		}
	}
	return m, nil
}

func (c *cursor) imported() rawImport {
	i := rawImport{module: c.name(), name: c.name(), kind: c.byte()}
	before := c.b
	switch i.kind {
	case 0:
		i.typeIndex = c.u32()
	case 1:
		c.byte()
		c.limits()
	case 2:
		c.limits()
	case 3:
		c.take(2)
	default:
		panic(fmt.Sprintf("import kind %d", i.kind))
	}
	i.desc = c.since(before)
	return i
}
