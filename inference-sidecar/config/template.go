package config

import (
	_ "embed"
	"encoding"
	"fmt"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

//go:embed template.toml
var template string

// Default is the configuration of a home without a file. Its one model is an example, and its chain id and endpoints are
// missing, so it does not validate.
func Default(home string) Config {
	c := templateConfig()
	c.Home = filepath.Clean(home)
	if c.Home != SystemHome {
		run := filepath.Join(c.Home, "run")
		c.API.Socket = filepath.Join(run, filepath.Base(c.API.Socket))
		c.API.GRPCSocket = filepath.Join(run, filepath.Base(c.API.GRPCSocket))
	}
	c.settlePaths("/")
	c.Models[0].setServeAs()
	return c
}

// DefaultModel is a model with the defaults of its keys.
func DefaultModel(name string) Model {
	m := defaultModel()
	m.Name = name
	m.setServeAs()
	return m
}

// defaults are what a file that says nothing means: the template's values without its example of a model.
func defaults() Config {
	c := templateConfig()
	c.Models = nil
	return c
}

func defaultModel() Model {
	m := templateConfig().Models[0]
	m.Name = ""
	return m
}

func templateConfig() Config {
	c := Config{}
	if err := strictly([]byte(template), &c); err != nil {
		panic(fmt.Sprintf("config: template: %v", err))
	}
	return c
}

const modelHeader = "[[model]]"

// Template is the file that gives a configuration: every key with what it means. Paths below Home are relative in it.
func Template(c Config) []byte {
	c = c.withRelativePaths()
	var out []string
	for paragraph := range strings.SplitSeq(template, "\n\n") {
		if !strings.Contains("\n"+paragraph, "\n"+modelHeader) {
			out = append(out, fill(paragraph, keysOf("", &c)))
			continue
		}
		if len(c.Models) == 0 {
			out = append(out, disable(paragraph))
		}
		for i, m := range c.Models {
			if m.ServeAs == DefaultModel(m.Name).ServeAs {
				m.ServeAs = ""
			}
			filled := fill(paragraph, keysOf("model", &m))
			if i > 0 {
				filled = withoutComments(filled)
			}
			out = append(out, filled)
		}
	}
	return []byte(strings.Join(out, "\n\n"))
}

// withRelativePaths is the configuration as a file would have it.
func (c Config) withRelativePaths() Config {
	c.Artifacts.FileRoots = append([]string(nil), c.Artifacts.FileRoots...)
	home := filepath.Clean(c.Home) + string(filepath.Separator)
	c.eachPath(func(p string) string {
		if rest, ok := strings.CutPrefix(p, home); ok {
			return rest
		}
		return p
	})
	return c
}

// fill puts values in the place of the template's.
func fill(paragraph string, keys []key) string {
	values := map[string]reflect.Value{}
	for _, k := range keys {
		values[k.String()] = k.value
	}
	var lines []string
	section := ""
	for line := range strings.SplitSeq(paragraph, "\n") {
		name, _, isKey := strings.Cut(line, " = ")
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
		case isKey:
			line = name + " = " + literal(values[dotted(section, name)])
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// disable makes comments of keys.
func disable(paragraph string) string {
	var lines []string
	for line := range strings.SplitSeq(paragraph, "\n") {
		if !strings.HasPrefix(line, "#") {
			line = "#" + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func withoutComments(paragraph string) string {
	var lines []string
	for line := range strings.SplitSeq(paragraph, "\n") {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// literal is a value as TOML has it.
func literal(v reflect.Value) string {
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			panic(fmt.Sprintf("config: %v", err)) // none of the types here returns one
		}
		return quote(string(text))
	}
	switch v.Kind() {
	case reflect.String:
		return quote(v.String())
	case reflect.Slice:
		var quoted []string
		for i := range v.Len() {
			quoted = append(quoted, quote(v.Index(i).String()))
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case reflect.Float64:
		text := strconv.FormatFloat(v.Float(), 'g', -1, 64)
		if !strings.ContainsAny(text, ".eni") {
			text += ".0"
		}
		return text
	default:
		return fmt.Sprint(v.Interface())
	}
}

// quote writes a basic string of TOML, which has other escapes than Go.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
