package main

import "runtime/cgo"

func handle(runs int) []value {
	return perOp("handle", runs, func(n int) {
		for range n {
			h := cgo.NewHandle(5)
			sink = h.Value().(int)
			h.Delete()
		}
	})
}
