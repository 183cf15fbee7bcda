/* A C program that has Rust work for it: it submits texts, is called back on its own threads, from where it
 * submits more, and ends when all is done. 0 if all came out right. */
#include "jobs.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 4, TEXTS = 200 };

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "host.c:%d: %s\n", __LINE__, #what);                                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static Handle_Jobs jobs;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint64_t counted, words_in_all;

struct worker {
    pthread_t thread;
    uint64_t delivered;
};

/* Rust calls it, on the thread that called jobs_run. */
static void done(uint64_t job, uint64_t words, void *user) {
    struct worker *worker = user;
    CHECK(job > 0);
    CHECK(pthread_equal(worker->thread, pthread_self()));
    /* Each text has another one for its answer. */
    if (words == 3)
        CHECK(jobs_submit(jobs, "and four words more") != 0);
    pthread_mutex_lock(&lock);
    counted += 1;
    words_in_all += words;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

static void *work(void *argument) {
    struct worker *worker = argument;
    worker->thread = pthread_self();
    worker->delivered = jobs_run(jobs, done, worker);
    return NULL;
}

int main(void) {
    struct worker workers[THREADS];
    pthread_t threads[THREADS];

    jobs = jobs_new();
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
    for (int i = 0; i < TEXTS; i++)
        CHECK(jobs_submit(jobs, "\tthree  small words\n") != 0);

    pthread_mutex_lock(&lock);
    while (counted < 2 * TEXTS)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);

    jobs_close(jobs);
    CHECK(jobs_submit(jobs, "too late") == 0);
    CHECK(strstr(callgate_last_error(), "jobs_close was called") != NULL);
    uint64_t delivered = 0;
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        delivered += workers[i].delivered;
    }
    CHECK(jobs_free(jobs) && !jobs_free(jobs));
    CHECK(delivered == 2 * TEXTS && words_in_all == 7 * TEXTS);
    printf("%d jobs on %d threads: %llu words\n", 2 * TEXTS, THREADS,
           (unsigned long long)words_in_all);
    return 0;
}
