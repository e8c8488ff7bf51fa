package load

import (
	"context"
	"fmt"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// blockHeight is the metadata by which the SDK's queries are asked at a height.
const blockHeight = "x-cosmos-block-height"

// Allowed asks the zone's node what the fleet might run of the model at each height that an answer named, and returns
// what answers the state of that height did not allow: none, if devices keep to it.
func Allowed(ctx context.Context, zone grpc.ClientConnInterface, fleet uint64, model string, counts []Count) (broken []string, err error) {
	at := map[int64]rollouttypes.Directive{}
	for _, c := range counts {
		d, known := at[c.Height]
		if !known {
			ctx := metadata.AppendToOutgoingContext(ctx, blockHeight, strconv.FormatInt(c.Height, 10))
			res, err := rollouttypes.NewQueryClient(zone).Directive(ctx, &rollouttypes.QueryDirectiveRequest{Fleet: fleet, Model: model})
			if err != nil {
				return nil, fmt.Errorf("directive at height %d: %w", c.Height, err)
			}
			d = res.Directive
			at[c.Height] = d
		}
		if c.Version != d.Version && (c.Version != d.Candidate || d.Weight == 0) {
			broken = append(broken, fmt.Sprintf("device %d: %d answers of %s at height %d, where %q and, to %d per cent, %q were allowed",
				c.Device+1, c.Number, c.Version, c.Height, d.Version, d.Weight, d.Candidate))
		}
	}
	return broken, nil
}
