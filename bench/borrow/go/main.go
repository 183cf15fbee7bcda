// The same thread of C's as in ../src/main.rs, calling back into Go.
package main

/*
typedef void (*callback)(void);
double bench_bound(callback f, long n);
void empty(void);
static double run(long n) { return bench_bound(empty, n); }
*/
import "C"

import (
	"fmt"
	"slices"
)

func main() {
	const rounds = 15
	took := make([]float64, rounds)
	C.run(20_000)
	for i := range took {
		took[i] = float64(C.run(20_000))
	}
	slices.Sort(took)
	fmt.Printf("go       %8.1f ns (%.1f-%.1f)\n", took[rounds/2], took[0], took[rounds-1])
}
