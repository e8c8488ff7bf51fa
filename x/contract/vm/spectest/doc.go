// Package spectest holds package vm to the official tests of the WebAssembly specification.
//
// The tests come in compiled form with the module of wazero, which the repository has for tests: versions 1.0 and 2.0 of the
// core specification, as scripts of commands. Every command of every script is accounted for: it was run and gave what the
// script says; or the module was refused as out of the profile, with the feature by name, where the script expects it to be
// refused for another reason; or it was left out, with the reason. A command that gives something else fails the tests.
//
// Most scripts put functions of i32 beside functions of other types into one module, which the profile refuses whole. So a
// second pass, TestReduced, reduces such modules to what lies in the profile and runs the commands that the first pass left
// out because of the profile. It is counted apart: the judge of those is the official script, but the module is not the
// official one. The list of opcodes that package binary is tested with says what lies in the profile, and package vm must
// take all that is kept; a module that it takes as it is must have nothing that reduction would replace.
//
// In a reduced module a function that is out of the profile, or refers to a type or global that is, traps when it is called;
// so does an import of one. A command that comes to such a function is left out. What the call may have changed, by every
// function that it may reach, is unknown from then on, and so is memory, a table or a mutable global of another module, since
// the profile has none to share. A later command that depends on that is left out too, unless it comes out right with several
// contents of memory in turn. Memory and table of the module spectest begin as new for each module. A global of it or an
// immutable one of another module is a constant.
//
// The committed counts are exact, so that nothing stops being run unnoticed. The scripts are trusted; wazero itself does not
// run here.
package spectest
