package keeper

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
)

// maxNesting is how many messages within messages (authz) the start of a block looks into. Proofs that are nested
// deeper are verified alone when they are executed.
const maxNesting = 2

// claims returns the claims of messages in the order of their execution, at most max_proofs_per_msg to a message,
// looking into nested messages as deep as depth.
func claims(msgs []sdk.Msg, depth int, params types.Params) []claim {
	var out []claim
	for _, msg := range msgs {
		switch m := msg.(type) {
		case *types.MsgSubmitProof:
			if addr, err := types.DeviceAddress(m.Device); err == nil {
				out = append(out, claim{addr, m.Entry()})
			}
		case *types.MsgSubmitProofs:
			out = append(out, entryClaims(m, params)...)
		case interface{ GetMessages() ([]sdk.Msg, error) }: // authz.MsgExec
			if inner, err := m.GetMessages(); err == nil && depth > 0 {
				out = append(out, claims(inner, depth-1, params)...)
			}
		}
	}
	return out
}

func entryClaims(m *types.MsgSubmitProofs, params types.Params) []claim {
	addr, err := types.DeviceAddress(m.Device)
	if err != nil || uint64(len(m.Entries)) > uint64(params.MaxProofsPerMsg) {
		return nil // refused as a whole
	}
	out := make([]claim, len(m.Entries))
	for i, e := range m.Entries {
		out[i] = claim{addr, e}
	}
	return out
}
