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

/* On a new thread: calls back `warm` times, and then `n` times, which took the returned
   nanoseconds. Negative: no thread. */
double bench_foreign(bench_callback f, long warm, long n);
/* On each of `n` new threads, one after the other: `out[i]` is what the first callback took, in
   nanoseconds. Returns the nanoseconds of all, from the making of the first thread to the end of
   the last. Negative: no thread. */
double bench_first(bench_callback f, long n, double *out);

/* Blocks for so many microseconds. */
void bench_sleep(unsigned us);

#endif
