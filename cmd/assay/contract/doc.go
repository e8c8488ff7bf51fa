// Package contract is "assay contract": it builds contracts, checks them as the chain does when code is stored, and runs them
// without a chain, in the same runtime and for the same gas.
//
//	assay contract build DIR [-o out.wasm]            compile a folder (AssemblyScript or C), and check the result
//	assay contract check FILE.wasm                    what the chain would say to it
//	assay contract call FILE.wasm METHOD [ARGS…]      one call on a state in a file
//	assay contract test [-v] DIR|FILE…                scenarios: files that end in .scenario
//
// # Values
//
// Arguments are values of a message: 123 is a number, 0xab01 is bytes, all else is text; text:…, hex:… and number:… force the
// kind. @name stands for an address: a contract's, or that of an account which is made up from the name.
//
// # Flags of call
//
//	--init "ARGS"       make the contract first, with this message to init; without METHOD that is all
//	--state FILE        read the chain from this file and, after a call that succeeded, write it back; made if it is not there
//	--name NAME         the contract's name in the state; default the file's
//	--query             call query in place of execute
//	--entry NAME        call migrate, on_attestation, decide_step or allow_publish; METHOD and ARGS are the message
//	--attestation ID, --rollout ID   with --entry: the record is the message, in place of METHOD
//	--caller NAME       default "owner"
//	--funds 5uassay     coins that come with the call; the caller is given them if it has less
//	--height N, --time RFC3339   of the block
//	--records FILE      JSON: {"attestation": [{"id": 7, "device": "@cam", "output": "0x03"}], "rollout": […]}
//	--gas N             limit, in VM gas
//
// # Scenarios
//
// A scenario is text. Each line that begins at the margin is a step; the indented lines below say what must come of it. A # begins a
// remark; words with spaces are put in double quotes.
//
//	contract NAME FILE.wasm                          names a contract's code, before its init; relative to the scenario
//	account NAME COINS                               what an account has
//	block HEIGHT [TIME] | block +N [+SECONDS]        the block that the next steps are in
//	record KIND FIELD=VALUE…                         model, version, attestation, device or rollout; a later one of its key replaces it
//	init NAME [by NAME] [with COINS] [gas N] [: ARGS]
//	execute NAME … : METHOD ARGS                     also: query, allow_publish; the options are those of init
//	migrate NAME to FILE.wasm … : ARGS
//	on_attestation NAME : ID                         the record's id; the message is the record
//	decide_step NAME : ID
//
//	  ok                                             the call succeeds; so it must without a line
//	  fail KIND ["TEXT"]                             abort, trap, gas, read-only, entry, funds or limit; text that the error has
//	  output [VALUES]                                what the call returned
//	  vote wait|yes|no                               of decide_step and allow_publish
//	  event TYPE [KEY=VALUE…]                        it was announced, with at least these attributes
//	  events N                                       so many were announced
//	  balance NAME COINS                             what NAME has then, of each denomination named
//	  state KEY [VALUE]                              what NAME's storage has under a key; without a value, nothing
//	  gas <= N                                       VM gas
//
// What it runs is not trusted, as on chain: a contract sees its memory and the host functions. What it builds is: a compiler is
// started, found as described at build, and may do what the user may.
package contract
