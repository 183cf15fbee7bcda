/* Callbacks from stacks that C has made for itself, and values that only C can take apart. */
#include <complex.h>
#include <stdint.h>
#ifdef _WIN32
#include <windows.h>

struct coroutine {
    void *here, *there;
    void (*f)(void *);
    void *arg;
    int times;
};

static void CALLBACK coroutine_body(void *p) {
    struct coroutine *c = p;
    for (int i = 0; i < c->times; i++) {
        c->f(c->arg);
        SwitchToFiber(c->here);
    }
    SwitchToFiber(c->here);
}

/* Calls f(arg) `times` times on a fiber, and as often on the thread's own stack, in turn. */
int test_call_on_own_stack(int times, void (*f)(void *), void *arg) {
    struct coroutine c = { .f = f, .arg = arg, .times = times };
    c.here = ConvertThreadToFiber(NULL);
    c.there = CreateFiber(256 << 10, coroutine_body, &c);
    if (c.here == NULL || c.there == NULL)
        return -1;
    for (int i = 0; i < times; i++) {
        SwitchToFiber(c.there);
        f(arg);
    }
    SwitchToFiber(c.there); /* it ends */
    DeleteFiber(c.there);
    ConvertFiberToThread();
    return 0;
}
#else
#include <sys/mman.h>
#include <ucontext.h>

struct coroutine {
    ucontext_t here, there;
    void (*f)(void *);
    void *arg;
    int times;
};

static void coroutine_body(unsigned high, unsigned low) {
    struct coroutine *c = (struct coroutine *)(uintptr_t)((uint64_t)high << 32 | low);
    for (int i = 0; i < c->times; i++) {
        c->f(c->arg);
        swapcontext(&c->there, &c->here);
    }
}

/* Calls f(arg) `times` times on a stack of C's own, and as often on the thread's, in turn. */
int test_call_on_own_stack(int times, void (*f)(void *), void *arg) {
    const size_t size = 256 << 10;
    struct coroutine c = { .f = f, .arg = arg, .times = times };
    /* Above the thread's, if that can be had: it is for nobody to say which is higher. */
    void *above = (void *)(((uintptr_t)&c + (64UL << 20)) & ~0xffffUL);
    void *stack =
        mmap(above, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED || getcontext(&c.there) != 0)
        return -1;
    c.there.uc_stack.ss_sp = stack;
    c.there.uc_stack.ss_size = size;
    c.there.uc_link = &c.here;
    uint64_t at = (uintptr_t)&c;
    makecontext(&c.there, (void (*)(void))coroutine_body, 2, (unsigned)(at >> 32), (unsigned)at);
    for (int i = 0; i < times; i++) {
        swapcontext(&c.here, &c.there);
        f(arg);
    }
    swapcontext(&c.here, &c.there); /* it ends */
    munmap(stack, size);
    return 0;
}
#endif

struct flags {
    unsigned level : 3;
    signed offset : 5;
    unsigned long long address : 40;
    unsigned long long count : 60;
};

struct flags test_flags(unsigned level, int offset, unsigned long long address, unsigned long long count) {
    return (struct flags){ level & 7, offset, address & 0xffffffffffULL, count & (~0ULL >> 4) };
}

unsigned test_flags_level(struct flags flags) { return flags.level; }
int test_flags_offset(struct flags flags) { return flags.offset; }
unsigned long long test_flags_address(const struct flags *flags) { return flags->address; }
unsigned long long test_flags_count(struct flags flags) { return flags.count; }

struct wave {
    signed char sign;
    double complex z;
    signed char end;
};

struct wave test_turn(struct wave wave, const struct wave *by) {
    return (struct wave){ (signed char)-wave.sign, wave.z * by->z, wave.end + by->end };
}
