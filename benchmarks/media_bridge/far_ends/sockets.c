/* WebSocket (RFC 6455) on non-blocking sockets: text whole in one frame, ping answered, close echoed. */

#define _GNU_SOURCE
#include "far_ends.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONTINUED = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };
static const char GUID[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
static const char KEY[] = "dGhlIHNhbXBsZSBub25jZQ==";

static int epoll_fd;
static int64_t read_at;
static uint32_t mask_seed = 0x9E3779B9;

int64_t look_at_clock(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return read_at = time.tv_sec * 1000000000LL + time.tv_nsec;
}

int64_t now(void) { return read_at; }

void sockets_begin(int epoll) { epoll_fd = epoll; }

/* --- the handshake's proof --- */

static void accept_of(const char *key, size_t length, char text[32]) {
  char joined[128];
  uint8_t digest[20];
  if (length > 64) length = 64;
  memcpy(joined, key, length);
  memcpy(joined + length, GUID, sizeof GUID - 1);
  sha1(joined, length + sizeof GUID - 1, digest);
  text[base64_encode(digest, 20, text)] = 0;
}

/* --- bytes out and in --- */

static void watch(Socket *s, bool to_write) {
  if (s->waits_to_write == to_write) return;
  s->waits_to_write = to_write;
  struct epoll_event event = {.events = EPOLLIN | (to_write ? EPOLLOUT : 0), .data.ptr = s};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, s->fd, &event);
}

static void enroll(Socket *s, bool to_write) {
  int yes = 1;
  setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  s->waits_to_write = to_write;
  struct epoll_event event = {.events = EPOLLIN | (to_write ? EPOLLOUT : 0), .data.ptr = s};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, s->fd, &event);
}

static void room_for(char **buffer, size_t *room, size_t wanted) {
  if (wanted <= *room) return;
  while (*room < wanted) *room = *room ? *room * 2 : 4096;
  *buffer = realloc(*buffer, *room);
  if (!*buffer) abort();
}

static void push(Socket *s, const char *bytes, size_t length) {
  if (s->state == CLOSED) return;
  size_t sent = 0;
  if (!s->out_length && s->state != CONNECTING) {
    ssize_t n = send(s->fd, bytes, length, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) return; /* reading will tell us so too */
    sent = n > 0 ? (size_t)n : 0;
  }
  if (sent == length) return;
  room_for(&s->out, &s->out_room, s->out_length + length - sent);
  memcpy(s->out + s->out_length, bytes + sent, length - sent);
  s->out_length += length - sent;
  watch(s, true);
}

static void flush_out(Socket *s) {
  ssize_t n = send(s->fd, s->out, s->out_length, MSG_NOSIGNAL);
  if (n > 0) {
    s->out_length -= (size_t)n;
    memmove(s->out, s->out + n, s->out_length);
  }
  if (!s->out_length) watch(s, false);
}

static void send_frame(Socket *s, int opcode, const char *bytes, size_t length) {
  static char *frame;
  static size_t room;
  room_for(&frame, &room, length + 16);
  size_t at = 0;
  frame[at++] = (char)(0x80 | opcode);
  char mask_bit = s->is_client ? (char)0x80 : 0;
  if (length < 126) {
    frame[at++] = (char)(mask_bit | (char)length);
  } else if (length < 65536) {
    frame[at++] = (char)(mask_bit | 126);
    frame[at++] = (char)(length >> 8);
    frame[at++] = (char)length;
  } else {
    frame[at++] = (char)(mask_bit | 127);
    for (int i = 7; i >= 0; i--) frame[at++] = (char)((uint64_t)length >> 8 * i);
  }
  if (s->is_client) {
    mask_seed ^= mask_seed << 13, mask_seed ^= mask_seed >> 17, mask_seed ^= mask_seed << 5;
    char mask[4];
    memcpy(mask, &mask_seed, 4);
    memcpy(frame + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < length; i++) frame[at + i] = bytes[i] ^ mask[i & 3];
  } else {
    memcpy(frame + at, bytes, length);
  }
  push(s, frame, at + length);
}

void send_text(Socket *s, const char *text, size_t length) {
  if (s->state == OPEN && !s->is_close_sent) send_frame(s, TEXT, text, length);
}

void send_close(Socket *s) {
  if (s->state != OPEN || s->is_close_sent) return;
  send_frame(s, CLOSE, "\x03\xe8", 2);
  s->is_close_sent = true;
}

void drop(Socket *s) {
  if (s->state == CLOSED) return;
  s->state = CLOSED;
  close(s->fd);
  s->in_length = s->out_length = 0;
  s->on_gone(s);
}

/* --- opening --- */

int listen_on(int port, int *chosen) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 1024)) return -1;
  getsockname(fd, (struct sockaddr *)&address, &length);
  *chosen = ntohs(address.sin_port);
  return fd;
}

void accept_all(int listener, Socket *(*welcome)(void)) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    Socket *s = welcome();
    s->fd = fd;
    s->state = SHAKING;
    enroll(s, false);
  }
}

bool connect_to(Socket *s, int port, const char *path, const char *headers) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  s->is_client = true;
  s->state = CONNECTING;
  if (connect(s->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) return false;
  char request[2048];
  int length = snprintf(
      request, sizeof request,
      "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
      path, port, KEY, headers);
  room_for(&s->out, &s->out_room, (size_t)length);
  memcpy(s->out, request, (size_t)length);
  s->out_length = (size_t)length;
  enroll(s, true);
  return true;
}

static const char *header(const char *request, const char *name) {
  const char *at = strcasestr(request, name);
  if (!at) return NULL;
  at += strlen(name);
  while (*at == ' ' || *at == ':') at++;
  return at;
}

/* The HTTP part of a connection; true once it is a WebSocket. */
static bool shake(Socket *s) {
  room_for(&s->in, &s->in_room, s->in_length + 1);
  s->in[s->in_length] = 0;
  char *end = strstr(s->in, "\r\n\r\n"), answer[32], *request;
  if (!end) return false;
  *end = 0;
  size_t used = (size_t)(end + 4 - s->in);
  if (s->is_client) {
    const char *given = header(s->in, "sec-websocket-accept");
    accept_of(KEY, sizeof KEY - 1, answer);
    if (strncmp(s->in, "HTTP/1.1 101", 12) || !given || strncmp(given, answer, strlen(answer))) {
      fault(REFUSED);
      drop(s);
      return false;
    }
  } else {
    const char *key = header(s->in, "sec-websocket-key");
    char reply[256];
    if (!key) {
      fault(BAD_FRAMING);
      drop(s);
      return false;
    }
    accept_of(key, strcspn(key, "\r\n "), answer);
    int length = snprintf(
        reply, sizeof reply,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: %s\r\n\r\n",
        answer);
    push(s, reply, (size_t)length);
  }
  s->state = OPEN;
  request = strdup(s->in);
  s->in_length -= used;
  memmove(s->in, s->in + used, s->in_length);
  s->on_open(s, request);
  free(request);
  return true;
}

/* --- frames in --- */

static void unmask(uint8_t *bytes, size_t length, const uint8_t mask[4]) {
  uint64_t wide;
  uint32_t four;
  size_t i = 0;
  memcpy(&four, mask, 4);
  wide = (uint64_t)four << 32 | four;
  for (; i + 8 <= length; i += 8) {
    uint64_t eight;
    memcpy(&eight, bytes + i, 8);
    eight ^= wide;
    memcpy(bytes + i, &eight, 8);
  }
  for (; i < length; i++) bytes[i] ^= mask[i & 3];
}

static bool take_frame(Socket *s, int opcode, bool is_final, char *bytes, size_t length) {
  switch (opcode) {
    case TEXT:
      if (!is_final) fault(BAD_FRAMING);
      s->on_text(s, bytes, length);
      return s->state == OPEN;
    case PING:
      send_frame(s, PONG, bytes, length);
      return true;
    case PONG:
      return true;
    case CLOSE:
      send_close(s);
      if (!s->out_length || s->is_client) drop(s);
      return false;
    default:
      fault(BAD_FRAMING);
      return true;
  }
}

static void read_frames(Socket *s) {
  size_t at = 0;
  while (s->in_length - at >= 2) {
    uint8_t *p = (uint8_t *)s->in + at;
    size_t have = s->in_length - at, head = 2, length = p[1] & 127;
    bool is_masked = p[1] & 128;
    if (length == 126) {
      if (have < 4) break;
      length = (size_t)p[2] << 8 | p[3], head = 4;
    } else if (length == 127) {
      if (have < 10) break;
      length = 0, head = 10;
      for (int i = 2; i < 10; i++) length = length << 8 | p[i];
    }
    if (is_masked) head += 4;
    if (have < head + length) break;
    if (is_masked == s->is_client || p[0] & 0x70) fault(BAD_FRAMING);
    if (is_masked) unmask(p + head, length, p + head - 4);
    at += head + length;
    uint8_t next = p[head + length]; /* a text ends in NUL while it is looked at */
    p[head + length] = 0;
    if (!take_frame(s, p[0] & 15, p[0] & 128, (char *)p + head, length)) return;
    p[head + length] = next;
  }
  s->in_length -= at;
  if (at && s->in_length) memmove(s->in, s->in + at, s->in_length);
}

void serve(Socket *s, uint32_t events) {
  if (s->state == CLOSED) return;
  if (s->state == CONNECTING) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error) {
      fault(REFUSED);
      drop(s);
      return;
    }
    s->state = SHAKING;
  }
  if (events & EPOLLOUT && s->out_length) flush_out(s);
  if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
  room_for(&s->in, &s->in_room, s->in_length + 16384);
  ssize_t n = recv(s->fd, s->in + s->in_length, s->in_room - s->in_length - 1, 0);
  if (n < 0 && errno == EAGAIN) return;
  look_at_clock();
  if (n <= 0) {
    drop(s);
    return;
  }
  s->in_length += (size_t)n;
  if (s->state == SHAKING && !shake(s)) return;
  if (s->state == OPEN) read_frames(s);
}
