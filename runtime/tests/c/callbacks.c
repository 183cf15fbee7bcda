/* Functions that call the function that they are given. */
#include <stdint.h>

void test_call(void (*f)(void *), void *arg) {
    f(arg);
    __asm__ volatile("" ::: "memory"); /* no tail call: this frame stays */
}

int test_call_int(int (*f)(int), int x) { return f(x) + 1; }

int test_call_zero(int (*f)(void)) { return f() + 1; }

typedef double (*many)(int, double, long, float, short, double, unsigned char, long long, double,
                       int, double, double, double, double, double, double);

double test_call_many(many f) {
    return f(1, 2.5, -3, 4.5f, -5, 6.5, 7, -8000000000LL, 9.5, 10, 11.5, 12.5, 13.5, 14.5, 15.5,
             16.5) + 1;
}

struct pair { long a; double b; };
struct big { long v[8]; };

struct big test_call_structs(struct big (*f)(struct pair, struct big)) {
    struct big x = { { 1, 2, 3, 4, 5, 6, 7, 8 } };
    return f((struct pair){ 10, 0.5 }, x);
}

/* The ABI that Rust calls `system`. */
#if defined(_WIN32) && defined(__i386__)
#define SYSTEM __attribute__((stdcall))
#else
#define SYSTEM
#endif

/* Adds up f(arg, i, 3 * i), with a frame that it checks: -1 if f left the stack otherwise than it should. */
long long SYSTEM test_call_system(long long (SYSTEM *f)(void *, int, long long), void *arg, int n) {
    volatile uint64_t frame[4] = { 1, 2, 3, 4 };
    long long sum = 0;
    for (int i = 0; i < n; i++)
        sum += f(arg, i, 3LL * i);
    return frame[0] + frame[1] + frame[2] + frame[3] == 10 ? sum : -1;
}

/* Calls f(n), with a frame that it checks afterwards: -1 if somebody wrote into it. */
int test_guarded_call(int (*f)(int), int n) {
    volatile uint64_t frame[64];
    for (int i = 0; i < 64; i++)
        frame[i] = 0x5ca1ab1e00000000ULL + (uint64_t)n * 64 + (uint64_t)i;
    int result = f(n);
    for (int i = 0; i < 64; i++)
        if (frame[i] != 0x5ca1ab1e00000000ULL + (uint64_t)n * 64 + (uint64_t)i)
            return -1;
    return result;
}

/* Adds up f(0) … f(n - 1); stops at a negative one. */
long test_sum_of_calls(int (*f)(int), int n) {
    long sum = 0;
    for (int i = 0; i < n; i++) {
        int x = f(i);
        if (x < 0)
            return x;
        sum += x;
    }
    return sum;
}
