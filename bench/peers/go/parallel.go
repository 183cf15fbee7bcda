package main

/*
#include "bench.h"

void goEmpty(void);
*/
import "C"

import (
	"runtime"
	"sync"
	"sync/atomic"
)

func calls(n int) {
	for range n {
		C.bench_empty()
	}
}

func callbacks(n int) { C.bench_loop(C.bench_callback(C.goEmpty), C.long(n)) }

// Work on several threads at once: rows/parallel.rs tells how.
func parallel(name string, work func(n int)) func(int) []value {
	took := func(k, n int) float64 {
		var ready atomic.Int64
		starts, ends := make([]float64, k), make([]float64, k)
		var all sync.WaitGroup
		for i := range k {
			all.Go(func() {
				ready.Add(1)
				for ready.Load() < int64(k) {
				}
				starts[i] = now()
				work(n)
				ends[i] = now()
			})
		}
		all.Wait()
		start, end := starts[0], ends[0]
		for i := range k {
			start, end = min(start, starts[i]), max(end, ends[i])
		}
		return end - start
	}
	return func(runs int) (values []value) {
		procs := runtime.GOMAXPROCS(0)
		n := 1_000
		for took(1, n) < 40e6 {
			n = n * 3 / 2
		}
		for range runs {
			one, all := took(1, n), took(procs, n)
			values = append(values,
				value{name, all / float64(n*procs)},
				value{name + "_speedup", one * float64(procs) / all})
		}
		return values
	}
}
