// Package spectest holds package vm to the official tests of the WebAssembly specification.
//
// The tests come in compiled form with the module of wazero, which the repository has for tests: versions 1.0 and 2.0 of the
// core specification, as scripts of commands. Every command of every script is accounted for: it was run and gave what the
// script says; or the module was refused as out of the profile, with the feature by name, where the script expects it to be
// refused for another reason; or it was left out, with the reason. A command that gives something else fails the tests.
//
// Most scripts put functions of i32 beside functions of other types into one module, which the profile refuses whole. So a
// second pass reduces such modules to the functions that lie in the profile and runs the assertions that are left. It is
// counted apart: the judge of those is the official script, but the module is not the official one.
//
// The committed counts are exact, so that nothing stops being run unnoticed. The scripts are trusted; wazero itself does not
// run here.
package spectest
