#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
/* Keeps the compiler from seeing that there is nothing to do. */
#define KEEP __asm__ volatile("")

NOINLINE void bench_empty(void) { KEEP; }

NOINLINE long bench_two(long a, long b) {
    KEEP;
    return a + b;
}

NOINLINE long bench_six(long a, long b, long c, long d, long e, long f) {
    KEEP;
    return a + b + c + d + e + f;
}

NOINLINE int bench_errno(int x) {
    KEEP;
    return x;
}

NOINLINE void bench_loop(bench_callback f, long n) {
    for (long i = 0; i < n; i++) {
        f();
        KEEP;
    }
}

NOINLINE int bench_once(bench_callback_int f) {
    int result = f();
    KEEP;
    return result;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct job {
    bench_callback f;
    long warm, n;
    double took;
};

static void *foreign(void *arg) {
    struct job *job = arg;
    bench_loop(job->f, job->warm);
    double start = now();
    bench_loop(job->f, job->n);
    job->took = now() - start;
    return 0;
}

/* Runs `job` on a new thread, and waits for its end. */
static int on_new_thread(struct job *job) {
    pthread_t thread;
    int error = pthread_create(&thread, 0, foreign, job);
    return error ? error : pthread_join(thread, 0);
}

double bench_foreign(bench_callback f, long warm, long n) {
    struct job job = {f, warm, n, 0};
    return on_new_thread(&job) ? -1 : job.took;
}

double bench_first(bench_callback f, long n, double *out) {
    double start = now();
    for (long i = 0; i < n; i++) {
        struct job job = {f, 0, 1, 0};
        if (on_new_thread(&job)) return -1;
        out[i] = job.took;
    }
    return now() - start;
}

void bench_sleep(unsigned us) { usleep(us); }
