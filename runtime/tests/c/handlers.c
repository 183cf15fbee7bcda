/* The chain of exception handlers of 32-bit Windows, whose links lie on the stack. */
#include <stdint.h>
#include <stdio.h>

struct link {
    struct link *next;
    void *handler;
};

#define FIELD(at) ({ void *it; __asm__ volatile("movl %%fs:" #at ", %0" : "=r"(it)); it; })
#define HEAD ((struct link *)FIELD(0))
#define BASE ((char *)FIELD(4))

static void set_head(struct link *head) { __asm__ volatile("movl %0, %%fs:0" : : "r"(head) : "memory"); }

/* How many handlers a fault would find here; -1 if one of them is not on the part of the stack that is in use, above
 * the one before it: the system would go no further. */
int test_handlers(void) {
    int n = 0;
    char *above = __builtin_frame_address(0);
    for (struct link *at = HEAD; at != (struct link *)-1; at = at->next, n++) {
        if ((char *)at < above || (char *)(at + 1) > BASE)
            return -1;
        above = (char *)(at + 1);
    }
    return n;
}

/* How many a G's stack should have: one that asks the process's filter, and the system's last one, if it has one
 * (RtlExceptionAttached in SameTebFlags, at 0xfca). */
int test_handlers_at_the_end(void) {
    return 1 + ((uintptr_t)FIELD(0xfc8) >> 16 >> 9 & 1);
}

/* Looks for another handler: ExceptionContinueSearch. */
static int handler(void) {
    fputs("a handler is asked\n", stderr);
    fflush(stderr);
    return 1;
}

static __attribute__((noinline)) int with_handler(int (*f)(int), int x) {
    struct link mine = { HEAD, handler };
    set_head(&mine);
    int y = f(x);
    set_head(mine.next);
    return y;
}

/* f(x), with a handler so deep in the stack that it is below the frames of whom is called after this. */
int test_call_with_handler(int (*f)(int), int x) {
    volatile char room[16384];
    room[0] = 1;
    int y = with_handler(f, x);
    return y + room[0] - 1;
}
