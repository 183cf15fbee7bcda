#include "../c/borrow.c"
