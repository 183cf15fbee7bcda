/* Callbacks on threads that callgate didn't make, in nanoseconds for each. */

typedef void (*callback)(void);

struct job {
    callback f;
    long n;
    double took;
};

static double now(void);

/* After a first callback, as each of the two threads has made some. */
static void time_callbacks(struct job *job) {
    job->f();
    double start = now();
    for (long i = 0; i < job->n; i++)
        job->f();
    job->took = (now() - start) / job->n;
}

/* A thread keeps its M, until the system says that it ends. Where that has been said three times, as a thread may go
 * on to call back then, it borrows one for each callback. */
enum { TIMES = 3 };

#ifdef _WIN32
#include <windows.h>

static double now(void) {
    LARGE_INTEGER ticks, per_second;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&per_second);
    return (double)ticks.QuadPart * 1e9 / (double)per_second.QuadPart;
}

static DWORD WINAPI bound(void *arg) {
    time_callbacks(arg);
    return 0;
}

static void *thread;

static void WINAPI fiber(void *arg) {
    ((struct job *)arg)->f();
    SwitchToFiber(thread);
}

/* The end of a fiber is told as that of a thread. */
static DWORD WINAPI anew(void *arg) {
    thread = ConvertThreadToFiber(0);
    for (int i = 0; i < TIMES; i++) {
        void *it = CreateFiber(0, fiber, arg);
        SwitchToFiber(it);
        DeleteFiber(it);
    }
    time_callbacks(arg);
    return 0;
}

static double on_thread(LPTHREAD_START_ROUTINE start, callback f, long n) {
    struct job job = { f, n, -1 };
    HANDLE it = CreateThread(0, 0, start, &job, 0, 0);
    if (it) {
        WaitForSingleObject(it, INFINITE);
        CloseHandle(it);
    }
    return job.took;
}
#else
#include <pthread.h>
#include <time.h>

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static void *bound(void *arg) {
    time_callbacks(arg);
    return 0;
}

static pthread_key_t key;
static int round;

/* The destructors of a thread's values run again while there are new ones. */
static void ends(void *arg) {
    if (round++ < TIMES) {
        ((struct job *)arg)->f();
        pthread_setspecific(key, arg);
    } else {
        time_callbacks(arg);
    }
}

static void *anew(void *arg) {
    ((struct job *)arg)->f();
    round = 0;
    pthread_setspecific(key, arg);
    return 0;
}

static double on_thread(void *(*start)(void *), callback f, long n) {
    static int made;
    if (!made++ && pthread_key_create(&key, ends))
        return -1;
    struct job job = { f, n, -1 };
    pthread_t it;
    if (pthread_create(&it, 0, start, &job) == 0)
        pthread_join(it, 0);
    return job.took;
}
#endif

double bench_bound(callback f, long n) { return on_thread(bound, f, n); }
double bench_anew(callback f, long n) { return on_thread(anew, f, n); }
