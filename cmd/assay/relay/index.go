package relay

import (
	"context"
	"fmt"

	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
)

// indexLookups is how many packets a pass asks the node's index for.
const indexLookups = 50

// readIndex asks the node's index for the wanted bytes: for transactions first, then for blocks, since an
// application may send packets where a block begins or ends. A node without an index is no error.
func (f *finder) readIndex(ctx context.Context, wants []want, _ int64, _ *int64) error {
	for _, w := range wants[:min(len(wants), indexLookups)] {
		if err := f.lookUp(ctx, w); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			f.log.Debug("index search", "error", err)
			return nil
		}
	}
	return nil
}

func (f *finder) lookUp(ctx context.Context, w want) error {
	page, perPage, query := 1, 10, f.query(w)
	txs, err := f.source.TxSearch(ctx, query, false, &page, &perPage, "desc")
	if err != nil {
		return fmt.Errorf("transactions with %s: %w", query, err)
	}
	for _, tx := range txs.Txs {
		f.remember(findings(tx.Height, tx.TxResult.Events))
	}
	if _, ok := f.found[w]; ok {
		return nil
	}
	blocks, err := f.source.BlockSearch(ctx, query, &page, &perPage, "desc")
	if err != nil {
		return fmt.Errorf("blocks with %s: %w", query, err)
	}
	for _, b := range blocks.Blocks {
		if err := f.readBlock(ctx, b.Block.Height); err != nil {
			return err
		}
	}
	return nil
}

// query is what the index is asked.
func (f *finder) query(w want) string {
	event, client := channelv2types.EventTypeSendPacket, channelv2types.AttributeKeySrcClient
	if w.ack {
		event, client = channelv2types.EventTypeWriteAck, channelv2types.AttributeKeyDstClient
	}
	return fmt.Sprintf("%s.%s='%s' AND %s.%s='%d'", event, client, f.clientID, event, channelv2types.AttributeKeySequence, w.sequence)
}
