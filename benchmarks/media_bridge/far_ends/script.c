/* The conversation every call holds, one turn after the other, until the call is to end.
 *
 * The caller speaks for one to two seconds, is written down, and is answered at four times the speed of speech. Of four
 * answers two are heard to their end, one is cut while it is being played, one while it is still being made.
 */

#include "far_ends.h"

#include <stdio.h>
#include <string.h>

#define THINKING (300 * MS) /* from a request to its answer */
#define BETWEEN_CHUNKS (CHUNK_MS * MS / 4)
#define PAUSE (600 * MS) /* before the caller answers */
#define NO_GREETING (1000 * MS) /* a client that has not asked for one by then wants none */
#define LOST_AFTER (3000 * MS)
#define WORTH_CLEARING (60 * MS)

enum { HEARD_OUT, CUT_WHILE_PLAYED, CUT_WHILE_MADE };
static const uint32_t PLANS[] = {HEARD_OUT, CUT_WHILE_PLAYED, HEARD_OUT, CUT_WHILE_MADE};
static const uint32_t CHUNKS[] = {40, 60, 60}; /* by plan */
static const char *WORDS[] = {"the tent",    "is made of",   "light cotton", "and stands",  "in all weather",
                              "for years",   "so you",       "may leave it", "where it is", "until the spring"};

static int64_t chance(Session *s, int64_t least, int64_t most) {
  s->chance ^= s->chance << 13, s->chance ^= s->chance >> 7, s->chance ^= s->chance << 17;
  return least + (int64_t)(s->chance % (uint64_t)(most - least + 1));
}

static size_t transcript(const Session *s, char *text, size_t room) {
  size_t at = 0;
  text[0] = 0;
  for (uint32_t i = 0; i < s->words && at + 32 < room; i++)
    at += (size_t)snprintf(text + at, room - at, "%s ", WORDS[(s->response + i) % 10]);
  return at;
}

/* --- the assistant --- */

static void begin_response(Session *s) {
  unsigned c = s->call->number, r = ++s->response;
  s->plan = is_ending || r == 1 ? HEARD_OUT : PLANS[(c + r) % 4];
  s->chunks_planned = is_ending ? 10 : r == 1 ? 20 : CHUNKS[s->plan];
  s->chunks = s->chunks_arrived = s->words = 0;
  s->is_asked = false;
  s->step = RESPONDING;
  s->playing_since = s->next_at = now();
  s->cut_in_at = s->plan == CUT_WHILE_MADE ? now() + chance(s, 300, 900) * MS : NEVER;
  say(s, "\"response.created\",\"response\":{\"object\":\"realtime.response\",\"id\":\"resp_%u_%u\",\"status\":"
      "\"in_progress\",\"status_details\":null,\"conversation_id\":\"conv_%u\",\"metadata\":null,\"output\":[],"
      "\"output_modalities\":[\"audio\"],\"usage\":null}", c, r, c);
  say(s, "\"rate_limits.updated\",\"rate_limits\":[{\"name\":\"tokens\",\"limit\":4000000,\"remaining\":3990000,"
      "\"reset_seconds\":0.1}]");
  say(s, "\"response.output_item.added\",\"response_id\":\"resp_%u_%u\",\"output_index\":0,\"item\":{\"id\":"
      "\"item_%u_%u\",\"object\":\"realtime.item\",\"type\":\"message\",\"status\":\"in_progress\",\"role\":"
      "\"assistant\",\"content\":[]}", c, r, c, r);
  say(s, "\"conversation.item.added\",\"previous_item_id\":null,\"item\":{\"id\":\"item_%u_%u\",\"object\":"
      "\"realtime.item\",\"type\":\"message\",\"status\":\"in_progress\",\"role\":\"assistant\",\"content\":[]}", c, r);
  say(s, "\"response.content_part.added\",\"response_id\":\"resp_%u_%u\",\"item_id\":\"item_%u_%u\",\"output_index\":0,"
      "\"content_index\":0,\"part\":{\"type\":\"audio\",\"transcript\":\"\"}", c, r, c, r);
}

static void say_chunk(Session *s) {
  unsigned c = s->call->number, r = s->response;
  char text[CHUNK_TEXT + 1];
  const char *audio = text;
  size_t length = CHUNK_TEXT;
  if (is_pcm)
    audio = pcm_chunk_text(&length);
  else
    chunk_text(c, r, s->chunks, text);
  if (!s->chunks) totals.assistant_turns++;
  window.chunks_sent++, totals.chunks_sent++;
  s->chunk_sent[s->chunks++] = look_at_clock();
  say(s, "\"response.output_audio.delta\",\"response_id\":\"resp_%u_%u\",\"item_id\":\"item_%u_%u\",\"output_index\":0,"
      "\"content_index\":0,\"delta\":\"%.*s\"", c, r, c, r, (int)length, audio);
  if (s->chunks % 2) {
    say(s, "\"response.output_audio_transcript.delta\",\"response_id\":\"resp_%u_%u\",\"item_id\":\"item_%u_%u\","
        "\"output_index\":0,\"content_index\":0,\"delta\":\"%s \"", c, r, c, r, WORDS[(r + s->words) % 10]);
    s->words++;
  }
}

static void end_response(Session *s, bool is_cut) {
  unsigned c = s->call->number, r = s->response, audio = s->chunks * CHUNK_MS / 50;
  const char *status = is_cut ? "cancelled" : "completed", *item = is_cut ? "incomplete" : "completed";
  char words[2048];
  transcript(s, words, sizeof words);
  say(s, "\"response.output_audio.done\",\"response_id\":\"resp_%u_%u\",\"item_id\":\"item_%u_%u\",\"output_index\":0,"
      "\"content_index\":0", c, r, c, r);
  say(s, "\"response.output_audio_transcript.done\",\"response_id\":\"resp_%u_%u\",\"item_id\":\"item_%u_%u\","
      "\"output_index\":0,\"content_index\":0,\"transcript\":\"%s\"", c, r, c, r, words);
  say(s, "\"response.content_part.done\",\"response_id\":\"resp_%u_%u\",\"item_id\":\"item_%u_%u\",\"output_index\":0,"
      "\"content_index\":0,\"part\":{\"type\":\"audio\",\"transcript\":\"%s\"}", c, r, c, r, words);
  say(s, "\"response.output_item.done\",\"response_id\":\"resp_%u_%u\",\"output_index\":0,\"item\":{\"id\":"
      "\"item_%u_%u\",\"object\":\"realtime.item\",\"type\":\"message\",\"status\":\"%s\",\"role\":\"assistant\","
      "\"content\":[{\"type\":\"output_audio\",\"transcript\":\"%s\"}]}", c, r, c, r, item, words);
  say(s, "\"conversation.item.done\",\"previous_item_id\":null,\"item\":{\"id\":\"item_%u_%u\",\"object\":"
      "\"realtime.item\",\"type\":\"message\",\"status\":\"%s\",\"role\":\"assistant\",\"content\":[{\"type\":"
      "\"output_audio\",\"transcript\":\"%s\"}]}", c, r, item, words);
  say(s, "\"response.done\",\"response\":{\"object\":\"realtime.response\",\"id\":\"resp_%u_%u\",\"status\":\"%s\","
      "\"status_details\":%s,\"conversation_id\":\"conv_%u\",\"metadata\":null,\"output_modalities\":[\"audio\"],"
      "\"output\":[{\"id\":\"item_%u_%u\",\"object\":\"realtime.item\",\"type\":\"message\",\"role\":\"assistant\","
      "\"status\":\"%s\",\"content\":[{\"type\":\"output_audio\",\"transcript\":\"%s\"}]}],\"usage\":{"
      "\"total_tokens\":%u,\"input_tokens\":200,\"output_tokens\":%u,\"input_token_details\":{\"text_tokens\":150,"
      "\"audio_tokens\":50,\"image_tokens\":0,\"cached_tokens\":128,\"cached_tokens_details\":{\"text_tokens\":128,"
      "\"audio_tokens\":0,\"image_tokens\":0}},\"output_token_details\":{\"text_tokens\":%u,\"audio_tokens\":%u}}}",
      c, r, status, is_cut ? "{\"type\":\"cancelled\",\"reason\":\"turn_detected\"}" : "null", c, c, r, item, words,
      200 + audio + s->words, audio + s->words, s->words, audio);
  totals.responses++;
}

/* --- the caller --- */

static void expect_interruption(Call *c, Session *s) {
  c->cut_at = now();
  c->cut_item = s->response;
  c->told_ms = c->played_us = -1;
  c->expects_clear = c->expects_truncate = c->dry_at - now() > WORTH_CLEARING;
  if (c->expects_clear && !does_clear) { /* the bridge under test has no such duty: the rest is dropped here */
    c->expects_clear = c->expects_truncate = false;
    c->dry_at = now();
    c->stretch_bytes = c->item_before = 0;
  }
}

static void begin_to_speak(Session *s) {
  Call *c = s->call;
  bool is_making = s->step == RESPONDING;
  unsigned turn = ++s->turn;
  look_at_clock();
  say(s, "\"input_audio_buffer.speech_started\",\"audio_start_ms\":%u,\"item_id\":\"caller_%u_%u\"",
      c->next_frame * FRAME_MS, c->number, turn);
  expect_interruption(c, s);
  if (is_making) {
    if (does_clear) { /* a piece that was on its way already */
      say_chunk(s);
    }
    end_response(s, true);
  }
  s->step = SPEAKING;
  s->part = 0;
  s->is_turn_open = true;
  s->next_at = now() + chance(s, 1000, 2000) * MS;
}

static void write_down(Session *s) {
  unsigned c = s->call->number, turn = s->turn;
  say(s, "\"conversation.item.input_audio_transcription.completed\",\"item_id\":\"caller_%u_%u\",\"content_index\":0,"
      "\"transcript\":\"I want to know about the tent.\",\"usage\":{\"type\":\"tokens\",\"total_tokens\":30,"
      "\"input_tokens\":20,\"output_tokens\":10,\"input_token_details\":{\"text_tokens\":0,\"audio_tokens\":20}}",
      c, turn);
  s->is_turn_open = false;
  totals.caller_turns++, totals.transcriptions++;
}

static void stop_speaking(Session *s) {
  unsigned c = s->call->number, turn = s->turn;
  say(s, "\"input_audio_buffer.speech_stopped\",\"audio_end_ms\":%u,\"item_id\":\"caller_%u_%u\"",
      s->call->next_frame * FRAME_MS, c, turn);
  say(s, "\"input_audio_buffer.committed\",\"previous_item_id\":null,\"item_id\":\"caller_%u_%u\"", c, turn);
  say(s, "\"conversation.item.added\",\"previous_item_id\":null,\"item\":{\"id\":\"caller_%u_%u\",\"object\":"
      "\"realtime.item\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"user\",\"content\":[{\"type\":"
      "\"input_audio\",\"transcript\":null}]}", c, turn);
}

static void go_on_speaking(Session *s) {
  static const char *PIECES[] = {"I want ", "to know ", "about the tent."};
  if (s->part == 0)
    stop_speaking(s);
  else if (s->part <= 3)
    say(s, "\"conversation.item.input_audio_transcription.delta\",\"item_id\":\"caller_%u_%u\",\"content_index\":0,"
        "\"delta\":\"%s\"", s->call->number, s->turn, PIECES[s->part - 1]);
  else if (s->part == 4)
    write_down(s);
  else if (s->call->stage == TALKING)
    begin_response(s);
  else
    s->step = OVER;
  if (s->step == SPEAKING) s->next_at = now() + (s->part == 0 ? 150 : 80) * MS;
  s->part++;
}

/* --- when what --- */

static void while_played(Session *s) {
  Call *c = s->call;
  bool is_lost = s->chunks_arrived < s->chunks && !is_pcm;
  if (s->plan == CUT_WHILE_PLAYED && !is_ending) {
    begin_to_speak(s);
  } else if (c->dry_at > now()) {
    s->next_at = c->dry_at;
    s->cut_in_at = NEVER;
  } else if (is_lost && now() < s->playing_since + LOST_AFTER) {
    s->next_at = now() + FRAME_MS * MS;
  } else if (s->cut_in_at == NEVER) { /* the last sound has just been played */
    if (is_lost) fault(MISSING_MEDIA);
    s->cut_in_at = now();
    s->next_at = now() + PAUSE;
  } else if (is_ending) {
    stop_call(c);
  } else {
    begin_to_speak(s);
  }
}

static void while_made(Session *s) {
  if (now() >= s->cut_in_at && s->chunks && !is_ending) {
    begin_to_speak(s);
    return;
  }
  say_chunk(s);
  s->next_at += BETWEEN_CHUNKS;
  if (s->chunks < s->chunks_planned) return;
  end_response(s, false);
  s->step = PLAYING;
  s->cut_in_at = NEVER;
  s->playing_since = now();
  s->next_at = now() + (s->plan == CUT_WHILE_PLAYED ? chance(s, 300, 3000) * MS : 0);
}

void script_tend(Session *s) {
  while (s->call && s->next_at <= now()) {
    if (s->step == OVER) {
      s->next_at = NEVER;
    } else if (s->step == WAITING) {
      s->next_at = NEVER;
      if (s->call->stage != TALKING) continue;
      if (is_ending) stop_call(s->call);
      else if (s->is_asked) begin_response(s);
      else begin_to_speak(s);
    } else if (s->step == RESPONDING) {
      while_made(s);
    } else if (s->step == PLAYING) {
      while_played(s);
    } else {
      go_on_speaking(s);
    }
  }
}

void script_bound(Session *s) {
  s->chance = s->call->number * 0x9E3779B97F4A7C15ULL | 1;
  s->step = WAITING;
  s->next_at = now() + (s->is_asked ? THINKING : NO_GREETING);
  wake(s->call, s->next_at);
}

void script_asked(Session *s) {
  if (s->step == RESPONDING) {
    fault(SECOND_RESPONSE);
    say(s, "\"error\",\"error\":{\"type\":\"invalid_request_error\",\"code\":"
        "\"conversation_already_has_active_response\",\"message\":\"one at a time\",\"param\":null,\"event_id\":null}");
    return;
  }
  s->is_asked = true;
  if (!s->call) return; /* once its first frame has come */
  s->step = WAITING;
  s->next_at = now() + THINKING;
  wake(s->call, s->next_at);
}

void script_committed(Session *s) {
  if (!s->call || s->step != SPEAKING || s->part) return;
  stop_speaking(s);
  write_down(s);
  s->step = OVER;
}

void script_line_gone(Session *s) {
  if (s->step == SPEAKING && s->is_turn_open) return; /* what was said is still written down */
  s->step = OVER;
  s->next_at = NEVER;
}
