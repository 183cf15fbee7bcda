/* What an audio library does: calls for a buffer, on a thread of its own that must not be late. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

typedef void (*audio_callback)(void *data, float *frames, int n, long late);

struct stream {
    audio_callback f;
    void *data;
    long period;
    int n, times, realtime;
};

static long since(const struct timespec *then) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - then->tv_sec) * 1000000000L + (now.tv_nsec - then->tv_nsec);
}

static void *play(void *arg) {
    struct stream *s = arg;
    struct sched_param priority = {.sched_priority = 20};
    s->realtime = !pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
    float *frames = calloc((size_t)s->n, sizeof *frames);
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (int i = 0; frames && i < s->times; i++) {
        next.tv_nsec += s->period;
        while (next.tv_nsec >= 1000000000L) {
            next.tv_nsec -= 1000000000L;
            next.tv_sec++;
        }
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, 0))
            ;
        /* How late the thread itself is; the callback adds its own. */
        s->f(s->data, frames, s->n, since(&next));
    }
    free(frames);
    return 0;
}

/* Asks `times` times for `n` frames, `rate` a second. 1 if the thread was a real-time one, 0 if the system
   allowed none, -1 if there was no thread. */
int audio_play(int rate, int n, int times, audio_callback f, void *data) {
    struct stream s = {f, data, 1000000000L / rate * n, n, times, 0};
    pthread_t thread;
    if (pthread_create(&thread, 0, play, &s))
        return -1;
    pthread_join(thread, 0);
    return s.realtime;
}
