package main

/*
#include "bench.h"
*/
import "C"

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

func sleep10k(int) []value {
	start := time.Now()
	var all sync.WaitGroup
	for range 10_000 {
		all.Go(func() { C.bench_sleep(1_000) })
	}
	all.Wait()
	wall := float64(time.Since(start).Microseconds()) / 1e3
	values := []value{{"sleep10k_wall", wall}}
	if threads, ok := status("Threads"); ok {
		values = append(values, value{"sleep10k_threads", threads})
	}
	if rss, ok := status("VmHWM"); ok {
		values = append(values, value{"sleep10k_rss", rss})
	}
	return values
}

func stall1ms(int) []value {
	return stall("stall_1ms", 200, func() { C.bench_sleep(1_000) })
}

func stall5ms(int) []value {
	return stall("stall_5ms", 100, func() { C.bench_sleep(5_000) })
}

func hog(int) []value {
	return stall("hog", 25, func() {
		for start := time.Now(); time.Since(start) < 30*time.Millisecond; {
		}
	})
}

// How long another ready goroutine waits behind block: rows/stall.rs tells how.
func stall(name string, times int, block func()) []value {
	epoch := time.Now()
	now := func() int64 { return time.Since(epoch).Nanoseconds() }
	var since atomic.Int64
	var stop atomic.Bool
	gaps := make([]float64, 0, times)
	var other sync.WaitGroup
	other.Go(func() {
		for !stop.Load() {
			runtime.Gosched()
			if t := since.Swap(0); t != 0 {
				gaps = append(gaps, float64(now()-t)/1e3)
			}
		}
	})
	for range times {
		for pause := time.Now(); time.Since(pause) < 300*time.Microsecond; {
			runtime.Gosched()
		}
		since.Store(now())
		block()
		for since.Load() != 0 {
			runtime.Gosched()
		}
	}
	stop.Store(true)
	other.Wait()
	slices.Sort(gaps)
	return []value{
		{name + "_p50", gaps[len(gaps)*50/100]},
		{name + "_p99", gaps[len(gaps)*99/100]},
	}
}
