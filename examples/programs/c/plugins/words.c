/* Emits each word of the text. */
#include "plugin.h"
#include <ctype.h>

static int run(const struct plugin_host *host, const char *text, size_t length) {
    size_t start = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i == length || isspace((unsigned char)text[i])) {
            if (i > start)
                host->emit(host->data, text + start, i - start);
            start = i + 1;
        }
    }
    return 0;
}

static const struct plugin words = {PLUGIN_VERSION, "words", run};

const struct plugin *plugin_entry(void) { return &words; }
