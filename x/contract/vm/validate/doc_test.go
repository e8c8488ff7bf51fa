// Package validate_test holds package validate to section 3 of the core specification: by named cases, by the
// official tests, and by wazero, which must accept whatever is accepted here. It trusts the official tests as the
// module of wazero ships them, in compiled form.
package validate_test
