// Functions that throw, that catch, and that have destructors to run.
#include <pthread.h>
#include <stdexcept>

namespace {

// Counts those of its kind that were destroyed.
struct Counted {
    int *count;
    ~Counted() { ++*count; }
};

} // namespace

extern "C" {

// x + 1, but 13 is refused by an exception.
int test_throws(int x) {
    if (x == 13)
        throw std::runtime_error("unlucky");
    return x + 1;
}

// The same, but for an exception it returns -1.
int test_catches(int x) {
    try {
        return test_throws(x);
    } catch (const std::exception &) {
        return -1;
    }
}

// f(x) + 1. If f returns a negative value, C++ throws past a frame with a destructor, and catches.
int test_calls_and_catches(int (*f)(int), int x, int *destroyed) {
    try {
        Counted outer{destroyed};
        int result = f(x);
        Counted inner{destroyed};
        if (result < 0)
            throw result;
        return result + 1;
    } catch (int result) {
        return result * 100;
    }
}

// What unwinds out of f passes on, through this frame.
int test_call_and_add_one(int (*f)(int), int x) { return f(x) + 1; }

static void *call_it(void *p) {
    (*reinterpret_cast<void (**)()>(p))();
    return nullptr;
}

// Calls f on a thread that has no frames but C's, and waits for it.
int test_on_a_bare_thread(void (*f)()) {
    pthread_t thread;
    if (int error = pthread_create(&thread, nullptr, call_it, &f))
        return error;
    return pthread_join(thread, nullptr);
}
}
