/* Pointers: to functions, to values, to what only C knows, to text. */
#include "types.h"
#include <limits.h>
#include <stdlib.h>

typedef int (*unary)(int);

static int doubled(int x) { return 2 * x; }
static int negated(int x) { return -x; }

/* -1000 for no function. */
int test_apply(unary f, int x) { return f != NULL ? f(x) : -1000; }

/* 1: a function that doubles; 2: one that negates; otherwise none. */
unary test_choose(int which) { return which == 1 ? doubled : which == 2 ? negated : NULL; }

int test_is_negated(unary f) { return f == negated; }

unary test_same_function(unary f) { return f; }

unary test_kept_function;

void test_keep_function(unary f) { test_kept_function = f; }

/* Asks `choose` for a function and calls it. */
int test_apply_chosen(unary (*choose)(int), int which, int x) {
    return test_apply(choose(which), x);
}

struct operations {
    unary first;
    unary second;
    int x;
};

struct operations test_swap_operations(struct operations o) {
    return (struct operations){ o.second, o.first, -o.x };
}

int test_run_operations(const struct operations *o) {
    return test_apply(o->second, test_apply(o->first, o->x));
}

/* Lets f swap, and runs what it returns. */
int test_run_swapped(struct operations (*f)(struct operations), unary first, unary second, int x) {
    struct operations o = f((struct operations){ first, second, x });
    return test_run_operations(&o);
}

/* References. */
const int *test_larger(const int *a, const int *b) { return *a > *b ? a : b; }

int *test_increment(int *x) {
    if (x != NULL)
        ++*x;
    return x;
}

bool test_is_null(const void *p) { return p == NULL; }

/* f is called with (&a, NULL), and (&a, &b): it returns b, or NULL, and has set *b to *a. The number of
 * the step that went wrong, or 0. */
int test_call_with_references(const int *(*f)(const int *, int *)) {
    int a = 5, b = 6;
    if (f(&a, NULL) != NULL)
        return 1;
    if (f(&a, &b) != &b)
        return 2;
    return a == 5 && b == 5 ? 0 : 3;
}

/* Results by pointer. */
struct division {
    int quotient;
    int remainder;
    double ratio;
};

bool test_divide(int a, int b, struct division *out) {
    if (b == 0)
        return false;
    *out = (struct division){ a / b, a % b, (double)a / b };
    return true;
}

/* The same from a callback; -1 if it refuses to divide by 0, and -2 if what it wrote is wrong. */
int test_call_divide(bool (*f)(int, int, struct division *), int a, int b) {
    struct division d;
    memset(&d, 0x55, sizeof d);
    if (!f(a, b, &d))
        return -1;
    return d.quotient == a / b && d.remainder == a % b && d.ratio == (double)a / b ? 0 : -2;
}

/* What only C knows the inside of. */
struct counter {
    int count;
    struct counter *next;
};

struct counter *test_counter_new(int start, struct counter *next) {
    struct counter *c = malloc(sizeof *c);
    *c = (struct counter){ start, next };
    return c;
}

int test_counter_add(struct counter *c, int n) { return c->count += n; }
struct counter *test_counter_next(const struct counter *c) { return c->next; }
void test_counter_free(struct counter *c) { free(c); }

/* Hands each of the list to f, and adds up what it returns. */
int test_counter_each(struct counter *c, int (*f)(struct counter *, void *), void *arg) {
    int sum = 0;
    for (; c != NULL; c = c->next)
        sum += f(c, arg);
    return sum;
}

/* Text. */
size_t test_text_length(const char *text) { return strlen(text); }
size_t test_wide_length(const wchar_t *text) { return wcslen(text); }
int test_text_byte(const char *text, size_t i) { return (unsigned char)text[i]; }

static const char *const texts[] = { "plain", "", "h\xc3\xa4user", "\xff\xfe", "cut\0here" };

/* f gets a text and returns one of its own; -1, or how many bytes that has. */
int test_call_text(const char *(*f)(const char *), int which) {
    const char *text = f(texts[which]);
    return text != NULL ? (int)strlen(text) : -1;
}

bool test_char_is_signed(void) { return CHAR_MIN < 0; }
size_t test_size_of_long(void) { return sizeof(long); }
