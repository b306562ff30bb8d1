/* The carrier's end of a media stream, in the carrier's own spelling.
 *
 * Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages.
 */

#define _GNU_SOURCE
#include "far_ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE (1000 * MS) /* for a clear, a truncation, the close after a stop */
#define PULSE_FRAMES 25
#define NS_A_BYTE 125000LL

Call *calls[MOST_CALLS];
int call_count;
int64_t due[MOST_CALLS];
bool is_pcm, does_clear = true, is_ending;
bool is_window_open;
uint16_t window_number;

static int carrier_port;
static const char *carrier_path;
static char headers[512];

void carrier_begin(int port, const char *path, const char *signature) {
  carrier_port = port;
  carrier_path = path;
  snprintf(headers, sizeof headers, "User-Agent: Twilio.TmeWs/1.0\r\nX-Twilio-Signature: %s\r\n", signature);
}

static void send_named(Call *c, const char *event, const char *rest) {
  char text[2048];
  int length = snprintf(
      text, sizeof text, "{\"event\":\"%s\",\"sequenceNumber\":\"%u\",\"streamSid\":\"%s\",%s}", event, c->frames + 2,
      c->stream_sid, rest);
  send_text(&c->carrier, text, (size_t)length);
}

/* --- opening and ending --- */

static void opened(Socket *s, const char *request) {
  (void)request;
  Call *c = s->owner;
  static const char CONNECTED[] = "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0.0\"}";
  char text[2048];
  send_text(s, CONNECTED, sizeof CONNECTED - 1);
  int length = snprintf(
      text, sizeof text,
      "{\"event\":\"start\",\"sequenceNumber\":\"1\",\"streamSid\":\"%s\",\"start\":{\"accountSid\":"
      "\"AC00000000000000000000000000000000\",\"streamSid\":\"%s\",\"callSid\":\"%s\",\"tracks\":[\"inbound\"],"
      "\"mediaFormat\":{\"encoding\":\"audio/x-mulaw\",\"sampleRate\":8000,\"channels\":1},"
      "\"customParameters\":{\"ticket\":\"%s\"}}}",
      c->stream_sid, c->stream_sid, c->call_sid, c->ticket);
  send_text(s, text, (size_t)length);
  c->stage = TALKING;
  c->began_at = look_at_clock();
  due[c->number - 1] = c->began_at + FRAME_MS * MS;
}

static void gone(Socket *s) {
  Call *c = s->owner;
  if (c->stage == TALKING) fault(DROPPED_CALL);
  c->stage = GONE;
  due[c->number - 1] = NEVER;
  if (!c->session) return;
  script_line_gone(c->session);
  wake(c, c->session->next_at);
}

void stop_call(Call *c) {
  if (c->stage != TALKING) return;
  char rest[160];
  snprintf(
      rest, sizeof rest, "\"stop\":{\"accountSid\":\"AC00000000000000000000000000000000\",\"callSid\":\"%s\"}",
      c->call_sid);
  send_named(c, "stop", rest);
  send_close(&c->carrier);
  c->stage = STOPPED;
  c->stopped_at = now();
  due[c->number - 1] = c->stopped_at + PATIENCE;
  if (!c->session) return;
  script_line_gone(c->session);
  wake(c, c->session->next_at);
}

/* --- the play buffer --- */

int64_t item_played_us(const Call *c) {
  int64_t in_stretch = (now() - c->stretch_at) / NS_A_BYTE;
  if (c->dry_at <= now() || in_stretch > c->stretch_bytes) in_stretch = c->stretch_bytes;
  return (c->item_before + in_stretch) * NS_A_BYTE / 1000;
}

static void play(Call *c, uint32_t item, int64_t bytes) {
  bool was_dry = c->dry_at <= now();
  if (item != c->item) {
    c->item = item;
    c->item_before = 0;
    c->stretch_bytes = 0;
    c->is_item_mixed = !was_dry;
  } else if (was_dry) {
    c->item_before += c->stretch_bytes;
    c->stretch_bytes = 0;
  }
  if (was_dry) c->stretch_at = c->dry_at = now();
  c->stretch_bytes += bytes;
  c->dry_at += bytes * NS_A_BYTE;
}

static void media(Call *c, const char *payload, size_t length) {
  uint32_t call, response, chunk;
  Session *s = c->session;
  int64_t bytes = (int64_t)length / 4 * 3 - (length && payload[length - 1] == '=') - (length > 1 && payload[length - 2] == '=');
  window.chunks_arrived++, totals.chunks_arrived++;
  if (is_pcm) { /* converted and cut anew: nothing in it has a name */
    play(c, s ? s->response : 0, bytes);
    return;
  }
  if (!chunk_named(payload, length, &call, &response, &chunk)) {
    fault(FOREIGN_MEDIA);
    c->is_item_mixed = true;
    play(c, c->item, bytes);
    return;
  }
  if (call != c->number || !s) {
    fault(ALTERED_MEDIA);
  } else if (response <= c->silenced) {
    fault(LATE_MEDIA);
  } else if (response == s->response && chunk == s->chunks_arrived) {
    s->chunks_arrived++;
    note(&window.down, (now() - s->chunk_sent[chunk]) / 1000);
  } else {
    fault(MISSING_MEDIA);
  }
  play(c, response, bytes);
}

static void return_mark(Call *c, const char *name) {
  char rest[128];
  snprintf(rest, sizeof rest, "\"mark\":{\"name\":\"%s\"}", name);
  send_named(c, "mark", rest);
}

static void mark(Call *c, const char *name, size_t length) {
  window.marks++, totals.marks++;
  if (length >= sizeof c->marks[0].name || c->end_mark - c->first_mark == MOST_MARKS) {
    fault(BAD_MESSAGE);
    return;
  }
  Mark *m = &c->marks[c->end_mark++ % MOST_MARKS];
  memcpy(m->name, name, length);
  m->name[length] = 0;
  m->due = c->dry_at;
}

static void return_marks(Call *c, int64_t until) {
  while (c->first_mark != c->end_mark && c->marks[c->first_mark % MOST_MARKS].due <= until)
    return_mark(c, c->marks[c->first_mark++ % MOST_MARKS].name);
}

static void clear(Call *c) {
  window.clears++, totals.clears++;
  if (c->expects_clear) {
    c->expects_clear = false;
    note(&window.barge_in, (now() - c->cut_at) / 1000);
    c->played_us = c->item == c->cut_item && !c->is_item_mixed ? item_played_us(c) : -1;
    interruption_seen(c);
  } else if (now() - c->cut_at > PATIENCE) {
    fault(UNASKED_CLEAR);
  }
  if (c->cut_item > c->silenced) c->silenced = c->cut_item;
  c->stretch_bytes = c->item_before = 0;
  c->dry_at = now();
  return_marks(c, NEVER);
}

void interruption_seen(Call *c) {
  if (c->expects_clear || c->expects_truncate || c->played_us < 0 || c->told_ms < 0) return;
  int64_t error = c->told_ms * 1000 - c->played_us;
  note(&window.truncation, error < 0 ? -error : error);
  c->played_us = c->told_ms = -1;
}

static void heard(Socket *s, char *text, size_t length) {
  Call *c = s->owner;
  size_t n = 0, sid_length = 0;
  const char *event = text_of(text, "event", &n), *sid = text_of(text, "streamSid", &sid_length);
  (void)length;
  if (!event) {
    fault(BAD_MESSAGE);
    return;
  }
  if (!sid || sid_length != strlen(c->stream_sid) || memcmp(sid, c->stream_sid, sid_length)) {
    fault(BAD_STREAM_SID);
    return;
  }
  const char *value;
  size_t value_length;
  if (n == 5 && !memcmp(event, "media", 5) && (value = text_of(text, "payload", &value_length))) {
    media(c, value, value_length);
  } else if (n == 4 && !memcmp(event, "mark", 4) && (value = text_of(text, "name", &value_length))) {
    mark(c, value, value_length);
    return_marks(c, now());
  } else if (n == 5 && !memcmp(event, "clear", 5)) {
    clear(c);
  } else {
    fault(BAD_MESSAGE);
  }
  if (c->first_mark != c->end_mark) wake(c, c->marks[c->first_mark % MOST_MARKS].due);
}

void wake(const Call *c, int64_t at) {
  if (at < due[c->number - 1]) due[c->number - 1] = at;
}

void add_call(const char *call_sid, const char *ticket) {
  Call *c = calloc(1, sizeof *c);
  if (!c || call_count == MOST_CALLS) abort();
  calls[call_count++] = c;
  c->number = (uint32_t)call_count;
  due[c->number - 1] = NEVER;
  c->played_us = c->told_ms = -1;
  c->cut_at = -NEVER / 2;
  snprintf(c->call_sid, sizeof c->call_sid, "%s", call_sid);
  snprintf(c->ticket, sizeof c->ticket, "%s", ticket);
  snprintf(c->stream_sid, sizeof c->stream_sid, "MZ%032x", c->number);
  c->carrier = (Socket){.on_open = opened, .on_text = heard, .on_gone = gone, .owner = c};
  totals.calls++;
  if (!connect_to(&c->carrier, carrier_port, carrier_path, headers)) {
    fault(REFUSED);
    drop(&c->carrier);
  }
}

/* --- what is due --- */

static void send_frame_due(Call *c, int64_t planned) {
  char text[512], *at = text;
  uint32_t frame = c->frames++;
  bool is_pulse = is_pcm && frame % PULSE_FRAMES == PULSE_FRAMES - 1;
  at += sprintf(
      at, "{\"event\":\"media\",\"sequenceNumber\":\"%u\",\"streamSid\":\"%s\",\"media\":{\"track\":\"inbound\","
      "\"chunk\":\"%u\",\"timestamp\":\"%u\",\"payload\":\"",
      frame + 2, c->stream_sid, frame + 1, (frame + 1) * FRAME_MS);
  if (is_pcm)
    pulse_text(is_pulse, at);
  else
    frame_text(c->number, frame, at);
  memcpy(at + FRAME_TEXT, "\"}}", 3);
  int64_t at_ns = look_at_clock();
  SentFrame *slot = &c->ring[frame % RING];
  *slot = (SentFrame){.at = at_ns, .frame = frame, .window = is_window_open ? window_number : 0};
  if (is_pulse) {
    if (c->pulse_at) fault(LOST_TOO_LATE);
    c->pulse_at = at_ns;
    c->pulse_window = slot->window;
  }
  if (!is_pcm || is_pulse) {
    totals.frames_sent++;
    if (is_window_open) window.frames_sent++;
  }
  note(&window.behind, (at_ns - planned) / 1000);
  send_text(&c->carrier, text, (size_t)(at - text) + FRAME_TEXT + 3);
}

static void miss_what_did_not_come(Call *c) {
  if (!(c->expects_clear || c->expects_truncate) || now() - c->cut_at < PATIENCE) return;
  if (c->expects_clear) fault(MISSING_CLEAR);
  if (c->expects_truncate) fault(MISSING_TRUNCATE);
  c->expects_clear = c->expects_truncate = false;
  c->played_us = c->told_ms = -1;
}

void tend_call(Call *c) {
  int64_t next;
  if (c->stage == STOPPED && now() >= c->stopped_at + PATIENCE) {
    drop(&c->carrier);
    return;
  }
  while (c->stage == TALKING && (next = c->began_at + (int64_t)(c->frames + 1) * FRAME_MS * MS) <= now())
    send_frame_due(c, next);
  if (c->session) script_tend(c->session);
  if (c->stage == TALKING) {
    return_marks(c, now());
    miss_what_did_not_come(c);
  }
  due[c->number - 1] = c->stage == STOPPED ? c->stopped_at + PATIENCE : NEVER;
  if (c->stage == TALKING) {
    wake(c, c->began_at + (int64_t)(c->frames + 1) * FRAME_MS * MS);
    if (c->first_mark != c->end_mark) wake(c, c->marks[c->first_mark % MOST_MARKS].due);
  }
  if (c->session) wake(c, c->session->next_at);
}
