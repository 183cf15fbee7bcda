package main

/*
#cgo CFLAGS: -I${SRCDIR}/../../c
#cgo LDFLAGS: -lpthread
#cgo noescape leaf_empty
#cgo nocallback leaf_empty
#include "bench.h"

// A name of its own for the promises above.
static void leaf_empty(void) { bench_empty(); }
*/
import "C"

var sink int

func call(runs int) []value {
	return perOp("call", runs, func(n int) {
		for range n {
			C.bench_empty()
		}
	})
}

func call2(runs int) []value {
	return perOp("call2", runs, func(n int) {
		for range n {
			sink = int(C.bench_two(1, 2))
		}
	})
}

func call6(runs int) []value {
	return perOp("call6", runs, func(n int) {
		for range n {
			sink = int(C.bench_six(1, 2, 3, 4, 5, 6))
		}
	})
}

func callErrno(runs int) []value {
	return perOp("call_errno", runs, func(n int) {
		for range n {
			x, err := C.bench_errno(1)
			if err != nil {
				panic(err)
			}
			sink = int(x)
		}
	})
}

func callLeaf(runs int) []value {
	return perOp("call_leaf", runs, func(n int) {
		for range n {
			C.leaf_empty()
		}
	})
}

// Go has one kind of call.
func callBlocking(runs int) []value {
	return perOp("call_blocking", runs, func(n int) {
		for range n {
			C.bench_empty()
		}
	})
}
