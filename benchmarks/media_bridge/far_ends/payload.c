/* Audio that names its call and its place in it: eight bytes of name, then noise that follows from the name.
 *
 * What arrives is made anew from its name and compared as text, so a single changed bit is seen.
 */

#define _GNU_SOURCE
#include "far_ends.h"

#include <stdlib.h>
#include <string.h>

enum { FRAME_SIGN = 0x5C, CHUNK_SIGN = 0xD1 };

static void fill(uint8_t *bytes, size_t length, uint8_t sign, uint32_t call, uint32_t high, uint32_t low) {
  uint64_t seed = ((uint64_t)call << 40 ^ (uint64_t)high << 24 ^ low) * 0x9E3779B97F4A7C15ULL | 1;
  bytes[0] = sign;
  bytes[1] = (uint8_t)(call >> 8), bytes[2] = (uint8_t)call;
  bytes[3] = (uint8_t)high;
  for (int i = 0; i < 4; i++) bytes[4 + i] = (uint8_t)(low >> (24 - 8 * i));
  for (size_t i = 8; i + 8 <= length; i += 8) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    memcpy(bytes + i, &seed, 8);
  }
}

static bool name_of(const char *text, uint8_t sign, uint32_t *call, uint32_t *high, uint32_t *low) {
  uint8_t name[9];
  base64_decode(text, 12, name);
  *call = (uint32_t)name[1] << 8 | name[2];
  *high = name[3];
  *low = (uint32_t)name[4] << 24 | (uint32_t)name[5] << 16 | (uint32_t)name[6] << 8 | name[7];
  return name[0] == sign;
}

void frame_text(uint32_t call, uint32_t frame, char text[FRAME_TEXT]) {
  uint8_t bytes[FRAME_BYTES];
  fill(bytes, FRAME_BYTES, FRAME_SIGN, call, 0, frame);
  base64_encode(bytes, FRAME_BYTES, text);
}

bool frame_named(const char *text, size_t length, uint32_t *call, uint32_t *frame) {
  uint32_t high;
  char same[FRAME_TEXT];
  if (length != FRAME_TEXT || !name_of(text, FRAME_SIGN, call, &high, frame)) return false;
  frame_text(*call, *frame, same);
  return !memcmp(text, same, FRAME_TEXT);
}

void chunk_text(uint32_t call, uint32_t response, uint32_t chunk, char text[CHUNK_TEXT]) {
  uint8_t bytes[CHUNK_BYTES];
  fill(bytes, CHUNK_BYTES, CHUNK_SIGN, call, response & 255, response << 16 | chunk);
  base64_encode(bytes, CHUNK_BYTES, text);
}

bool chunk_named(const char *text, size_t length, uint32_t *call, uint32_t *response, uint32_t *chunk) {
  uint32_t high, low;
  char same[CHUNK_TEXT];
  if (length != CHUNK_TEXT || !name_of(text, CHUNK_SIGN, call, &high, &low)) return false;
  *response = low >> 16, *chunk = low & 65535;
  chunk_text(*call, *response, *chunk, same);
  return !memcmp(text, same, CHUNK_TEXT);
}

/* For bridges that decode the audio: silence, and now and then 20 ms so loud that no filter hides them. */
void pulse_text(bool is_loud, char text[FRAME_TEXT]) {
  uint8_t bytes[FRAME_BYTES];
  for (int i = 0; i < FRAME_BYTES; i++) bytes[i] = !is_loud ? 0xFF : i / 4 % 2 ? 0x10 : 0x90; /* 1 kHz, mu-law */
  base64_encode(bytes, FRAME_BYTES, text);
}

const char *pcm_chunk_text(size_t *length) {
  static char text[CHUNK_MS * 48 / 3 * 4 + 4];
  static size_t made;
  if (!made) {
    uint8_t bytes[CHUNK_MS * 48];
    for (int i = 0; i < CHUNK_MS * 24; i++) { /* a soft 400 Hz square */
      int16_t sample = i / 30 % 2 ? 2000 : -2000;
      memcpy(bytes + i * 2, &sample, 2);
    }
    made = base64_encode(bytes, sizeof bytes, text);
  }
  *length = made;
  return text;
}

/* The first string or number of that name in JSON text. Our peers write no such name inside a string before it. */
static const char *value_of(const char *message, const char *name) {
  char quoted[48];
  size_t length = strlen(name);
  quoted[0] = '"';
  memcpy(quoted + 1, name, length);
  memcpy(quoted + 1 + length, "\"", 2);
  for (const char *at = message; (at = strstr(at, quoted)); at++) {
    const char *value = at + length + 2;
    while (*value == ' ') value++;
    if (*value++ != ':') continue;
    while (*value == ' ') value++;
    return value;
  }
  return NULL;
}

const char *text_of(const char *message, const char *name, size_t *length) {
  const char *value = value_of(message, name);
  if (!value || *value != '"') return NULL;
  const char *end = strchr(++value, '"');
  if (!end) return NULL;
  *length = (size_t)(end - value);
  return value;
}

long number_of(const char *message, const char *name) {
  const char *value = value_of(message, name);
  if (!value || (*value != '-' && (*value < '0' || *value > '9'))) return -1;
  return strtol(value, NULL, 10);
}
