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
