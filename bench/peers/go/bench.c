/* The C side is the Rust program's. */
#include "../../c/bench.c"
