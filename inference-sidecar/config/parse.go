package config

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

var (
	// ErrSyntax is a file that is not TOML, or a value of the wrong type.
	ErrSyntax = errors.New("syntax")
	// ErrUnknownKey is a key or variable that does not exist.
	ErrUnknownKey = errors.New("unknown key")
	// ErrInvalid is a value that cannot be used.
	ErrInvalid = errors.New("invalid value")
)

// Parse decodes a file's content, puts the variables of environ (NAME=value) over it, makes paths absolute and validates
// the whole. dir is the file's folder.
func Parse(data []byte, dir string, environ []string) (Config, error) {
	c, err := decode(data)
	if err != nil {
		return Config{}, err
	}
	if err := override(&c, environ); err != nil {
		return Config{}, err
	}
	c.settlePaths(dir)
	for i := range c.Models {
		c.Models[i].setServeAs()
	}
	if err := c.Validate(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// decode reads a file's content over the defaults.
func decode(data []byte) (Config, error) {
	c := defaults()
	raw := struct {
		Models []map[string]any `toml:"model"`
	}{}
	if err := strictly(data, &c); err != nil {
		return Config{}, err
	}
	if err := toml.Unmarshal(data, &raw); err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	// The decoder makes elements of lists from zero, not from defaults.
	for i, m := range raw.Models {
		c.Models[i] = defaultModel()
		again, err := toml.Marshal(m)
		if err != nil {
			return Config{}, fmt.Errorf("%w: model %d: %w", ErrSyntax, i+1, err)
		}
		if err := toml.Unmarshal(again, &c.Models[i]); err != nil {
			return Config{}, fmt.Errorf("%w: model %d: %w", ErrSyntax, i+1, err)
		}
	}
	return c, nil
}

func strictly(data []byte, c *Config) error {
	d := toml.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := decodeSafely(d, c)
	var unknown *toml.StrictMissingError
	var broken *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		var all []error
		for _, e := range unknown.Errors {
			line, _ := e.Position()
			name := strings.Join(e.Key(), ".")
			all = append(all, fmt.Errorf("line %d: %w %q%s", line, ErrUnknownKey, name, hint(name, keyNames(c))))
		}
		return errors.Join(all...)
	case errors.As(err, &broken):
		line, column := broken.Position()
		return fmt.Errorf("line %d, column %d: %w: %s%w", line, column, ErrSyntax, keyAt(data, line), err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return nil
}

// decodeSafely turns the decoder's panic into an error: it looks for the position of unknown keys that are written with
// escapes in the wrong place.
func decodeSafely(d *toml.Decoder, c *Config) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("expected keys without escapes")
		}
	}()
	return d.Decode(c)
}

// keyAt names the key on a line, followed by a colon, or nothing where the line has none.
func keyAt(data []byte, line int) string {
	section, key := "", ""
	number := 0
	for text := range bytes.Lines(data) {
		if number++; number > line {
			break
		}
		key = ""
		text = bytes.TrimSpace(text)
		if name, _, ok := bytes.Cut(text, []byte("=")); ok {
			key = dotted(section, strings.TrimSpace(string(name))) + ": "
		} else if bytes.HasPrefix(text, []byte("[")) && bytes.HasSuffix(text, []byte("]")) {
			section = strings.Trim(string(text), "[]")
		}
	}
	return key
}

func keyNames(c *Config) []string {
	var names []string
	for _, k := range allKeys(c) {
		names = append(names, k.String())
	}
	return names
}

// ignored are variables with the prefix that are not keys.
var ignored = map[string]bool{environmentPrefix + "CONFIG": true}

// override sets what the environment says.
func override(c *Config, environ []string) error {
	variables := map[string]key{}
	var names []string
	for _, k := range keysOf("", c) {
		variables[k.variable()] = k
		names = append(names, k.variable())
	}
	var all []error
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, environmentPrefix) || ignored[name] {
			continue
		}
		k, ok := variables[name]
		if !ok {
			all = append(all, fmt.Errorf("environment: %w %q%s", ErrUnknownKey, name, hint(name, names)))
			continue
		}
		if err := setText(k.value, value); err != nil {
			all = append(all, fmt.Errorf("environment: %w: %s: %w", ErrInvalid, name, err))
		}
	}
	return errors.Join(all...)
}

// setText sets a value of one of the types that keys have.
func setText(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Slice:
		v.Set(reflect.ValueOf(splitList(text)))
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return expected("true or false", []byte(text))
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return expected("a whole number", []byte(text))
		}
		v.SetInt(n)
	case reflect.Uint64:
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return expected("a whole number of 0 or more", []byte(text))
		}
		v.SetUint(n)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return expected("a number", []byte(text))
		}
		v.SetFloat(f)
	default:
		panic(fmt.Sprintf("config: no key has type %s", v.Type()))
	}
	return nil
}

func splitList(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// settlePaths makes paths absolute: home from dir, the others from home.
func (c *Config) settlePaths(dir string) {
	if !filepath.IsAbs(c.Home) {
		c.Home = filepath.Join(dir, c.Home)
	}
	c.eachPath(func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(c.Home, p)
	})
}

// eachPath replaces every path but Home.
func (c *Config) eachPath(replace func(string) string) {
	for _, k := range keysOf("", c) {
		switch {
		case !k.path:
		case k.value.Kind() == reflect.String:
			k.value.SetString(replace(k.value.String()))
		default:
			for i := range k.value.Len() {
				k.value.Index(i).SetString(replace(k.value.Index(i).String()))
			}
		}
	}
}

func (m *Model) setServeAs() {
	if m.ServeAs == "" {
		m.ServeAs = m.Name[strings.LastIndexAny(m.Name, "/:")+1:]
	}
}
