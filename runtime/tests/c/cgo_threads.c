/* Threads of C's and what they keep; threads that end early. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef _WIN32
/* usleep is no cancellation point there */
#define pause() (usleep(1000), pthread_testcancel())
#endif

uintptr_t test_this_thread(void) { return (uintptr_t)pthread_self(); }

uintptr_t test_call_on_thread(void (*f)(void *), void *arg) {
    uintptr_t before = test_this_thread();
    f(arg);
    return before == test_this_thread() ? before : 0;
}

static _Thread_local long kept;

long test_kept(void) { return kept; }

void test_keep(long value) { kept = value; }

/* Waits for the end: pthread_cancel is heard here. */
void test_pause(void) {
    for (;;)
        pause();
}

struct waiting {
    pthread_t id;
    void (*f)(void *);
    void *arg;
};

static void *call_and_wait(void *p) {
    struct waiting *w = p;
    w->f(w->arg);
    test_pause();
    return NULL;
}

static void *call_and_exit(void *p) {
    struct waiting *w = p;
    w->f(w->arg);
    pthread_exit(p);
    return NULL; /* for headers that don't say that it never returns */
}

/* A thread that calls f(arg) and waits, until it is cancelled. */
struct waiting *test_waiting_start(void (*f)(void *), void *arg) {
    struct waiting *w = malloc(sizeof *w);
    *w = (struct waiting){ .f = f, .arg = arg };
    if (pthread_create(&w->id, NULL, call_and_wait, w) != 0)
        abort();
    return w;
}

/* 0 if the thread has ended by being cancelled. */
int test_waiting_cancel(struct waiting *w) {
    void *result = NULL;
    int error = pthread_cancel(w->id);
    if (error == 0)
        error = pthread_join(w->id, &result);
    free(w);
    return error ? error : result != PTHREAD_CANCELED;
}

/* A thread that calls f(arg) and ends by pthread_exit. 0 if it has ended so. */
int test_call_and_exit(void (*f)(void *), void *arg) {
    struct waiting w = { .f = f, .arg = arg };
    void *result = NULL;
    int error = pthread_create(&w.id, NULL, call_and_exit, &w);
    if (error == 0)
        error = pthread_join(w.id, &result);
    return error ? error : result != &w;
}
