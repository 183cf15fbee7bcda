/* In a library of its own, which a test links by `#[link]`. */
int test_linked(int x) { return x + 1000; }
