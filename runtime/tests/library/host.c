/* A C program that uses the library: linked with it, or by dlopen of the files it is given. Its first
 * argument says what to do; 0 if all is well, or the number of the line that was wrong. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "host.c:%d: %s\n", __LINE__, #what);                                   \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

typedef int compare(const void *, const void *);

struct lib {
    void *handle;
    long long (*add)(int);
    int (*gs)(int);
    void (*sort)(int *, size_t, compare *);
    int (*fail)(int);
    long long (*borrowed)(void);
    void (*fault)(void);
};

static struct lib a;
#ifndef LINKED
static struct lib b;
#endif

#ifdef LINKED
extern long long lib_add(int);
extern int lib_gs(int);
extern void lib_sort(int *, size_t, compare *);
extern int lib_fail(int);
extern long long lib_borrowed(void);
extern void lib_fault(void);

static void load(struct lib *lib, const char *file) {
    (void)file;
    *lib = (struct lib){ NULL, lib_add, lib_gs, lib_sort, lib_fail, lib_borrowed, lib_fault };
}
#else
static void load(struct lib *lib, const char *file) {
    CHECK(file != NULL);
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        fprintf(stderr, "%s\n", dlerror());
    CHECK(handle != NULL);
    lib->handle = handle;
    *(void **)&lib->add = dlsym(handle, "lib_add");
    *(void **)&lib->gs = dlsym(handle, "lib_gs");
    *(void **)&lib->sort = dlsym(handle, "lib_sort");
    *(void **)&lib->fail = dlsym(handle, "lib_fail");
    *(void **)&lib->borrowed = dlsym(handle, "lib_borrowed");
    *(void **)&lib->fault = dlsym(handle, "lib_fault");
    CHECK(lib->add && lib->gs && lib->sort && lib->fail && lib->borrowed && lib->fault);
}
#endif

enum { THREADS = 16, TIMES = 25, NUMBERS = 20 };

static int order(const void *x, const void *y) { return *(const int *)x - *(const int *)y; }

/* Calls back into the library that sorts. */
static int order_and_add(const void *x, const void *y) {
    CHECK(a.add(1) > 0);
    return order(x, y);
}

static void sorts(struct lib *lib, compare *compare) {
    int numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = (i * 7) % NUMBERS;
    lib->sort(numbers, NUMBERS, compare);
    for (int i = 0; i < NUMBERS; i++)
        CHECK(numbers[i] == i);
}

static void *uses_a(void *unused) {
    for (int i = 0; i < TIMES; i++) {
        CHECK(a.add(1) > 0);
        CHECK(a.fail(i) == -1);
    }
    sorts(&a, order_and_add);
    return unused;
}

static void on_threads(void *(*f)(void *)) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, f, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void call(void) {
    on_threads(uses_a);
    CHECK(a.add(0) > THREADS * TIMES);
    CHECK(a.gs(50) == 50);
    CHECK(a.borrowed() == 1); /* this thread; the others have ended */
}

static volatile sig_atomic_t usr1s;

static void on_usr1(int signal) {
    (void)signal;
    usr1s = usr1s + 1;
}

static void on_segv(int signal, siginfo_t *info, void *context) {
    (void)context;
    _exit(signal == SIGSEGV && info->si_addr == (void *)64 ? 0 : 2);
}

static int raise_and_order(const void *x, const void *y) {
    CHECK(raise(SIGUSR1) == 0);
    return order(x, y);
}

static void install(int signal, void (*handler)(int), void (*action)(int, siginfo_t *, void *)) {
    struct sigaction s;
    memset(&s, 0, sizeof s);
    if (action)
        s.sa_sigaction = action;
    else
        s.sa_handler = handler;
    s.sa_flags = SA_ONSTACK | (action ? SA_SIGINFO : 0);
    CHECK(sigaction(signal, &s, NULL) == 0);
}

/* The handlers and the mask from before the library's first use are the ones from after it. */
static void signals(void) {
    install(SIGUSR1, on_usr1, NULL);
    install(SIGSEGV, NULL, on_segv);
    install(SIGPIPE, on_usr1, NULL);
    sigset_t mask, now;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    CHECK(pthread_sigmask(SIG_SETMASK, &mask, NULL) == 0);
    call();
    sorts(&a, raise_and_order);
    CHECK(usr1s >= NUMBERS - 1);
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &now) == 0);
    for (int s = 1; s < 32; s++)
        CHECK(sigismember(&now, s) == (s == SIGUSR2));
    for (int s = 1; s < 32; s++) {
        struct sigaction is;
        CHECK(sigaction(s, NULL, &is) == 0);
        int ours = s == SIGUSR1 || s == SIGPIPE || s == SIGSEGV || s == SIGBUS;
        /* Who started the program may have had it ignore some. */
        CHECK(ours || is.sa_handler == SIG_DFL || is.sa_handler == SIG_IGN);
        CHECK((s != SIGUSR1 && s != SIGPIPE) || is.sa_handler == on_usr1);
    }
    a.fault();
    CHECK(!"a fault ends the process");
}

static long long before_main;

__attribute__((constructor)) static void constructor(void) {
#ifdef LINKED
    before_main = lib_add(1000);
#else
    before_main = 1000;
#endif
}

static void at_exit(void) {
    long long before = a.add(0);
    on_threads(uses_a);
    CHECK(a.add(0) >= before + THREADS * TIMES);
    fputs("at exit\n", stdout);
}

static pthread_barrier_t started;

static void *never_ends(void *unused) {
    pthread_barrier_wait(&started);
    for (;;)
        uses_a(unused);
    return unused;
}

/* main returns while threads are in callbacks. */
static void busy_exit(void) {
    pthread_barrier_init(&started, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, never_ends, NULL) == 0);
        CHECK(pthread_detach(thread) == 0);
    }
    pthread_barrier_wait(&started);
    CHECK(a.add(1) > 0);
}

#ifndef LINKED
/* Into the other one. */
static int order_and_add_to_b(const void *x, const void *y) {
    CHECK(b.add(1) > 0);
    return order(x, y);
}

/* Into the other one, whose C calls back into this one. */
static int order_by_b(const void *x, const void *y) {
    int two[] = { *(const int *)x, *(const int *)y };
    b.sort(two, 2, order_and_add);
    return two[0] == *(const int *)x ? two[0] - two[1] : two[1] - two[0];
}

static void *uses_both(void *unused) {
    for (int i = 0; i < TIMES; i++) {
        CHECK(a.add(1) > 0);
        CHECK(b.add(1) > 0);
    }
    sorts(&a, order_and_add_to_b);
    sorts(&a, order_by_b);
    return unused;
}

static void two(void) {
    CHECK((void *)a.add != (void *)b.add);
    CHECK(b.add(500) == 500 && a.add(3) == 3);
    on_threads(uses_both);
    CHECK(a.borrowed() == 1 && b.borrowed() == 1);
    CHECK(a.gs(20) == 20 && b.gs(20) == 20);
}

/* glibc keeps a library whose thread-locals have destructors still to run, so that Rust's own threads
 * would keep any. Here it isn't told of them, as no C library but glibc is. */
#ifdef UNCOUNTED
struct dtor {
    void (*f)(void *);
    void *object;
    struct dtor *next;
};

static pthread_key_t dtors;

static void run_dtors(void *first) {
    struct dtor *d = first;
    while (d) {
        struct dtor *next = d->next;
        d->f(d->object);
        free(d);
        d = next;
    }
}

static void create_dtors(void) { CHECK(pthread_key_create(&dtors, run_dtors) == 0); }

int __cxa_thread_atexit_impl(void (*f)(void *), void *object, void *dso) {
    (void)dso;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, create_dtors);
    struct dtor *d = malloc(sizeof *d);
    CHECK(d != NULL);
    *d = (struct dtor){ f, object, pthread_getspecific(dtors) };
    return pthread_setspecific(dtors, d);
}
#endif

static pthread_barrier_t closing;

/* Calls back before the library is closed, and after it, and ends with an M of its. */
static void *outlives(void *unused) {
    CHECK(a.add(0) == 5);
    pthread_barrier_wait(&closing);
    pthread_barrier_wait(&closing);
    CHECK(a.add(0) == 6);
    return unused;
}

static void closed(const char *file) {
    long long sum = a.add(5);
    CHECK(sum == 5);
    CHECK(a.gs(20) == 20);
    pthread_t thread;
    pthread_barrier_init(&closing, NULL, 2);
    CHECK(pthread_create(&thread, NULL, outlives, NULL) == 0);
    pthread_barrier_wait(&closing);
    CHECK(dlclose(a.handle) == 0);
    CHECK(dlopen(file, RTLD_NOW | RTLD_NOLOAD) == a.handle); /* still there: its threads are */
    CHECK(dlclose(a.handle) == 0);
    CHECK(a.add(1) == 6);
    pthread_barrier_wait(&closing);
    CHECK(pthread_join(thread, NULL) == 0);
    on_threads(uses_a);
    sum = a.add(0);
    load(&a, file);
    CHECK(a.add(1) == sum + 1); /* and the same */
    for (int i = 0; i < 10; i++)
        CHECK(dlclose(a.handle) == 0 || i > 0);
    CHECK(a.add(1) == sum + 2);
}

/* A library whose runtime was never started may come and go. */
static void unused(const char *file) {
    CHECK(dlclose(a.handle) == 0);
    CHECK(dlopen(file, RTLD_NOW | RTLD_NOLOAD) == NULL);
    load(&a, file);
    CHECK(a.add(7) == 7);
}
#endif

int main(int argc, char **argv) {
    alarm(55); /* whoever waits for this program waits no longer */
    CHECK(argc >= 2);
    CHECK(before_main == 1000);
    const char *file = argc > 2 ? argv[2] : NULL;
    load(&a, file);
    if (strcmp(argv[1], "call") == 0)
        call();
    else if (strcmp(argv[1], "signals") == 0)
        signals();
    else if (strcmp(argv[1], "atexit") == 0)
        CHECK(a.add(1) > 0 && atexit(at_exit) == 0);
    else if (strcmp(argv[1], "busy") == 0)
        busy_exit();
#ifndef LINKED
    else if (strcmp(argv[1], "close") == 0)
        closed(file);
    else if (strcmp(argv[1], "unused") == 0)
        unused(file);
    else if (strcmp(argv[1], "two") == 0) {
        CHECK(argc == 4);
        load(&b, argv[3]);
        two();
    }
#endif
    else
        CHECK(!"known");
    return 0;
}
