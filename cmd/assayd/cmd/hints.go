package cmd

import (
	"regexp"
	"strings"
)

// hints maps what an error says to what is likely to help. The first that matches is taken. Errors
// from a node arrive as text, so text is all there is to go by.
var hints = []struct {
	match *regexp.Regexp
	hint  string
}{
	{regexp.MustCompile(`connection refused|post failed`), "is a node running there? start one with 'assayd start', or name one with --node tcp://HOST:PORT"},
	{regexp.MustCompile(`(?i)insufficient fee`), "pay for gas: --gas auto --gas-adjustment 1.5 --gas-prices " + defaultGasPrice},
	{regexp.MustCompile(`out of gas`), "let the node estimate: --gas auto --gas-adjustment 1.5"},
	{regexp.MustCompile(`insufficient funds|spendable balance`), "see what the account holds: assayd query bank balances ADDRESS"},
	{regexp.MustCompile(`account \S+ not found|account .* does not exist|fee payer address`), "an account exists once it holds coins: assayd tx bank send FROM ADDRESS 1000000uassay"},
	{regexp.MustCompile(`account sequence mismatch`), "another transaction of this account is under way; wait for the next block and send again"},
	{regexp.MustCompile(`key not found|not a valid name or address|\.info: `), "list the keys with 'assayd keys list'; --keyring-backend and --home choose the keyring"},
	{regexp.MustCompile(`chain ID required|chain-id`), "name the chain with --chain-id, or set it in config/client.toml of the home folder"},
	{regexp.MustCompile(`genesis file exists`), "use another --home, or replace it with --overwrite"},
	{regexp.MustCompile(`no validators|validator set is empty`), "a chain needs a validator: 'assayd genesis gentx' and 'assayd genesis collect-gentxs', or 'assayd testnet'"},
	{regexp.MustCompile(`no such file or directory`), "make the node's files with 'assayd init', or name their folder with --home"},
	{regexp.MustCompile(`address already in use`), "another program listens there; change the address in config/app.toml or config/config.toml"},
	{regexp.MustCompile(`unknown flag|unknown shorthand|accepts \d|requires at least|required flag|invalid argument`), "add --help to the command to see its arguments and flags"},
}

// codeLine is where the SDK's code made an error, which says nothing to people.
var codeLine = regexp.MustCompile(`\s*\[[^\[\]\s]+\.go:\d+\]`)

var unknownCommand = regexp.MustCompile(`unknown command "([^"]*)" for "([^"]*)"`)

// explain turns an error into one line for people, and a hint or "".
func explain(err error) (message, hint string) {
	message = strings.TrimSpace(codeLine.ReplaceAllString(err.Error(), ""))
	if m := unknownCommand.FindStringSubmatch(message); m != nil {
		return m[0], unknownHint(message, m[2])
	}
	if text, own, found := strings.Cut(message, "\nhint: "); found { // the command knows best
		return oneLine(text), oneLine(own)
	}
	for _, h := range hints {
		if h.match.MatchString(message) {
			hint = h.hint
			break
		}
	}
	return oneLine(message), hint
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// unknownHint repeats cobra's suggestion, which follows the error on lines of its own.
func unknownHint(message, parent string) string {
	_, rest, found := strings.Cut(message, "Did you mean this?")
	if names := strings.Fields(rest); found && len(names) > 0 {
		return "did you mean " + strings.Join(names, " or ") + "?"
	}
	return "see '" + strings.TrimSpace(program+" "+strings.TrimPrefix(parent, program)) + " --help'"
}
