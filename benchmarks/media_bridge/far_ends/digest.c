/* SHA-1 (FIPS 180-4), as much of it as a WebSocket handshake needs, and base64 (RFC 4648). */

#include "far_ends.h"

#include <string.h>

static uint32_t rotated(uint32_t word, int by) { return word << by | word >> (32 - by); }

void sha1(const char *text, size_t length, uint8_t digest[20]) {
  uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  uint8_t block[192] = {0}; /* the handshake's 60 bytes, padded */
  size_t blocks = (length + 8) / 64 + 1;
  memcpy(block, text, length);
  block[length] = 0x80;
  for (int i = 0; i < 8; i++) block[blocks * 64 - 1 - i] = (uint8_t)((uint64_t)length * 8 >> 8 * i);
  for (size_t b = 0; b < blocks; b++) {
    uint32_t w[80], a = h[0], bb = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++) {
      const uint8_t *p = block + b * 64 + i * 4;
      w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
    for (int i = 16; i < 80; i++) w[i] = rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
      uint32_t f = i < 20 ? (bb & c) | (~bb & d) : i >= 40 && i < 60 ? (bb & c) | (bb & d) | (c & d) : bb ^ c ^ d;
      uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
      uint32_t t = rotated(a, 5) + f + e + k + w[i];
      e = d, d = c, c = rotated(bb, 30), bb = a, a = t;
    }
    h[0] += a, h[1] += bb, h[2] += c, h[3] += d, h[4] += e;
  }
  for (int i = 0; i < 20; i++) digest[i] = (uint8_t)(h[i / 4] >> (24 - i % 4 * 8));
}

static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encode(const uint8_t *bytes, size_t length, char *text) {
  char *at = text;
  for (size_t i = 0; i < length; i += 3) {
    uint32_t left = (uint32_t)(length - i);
    uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
    *at++ = LETTERS[three >> 18];
    *at++ = LETTERS[three >> 12 & 63];
    *at++ = left > 1 ? LETTERS[three >> 6 & 63] : '=';
    *at++ = left > 2 ? LETTERS[three & 63] : '=';
  }
  return (size_t)(at - text);
}

size_t base64_decode(const char *text, size_t length, uint8_t *bytes) {
  static int8_t value[256];
  if (value['B'] == 0)
    for (int i = 0; i < 64; i++) value[(uint8_t)LETTERS[i]] = (int8_t)i;
  uint8_t *at = bytes;
  for (size_t i = 0; i + 4 <= length; i += 4) {
    const uint8_t *p = (const uint8_t *)text + i;
    uint32_t four = (uint32_t)value[p[0]] << 18 | (uint32_t)value[p[1]] << 12 | (uint32_t)value[p[2]] << 6 |
                    (uint32_t)value[p[3]];
    *at++ = (uint8_t)(four >> 16);
    if (p[2] != '=') *at++ = (uint8_t)(four >> 8);
    if (p[3] != '=') *at++ = (uint8_t)four;
  }
  return (size_t)(at - bytes);
}
