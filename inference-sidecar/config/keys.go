package config

import (
	"encoding"
	"reflect"
	"strings"
)

// key is one key of the configuration.
type key struct {
	section string // "chain", "proving.nats"; "" at the top
	name    string
	path    bool // a file or folder, or a list of them
	value   reflect.Value
}

func (k key) String() string { return dotted(k.section, k.name) }

func dotted(section, name string) string {
	if section == "" {
		return name
	}
	return section + "." + name
}

// keysOf lists the keys below a pointer to a struct, in order. Lists of tables are not entered.
func keysOf(section string, pointer any) []key {
	return walk(nil, section, reflect.ValueOf(pointer).Elem())
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

func walk(keys []key, section string, s reflect.Value) []key {
	for i := range s.NumField() {
		field, value := s.Type().Field(i), s.Field(i)
		name := field.Tag.Get("toml")
		_, path := field.Tag.Lookup("path")
		switch {
		case value.Addr().Type().Implements(textUnmarshaler):
			keys = append(keys, key{section: section, name: name, value: value})
		case value.Kind() == reflect.Struct:
			keys = walk(keys, dotted(section, name), value)
		case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Struct:
		default:
			keys = append(keys, key{section: section, name: name, path: path, value: value})
		}
	}
	return keys
}

// allKeys lists every key, those of models once.
func allKeys(c *Config) []key {
	return append(keysOf("", c), keysOf("model", &Model{})...)
}

// environmentPrefix begins the name of every variable that is read.
const environmentPrefix = "ASSAY_SIDECAR_"

func (k key) variable() string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(k.String(), ".", "_"))
}
