/* Functions and variables that Rust declares with all that a declaration may have beside its type. */
#include <stddef.h>

/* Never returns, as f doesn't. */
_Noreturn void test_call_never(void (*f)(int) __attribute__((noreturn)), int status) { f(status); }

int test_tenfold(int x) { return 10 * x; }

/* A word of Rust's. */
int match(int x) { return x + 7; }

int test_variable = 5;
const int test_constant = 6;
const char *const test_names[] = { "zero", "one", NULL };

void test_set_variable(int x) { test_variable = x; }
