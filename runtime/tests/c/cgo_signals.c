/* Signals: where their handlers run, and threads that get many. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int on_signal_stack, elsewhere;

/* Uses some stack, as a profiler does, and notes which it was. */
static void look(int signal) {
    (void)signal;
    volatile char room[2048];
    stack_t now;
    memset((char *)room, 1, sizeof room);
    int on = sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_ONSTACK) != 0 &&
             (uintptr_t)room - (uintptr_t)now.ss_sp < now.ss_size;
    __atomic_add_fetch(on ? &on_signal_stack : &elsewhere, 1, __ATOMIC_RELAXED);
}

/* 0, or the error. */
int test_look_at_signal(int signal) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = look;
    action.sa_flags = SA_ONSTACK | SA_RESTART;
    return sigaction(signal, &action, NULL);
}

/* Signals that were handled on a signal stack, and others. */
int test_signals_on_stack(void) { return __atomic_load_n(&on_signal_stack, __ATOMIC_RELAXED); }
int test_signals_elsewhere(void) { return __atomic_load_n(&elsewhere, __ATOMIC_RELAXED); }

/* The handler has run when this returns. */
int test_raise(int signal) { return raise(signal); }

struct storm {
    pthread_t target;
    int signal;
    int over;
    long most;
    long sent;
};

static void *send(void *p) {
    struct storm *s = p;
    while (!__atomic_load_n(&s->over, __ATOMIC_ACQUIRE) && s->sent < s->most) {
        pthread_kill(s->target, s->signal);
        __atomic_add_fetch(&s->sent, 1, __ATOMIC_RELEASE);
        sched_yield(); /* or a machine with few processors would handle signals and do nothing else */
    }
    return NULL;
}

/* Calls f(arg) `times` times while another thread sends this one signals, some for each call. The
 * number that was sent, or -1. */
long test_in_a_storm(int signal, int times, void (*f)(void *), void *arg) {
    struct storm s = { pthread_self(), signal, 0, 30L * times, 0 };
    pthread_t sender;
    if (pthread_create(&sender, NULL, send, &s) != 0)
        return -1;
    while (__atomic_load_n(&s.sent, __ATOMIC_ACQUIRE) == 0)
        sched_yield(); /* it has begun */
    for (int i = 0; i < times; i++)
        f(arg);
    __atomic_store_n(&s.over, 1, __ATOMIC_RELEASE);
    pthread_join(sender, NULL);
    return s.sent;
}

struct signalled {
    int signal;
    int times;
    void (*f)(void *);
    void *arg;
};

/* A signal before the callback, in C, and after it. The callback sends its own. */
static void *raises(void *p) {
    struct signalled *s = p;
    for (int i = 0; i < s->times; i++) {
        raise(s->signal);
        s->f(s->arg);
        raise(s->signal);
    }
    return NULL;
}

int test_threads_that_raise(int n, int signal, int times, void (*f)(void *), void *arg) {
    struct signalled s = { signal, times, f, arg };
    pthread_t threads[64];
    for (int i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, raises, &s) != 0)
            return -1;
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

static void *storm_once(void *p) {
    struct signalled *s = p;
    test_in_a_storm(s->signal, s->times, s->f, s->arg);
    return NULL;
}

/* Threads, one after another, each in a storm from its start: it falls on the first callback. */
int test_threads_in_storms(int n, int signal, int times, void (*f)(void *), void *arg) {
    struct signalled s = { signal, times, f, arg };
    for (int i = 0; i < n; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, storm_once, &s) != 0)
            return -1;
        pthread_join(thread, NULL);
    }
    return 0;
}
