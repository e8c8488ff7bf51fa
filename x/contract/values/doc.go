// Package values is the encoding of messages and records between the chain, the command line and contracts: a list of
// values, each a text, bytes or a number.
//
// A message is its values one after the other. A value is a tag (1 byte), a length (u32, little endian) and that many
// bytes: 't' UTF-8 text, 'b' bytes, 'n' a number (u64, little endian, so its length is 8). Every list has one encoding.
//
// By convention the first value of a message to execute or query is the name of a method, as text; a message to init
// or migrate has no such name. The chain passes messages on and never looks into them.
//
// Encoded lists come from anyone: Decode holds them to the form and to the limits. The package has no schema and no
// nesting; what a list means is between those who write and read it.
package values
