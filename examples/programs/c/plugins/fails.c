/* Fails, as plugins do. */
#include "plugin.h"

static int run(const struct plugin_host *host, const char *text, size_t length) {
    (void)text, (void)length;
    host->emit(host->data, "I can't", 7);
    return 42;
}

static const struct plugin fails = {PLUGIN_VERSION, "fails", run};

const struct plugin *plugin_entry(void) { return &fails; }
