/* Calls what Rust exports, by the prototypes that C would have of it. */
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct counter;

extern struct counter *counter_new(int start);
extern int counter_add(struct counter *counter, int x);
extern int counter_value(const struct counter *counter);
extern const char *counter_label(const struct counter *counter);
extern int counter_add_later(struct counter *counter, int x);
extern int cnt_twice(const struct counter *counter);
extern void counter_free(struct counter *counter);

/* 0, or the number of the line that was wrong. */
int test_counter(int start) {
    struct counter *counter = counter_new(start);
    if (!counter)
        return __LINE__;
    if (counter_add(counter, 2) != start + 2)
        return __LINE__;
    if (counter_value(counter) != start + 2)
        return __LINE__;
    if (counter_add_later(counter, 3) != start + 5)
        return __LINE__;
    if (cnt_twice(counter) != 2 * (start + 5))
        return __LINE__;
    if (strcmp(counter_label(counter), "a counter") != 0)
        return __LINE__;
    counter_free(counter);
    return 0;
}

int test_counter_of_null(void) {
    return counter_value(NULL);
}

extern int wait_and_add(int x, int y);

int test_wait_and_add(int x, int y) {
    return wait_and_add(x, y);
}

extern int parse_digit(const char *text);
extern void must_be_even(int x);
extern const char *callgate_last_error(void);
extern void callgate_clear_last_error(void);

/* Copies the last error, as C would that shows it later. -1 if there is none. */
static int copy_error(char *message, size_t size) {
    const char *last = callgate_last_error();
    if (!last)
        return -1;
    strncpy(message, last, size - 1);
    message[size - 1] = 0;
    return (int)strlen(last);
}

int test_parse_digit(const char *text, char *message, size_t size) {
    int digit = parse_digit(text);
    if (digit < 0)
        copy_error(message, size);
    return digit;
}

int test_must_be_even(int x, char *message, size_t size) {
    callgate_clear_last_error();
    must_be_even(x);
    return copy_error(message, size);
}

struct parse {
    const char *text;
    char *message;
    size_t size;
    int digit;
};

static void *parse_on_thread(void *p) {
    struct parse *parse = p;
    parse->digit = test_parse_digit(parse->text, parse->message, parse->size);
    return NULL;
}

/* As test_parse_digit, on a thread of C's. What that thread leaves must not be seen here. */
int test_parse_digit_elsewhere(const char *text, char *message, size_t size) {
    struct parse parse = {text, message, size, 0};
    pthread_t thread;
    callgate_clear_last_error();
    if (pthread_create(&thread, NULL, parse_on_thread, &parse))
        return -2;
    pthread_join(thread, NULL);
    return callgate_last_error() ? -3 : parse.digit;
}

extern uintptr_t stock_open(int units);
extern int stock_take(uintptr_t stock, int units);
extern int stock_left(uintptr_t stock);
extern int stock_close(uintptr_t stock);

int test_stock(char *message, size_t size) {
    uintptr_t stock = stock_open(10);
    if (stock_take(stock, 3) != 7)
        return __LINE__;
    if (stock_take(stock, 8) != -1 || copy_error(message, size) < 0 ||
        strcmp(message, "7 units are left") != 0)
        return __LINE__;
    if (stock_left(stock) != 7)
        return __LINE__;
    if (stock_close(stock) != 0)
        return __LINE__;
    message[0] = 0;
    if (stock_take(stock, 1) != -1 || copy_error(message, size) <= 0)
        return __LINE__;
    if (stock_close(stock) != -1)
        return __LINE__;
    return 0;
}

int test_stock_left_of(uintptr_t stock) {
    return stock_left(stock);
}
