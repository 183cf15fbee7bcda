/* What tests of registers have to know of the target, so that they name none; the rest is in
 * registers/<architecture>.S:
 *
 *   unsigned test_poisoned_call(void (*f)(void *), void *arg, int poisoning);
 *     Calls f(arg) with every register full that a C function may leave full at a call, and C's own
 *     floating-point control. Tells what is not as it was when the callback has returned:
 *     1 general registers, 2 float or vector registers, 4 the stack pointer, 8 the control words,
 *     16 the direction flag.
 *   unsigned test_control(void);
 *     The floating-point control words now, without the flags of past exceptions.
 *   extern const unsigned test_control_of_rust;
 *     What they are where Rust code begins.
 */
#include <fenv.h>
#include <pthread.h>
#include <stddef.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#elif defined(__arm__) && defined(__linux__)
#include <sys/auxv.h>
#endif

/* How many poisonings this processor has registers for. */
int test_poisonings(void) {
#if defined(__x86_64__) || defined(__i386__)
    /* Not by the compiler's own function: not every one's library has that. */
    unsigned a, b, c, d, state;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c >> 27 & 3) != 3) /* XSAVE in use, AVX */
        return 1;
    __asm__("xgetbv" : "=a"(state), "=d"(d) : "c"(0));
    if ((state & 6) != 6)
        return 1;
#if defined(__x86_64__)
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && b >> 16 & 1 && (state & 0xe6) == 0xe6)
        return 3; /* AVX-512 */
#endif
    return 2;
#elif defined(__arm__) && defined(__linux__)
    return getauxval(AT_HWCAP) & 1 << 12 ? 2 : 1; /* NEON */
#else
    return 1;
#endif
}

/* Three ways of rounding; the first is the default. */
int test_rounding(int i) {
    static const int modes[] = { FE_TONEAREST, FE_UPWARD, FE_TOWARDZERO };
    return modes[i];
}

/* Leaves the zero register full. */
#if defined(__x86_64__)
#define FILL "pcmpeqd %%xmm15, %%xmm15"
#elif defined(__i386__)
#define FILL "pcmpeqd %%xmm7, %%xmm7"
#elif defined(__aarch64__)
#define FILL "movi v31.16b, #255"
#elif defined(__arm__)
#define FILL "vmov d7, %0, %0"
#elif defined(__riscv)
#define FILL "fmv.d.x ft11, %0"
#endif

struct ends {
    void (*f)(void *);
    void *arg;
};

static void *ends_full(void *p) {
    struct ends *it = p;
    it->f(it->arg);
    __asm__ volatile(FILL : : "r"(-1L)); /* not told to the compiler: the thread is at its end */
    return NULL;
}

/* Calls f(arg) on a thread that then ends with the zero register full. 0, or the error. */
int test_thread_that_ends_full(void (*f)(void *), void *arg) {
    pthread_t thread;
    struct ends it = { f, arg };
    int error = pthread_create(&thread, NULL, ends_full, &it);
    return error ? error : pthread_join(thread, NULL);
}
