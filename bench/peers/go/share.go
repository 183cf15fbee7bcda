package main

/*
#include "bench.h"
*/
import "C"

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A count of its own cache lines.
type count struct {
	atomic.Uint64
	_ [120]byte
}

func sum(counts []count) (sum uint64) {
	for i := range counts {
		sum += counts[i].Load()
	}
	return sum
}

// A chain of steps that a compiler can't shorten, as in rows/share.rs.
func unit(x uint64) uint64 {
	for range 256 {
		x = (x ^ (x >> 29)) * 6_364_136_223_846_793_005
	}
	return x
}

var shareSink atomic.Uint64

// The rate of goroutines that compute, beside others that block in C: rows/share.rs tells how.
func workersBeside(name string, sleepers int, yields bool) func(int) []value {
	return func(int) []value {
		const window = 400 * time.Millisecond
		workers := 2 * runtime.GOMAXPROCS(0)
		units, calls := make([]count, workers), make([]count, sleepers)
		rates := func() (float64, float64) {
			start, u, c := time.Now(), sum(units), sum(calls)
			time.Sleep(window)
			seconds := time.Since(start).Seconds()
			return float64(sum(units)-u) / seconds, float64(sum(calls)-c) / seconds
		}
		var stop, stopSleepers atomic.Bool
		var all, allSleepers sync.WaitGroup
		for i := range workers {
			all.Go(func() {
				x := uint64(i) + 1
				for !stop.Load() {
					x = unit(x)
					units[i].Add(1)
					if yields {
						runtime.Gosched()
					}
				}
				shareSink.Store(x)
			})
		}
		time.Sleep(window / 4)
		before, _ := rates()
		for i := range sleepers {
			allSleepers.Go(func() {
				for !stopSleepers.Load() {
					C.bench_sleep(1_000)
					calls[i].Add(1)
				}
			})
		}
		time.Sleep(window / 4)
		rate, done := rates()
		stopSleepers.Store(true)
		allSleepers.Wait()
		after, _ := rates()
		stop.Store(true)
		all.Wait()
		return []value{
			{name, rate / 1e6},
			{name + "_share", 100 * rate / ((before + after) / 2)},
			{name + "_calls", done},
		}
	}
}
