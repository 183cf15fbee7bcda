/* What a plugin is to the host, and the host to a plugin. */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <stddef.h>

#define PLUGIN_VERSION 1

/* The host's side: functions that a plugin may call, from whatever thread, until `run` returns. */
struct plugin_host {
    void *data;
    /* Gives a line on. It may wait until the host has room for it. */
    void (*emit)(void *data, const char *line, size_t length);
};

/* The plugin's side. */
struct plugin {
    int version;
    const char *name;
    /* Reads `text`, emits what it finds, and returns 0, or another number if it fails. */
    int (*run)(const struct plugin_host *host, const char *text, size_t length);
};

/* What a plugin's library exports. */
const struct plugin *plugin_entry(void);

#endif
