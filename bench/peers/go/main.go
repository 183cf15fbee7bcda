// Command callgate-bench measures Go beside callgate, on the same C functions:
//
//	GOMAXPROCS=1 callgate-bench measure call --runs 3
//
// prints a row's name and a value for each run. It is built and run by the Rust program.
package main

import (
	"fmt"
	"os"
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
	"call":             call,
	"call2":            call2,
	"call6":            call6,
	"call_errno":       callErrno,
	"call_leaf":        callLeaf,
	"call_blocking":    callBlocking,
	"callback":         callback,
	"round_trip":       roundTrip,
	"callback_foreign": callbackForeign,
	"callback_first":   callbackFirst,
	"handle":           handle,
	"rust_panic":       ownPanic,
	"panic_unwind":     panicUnwind,
	"spawn_join":       spawnJoin,
	"yield":            yield,
	"park_unpark":      pingPong,
	"sleep10k":         sleep10k,
	"stall_1ms":        stall1ms,
	"stall_5ms":        stall5ms,
	"hog":              hog,
	"bytes_per_g_10k":  bytesPerG,
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

// The same of something without a clock of its own.
func perOp(row string, runs int, f func(n int)) []value {
	return perOpTimed(row, runs, func(n int) float64 {
		start := time.Now()
		f(n)
		return float64(time.Since(start).Nanoseconds())
	})
}
