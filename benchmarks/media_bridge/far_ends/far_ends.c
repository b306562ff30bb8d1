/* The loop: `far_ends MODEL_PORT CARRIER_PORT CARRIER_PATH SIGNATURE pcmu|pcm clears|keeps`.
 *
 * Says `{"model_port":N}`, then answers each command on standard input with one line of JSON:
 *   add CALL_SID TICKET   a call begins (no answer)          open    a window of measurement begins
 *   hang_up N             the newest N calls hang up          close   no more frames join the window
 *   end                   all calls end as they fall silent   window  what the window holds
 *   totals                everything since the beginning      quit
 */

#define _GNU_SOURCE
#include "far_ends.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOST_EVENTS 512

static bool is_quitting;
static uint16_t windows;

static void hang_up(int count) {
  for (int i = call_count - 1; i >= 0 && count > 0; i--)
    if (calls[i]->stage == TALKING) {
      stop_call(calls[i]);
      count--;
    }
}

static void obey(char *line) {
  char word[16] = "", first[64] = "", second[1024] = "";
  sscanf(line, "%15s %63s %1023s", word, first, second);
  if (!strcmp(word, "add")) {
    add_call(first, second);
    return;
  }
  if (!strcmp(word, "open")) {
    memset(&window, 0, sizeof window);
    window_number = ++windows;
    is_window_open = true;
  } else if (!strcmp(word, "close")) {
    is_window_open = false;
  } else if (!strcmp(word, "hang_up")) {
    hang_up(atoi(first));
  } else if (!strcmp(word, "end")) {
    is_ending = true;
  } else if (!strcmp(word, "window")) {
    print_window();
    fflush(stdout);
    return;
  } else if (!strcmp(word, "quit")) {
    is_quitting = true;
  }
  print_totals();
  fflush(stdout);
}

static void read_commands(void) {
  static char text[1 << 16];
  static size_t length;
  ssize_t n = read(0, text + length, sizeof text - length - 1);
  if (n <= 0) {
    is_quitting = n == 0;
    return;
  }
  length += (size_t)n;
  text[length] = 0;
  char *line = text, *end;
  while ((end = strchr(line, '\n'))) {
    *end = 0;
    obey(line);
    line = end + 1;
  }
  length -= (size_t)(line - text);
  memmove(text, line, length);
}

static int64_t tend_all(void) {
  int64_t first = NEVER;
  for (int i = 0; i < call_count; i++) {
    if (due[i] <= now()) tend_call(calls[i]);
    if (due[i] < first) first = due[i];
  }
  return first;
}

static int wait_for(int epoll, struct epoll_event *events, int64_t first) {
  int64_t ns = first == NEVER ? 100 * MS : first - look_at_clock();
  if (ns < 0) ns = 0;
  if (ns > 100 * MS) ns = 100 * MS;
#ifdef SYS_epoll_pwait2
  static bool is_missing;
  if (!is_missing) {
    struct timespec limit = {.tv_nsec = ns};
    int count = (int)syscall(SYS_epoll_pwait2, epoll, events, MOST_EVENTS, &limit, NULL, 0);
    if (count >= 0) return count;
    is_missing = true;
  }
#endif
  return epoll_wait(epoll, events, MOST_EVENTS, (int)((ns + MS - 1) / MS));
}

int main(int count, char **words) {
  if (count != 7) {
    fprintf(stderr, "far_ends MODEL_PORT CARRIER_PORT CARRIER_PATH SIGNATURE pcmu|pcm clears|keeps\n");
    return 2;
  }
  struct epoll_event events[MOST_EVENTS], listening = {.events = EPOLLIN}, commands = {.events = EPOLLIN};
  struct rlimit files = {65536, 65536};
  int epoll = epoll_create1(EPOLL_CLOEXEC), port, listener = listen_on(atoi(words[1]), &port);
  int marks[2]; /* addresses that stand for the listener and for standard input */
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1000);
  if (setrlimit(RLIMIT_NOFILE, &files)) {
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  if (listener < 0) {
    perror("far_ends: listen");
    return 1;
  }
  sockets_begin(epoll);
  carrier_begin(atoi(words[2]), words[3], words[4]);
  is_pcm = !strcmp(words[5], "pcm");
  does_clear = !strcmp(words[6], "clears");
  listening.data.ptr = &marks[0];
  commands.data.ptr = &marks[1];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listening);
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &commands);
  fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
  printf("{\"model_port\":%d}\n", port);
  fflush(stdout);
  int64_t first = NEVER;
  while (!is_quitting) {
    int ready = wait_for(epoll, events, first);
    look_at_clock();
    for (int i = 0; i < ready; i++) {
      if (events[i].data.ptr == &marks[0])
        accept_all(listener, model_welcome);
      else if (events[i].data.ptr == &marks[1])
        read_commands();
      else
        serve(events[i].data.ptr, events[i].events);
    }
    model_bury();
    look_at_clock();
    first = tend_all();
  }
  return 0;
}
