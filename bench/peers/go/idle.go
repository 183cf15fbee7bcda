package main

/*
#include "bench.h"
*/
import "C"

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What a thread has done so far.
type thread struct{ wakes, ranUs float64 }

func threads() map[string]thread {
	all := map[string]thread{}
	entries, _ := os.ReadDir("/proc/self/task")
	for _, entry := range entries {
		path := "/proc/self/task/" + entry.Name()
		text, err := os.ReadFile(path + "/status")
		stat, err2 := os.ReadFile(path + "/schedstat")
		if err != nil || err2 != nil {
			continue
		}
		var t thread
		for _, line := range strings.Split(string(text), "\n") {
			if rest, ok := strings.CutPrefix(line, "voluntary_ctxt_switches:"); ok {
				t.wakes, _ = strconv.ParseFloat(strings.TrimSpace(rest), 64)
			}
		}
		t.ranUs, _ = strconv.ParseFloat(strings.Fields(string(stat))[0], 64)
		t.ranUs /= 1e3
		all[entry.Name()] = t
	}
	return all
}

// Wakes of all threads but the busiest, and the microseconds they ran, for each second.
func beside(busiest int, f func()) (wakes, ranUs float64) {
	before, start := threads(), time.Now()
	f()
	seconds, after := time.Since(start).Seconds(), threads()
	var done []thread
	for id, now := range after {
		then := before[id]
		done = append(done, thread{now.wakes - then.wakes, now.ranUs - then.ranUs})
	}
	slices.SortFunc(done, func(a, b thread) int {
		if a.ranUs > b.ranUs {
			return -1
		}
		return 1
	})
	for _, t := range done[min(busiest, len(done)):] {
		wakes += t.wakes / seconds
		ranUs += t.ranUs / seconds
	}
	return wakes, ranUs
}

const idleWindow = 1_500 * time.Millisecond

func parkSome() {
	gate := make(chan struct{})
	for range 100 {
		go func() { <-gate }()
	}
	time.Sleep(200 * time.Millisecond)
}

func idle(int) []value {
	parkSome()
	wakes, _ := beside(0, func() { time.Sleep(idleWindow) })
	return []value{{"idle_wakes_per_s", wakes}}
}

func idleInC(int) []value {
	parkSome()
	wakes, _ := beside(0, func() { C.bench_sleep(C.uint(idleWindow.Microseconds())) })
	return []value{{"idle_in_c_wakes_per_s", wakes}}
}

func busyMonitor(int) []value {
	wakes, ran := beside(1, func() {
		for start := time.Now(); time.Since(start) < idleWindow; {
		}
	})
	return []value{{"busy_wakes_per_s", wakes}, {"busy_monitor_us_per_s", ran}}
}

func pressedMonitor(int) []value {
	wakes, ran := beside(1, func() {
		yields := func() {
			for start := time.Now(); time.Since(start) < idleWindow; {
				runtime.Gosched()
			}
		}
		var other sync.WaitGroup
		other.Go(yields)
		yields()
		other.Wait()
	})
	return []value{{"pressed_wakes_per_s", wakes}, {"pressed_monitor_us_per_s", ran}}
}
