package binary

// types reads the type section (5.5.4).
func (d *decoder) types() error {
	n, room, err := d.count("types", d.limits.Types, 3)
	if err != nil {
		return err
	}
	d.module.Types = make([]FuncType, 0, room)
	for range n {
		t, err := d.funcType()
		if err != nil {
			return err
		}
		d.module.Types = append(d.module.Types, t)
	}
	return nil
}

func (d *decoder) funcType() (t FuncType, err error) {
	at := d.pos
	form, err := d.byte("form of a", "type")
	if err != nil {
		return t, err
	}
	if form != typeFunc {
		if name, ok := compositeTypeName(form); ok {
			return t, fail(ErrUnsupported, at, "%s", name)
		}
		return t, fail(ErrMalformed, at, "form of a type: expected %#02x, got %#02x", typeFunc, form)
	}
	params, _, err := d.count("parameters", d.limits.Params, 1)
	if err != nil {
		return t, err
	}
	for range params {
		if err := d.valueType("parameter"); err != nil {
			return t, err
		}
	}
	at = d.pos
	results, err := d.u32("number of", "results")
	if err != nil {
		return t, err
	}
	if results > 1 {
		return t, fail(ErrUnsupported, at, "multi-value function type (%d results)", results)
	}
	if results == 1 {
		err = d.valueType("result")
	}
	return FuncType{Params: int(params), Result: results == 1}, err
}

// imports reads the import section (5.5.5).
func (d *decoder) imports() error {
	n, room, err := d.count("imports", d.limits.Imports, 4)
	if err != nil {
		return err
	}
	d.copyText()
	d.module.Imports = make([]Import, 0, room)
	for range n {
		i, err := d.imported()
		if err != nil {
			return err
		}
		d.module.Imports = append(d.module.Imports, i)
	}
	return nil
}

func (d *decoder) imported() (i Import, err error) {
	if i.Module, err = d.textName("import module"); err != nil {
		return i, err
	}
	if i.Name, err = d.textName("import name"); err != nil {
		return i, err
	}
	at := d.pos
	kind, err := d.byte("kind of an", "import")
	if err != nil {
		return i, err
	}
	if kind != 0 {
		if name, ok := kindName(kind); ok {
			return i, fail(ErrUnsupported, at, "imported %s", name)
		}
		return i, fail(ErrMalformed, at, "kind of an import: expected 0 to 3, got %d", kind)
	}
	i.Offset = d.pos
	i.Type, err = d.u32("type of an", "import")
	return i, err
}

// kindName names what may be imported or exported; tags come with exception handling.
func kindName(kind byte) (string, bool) {
	if kind == 4 {
		return "tag", true
	}
	k := ExportKind(kind)
	return k.String(), k <= ExportGlobal
}

// copyText copies the rest of the section, for names to be parts of one string.
func (d *decoder) copyText() {
	d.text, d.textAt = string(d.bytes[d.pos:d.end]), d.pos
}

// textName reads a name as a part of the text that copyText made.
func (d *decoder) textName(what string) (string, error) {
	b, err := d.name(what)
	if err != nil {
		return "", err
	}
	end := d.pos - d.textAt
	return d.text[end-len(b) : end], nil
}

// functions reads the function section (5.5.6).
func (d *decoder) functions() error {
	n, room, err := d.count("functions", d.limits.Funcs, 1)
	if err != nil {
		return err
	}
	d.module.Funcs = make([]Func, 0, room)
	for range n {
		f := Func{TypeOffset: d.pos}
		if f.Type, err = d.u32("type of a", "function"); err != nil {
			return err
		}
		d.module.Funcs = append(d.module.Funcs, f)
	}
	return nil
}

// table reads the table section (5.5.7).
func (d *decoder) table() error {
	more, err := d.single("tables")
	if err != nil || !more {
		return err
	}
	at := d.pos
	b, err := d.byte("type of a", "table")
	if err != nil {
		return err
	}
	if b != typeFuncref {
		if name, ok := refTypeName(b); ok {
			return fail(ErrUnsupported, at, "%s table", name)
		}
		if b == 0x40 {
			return fail(ErrUnsupported, at, "table with an initial value")
		}
		return fail(ErrMalformed, at, "type of a table: expected a reference type, got %#02x", b)
	}
	e, err := d.extent("table", "elements", ^uint32(0), d.limits.TableSize)
	if err != nil {
		return err
	}
	t := Table(e)
	d.module.Table = &t
	return nil
}

// memory reads the memory section (5.5.8).
func (d *decoder) memory() error {
	more, err := d.single("memories")
	if err != nil || !more {
		return err
	}
	e, err := d.extent("memory", "pages", MaxPages, d.limits.MemoryPages)
	if err != nil {
		return err
	}
	m := Memory(e)
	d.module.Memory = &m
	return nil
}

// single reads a number of entries of which the profile has one at most, and says whether there is one.
func (d *decoder) single(what string) (bool, error) {
	at := d.pos
	n, err := d.u32("number of", what)
	if err == nil && n > 1 {
		err = fail(ErrUnsupported, at, "multiple %s", what)
	}
	return n == 1, err
}

// extent is the size of a table or memory, which the specification calls limits (5.3.9).
type extent struct {
	Min, Max uint32
	HasMax   bool
}

// extent reads a size, of which the specification allows most, and limit to start with.
func (d *decoder) extent(what, unit string, most, limit uint32) (e extent, err error) {
	at := d.pos
	flags, err := d.byte("limits of a", what)
	if err != nil {
		return e, err
	}
	switch {
	case flags > 7 || flags&2 != 0 && what == "table":
		return e, fail(ErrMalformed, at, "limits of a %s: expected 0x00 or 0x01, got %#02x", what, flags)
	case flags&4 != 0:
		return e, fail(ErrUnsupported, at, "64-bit %s", what)
	case flags&2 != 0:
		return e, fail(ErrUnsupported, at, "shared %s", what)
	}
	at = d.pos
	if e.Min, err = d.u32("minimum of a", what); err != nil {
		return e, err
	}
	if e.Min > most {
		return e, fail(ErrInvalid, at, "%s: expected at most %d %s, got %d", what, most, unit, e.Min)
	}
	if e.Min > limit {
		return e, fail(ErrLimit, at, "%s: expected at most %d %s, got %d", what, limit, unit, e.Min)
	}
	if e.HasMax = flags == 1; !e.HasMax {
		return e, nil
	}
	at = d.pos
	if e.Max, err = d.u32("maximum of a", what); err != nil {
		return e, err
	}
	if e.Max > most || e.Max < e.Min {
		return e, fail(ErrInvalid, at, "%s: expected a maximum of %d to %d %s, got %d", what, e.Min, most, unit, e.Max)
	}
	return e, nil
}

// globals reads the global section (5.5.9).
func (d *decoder) globals() error {
	n, room, err := d.count("globals", d.limits.Globals, 5)
	if err != nil {
		return err
	}
	d.module.Globals = make([]Global, 0, room)
	for range n {
		if err := d.valueType("global"); err != nil {
			return err
		}
		at := d.pos
		mutable, err := d.byte("mutability of a", "global")
		if err != nil {
			return err
		}
		if mutable > 1 {
			return fail(ErrMalformed, at, "mutability of a global: expected 0x00 or 0x01, got %#02x", mutable)
		}
		value, err := d.constant("value of a global")
		if err != nil {
			return err
		}
		d.module.Globals = append(d.module.Globals, Global{Mutable: mutable == 1, Init: value})
	}
	return nil
}

// exports reads the export section (5.5.10).
func (d *decoder) exports() error {
	n, room, err := d.count("exports", d.limits.Exports, 3)
	if err != nil {
		return err
	}
	d.copyText()
	d.module.Exports = make([]Export, 0, room)
	for range n {
		e, err := d.export()
		if err != nil {
			return err
		}
		d.module.Exports = append(d.module.Exports, e)
	}
	return nil
}

func (d *decoder) export() (e Export, err error) {
	e.Offset = d.pos
	if e.Name, err = d.textName("export name"); err != nil {
		return e, err
	}
	at := d.pos
	kind, err := d.byte("kind of an", "export")
	if err != nil {
		return e, err
	}
	if e.Kind = ExportKind(kind); e.Kind > ExportGlobal {
		if name, ok := kindName(kind); ok {
			return e, fail(ErrUnsupported, at, "exported %s", name)
		}
		return e, fail(ErrMalformed, at, "kind of an export: expected 0 to 3, got %d", kind)
	}
	e.Index, err = d.u32("index of an", "export")
	return e, err
}

// start reads the start section (5.5.11). A start function could call the host before a host expects it, so
// the profile has it only in a module that imports nothing.
func (d *decoder) start() error {
	at := d.pos
	index, err := d.u32("start", "function")
	if err != nil {
		return err
	}
	if len(d.module.Imports) > 0 {
		return fail(ErrUnsupported, at, "start function with imports")
	}
	d.module.Start, d.module.StartOffset = &index, at
	return nil
}

// elements reads the element section (5.5.12).
func (d *decoder) elements() error {
	n, room, err := d.count("element segments", d.limits.Elements, 5)
	if err != nil {
		return err
	}
	d.module.Elements = make([]Element, 0, room)
	for range n {
		e, err := d.element()
		if err != nil {
			return err
		}
		d.module.Elements = append(d.module.Elements, e)
	}
	return nil
}

// element reads a segment. Of its eight forms the profile has the two that are active and list functions.
func (d *decoder) element() (e Element, err error) {
	e.At = d.pos
	form, err := d.u32("form of an", "element segment")
	if err != nil {
		return e, err
	}
	switch form {
	case 0, 2:
	case 1, 5:
		return e, fail(ErrUnsupported, e.At, "passive element segment")
	case 3, 7:
		return e, fail(ErrUnsupported, e.At, "declarative element segment")
	case 4, 6:
		return e, fail(ErrUnsupported, e.At, "element segment of expressions")
	default:
		return e, fail(ErrMalformed, e.At, "form of an element segment: expected 0 to 7, got %d", form)
	}
	if form == 2 {
		if err := d.zeroIndex("table"); err != nil {
			return e, err
		}
	}
	if e.Offset, err = d.constant("offset of an element segment"); err != nil {
		return e, err
	}
	if form == 2 {
		at := d.pos
		kind, err := d.byte("kind of an", "element segment")
		if err != nil {
			return e, err
		}
		if kind != 0 {
			return e, fail(ErrMalformed, at, "kind of an element segment: expected 0x00, got %#02x", kind)
		}
	}
	e.Funcs, err = d.elementFuncs()
	return e, err
}

// zeroIndex reads the index of a segment's table or memory, of which there is one at most.
func (d *decoder) zeroIndex(what string) error {
	at := d.pos
	index, err := d.u32("index of a", what)
	if err == nil && index != 0 {
		err = fail(ErrInvalid, at, "unknown %s %d", what, index)
	}
	return err
}

func (d *decoder) elementFuncs() ([]uint32, error) {
	at := d.pos
	n, room, err := d.count("elements", d.limits.Elements, 1)
	if err != nil {
		return nil, err
	}
	if n > d.limits.Elements-d.nElems {
		return nil, fail(ErrLimit, at, "expected at most %d elements in all segments, got more", d.limits.Elements)
	}
	d.nElems += n
	funcs := make([]uint32, 0, room)
	for range n {
		index, err := d.u32("function of an", "element segment")
		if err != nil {
			return nil, err
		}
		funcs = append(funcs, index)
	}
	return funcs, nil
}

// dataCount reads the data count section (5.5.16).
func (d *decoder) dataCount() (err error) {
	d.nData, _, err = d.count("data segments", d.limits.Data, 1)
	d.hasCount = true
	return err
}

// code reads the code section (5.5.13). Bodies are left for the walk of package validate.
func (d *decoder) code() error {
	at := d.pos
	n, err := d.u32("number of", "function bodies")
	if err != nil {
		return err
	}
	if uint64(n) != uint64(len(d.module.Funcs)) {
		return fail(ErrMalformed, at, "expected %d function bodies, got %d", len(d.module.Funcs), n)
	}
	d.hasCode = true
	for i := range d.module.Funcs {
		if err := d.body(&d.module.Funcs[i]); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) body(f *Func) error {
	at := d.pos
	size, err := d.u32("size of a", "function")
	if err != nil {
		return err
	}
	if size > d.limits.BodyBytes {
		return fail(ErrLimit, at, "expected a function of at most %d bytes, got %d", d.limits.BodyBytes, size)
	}
	start := d.pos
	if _, err := d.take("function", size); err != nil {
		return err
	}
	section := d.end
	d.pos, d.end = start, d.pos
	if f.Locals, err = d.locals(); err != nil {
		return err
	}
	f.Offset = d.pos
	f.Body = d.bytes[d.pos:d.end:d.end]
	d.pos, d.end = d.end, section
	return nil
}

// locals reads the groups of locals of a function and gives their sum.
func (d *decoder) locals() (uint32, error) {
	groups, err := d.u32("number of groups of", "locals")
	if err != nil {
		return 0, err
	}
	var sum uint64
	for range groups {
		at := d.pos
		n, err := d.u32("number of", "locals")
		if err != nil {
			return 0, err
		}
		if sum += uint64(n); sum > uint64(^uint32(0)) {
			return 0, fail(ErrMalformed, at, "expected fewer than 2^32 locals, got %d", sum)
		}
		if sum > uint64(d.limits.Locals) {
			return 0, fail(ErrLimit, at, "expected at most %d locals, got %d", d.limits.Locals, sum)
		}
		if err := d.valueType("local"); err != nil {
			return 0, err
		}
	}
	return uint32(sum), nil
}

// data reads the data section (5.5.14).
func (d *decoder) data() error {
	at := d.pos
	n, room, err := d.count("data segments", d.limits.Data, 5)
	if err != nil {
		return err
	}
	if d.hasCount && n != d.nData {
		return fail(ErrMalformed, at, "expected %d data segments as counted, got %d", d.nData, n)
	}
	d.module.Data = make([]Data, 0, room)
	for range n {
		s, err := d.dataSegment()
		if err != nil {
			return err
		}
		d.module.Data = append(d.module.Data, s)
	}
	return nil
}

// dataSegment reads a segment. Of its three forms the profile has the two that are active.
func (d *decoder) dataSegment() (s Data, err error) {
	s.At = d.pos
	form, err := d.u32("form of a", "data segment")
	if err != nil {
		return s, err
	}
	switch form {
	case 0:
	case 1:
		return s, fail(ErrUnsupported, s.At, "passive data segment")
	case 2:
		if err := d.zeroIndex("memory"); err != nil {
			return s, err
		}
	default:
		return s, fail(ErrMalformed, s.At, "form of a data segment: expected 0 to 2, got %d", form)
	}
	if s.Offset, err = d.constant("offset of a data segment"); err != nil {
		return s, err
	}
	n, err := d.u32("size of a", "data segment")
	if err != nil {
		return s, err
	}
	s.Bytes, err = d.take("data segment", n)
	return s, err
}
