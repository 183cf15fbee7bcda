#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
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

static double read_clock(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double bench_now(void) { return read_clock(CLOCK_MONOTONIC); }

double bench_cpu(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

long bench_thread(void) { return syscall(SYS_gettid); }

struct job {
    bench_callback f;
    long warm, n;
    double took;
};

static void *foreign(void *arg) {
    struct job *job = arg;
    bench_loop(job->f, job->warm);
    /* The thread's own clock: what others run meanwhile is not the callbacks' cost. */
    double start = bench_cpu();
    bench_loop(job->f, job->n);
    job->took = bench_cpu() - start;
    return 0;
}

/* Runs `job` on a new thread, and waits for its end. */
static int on_new_thread(struct job *job, void *(*run)(void *)) {
    pthread_t thread;
    int error = pthread_create(&thread, 0, run, job);
    return error ? error : pthread_join(thread, 0);
}

double bench_foreign(bench_callback f, long warm, long n) {
    struct job job = {f, warm, n, 0};
    return on_new_thread(&job, foreign) ? -1 : job.took;
}

static void *first(void *arg) {
    struct job *job = arg;
    double start = bench_now();
    job->f();
    job->took = bench_now() - start;
    return 0;
}

double bench_first(bench_callback f, long n, double *out) {
    double start = bench_now();
    for (long i = 0; i < n; i++) {
        struct job job = {f, 0, 1, 0};
        if (on_new_thread(&job, first)) return -1;
        out[i] = job.took;
    }
    return bench_now() - start;
}

/* When the last callback of `late` was called. */
static double called;

static void *late(void *arg) {
    struct job *job = arg;
    for (long i = 0; i < job->n; i++) {
        usleep(5000 + (unsigned)(i * 7919 % 20000));
        called = bench_now();
        job->f();
    }
    return 0;
}

int bench_at_times(bench_callback f, long n) {
    struct job job = {f, 0, n, 0};
    return on_new_thread(&job, late);
}

double bench_late(void) { return bench_now() - called; }

double bench_sleep(unsigned us) {
    usleep(us);
    return bench_now();
}
