// SPDX-License-Identifier: MIT
// Makes a call that the model does not have, in a goroutine, from functions in functions.
package main

import (
	"fmt"
	"os"
)

//go:noinline
func inner() error {
	return fmt.Errorf("rename: %w", os.Rename("/sys/fs/bpf", "/sys/renamed"))
}

//go:noinline
func outer(errors chan<- error) {
	err := inner()
	errors <- err
}

func main() {
	errors := make(chan error)
	go outer(errors)
	fmt.Println(<-errors)
}
