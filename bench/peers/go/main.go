// Command callgate-bench measures Go beside callgate, on the same C functions:
//
//	GOMAXPROCS=1 callgate-bench measure call --runs 3
//
// prints a row's name and a value for each run. It is built and run by the Rust program.
package main

/*
#include "bench.h"
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"
)

// A value of a row.
type value struct {
	row   string
	value float64
}

// The measurements, under the names that the Rust program has for them.
var measurements = map[string]func(runs int) []value{
	"call":                  call,
	"call2":                 call2,
	"call6":                 call6,
	"call_errno":            callErrno,
	"call_leaf":             callLeaf,
	"call_blocking":         callBlocking,
	"callback":              callback,
	"round_trip":            roundTrip,
	"callback_foreign":      callbackForeign,
	"callback_first":        callbackFirst,
	"handle":                handle,
	"rust_panic":            ownPanic,
	"panic_unwind":          panicUnwind,
	"call_parallel2":        parallel("call_parallel2", calls),
	"call_parallel4":        parallel("call_parallel4", calls),
	"callback_parallel2":    parallel("callback_parallel2", callbacks),
	"callback_parallel4":    parallel("callback_parallel4", callbacks),
	"spawn_join":            spawnJoin,
	"yield":                 yield,
	"park_unpark":           pingPong,
	"locked_ping_pong":      lockedPingPong,
	"sleep10k":              sleepers("sleep10k", 10_000, 1_000),
	"sleep1k":               sleepers("sleep1k", 1_000, 10_000),
	"stall_50us":            stall("stall_50us", 400, sleep(50)),
	"stall_200us":           stall("stall_200us", 300, sleep(200)),
	"stall_1ms":             stall("stall_1ms", 200, sleep(1_000)),
	"stall_5ms":             stall("stall_5ms", 120, sleep(5_000)),
	"stall_20ms":            stall("stall_20ms", 100, sleep(20_000)),
	"stall_blocking":        stall("stall_blocking", 120, sleep(5_000)),
	"hog":                   stall("hog", 50, hog),
	"return_busy":           returnBusy,
	"callback_busy":         callbackBusy,
	"workers_beside_128":    workersBeside("workers_beside_128", 128, false),
	"workers_beside_1":      workersBeside("workers_beside_1", 1, false),
	"yielders_beside_128":   workersBeside("yielders_beside_128", 128, true),
	"yielders_beside_1":     workersBeside("yielders_beside_1", 1, true),
	"yield_gs_10":           yieldGs("yield_gs_10", 10),
	"yield_gs_1k":           yieldGs("yield_gs_1k", 1_000),
	"yield_gs_100k":         yieldGs("yield_gs_100k", 100_000),
	"call_gs_10":            callGs("call_gs_10", 10),
	"call_gs_1k":            callGs("call_gs_1k", 1_000),
	"call_gs_100k":          callGs("call_gs_100k", 100_000),
	"nested_1":              nested("nested_1", 1),
	"nested_10":             nested("nested_10", 10),
	"nested_100":            nested("nested_100", 100),
	"bytes_per_g_10k":       bytesPerG("bytes_per_g_10k", 10_000),
	"bytes_per_g_100k":      bytesPerG("bytes_per_g_100k", 100_000),
	"bytes_per_g_1m":        bytesPerG("bytes_per_g_1m", 1_000_000),
	"idle_wakes_per_s":      idle,
	"idle_in_c_wakes_per_s": idleInC,
	"busy_monitor":          busyMonitor,
	"pressed_monitor":       pressedMonitor,
}

func main() {
	if len(os.Args) < 3 || os.Args[1] != "measure" || measurements[os.Args[2]] == nil {
		fmt.Fprintln(os.Stderr, "usage: callgate-bench measure ROW [--runs N]")
		os.Exit(2)
	}
	runs := 3
	for i := 3; i+1 < len(os.Args); i += 2 {
		// `--procs` is GOMAXPROCS.
		if n, err := strconv.Atoi(os.Args[i+1]); err == nil && os.Args[i] == "--runs" {
			runs = n
		}
	}
	for _, v := range measurements[os.Args[2]](runs) {
		fmt.Println(v.row, v.value)
	}
}

// The nanoseconds of one operation, for each run: timed does n of them and returns the nanoseconds
// that they took. As in the Rust program.
func perOpTimed(row string, runs int, timed func(n int) float64) []value {
	const run = 12e6
	n := 16
	for {
		// The shorter of two: a stall of the machine must not end this early.
		took := min(timed(n), timed(n))
		if took >= run*0.8 || n > 1<<30 {
			break
		}
		n = int(float64(n)*min(max(run/max(took, 1), 1.2), 8)) + 1
	}
	var values []value
	for range runs {
		values = append(values, value{row, timed(n) / float64(n)})
	}
	return values
}

// The same of something without a clock of its own, by the processor time of the thread that it
// runs on; by the clock on the wall, if that is another at the end.
func perOp(row string, runs int, f func(n int)) []value {
	return perOpTimed(row, runs, func(n int) float64 { return timed(func() { f(n) }) })
}

func timed(f func()) float64 {
	thread, wall, cpu := C.bench_thread(), now(), C.bench_cpu()
	f()
	cpu, wall = C.bench_cpu()-cpu, now()-wall
	if C.bench_thread() == thread {
		return float64(cpu)
	}
	return wall
}

// The same by the clock on the wall, of what several threads do together.
func perOpWall(row string, runs int, f func(n int)) []value {
	return perOpTimed(row, runs, func(n int) float64 {
		start := now()
		f(n)
		return now() - start
	})
}

// perOp with one P, perOpWall with more.
func perOpOfProcs(row string, runs int, f func(n int)) []value {
	if runtime.GOMAXPROCS(0) == 1 {
		return perOp(row, runs, f)
	}
	return perOpWall(row, runs, f)
}

var epoch = time.Now()

// Nanoseconds of the clock on the wall.
func now() float64 { return float64(time.Since(epoch).Nanoseconds()) }
