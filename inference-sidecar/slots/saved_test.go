package slots

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadSaved(t *testing.T) {
	w := newWorld(t, publish(t, "1.0.0"))
	_ = w
}
