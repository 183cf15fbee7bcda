/* Functions that are called by their address. */
#include <stdint.h>
#ifdef _WIN32
#include <windows.h>
#define set_last_error(error) SetLastError(error)
#else
#include <errno.h>
#define set_last_error(error) (errno = (error))
#endif

#define TEN(X, n) X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7) X(n##8) X(n##9)
#define ALL TEN(X, 1) TEN(X, 2) TEN(X, 3) TEN(X, 4) X(50)

/* The most arguments there can be: each weighs as much as its place, from 10 on. */
#define X(n) uintptr_t a##n,
uintptr_t test_weigh(ALL uintptr_t a51) {
#undef X
#define X(n) n * a##n +
    return ALL 51 * a51;
}

/* Calls f(arg), which returns no word; then returns x and leaves its lowest byte as the system's error. */
uintptr_t test_call_and_return(void (*f)(void *), void *arg, uintptr_t x) {
    f(arg);
    set_last_error(x & 0xff);
    return x;
}
