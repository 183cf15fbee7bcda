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
#if defined(__arm__) && defined(__linux__)
#include <sys/auxv.h>
#endif

/* How many poisonings this processor has registers for. */
int test_poisonings(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx"))
        return 1;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return 3;
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
