module callgate-bench

go 1.25
