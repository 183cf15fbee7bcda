package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
)

// The number in this line of the process's status: a count, or KiB.
func status(key string) (float64, bool) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	for _, line := range strings.Split(string(text), "\n") {
		if name, rest, ok := strings.Cut(line, ":"); ok && name == key {
			number, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return number, err == nil
		}
	}
	return 0, false
}

func bytesPerG(row string, gs int64) func(int) []value {
	return func(int) []value {
		var ready atomic.Int64
		gate := make(chan struct{})
		before, ok := status("VmRSS")
		if !ok {
			return nil
		}
		for range gs {
			go func() {
				ready.Add(1)
				<-gate
			}()
		}
		for ready.Load() < gs {
			runtime.Gosched()
		}
		after, _ := status("VmRSS")
		return []value{{row, (after - before) * 1024 / float64(gs)}}
	}
}
