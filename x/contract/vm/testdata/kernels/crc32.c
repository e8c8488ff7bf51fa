// CRC-32 (IEEE 802.3) by a table of 256 entries, over a buffer of 4 KiB, n bytes in all.
#include "kernel.h"

static uint32_t table[256];
static uint8_t buffer[4096];

static void prepare(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; bit++) c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
    table[i] = c;
  }
}

EXPORT uint32_t run(uint32_t n) {
  uint32_t state = 1, crc = ~0u;
  prepare();
  for (uint32_t i = 0; i < sizeof buffer; i++) buffer[i] = next(&state) >> 24;
  for (uint32_t i = 0; i < n; i++) crc = table[(crc ^ buffer[i % sizeof buffer]) & 255] ^ crc >> 8;
  return ~crc;
}
