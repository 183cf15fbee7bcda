/* Emits the length of each line, from a thread of its own. */
#include "plugin.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct job {
    const struct plugin_host *host;
    const char *text;
    size_t length;
};

static void *count(void *arg) {
    const struct job *job = arg;
    size_t start = 0;
    while (start < job->length) {
        const char *end = memchr(job->text + start, '\n', job->length - start);
        size_t n = end ? (size_t)(end - job->text) - start : job->length - start;
        char line[32];
        int written = snprintf(line, sizeof line, "%zu", n);
        job->host->emit(job->host->data, line, (size_t)written);
        start += n + 1;
    }
    return 0;
}

static int run(const struct plugin_host *host, const char *text, size_t length) {
    struct job job = {host, text, length};
    pthread_t thread;
    if (pthread_create(&thread, 0, count, &job))
        return 1;
    return pthread_join(thread, 0);
}

static const struct plugin lines = {PLUGIN_VERSION, "lines", run};

const struct plugin *plugin_entry(void) { return &lines; }
