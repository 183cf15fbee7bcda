package main

/*
#include "bench.h"

int goDeeper(void);
*/
import "C"

import (
	"runtime"
	"sync/atomic"
)

// All goroutines are there and yield before the clock runs, until the last has ended.
func yieldGs(row string, gs int) func(int) []value {
	return func(runs int) []value {
		return perOpTimed(row, runs, func(n int) float64 {
			each := max((n+gs-1)/gs, 10)
			var ready atomic.Int64
			var begin atomic.Bool
			for range gs {
				go func() {
					ready.Add(1)
					for !begin.Load() {
						runtime.Gosched()
					}
					for range each {
						runtime.Gosched()
					}
					ready.Add(-1)
				}()
			}
			for ready.Load() < int64(gs) {
				runtime.Gosched()
			}
			took := timed(func() {
				begin.Store(true)
				for ready.Load() > 0 {
					runtime.Gosched()
				}
			})
			return took * float64(n) / float64(each*gs)
		})
	}
}

func callGs(row string, gs int64) func(int) []value {
	return func(runs int) []value {
		var ready atomic.Int64
		gate := make(chan struct{})
		for range gs {
			go func() {
				ready.Add(1)
				<-gate
			}()
		}
		for ready.Load() < gs {
			runtime.Gosched()
		}
		return perOp(row, runs, calls)
	}
}

var levelsLeft int

//export goDeeper
func goDeeper() C.int {
	if levelsLeft == 1 {
		return 0
	}
	levelsLeft--
	return C.bench_once(C.bench_callback_int(C.goDeeper))
}

func nested(row string, depth int) func(int) []value {
	return func(runs int) []value {
		values := perOp(row, runs, func(n int) {
			for range n {
				levelsLeft = depth
				C.bench_once(C.bench_callback_int(C.goDeeper))
			}
		})
		for i := range values {
			values[i].value /= float64(depth)
		}
		return values
	}
}
