// Strings: split, compare, number to text and back, text search.
#include "memory.h"

static char text[512];

static size_t length(const char *s) {
  size_t n = 0;
  while (s[n]) n++;
  return n;
}

static char *append(char *to, const char *s) {
  size_t n = length(s);
  memcpy(to, s, n + 1);
  return to + n;
}

static char *decimal(char *to, int32_t v) {
  char digits[12];
  int n = 0;
  uint32_t u = v < 0 ? -(uint32_t)v : (uint32_t)v;
  do digits[n++] = '0' + u % 10;
  while (u /= 10);
  if (v < 0) *to++ = '-';
  while (n) *to++ = digits[--n];
  *to = 0;
  return to;
}

static int32_t parse(const char *s, const char **end) {
  int negative = *s == '-';
  uint32_t v = 0;
  for (s += negative; *s >= '0' && *s <= '9'; s++) v = v * 10 + (*s - '0');
  *end = s;
  return negative ? -v : v;
}

// sum writes n numbers as text, "0;-7;14;…", and adds up what it reads back.
EXPORT int32_t sum(int32_t n) {
  char *end = text;
  for (int32_t i = 0; i < n; i++) end = append(decimal(end, i % 2 ? -7 * i : 7 * i), ";");
  int32_t total = 0;
  for (const char *s = text; *s; s++) total += parse(s, &s);
  return total * 1000 + (end - text);
}

// find gives where the first of two equal words of the text begins again.
EXPORT int32_t find(uint32_t from) {
  append(text, "attestation rollout device publisher rollout fleet");
  const char *word = text + from;
  size_t n = 0;
  while (word[n] && word[n] != ' ') n++;
  for (const char *s = word + n; length(s) >= n; s++)
    if (!memcmp(s, word, n)) return s - text;
  return -1;
}
