/* C that reads the last error of a callback. */
#include <pthread.h>
#include <stddef.h>
#include <string.h>

const char *callgate_last_error(void);
void callgate_clear_last_error(void);

const char *test_last_error(void) { return callgate_last_error(); }

void test_clear_last_error(void) { callgate_clear_last_error(); }

/* Calls f(x) and copies the message; -1 if there is none. */
int test_error_of(int (*f)(int), int x, char *text, size_t size) {
    int result = f(x);
    const char *error = callgate_last_error();
    if (error == NULL)
        return -1;
    strncpy(text, error, size - 1);
    text[size - 1] = 0;
    return result;
}

struct query {
    int (*f)(int);
    char *text;
    size_t size;
    int results[3];
};

static void *query(void *p) {
    struct query *q = p;
    q->results[0] = callgate_last_error() == NULL;
    q->results[1] = test_error_of(q->f, 5, q->text, q->size);
    callgate_clear_last_error();
    q->results[2] = callgate_last_error() == NULL;
    return NULL;
}

/* On a thread of C's: what f(5) returned, if there was no error before it nor after a clear. */
int test_error_on_a_thread(int (*f)(int), char *text, size_t size) {
    struct query q = { f, text, size, { 0, 0, 0 } };
    pthread_t thread;
    if (pthread_create(&thread, NULL, query, &q) != 0)
        return -2;
    pthread_join(thread, NULL);
    return q.results[0] && q.results[2] ? q.results[1] : -3;
}
