package main

import "C"

//export empty
func empty() {}
