module callgate/borrow

go 1.24
