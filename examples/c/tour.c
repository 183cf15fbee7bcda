/* The C side of the tour: threads that Rust has never heard of, and functions that call back. */
#include <pthread.h>
#include <stddef.h>

/* Exported by Rust. */
extern void tour_add(int x);

/* Does nothing, in a way that no compiler removes. */
void tour_nop(void) { __asm__ volatile(""); }

int tour_nop_errno(void) {
    __asm__ volatile("");
    return 0;
}

/* Calls f n times. */
void tour_repeat(long n, void (*f)(void)) {
    for (long i = 0; i < n; i++)
        f();
}

/* Calls f once with a value, from under some C frames. */
int tour_nest(int depth, int (*f)(int)) {
    volatile char frame[256];
    frame[depth & 255] = (char)depth;
    int result = f(depth);
    return frame[depth & 255] == (char)depth ? result : -1;
}

static void *add_some(void *arg) {
    int times = *(int *)arg;
    for (int i = 0; i < times; i++)
        tour_add(i);
    return NULL;
}

enum { AT_ONCE = 100 };

/* Starts `threads` threads, at most AT_ONCE at a time, that call tour_add `times` times each.
   Returns how many were started. */
int tour_threads(int threads, int times) {
    pthread_t id[AT_ONCE];
    int started = 0;
    while (started < threads) {
        int n = 0;
        while (n < AT_ONCE && started + n < threads) {
            if (pthread_create(&id[n], NULL, add_some, &times) != 0)
                break;
            n++;
        }
        for (int i = 0; i < n; i++)
            pthread_join(id[i], NULL);
        if (n == 0)
            break;
        started += n;
    }
    return started;
}
