/* Both far ends of the media bridge in one process, so that they share one clock: N carrier sockets and the model.
 *
 *   far_ends.c   the loop, the commands on standard input, the answers on standard output
 *   carrier.c    the carrier: frames every 20 ms, a play buffer, marks, clears
 *   model.c      the model: sessions and what they say on the wire
 *   script.c     the conversation every call holds: who speaks when, and where the caller cuts in
 *   payload.c    audio that names its call and its place, so that every byte can be checked on the other side
 *   sockets.c    WebSocket on non-blocking sockets (RFC 6455)
 *   digest.c     the SHA-1 of its handshake, and base64
 *   figures.c    histograms and counters, and their JSON
 *
 * Times are nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef FAR_ENDS_H
#define FAR_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MS 1000000LL
#define NEVER INT64_MAX
#define FRAME_MS 20
#define FRAME_BYTES 160
#define FRAME_TEXT 216 /* base64 of a frame */
#define CHUNK_MS 100 /* one piece of the model's voice */
#define CHUNK_BYTES 800
#define CHUNK_TEXT 1068
#define MOST_CALLS 4096
#define RING 1024 /* frames remembered per call: 20 s */
#define MOST_MARKS 512
#define MOST_CHUNKS 128 /* per response */

/* --- sockets.c --- */

typedef struct Socket Socket;
struct Socket {
  int fd;
  enum { CONNECTING, SHAKING, OPEN, CLOSED } state;
  bool is_client; /* a client masks what it sends, and is sent nothing masked */
  bool is_close_sent;
  bool waits_to_write;
  char *in, *out;
  size_t in_length, in_room, out_length, out_room;
  void (*on_open)(Socket *, const char *request);
  void (*on_text)(Socket *, char *text, size_t length);
  void (*on_gone)(Socket *);
  void *owner;
};

int64_t now(void); /* the time the current batch of events was read */
int64_t look_at_clock(void);
void sockets_begin(int epoll);
int listen_on(int port, int *chosen);
void accept_all(int listener, Socket *(*welcome)(void));
bool connect_to(Socket *, int port, const char *path, const char *headers);
void send_text(Socket *, const char *text, size_t length);
void send_close(Socket *);
void drop(Socket *);
void serve(Socket *, uint32_t events);

/* --- digest.c --- */

void sha1(const char *text, size_t length, uint8_t digest[20]); /* of at most 119 bytes */
size_t base64_encode(const uint8_t *bytes, size_t length, char *text);
size_t base64_decode(const char *text, size_t length, uint8_t *bytes);

/* --- payload.c --- */

void frame_text(uint32_t call, uint32_t frame, char text[FRAME_TEXT]);
bool frame_named(const char *text, size_t length, uint32_t *call, uint32_t *frame);
void pulse_text(bool is_loud, char text[FRAME_TEXT]);
void chunk_text(uint32_t call, uint32_t response, uint32_t chunk, char text[CHUNK_TEXT]);
bool chunk_named(const char *text, size_t length, uint32_t *call, uint32_t *response, uint32_t *chunk);
const char *pcm_chunk_text(size_t *length); /* CHUNK_MS of PCM 16 bit, 24 kHz */
const char *text_of(const char *message, const char *name, size_t *length); /* a string value in JSON text */
long number_of(const char *message, const char *name);

/* --- figures.c --- */

#define BUCKETS 2600
typedef struct {
  uint64_t count;
  uint32_t max;
  uint32_t bucket[BUCKETS];
} Histogram;

void note(Histogram *, int64_t microseconds);
void print_histogram(const char *name, const Histogram *);

enum {
  LOST_TOO_LATE, DUPLICATED, REORDERED, ALTERED, FOREIGN_MEDIA, ALTERED_MEDIA, LATE_MEDIA, MISSING_CLEAR,
  UNASKED_CLEAR, MISSING_TRUNCATE, BAD_TRUNCATE, BAD_STREAM_SID, BAD_MESSAGE, BAD_FRAMING, REFUSED, DROPPED_CALL,
  DROPPED_SESSION, AUDIO_BEFORE_SETUP, SECOND_RESPONSE, UNKNOWN_EVENT, MISSING_MEDIA, FAULTS
};
void fault(int which);

typedef struct { /* since the window opened, or since the program began */
  uint64_t frames_sent, frames_arrived, chunks_sent, chunks_arrived, marks, clears, truncates;
  uint64_t faults[FAULTS];
  Histogram up, down, barge_in, truncation, behind; /* microseconds; `behind`: how late we were ourselves */
} Window;
extern Window window;

typedef struct {
  uint64_t calls, frames_sent, frames_arrived, chunks_sent, chunks_arrived, marks, clears, truncates;
  uint64_t caller_turns, assistant_turns, responses, transcriptions;
  uint64_t faults[FAULTS];
} Totals;
extern Totals totals;

void print_window(void);
void print_totals(void);

/* --- calls --- */

typedef struct {
  int64_t at;
  uint32_t frame;
  uint16_t window; /* 0: sent while none was open */
  bool has_arrived;
} SentFrame;

typedef struct {
  char name[64];
  int64_t due;
} Mark;

typedef struct Session Session;

typedef struct Call {
  uint32_t number;
  enum { OPENING, TALKING, STOPPED, GONE } stage;
  char call_sid[48], stream_sid[48], ticket[1024];
  Socket carrier;
  Session *session;
  int64_t began_at, stopped_at;
  uint32_t frames; /* sent */
  uint32_t next_frame; /* expected at the model */
  SentFrame ring[RING];
  /* the play buffer: it runs dry at `dry_at`; of the item in it, `item_before` bytes were played in earlier stretches */
  int64_t dry_at, stretch_at;
  int64_t stretch_bytes, item_before;
  uint32_t item;
  bool is_item_mixed; /* something that is not of the item lies in the buffer as well */
  Mark marks[MOST_MARKS];
  uint32_t first_mark, end_mark;
  /* an interruption under way */
  bool expects_clear, expects_truncate;
  int64_t cut_at, played_us; /* of the cut item when the clear arrived; -1: not yet */
  long told_ms; /* -1: not yet */
  uint32_t cut_item, silenced; /* responses up to `silenced` were cleared: nothing of them may follow */
  /* pulses, for bridges that decode the audio */
  int64_t pulse_at;
  uint16_t pulse_window;
  uint32_t quiet_ms;
} Call;

extern Call *calls[MOST_CALLS];
extern int call_count;
extern int64_t due[MOST_CALLS]; /* the next moment each call is to be tended */
extern bool is_pcm; /* the bridge converts to PCM 24 kHz: no bytes can be compared */
extern bool does_clear; /* the bridge clears and truncates */
extern uint16_t window_number; /* the newest; 0: none yet */
extern bool is_window_open;
extern bool is_ending; /* no new turns; calls stop as they fall silent */

/* --- carrier.c --- */

void carrier_begin(int port, const char *path, const char *signature);
void wake(const Call *, int64_t at); /* tend it then, or earlier if that was due already */
void add_call(const char *call_sid, const char *ticket);
void tend_call(Call *);
void stop_call(Call *);
void interruption_seen(Call *); /* clear and truncation both known: note the error */
int64_t item_played_us(const Call *);

/* --- model.c, script.c --- */

struct Session {
  Socket socket;
  Call *call; /* NULL until its first frame names it */
  bool is_configured, is_asked; /* asked: the client wants a response */
  uint32_t named; /* call number in the address, or 0 */
  enum { WAITING, RESPONDING, PLAYING, SPEAKING, OVER } step;
  int64_t next_at;
  uint32_t turn, response, chunks, chunks_planned, chunks_arrived, plan, words;
  int64_t chunk_sent[MOST_CHUNKS];
  int64_t cut_in_at, playing_since;
  int part; /* of the caller's turn */
  bool is_turn_open; /* the caller's words of this turn are still owed */
  uint64_t chance;
  Session *next; /* all sessions */
};

extern Session *sessions;
Socket *model_welcome(void);
void model_bury(void); /* forget sessions whose socket is closed */
void say(Session *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void script_bound(Session *); /* the call is known */
void script_asked(Session *); /* the client asked for a response */
void script_committed(Session *);
void script_tend(Session *);
void script_line_gone(Session *);
int sessions_open(void);

#endif
