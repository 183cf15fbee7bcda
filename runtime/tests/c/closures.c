/* Callbacks that come with user data, and what keeps them. */
#include <pthread.h>
#include <stdlib.h>

int test_first(int (*f)(void *, int), void *data, int x) { return f(data, x) + 1; }

int test_last(int (*f)(int, void *), int x, void *data) { return f(x, data) + 1; }

long test_zero(long (*f)(void *), void *data) { return f(data) + 1; }

typedef double (*eight_first)(void *, int, double, long, float, short, void *, unsigned char,
                              long long);
typedef double (*eight_last)(int, double, long, float, short, void *, unsigned char, long long,
                             void *);

double test_eight_first(eight_first f, void *data, void *p) {
    return f(data, 1, 2.5, -3, 4.5f, -5, p, 7, -8000000000LL) + 1;
}

double test_eight_last(eight_last f, void *data, void *p) {
    return f(1, 2.5, -3, 4.5f, -5, p, 7, -8000000000LL, data) + 1;
}

struct pair { long a; double b; };
struct big { long v[8]; };

struct big test_structs(struct big (*f)(void *, struct pair, struct big), void *data) {
    struct big x = { { 1, 2, 3, 4, 5, 6, 7, 8 } };
    return f(data, (struct pair){ 10, 0.5 }, x);
}

/* Adds up f(0) … f(n - 1). */
long test_sum(int (*f)(int, void *), int n, void *data) {
    long sum = 0;
    for (int i = 0; i < n; i++)
        sum += f(i, data);
    return sum;
}

/* A callback that C keeps, and ends. */
struct listener {
    void (*f)(void *, int);
    void *data;
    void (*free)(void *);
};

struct listener *test_listen(void (*f)(void *, int), void *data, void (*free)(void *)) {
    struct listener *l = malloc(sizeof *l);
    *l = (struct listener){ f, data, free };
    return l;
}

void test_tell(struct listener *l, int x) { l->f(l->data, x); }

void test_unlisten(struct listener *l) {
    if (l->free)
        l->free(l->data);
    free(l);
}

static void *unlisten(void *l) {
    test_unlisten(l);
    return NULL;
}

/* The same on a thread of its own. 0, or the error. */
int test_unlisten_on_a_thread(struct listener *l) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, unlisten, l);
    return error ? error : pthread_join(thread, NULL);
}

/* Calls f(data) on a thread of C's, and returns what it returned. */
struct asked {
    long (*f)(void *);
    void *data;
    long result;
};

static void *ask(void *p) {
    struct asked *a = p;
    a->result = a->f(a->data);
    return NULL;
}

long test_zero_on_a_thread(long (*f)(void *), void *data) {
    struct asked a = { f, data, -1 };
    pthread_t thread;
    if (pthread_create(&thread, NULL, ask, &a) == 0)
        pthread_join(thread, NULL);
    return a.result;
}
