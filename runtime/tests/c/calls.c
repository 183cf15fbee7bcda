/* Plain functions: what arguments, results, errno and stacks look like from C. */
#include <stdarg.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* Ten arguments of as many widths: four of them on the stack. */
long long test_sum_ints(int a, long b, short c, unsigned char d, long long e, unsigned f, long g,
                        int h, signed char i, long j) {
    return 1 * a + 2 * b + 3 * c + 4 * d + 5 * e + 6LL * f + 7 * g + 8 * h + 9 * i + 10 * j;
}

double test_sum_doubles(double a, double b, double c, double d, double e, double f, double g,
                        double h, double i, double j) {
    return 1 * a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j;
}

double test_mixed(float a, int b, double c, long d, float e, short f) {
    return a + 10 * b + 100 * c + 1000 * d + 10000 * (double)e + 100000.0 * f;
}

struct small { char c; short s; };
struct pair { long a; double b; };
struct big { long v[8]; };

struct small test_small(struct small x) {
    x.c++;
    x.s = (short)-x.s;
    return x;
}

struct pair test_pair(struct pair x) {
    return (struct pair){ (long)x.b, (double)x.a };
}

struct big test_big(struct big x, long factor) {
    for (int i = 0; i < 8; i++)
        x.v[i] *= factor;
    return x;
}

int test_answer = 42;

void test_nothing(void) {}

int test_add_one(int x) { return x + 1; }

/* -1 with errno, or 0 with errno left alone. */
int test_fail_with(int error) {
    if (error == 0)
        return 0;
    errno = error;
    return -1;
}

void test_set_errno(int error) { errno = error; }

/* The same after a while in the kernel, so that others run meanwhile. */
int test_sleep_and_fail_with(unsigned us, int error) {
    usleep(us);
    return test_fail_with(error);
}

void *test_null_with(int error) {
    errno = error;
    return NULL;
}

void *test_pointer(void) { return &test_answer; }

uintptr_t test_address_of_a_local(void) { return (uintptr_t)__builtin_frame_address(0); }

/* Uses `bytes` (at most 1 MiB) of stack. */
unsigned long test_use_stack(size_t bytes, int value) {
    volatile unsigned char room[1 << 20];
    unsigned long sum = 0;
    if (bytes > sizeof room)
        return 0;
    for (size_t i = 0; i < bytes; i += 64)
        room[i] = (unsigned char)value;
    for (size_t i = 0; i < bytes; i += 64)
        sum += room[i];
    return sum;
}

/* Uses up the stack that it is on. */
unsigned long test_overflow(unsigned long n) {
    volatile unsigned char room[4096];
    room[n % sizeof room] = (unsigned char)n;
    if (n > 1UL << 30) /* never, but the compiler must not know */
        return 0;
    return test_overflow(n + 1) + room[n % sizeof room];
}

/* Reads what can't be read. */
int test_fault(int *at) { return *(volatile int *)at; }

/* Spins until *flag is set. */
void test_spin_until(const int *flag) {
    while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) == 0)
        ;
}

/* Adds up what `types` says is in `...`: int, long, double, pointer to int, function of the next int. */
double test_variadic(const char *types, ...) {
    double sum = 0;
    int (*f)(int) = NULL;
    va_list args;
    va_start(args, types);
    for (; *types; types++) {
        switch (*types) {
        case 'i': {
            int x = va_arg(args, int);
            sum += x;
            if (f)
                sum += f(x);
            break;
        }
        case 'l':
            sum += (double)va_arg(args, long);
            break;
        case 'd':
            sum += va_arg(args, double);
            break;
        case 'p':
            sum += *va_arg(args, const int *);
            break;
        case 'f':
            f = va_arg(args, int (*)(int));
            break;
        }
    }
    va_end(args);
    return sum;
}
