/* The model's end: what a Realtime session understands and answers (general-availability shapes only).
 *
 * Source: https://developers.openai.com/api/docs/guides/realtime-conversations.
 */

#define _GNU_SOURCE
#include "far_ends.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOUD 6000 /* of a pulse, in 16 bit samples, whatever filters it has passed */
#define QUIET_MS 200 /* between two pulses at least */

Session *sessions;

static const char SESSION[] =
    "{\"type\":\"realtime\",\"object\":\"realtime.session\",\"id\":\"sess_%08x\",\"model\":\"gpt-realtime-2.1\","
    "\"output_modalities\":[\"audio\"],\"instructions\":\"\",\"tools\":[],\"tool_choice\":\"auto\","
    "\"max_output_tokens\":\"inf\",\"expires_at\":1893456000,\"audio\":{\"input\":{\"format\":{\"type\":\"%s\"%s},"
    "\"transcription\":null,\"noise_reduction\":null,\"turn_detection\":{\"type\":\"server_vad\",\"threshold\":0.5,"
    "\"prefix_padding_ms\":300,\"silence_duration_ms\":500,\"create_response\":true,\"interrupt_response\":true}},"
    "\"output\":{\"format\":{\"type\":\"%s\"%s},\"voice\":\"marin\",\"speed\":1.0}}}";

static bool has_closed;
static uint32_t session_count;
static uint64_t event_count;

/* One event; the format begins after the event's type and id, which come first: `"type",` then the rest. */
void say(Session *s, const char *format, ...) {
  static char text[32768];
  va_list arguments;
  int length = snprintf(text, sizeof text, "{\"event_id\":\"event_%llu\",\"type\":", (unsigned long long)++event_count);
  va_start(arguments, format);
  length += vsnprintf(text + length, sizeof text - (size_t)length - 1, format, arguments);
  va_end(arguments);
  text[length++] = '}';
  send_text(&s->socket, text, (size_t)length);
}

static void describe(Session *s, const char *type) {
  char session[2048];
  const char *kind = is_pcm ? "audio/pcm" : "audio/pcmu", *rate = is_pcm ? ",\"rate\":24000" : "";
  snprintf(session, sizeof session, SESSION, session_count, kind, rate, kind, rate);
  say(s, "\"%s\",\"session\":%s", type, session);
}

static void refuse(Session *s, const char *code) {
  say(s, "\"error\",\"error\":{\"type\":\"invalid_request_error\",\"code\":\"%s\",\"message\":\"%s\",\"param\":null,"
      "\"event_id\":null}", code, code);
}

/* --- audio --- */

static void bind(Session *s, Call *c) {
  s->call = c;
  c->session = s;
  script_bound(s);
}

static Call *call_of(Session *s, uint32_t number) {
  if (!number || (int)number > call_count) return NULL;
  if (!s->call) bind(s, calls[number - 1]);
  return s->call->number == number ? s->call : NULL;
}

static void frame_arrived(Session *s, const char *text, size_t length) {
  uint32_t number, frame;
  Call *c;
  if (!frame_named(text, length, &number, &frame) || !(c = call_of(s, number))) {
    fault(ALTERED);
    return;
  }
  SentFrame *slot = &c->ring[frame % RING];
  if (slot->frame != frame || !slot->at) {
    fault(LOST_TOO_LATE);
    return;
  }
  if (slot->has_arrived) {
    fault(DUPLICATED);
    return;
  }
  if (frame < c->next_frame)
    fault(REORDERED);
  else
    c->next_frame = frame + 1;
  slot->has_arrived = true;
  totals.frames_arrived++;
  if (slot->window && slot->window == window_number) {
    window.frames_arrived++;
    note(&window.up, (now() - slot->at) / 1000);
  }
}

static void pcm_arrived(Session *s, const char *text, size_t length) {
  static uint8_t bytes[1 << 20];
  if (length > sizeof bytes || !call_of(s, s->named)) {
    fault(ALTERED);
    return;
  }
  Call *c = s->call;
  size_t samples = base64_decode(text, length, bytes) / 2;
  bool is_loud = false;
  for (size_t i = 0; i < samples && !is_loud; i++) {
    int16_t sample;
    memcpy(&sample, bytes + i * 2, 2);
    is_loud = sample > LOUD || sample < -LOUD;
  }
  if (!is_loud) {
    c->quiet_ms += (uint32_t)(samples / 24);
    return;
  }
  if (c->quiet_ms >= QUIET_MS && c->pulse_at) {
    totals.frames_arrived++;
    if (c->pulse_window && c->pulse_window == window_number) {
      window.frames_arrived++;
      note(&window.up, (now() - c->pulse_at) / 1000);
    }
    c->pulse_at = 0;
  }
  c->quiet_ms = 0;
}

/* --- the other events --- */

static void truncated(Session *s, const char *text) {
  Call *c = s->call;
  size_t length = 0;
  const char *item = text_of(text, "item_id", &length);
  long ms = number_of(text, "audio_end_ms");
  unsigned number = 0, response = 0;
  window.truncates++, totals.truncates++;
  if (!item || !c || sscanf(item, "item_%u_%u", &number, &response) != 2 || number != c->number) {
    fault(BAD_TRUNCATE);
    refuse(s, "item_truncate_invalid_item_id");
    return;
  }
  if (ms < 0 || ms > (long)s->chunks * CHUNK_MS || response != s->response) {
    fault(BAD_TRUNCATE);
    refuse(s, "invalid_value");
    return;
  }
  if (c->expects_truncate && response == c->cut_item) {
    c->expects_truncate = false;
    c->told_ms = ms;
    interruption_seen(c);
  }
  say(s, "\"conversation.item.truncated\",\"item_id\":\"item_%u_%u\",\"content_index\":0,\"audio_end_ms\":%ld", number,
      response, ms);
}

static void item_created(Session *s) {
  static uint32_t count;
  for (int i = 0; i < 2; i++)
    say(s, "\"conversation.item.%s\",\"previous_item_id\":null,\"item\":{\"id\":\"item_x%u\",\"object\":"
        "\"realtime.item\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"user\",\"content\":[]}",
        i ? "done" : "added", count);
  count++;
}

static bool is(const char *type, size_t length, const char *name) {
  return length == strlen(name) && !memcmp(type, name, length);
}

static void heard(Socket *socket, char *text, size_t length) {
  Session *s = socket->owner;
  size_t n = 0, audio_length = 0;
  const char *type = text_of(text, "type", &n), *audio;
  (void)length;
  if (!type) {
    fault(BAD_MESSAGE);
  } else if (is(type, n, "input_audio_buffer.append")) {
    if (!s->is_configured) fault(AUDIO_BEFORE_SETUP);
    if (!(audio = text_of(text, "audio", &audio_length))) fault(BAD_MESSAGE);
    else if (is_pcm) pcm_arrived(s, audio, audio_length);
    else frame_arrived(s, audio, audio_length);
  } else if (is(type, n, "session.update")) {
    s->is_configured = true;
    describe(s, "session.updated");
  } else if (is(type, n, "response.create")) {
    script_asked(s);
  } else if (is(type, n, "conversation.item.truncate")) {
    truncated(s, text);
  } else if (is(type, n, "conversation.item.create")) {
    item_created(s);
  } else if (is(type, n, "input_audio_buffer.commit")) {
    script_committed(s);
  } else if (is(type, n, "response.cancel")) {
    refuse(s, "response_cancel_not_active");
  } else {
    fault(UNKNOWN_EVENT);
  }
}

static void opened(Socket *socket, const char *request) {
  Session *s = socket->owner;
  const char *named = strstr(request, "/call/");
  if (named && named < strstr(request, "HTTP/")) s->named = (uint32_t)strtoul(named + 6, NULL, 10);
  session_count++;
  describe(s, "session.created");
}

static void gone(Socket *socket) {
  Session *s = socket->owner;
  if (s->call && s->call->stage == TALKING) fault(DROPPED_SESSION);
  if (s->call && s->call->session == s) s->call->session = NULL;
  s->call = NULL;
  has_closed = true;
}

Socket *model_welcome(void) {
  Session *s = calloc(1, sizeof *s);
  if (!s) abort();
  s->socket = (Socket){.on_open = opened, .on_text = heard, .on_gone = gone, .owner = s};
  s->next_at = NEVER;
  s->next = sessions;
  sessions = s;
  return &s->socket;
}

void model_bury(void) {
  if (!has_closed) return;
  has_closed = false;
  for (Session **at = &sessions; *at;) {
    Session *s = *at;
    if (s->socket.state == CLOSED) {
      *at = s->next;
      free(s->socket.in);
      free(s->socket.out);
      free(s);
    } else {
      at = &s->next;
    }
  }
}

int sessions_open(void) {
  int count = 0;
  for (Session *s = sessions; s; s = s->next) count += s->socket.state != CLOSED;
  return count;
}
