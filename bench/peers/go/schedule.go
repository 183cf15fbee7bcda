package main

import (
	"runtime"
	"sync"
)

func spawnJoin(runs int) []value {
	const batch = 1_000
	values := perOpOfProcs("spawn_join", runs, func(n int) {
		var all sync.WaitGroup
		for range n {
			all.Add(batch)
			for range batch {
				go all.Done()
			}
			all.Wait()
		}
	})
	for i := range values {
		values[i].value /= batch
	}
	return values
}

func yield(runs int) []value {
	return perOpOfProcs("yield", runs, func(n int) {
		half := func() {
			for range n / 2 {
				runtime.Gosched()
			}
		}
		var other sync.WaitGroup
		other.Go(half)
		half()
		other.Wait()
	})
}

func pingPong(runs int) []value { return perOpOfProcs("park_unpark", runs, handOffs) }

func lockedPingPong(runs int) []value {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return perOpWall("locked_ping_pong", runs, handOffs)
}

func handOffs(n int) {
	ping, pong := make(chan struct{}), make(chan struct{})
	go func() {
		for range n / 2 {
			<-ping
			pong <- struct{}{}
		}
	}()
	for range n / 2 {
		ping <- struct{}{}
		<-pong
	}
}
