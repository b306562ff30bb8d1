/* What is counted, and how it is told: one line of JSON each. */

#include "far_ends.h"

#include <stdio.h>
#include <string.h>

Window window;
Totals totals;

static const char *FAULT[FAULTS] = {
    "lost_too_late", "duplicated",      "reordered",        "altered",         "foreign_media",      "altered_media",
    "late_media",    "missing_clear",   "unasked_clear",    "missing_truncate", "bad_truncate",      "bad_stream_sid",
    "bad_message",   "bad_framing",     "refused",          "dropped_call",    "dropped_session",    "audio_before_setup",
    "second_response", "unknown_event", "missing_media",
};

void fault(int which) {
  window.faults[which]++;
  totals.faults[which]++;
}

/* One microsecond wide up to 256, then 128 buckets an octave: never more than 0.8 % off. */
static int bucket_of(uint32_t value) {
  if (value < 256) return (int)value;
  int octave = 31 - __builtin_clz(value);
  return 256 + (octave - 8) * 128 + (int)(value >> (octave - 7) & 127);
}

static uint32_t middle_of(int bucket) {
  if (bucket < 256) return (uint32_t)bucket;
  int octave = (bucket - 256) / 128 + 8;
  uint32_t width = 1u << (octave - 7);
  return (uint32_t)(128 + (bucket - 256) % 128) * width + width / 2;
}

void note(Histogram *h, int64_t microseconds) {
  uint32_t value = microseconds < 0 ? 0 : microseconds > 60000000 ? 60000000 : (uint32_t)microseconds;
  int bucket = bucket_of(value);
  if (bucket >= BUCKETS) bucket = BUCKETS - 1;
  h->count++;
  h->bucket[bucket]++;
  if (value > h->max) h->max = value;
}

void print_histogram(const char *name, const Histogram *h) {
  const char *comma = "";
  printf("\"%s\":{\"max\":%u,\"buckets\":[", name, h->max);
  for (int i = 0; i < BUCKETS; i++)
    if (h->bucket[i]) {
      printf("%s[%u,%u]", comma, middle_of(i), h->bucket[i]);
      comma = ",";
    }
  printf("]}");
}

static void print_faults(const uint64_t faults[FAULTS]) {
  const char *comma = "";
  printf("\"faults\":{");
  for (int i = 0; i < FAULTS; i++)
    if (faults[i]) {
      printf("%s\"%s\":%llu", comma, FAULT[i], (unsigned long long)faults[i]);
      comma = ",";
    }
  printf("}");
}

static void print_count(const char *name, uint64_t count) { printf("\"%s\":%llu,", name, (unsigned long long)count); }

void print_window(void) {
  printf("{");
  print_count("frames_sent", window.frames_sent);
  print_count("frames_arrived", window.frames_arrived);
  print_count("chunks_sent", window.chunks_sent);
  print_count("chunks_arrived", window.chunks_arrived);
  print_count("marks", window.marks);
  print_count("clears", window.clears);
  print_count("truncates", window.truncates);
  print_histogram("up", &window.up), printf(",");
  print_histogram("down", &window.down), printf(",");
  print_histogram("barge_in", &window.barge_in), printf(",");
  print_histogram("truncation", &window.truncation), printf(",");
  print_histogram("behind", &window.behind), printf(",");
  print_faults(window.faults);
  printf("}\n");
}

void print_totals(void) {
  int talking = 0, carriers = 0;
  for (int i = 0; i < call_count; i++) {
    talking += calls[i]->stage == TALKING;
    carriers += calls[i]->carrier.state != CLOSED;
  }
  printf("{");
  print_count("calls", totals.calls);
  print_count("talking", (uint64_t)talking);
  print_count("carrier_sockets", (uint64_t)carriers);
  print_count("model_sockets", (uint64_t)sessions_open());
  print_count("frames_sent", totals.frames_sent);
  print_count("frames_arrived", totals.frames_arrived);
  print_count("chunks_sent", totals.chunks_sent);
  print_count("chunks_arrived", totals.chunks_arrived);
  print_count("marks", totals.marks);
  print_count("clears", totals.clears);
  print_count("truncates", totals.truncates);
  print_count("caller_turns", totals.caller_turns);
  print_count("assistant_turns", totals.assistant_turns);
  print_count("responses", totals.responses);
  print_count("transcriptions", totals.transcriptions);
  print_faults(totals.faults);
  printf("}\n");
}
