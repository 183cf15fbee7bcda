/* Calls an exported Rust function by its name. */
#include <pthread.h>

extern void add(int x);

static void *add_times(void *p) {
    int times = *(int *)p;
    for (int i = 0; i < times; i++)
        add(1);
    return NULL;
}

/* `n` threads, each calling `add(1)` `times` times. */
int test_add_from_threads(int n, int times) {
    pthread_t threads[64];
    for (int i = 0; i < n; i++) {
        int error = pthread_create(&threads[i], NULL, add_times, &times);
        if (error)
            return error;
    }
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
