/* Two C frames with names to look for. */

__attribute__((noinline)) void test_inner_c_frame(void (*f)(void *), void *arg) {
    f(arg);
    __asm__ volatile("" ::: "memory");
}

int test_outer_c_frame(void (*f)(void *), void *arg) {
    test_inner_c_frame(f, arg);
    return 1;
}
