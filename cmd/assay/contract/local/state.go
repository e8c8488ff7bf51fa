package local

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/values"
)

// maxFileBytes is the most of a file of state or records that is read.
const maxFileBytes = 64 << 20

// stateFile is a chain in a file. Keys and values of storage are in hexadecimal digits.
type stateFile struct {
	ChainID   string                       `json:"chain_id"`
	Height    uint64                       `json:"height"`
	Time      time.Time                    `json:"time"`
	Accounts  map[string]map[string]uint64 `json:"accounts,omitempty"` // by name, or by address where there is none
	Contracts []contractFile               `json:"contracts,omitempty"`
	Records   recordsFile                  `json:"records,omitempty"`
}

type contractFile struct {
	Name    string            `json:"name"`
	Address string            `json:"address"` // for people: it follows from the place in the list
	Code    string            `json:"code"`    // relative to the file
	Balance map[string]uint64 `json:"balance,omitempty"`
	Storage map[string]string `json:"storage,omitempty"`
}

// recordsFile has records by the names of their kinds. A field is a text, a number, or a list of texts.
type recordsFile map[string][]map[string]any

// LoadState reads a chain from a file. Codes are read from where the file says. Errors: those of the file and of Load; ErrState,
// ErrRecord.
func LoadState(path string) (*Chain, error) {
	var file stateFile
	if err := readJSON(path, &file); err != nil {
		return nil, err
	}
	if file.ChainID == "" || file.Height == 0 {
		return nil, fmt.Errorf("%s: expected a chain_id and a height: %w", path, ErrState)
	}
	c := New()
	c.ID, c.Height, c.Time = file.ChainID, file.Height, file.Time
	for i, f := range file.Contracts {
		if err := c.loadContract(path, uint64(i)+1, f); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(file.Accounts)) {
		if err := c.loadBalance(path, c.Address(name), file.Accounts[name]); err != nil {
			return nil, err
		}
	}
	if err := c.setRecords(file.Records); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c.Commit()
	return c, nil
}

func (c *Chain) loadContract(path string, number uint64, f contractFile) error {
	contract := &Contract{Name: f.Name, Address: ContractAddress(number), Number: number, storage: map[string][]byte{}}
	if _, err := c.Contract(f.Name); err == nil || f.Name == "" || f.Address != contract.Address {
		return fmt.Errorf("%s: contract %d %q: expected another name, and address %s: %w", path, number, f.Name, contract.Address, ErrState)
	}
	code := f.Code
	if !filepath.IsAbs(code) {
		code = filepath.Join(filepath.Dir(path), code)
	}
	var err error
	if contract.Code, err = Load(code); err != nil {
		return err
	}
	for k, v := range f.Storage {
		key, err1 := hex.DecodeString(k)
		value, err2 := hex.DecodeString(v)
		if err1 != nil || err2 != nil || checkKey(key) != nil || len(value) > MaxValueBytes {
			return fmt.Errorf("%s: contract %q: storage %q: expected a key of 1 to %d bytes and a value of at most %d, in hexadecimal digits: %w",
				path, f.Name, k, MaxKeyBytes, MaxValueBytes, ErrState)
		}
		contract.storage[string(key)] = value
	}
	c.contracts = append(c.contracts, contract)
	return c.loadBalance(path, contract.Address, f.Balance)
}

func (c *Chain) loadBalance(path, address string, balance map[string]uint64) error {
	for denom, amount := range balance {
		if !isDenom(denom) {
			return fmt.Errorf("%s: balance of %s: denomination %q: %w", path, c.display(address), denom, ErrState)
		}
		c.setBalance(address, denom, amount)
	}
	return nil
}

// LoadRecords adds the records of a file. Errors: those of the file; ErrRecord, ErrState.
func (c *Chain) LoadRecords(path string) error {
	var file recordsFile
	if err := readJSON(path, &file); err != nil {
		return err
	}
	if err := c.setRecords(file); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (c *Chain) setRecords(file recordsFile) error {
	for _, name := range slices.Sorted(maps.Keys(file)) {
		kind, err := ParseKind(name)
		if err != nil {
			return err
		}
		for i, fields := range file[name] {
			r := Record{}
			for f, v := range fields {
				words, err := fieldWords(v)
				if err != nil {
					return fmt.Errorf("%s %d of the list: %s: %w", name, i+1, f, err)
				}
				r[f] = words
			}
			if err := c.SetRecord(kind, r); err != nil {
				return fmt.Errorf("%s %d of the list: %w", name, i+1, err)
			}
		}
	}
	return nil
}

func fieldWords(v any) ([]string, error) {
	switch v := v.(type) {
	case string:
		return []string{v}, nil
	case json.Number:
		return []string{v.String()}, nil
	case []any:
		var words []string
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				return nil, fmt.Errorf("expected a list of texts: %w", ErrRecord)
			}
			words = append(words, text)
		}
		return words, nil
	}
	return nil, fmt.Errorf("expected a text, a number or a list of texts: %w", ErrRecord)
}

// SaveState writes the chain to a file that LoadState reads. The file is replaced whole or not at all.
func (c *Chain) SaveState(path string) error {
	file := stateFile{ChainID: c.ID, Height: c.Height, Time: c.Time, Accounts: map[string]map[string]uint64{}}
	for _, contract := range c.contracts {
		f := contractFile{
			Name: contract.Name, Address: contract.Address, Code: relativeTo(path, contract.Code.Path),
			Balance: c.balances[contract.Address], Storage: map[string]string{},
		}
		for k, v := range contract.storage {
			f.Storage[hex.EncodeToString([]byte(k))] = hex.EncodeToString(v)
		}
		file.Contracts = append(file.Contracts, f)
	}
	for address, balance := range c.balances {
		if c.at(address) == nil && len(balance) > 0 {
			file.Accounts[c.display(address)] = balance
		}
	}
	file.Records = c.recordsFile()
	b, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(path, append(b, '\n'))
}

func replaceFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func (c *Chain) recordsFile() recordsFile {
	out := recordsFile{}
	keys := slices.SortedFunc(maps.Keys(c.records), func(a, b recordKey) int {
		return strings.Compare(fmt.Sprintf("%d %20s", a.kind, a.key), fmt.Sprintf("%d %20s", b.kind, b.key))
	})
	for _, key := range keys {
		fields := map[string]any{}
		var more []any
		for i, v := range c.records[key] {
			switch {
			case i >= len(schemas[key.kind]):
				more = append(more, v.Text)
			case v.Kind == values.Number:
				fields[schemas[key.kind][i].name] = json.Number(strconv.FormatUint(v.Number, 10))
			case v.Kind == values.Text:
				fields[schemas[key.kind][i].name] = v.Text
			default:
				fields[schemas[key.kind][i].name] = values.Argument(v)
			}
		}
		if more != nil {
			fields[labels] = more
		}
		out[key.kind.String()] = append(out[key.kind.String()], fields)
	}
	return out
}

// relativeTo is a path as seen from the folder of a file, where that can be said.
func relativeTo(file, path string) string {
	folder, err1 := filepath.Abs(filepath.Dir(file))
	absolute, err2 := filepath.Abs(path)
	if err1 != nil || err2 != nil {
		return path
	}
	relative, err := filepath.Rel(folder, absolute)
	if err != nil {
		return absolute
	}
	return filepath.ToSlash(relative)
}

// readJSON reads one document, whose fields must all be known.
func readJSON(path string, into any) error {
	b, err := ReadBounded(path, maxFileBytes)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w: %w", path, ErrState, err)
	}
	if d.More() {
		return fmt.Errorf("%s: more than one document: %w", path, ErrState)
	}
	return nil
}

// Fund sees to it that an address has at least the coins.
func (c *Chain) Fund(address string, coins []host.Coin) {
	for _, coin := range coins {
		if c.Balance(address, coin.Denom) < coin.Amount {
			c.SetBalance(address, coin)
		}
	}
}
