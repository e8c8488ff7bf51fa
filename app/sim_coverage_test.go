package app_test

import (
	"strings"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/app/apptest"
	contracttypes "github.com/assay-chain/assay/x/contract/types"
	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// messageTypes records what is registered for a simulation.
type messageTypes map[string]bool

// Add records the type of a factory's message.
func (m messageTypes) Add(_ uint32, f simsx.SimMsgFactoryX) { m[sdk.MsgTypeURL(f.MsgType())] = true }

// TestSimulationCoversAllMessages fails when one of our modules has a message that no simulation sends,
// itself or through governance.
func TestSimulationCoversAllMessages(t *testing.T) {
	c := apptest.New(t, apptest.Options{})
	files, err := proto.MergedRegistry()
	require.NoError(t, err)
	for _, name := range []string{registrytypes.ModuleName, fleettypes.ModuleName, prooftypes.ModuleName, rollouttypes.ModuleName, contracttypes.ModuleName} {
		t.Run(name, func(t *testing.T) {
			seen := make(messageTypes)
			weights := simsx.ParamWeightSource(nil)
			if m, ok := c.App.ModuleManager.Modules[name].(simsx.HasWeightedOperationsX); ok {
				m.WeightedOperationsX(weights, seen)
			}
			if m, ok := c.App.ModuleManager.Modules[name].(simsx.HasProposalMsgsX); ok {
				m.ProposalMsgsX(weights, seen)
			}
			d, err := files.FindDescriptorByName(protoreflect.FullName("assay." + name + ".v1.Msg"))
			require.NoError(t, err)
			methods := d.(protoreflect.ServiceDescriptor).Methods()
			var missing []string
			for i := range methods.Len() {
				if url := "/" + string(methods.Get(i).Input().FullName()); !seen[url] {
					missing = append(missing, url)
				}
			}
			require.Empty(t, strings.Join(missing, "\n"))
		})
	}
}
