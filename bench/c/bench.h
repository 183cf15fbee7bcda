/* The C side of every measurement, shared by the Rust program and the Go one. */
#ifndef CALLGATE_BENCH_H
#define CALLGATE_BENCH_H

typedef void (*bench_callback)(void);
typedef int (*bench_callback_int)(void);

/* Functions that do nothing, as fast as C can be. */
void bench_empty(void);
long bench_two(long a, long b);
long bench_six(long a, long b, long c, long d, long e, long f);
int bench_errno(int x);

/* Calls back `n` times. */
void bench_loop(bench_callback f, long n);
/* Calls back once, and returns what came back. */
int bench_once(bench_callback_int f);

/* Nanoseconds: of the clock on the wall, and of processor time that the calling thread has had. */
double bench_now(void);
double bench_cpu(void);
/* The calling thread's number. */
long bench_thread(void);

/* On a new thread: calls back `warm` times, and then `n` times, which took the returned
   nanoseconds of its processor time. Negative: no thread. */
double bench_foreign(bench_callback f, long warm, long n);
/* On each of `n` new threads, one after the other: `out[i]` is what the first callback took, in
   nanoseconds. Returns the nanoseconds of all, from the making of the first thread to the end of
   the last. Negative: no thread. */
double bench_first(bench_callback f, long n, double *out);

/* On a new thread: calls back `n` times, each after a sleep of 5 to 25 ms that is none like the
   others. In the callback, `bench_late` tells the nanoseconds since it was called. Not 0: no
   thread. */
int bench_at_times(bench_callback f, long n);
double bench_late(void);

/* Blocks for so many microseconds, and returns `bench_now` at the end. */
double bench_sleep(unsigned us);

#endif
