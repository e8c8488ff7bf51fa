package pool

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Check connects once, and asks whether this account has JetStream. It makes nothing on the server. The timeout is for
// the connection; the context ends the question.
func Check(ctx context.Context, c Connection, timeout time.Duration) error {
	c, err := c.withDefaults()
	if err != nil {
		return err
	}
	nc, err := nats.Connect(c.URL, append(c.credentials(), nats.Name(c.Name), nats.NoReconnect(), nats.Timeout(timeout))...)
	if err != nil {
		return fmt.Errorf("nats: %w", err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err == nil {
		_, err = js.AccountInfo(ctx)
	}
	if err != nil {
		return fmt.Errorf("nats: %w", err)
	}
	return nil
}
