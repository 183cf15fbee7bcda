package main

/*
#include "bench.h"

void goNote(void);
*/
import "C"

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

func sleepers(name string, gs int, micros C.uint) func(int) []value {
	return func(int) []value {
		start := time.Now()
		var all sync.WaitGroup
		for range gs {
			all.Go(func() { C.bench_sleep(micros) })
		}
		all.Wait()
		wall := float64(time.Since(start).Microseconds()) / 1e3
		values := []value{{name + "_wall", wall}}
		if threads, ok := status("Threads"); ok {
			values = append(values, value{name + "_threads", threads})
		}
		if rss, ok := status("VmHWM"); ok {
			values = append(values, value{name + "_rss", rss})
		}
		return values
	}
}

func percentile(values []float64, percent int) float64 {
	slices.Sort(values)
	return values[min(len(values)*percent/100, len(values)-1)]
}

func sleep(micros C.uint) func() float64 {
	return func() float64 { return float64(C.bench_sleep(micros)) }
}

func hog() float64 {
	for start := time.Now(); time.Since(start) < 30*time.Millisecond; {
	}
	return float64(C.bench_now())
}

// How long another ready goroutine waits behind block: rows/stall.rs tells how.
func stall(name string, times int, block func() float64) func(int) []value {
	return func(int) []value {
		nanos := func() int64 { return time.Since(epoch).Nanoseconds() }
		var since atomic.Int64
		var stop atomic.Bool
		gaps := make([]float64, 0, times)
		var other sync.WaitGroup
		other.Go(func() {
			for !stop.Load() {
				runtime.Gosched()
				if t := since.Swap(0); t != 0 {
					gaps = append(gaps, float64(nanos()-t)/1e3)
				}
			}
		})
		late := make([]float64, 0, times)
		for range times {
			for pause := time.Now(); time.Since(pause) < 300*time.Microsecond; {
				runtime.Gosched()
			}
			since.Store(nanos())
			ended := block()
			late = append(late, (float64(C.bench_now())-ended)/1e3)
			for since.Load() != 0 {
				runtime.Gosched()
			}
		}
		stop.Store(true)
		other.Wait()
		return []value{
			{name + "_p50", percentile(gaps, 50)},
			{name + "_p99", percentile(gaps, 99)},
			{name + "_max", percentile(gaps, 100)},
			{name + "_back_p50", percentile(late, 50)},
			{name + "_back_p99", percentile(late, 99)},
		}
	}
}

// How late f's calls and callbacks get on while every P computes: rows/busy.rs tells how.
func besideBusyPs(name string, f func() []float64) []value {
	var stop atomic.Bool
	var spinners sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		spinners.Go(func() {
			for !stop.Load() {
			}
		})
	}
	late := f()
	stop.Store(true)
	spinners.Wait()
	return []value{{name + "_p50", percentile(late, 50)}, {name + "_p99", percentile(late, 99)}}
}

const busyTimes = 100

func returnBusy(int) []value {
	return besideBusyPs("return_busy", func() (late []float64) {
		for i := range busyTimes {
			ended := C.bench_sleep(C.uint(25_000 + i*7919%10_000))
			late = append(late, float64(C.bench_now()-ended)/1e3)
		}
		return late
	})
}

var noted []float64

//export goNote
func goNote() { noted = append(noted, float64(C.bench_late())/1e3) }

func callbackBusy(int) []value {
	return besideBusyPs("callback_busy", func() []float64 {
		if C.bench_at_times(C.bench_callback(C.goNote), busyTimes) != 0 {
			panic("the system gives no thread")
		}
		return noted
	})
}
