/* Threads that the runtime has never seen. */
#include <pthread.h>
#include <stdlib.h>

struct job {
    void (*f)(void *);
    void *arg;
    int times;
};

static void *run_job(void *p) {
    struct job *job = p;
    for (int i = 0; i < job->times; i++)
        job->f(job->arg);
    return NULL;
}

/* `n` threads at once, each calling f(arg) `times` times. 0, or the error. */
int test_threads(int n, int times, void (*f)(void *), void *arg) {
    struct job job = { f, arg, times };
    pthread_t *threads = calloc((size_t)n, sizeof *threads);
    int error = 0, started = 0;
    while (started < n && (error = pthread_create(&threads[started], NULL, run_job, &job)) == 0)
        started++;
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    return error;
}

/* `total` threads, `batch` at a time, each calling f(arg) once. */
int test_threads_in_batches(int total, int batch, void (*f)(void *), void *arg) {
    for (int done = 0; done < total; done += batch) {
        int error = test_threads(batch, 1, f, arg);
        if (error)
            return error;
    }
    return 0;
}

/* One thread, started and joined by the caller. */
struct thread {
    pthread_t id;
    struct job job;
};

struct thread *test_thread_start(void (*f)(void *), void *arg) {
    struct thread *t = calloc(1, sizeof *t);
    t->job = (struct job){ f, arg, 1 };
    if (pthread_create(&t->id, NULL, run_job, &t->job) != 0)
        abort();
    return t;
}

void test_thread_join(struct thread *t) {
    pthread_join(t->id, NULL);
    free(t);
}

/* Each thread counts its callbacks in a thread-local of C and tells the callback the count. */
static _Thread_local int count_of_thread;

struct counting {
    int times;
    int (*f)(int);
    int wrong;
};

static void *count_calls(void *p) {
    struct counting *c = p;
    for (int i = 0; i < c->times; i++) {
        count_of_thread++;
        if (c->f(count_of_thread) != i + 1 || count_of_thread != i + 1)
            __atomic_add_fetch(&c->wrong, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

/* The number of calls that saw a wrong count. */
int test_thread_local_counts(int n, int times, int (*f)(int)) {
    struct counting c = { times, f, 0 };
    pthread_t threads[64];
    for (int i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, count_calls, &c) != 0)
            return -1;
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    return c.wrong;
}

/* Ends the calling thread, over the heads of those that wait for it to return. */
void test_end_this_thread(void) { pthread_exit(NULL); }

/* What a callback returned to C on a thread of C's, and that C went on after it. */
static void *keep_result(void *p) {
    int (**f)(int) = p;
    int result = (*f)(7);
    *(int *)((char *)p + sizeof(void *)) = result;
    return NULL;
}

int test_result_on_a_thread(int (*f)(int)) {
    struct { int (*f)(int); int result; } slot = { f, 12345 };
    pthread_t thread;
    if (pthread_create(&thread, NULL, keep_result, &slot) != 0)
        return 54321;
    pthread_join(thread, NULL);
    return slot.result;
}

/* A destructor of a thread's own value that calls back while the thread ends. */
static pthread_key_t at_exit;
static void (*at_exit_calls)(void *);

static void call_at_exit(void *arg) {
    at_exit_calls(arg);
    pthread_setspecific(at_exit, arg); /* and again, as often as the system lets us */
}

static void *set_exit_value(void *p) {
    struct job *job = p;
    pthread_setspecific(at_exit, job->arg);
    job->f(job->arg);
    return NULL;
}

/* A thread that calls f(arg), and again from a destructor, several times. */
int test_call_at_thread_exit(void (*f)(void *), void *arg) {
    struct job job = { f, arg, 1 };
    pthread_t thread;
    at_exit_calls = f;
    int error = pthread_key_create(&at_exit, call_at_exit);
    if (error == 0 && (error = pthread_create(&thread, NULL, set_exit_value, &job)) == 0)
        pthread_join(thread, NULL);
    pthread_key_delete(at_exit);
    return error;
}
