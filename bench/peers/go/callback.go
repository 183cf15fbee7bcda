package main

/*
#include "bench.h"

void goEmpty(void);
int goPanics(void);
*/
import "C"

import "slices"

//export goEmpty
func goEmpty() {}

//export goPanics
func goPanics() C.int { panic(1) }

func callback(runs int) []value {
	return perOp("callback", runs, func(n int) {
		C.bench_loop(C.bench_callback(C.goEmpty), C.long(n))
	})
}

func roundTrip(runs int) []value {
	return perOp("round_trip", runs, func(n int) {
		for range n {
			C.bench_loop(C.bench_callback(C.goEmpty), 1)
		}
	})
}

func callbackForeign(runs int) []value {
	const warm = 10_000
	return perOpTimed("callback_foreign", runs, func(n int) float64 {
		return float64(C.bench_foreign(C.bench_callback(C.goEmpty), warm, C.long(n)))
	})
}

func callbackFirst(runs int) []value {
	const threads = 300
	run := func() []value {
		took := make([]float64, threads)
		out := make([]C.double, threads)
		all := float64(C.bench_first(C.bench_callback(C.goEmpty), threads, &out[0]))
		if all < 0 {
			panic("the system gives no thread")
		}
		for i := range out {
			took[i] = float64(out[i])
		}
		slices.Sort(took)
		median := (took[threads/2-1] + took[threads/2]) / 2
		return []value{{"callback_first", median}, {"thread_per_callback", all / threads}}
	}
	run()
	var values []value
	for range runs {
		values = append(values, run()...)
	}
	return values
}

func caught(f func()) {
	defer func() {
		if recover() == nil {
			panic("no panic")
		}
	}()
	f()
}

func panicUnwind(runs int) []value {
	return perOp("panic_unwind", runs, func(n int) {
		for range n {
			caught(func() { C.bench_once(C.bench_callback_int(C.goPanics)) })
		}
	})
}

func ownPanic(runs int) []value {
	return perOp("rust_panic", runs, func(n int) {
		for range n {
			caught(func() { panic(1) })
		}
	})
}
