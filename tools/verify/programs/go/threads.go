// SPDX-License-Identifier: MIT

// Makes bpf() calls of its own on several threads, with a token of /sys/fs/bpf, and prints the answers.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

const (
	mapCreate, lookup, update, tokenCreate = 0, 1, 2, 36
	hash, array                            = 1, 2
	tokenFd                                = 1 << 16
	threads                                = 4
)

// The number of bpf(2).
var syscallNumber = map[string]uintptr{"amd64": 321, "arm64": 280}[runtime.GOARCH]

func bpf(cmd uintptr, attr []uint64) (int, syscall.Errno) {
	size := uintptr(len(attr) * 8)
	fd, _, errno := syscall.Syscall(syscallNumber, cmd, uintptr(unsafe.Pointer(&attr[0])), size)
	return int(fd), errno
}

// The fields of MAP_CREATE up to map_token_fd, two to a word.
func create(kind uint64, token int) (int, syscall.Errno) {
	attr := make([]uint64, 10)
	attr[0] = kind | 4<<32
	attr[1] = 8 | 1<<32
	if token >= 0 {
		attr[2] = tokenFd
		attr[9] = uint64(uint32(token)) << 32
	}
	return bpf(mapCreate, attr)
}

func use(fd int, value uint64) (uint64, syscall.Errno) {
	key, got := uint32(0), uint64(0)
	at := func(p unsafe.Pointer) uint64 { return uint64(uintptr(p)) }
	attr := []uint64{uint64(fd), at(unsafe.Pointer(&key)), at(unsafe.Pointer(&value)), 0}
	if _, errno := bpf(update, attr); errno != 0 {
		return 0, errno
	}
	attr[2] = at(unsafe.Pointer(&got))
	_, errno := bpf(lookup, attr)
	return got, errno
}

func main() {
	dir, err := os.Open("/sys/fs/bpf")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	token, errno := bpf(tokenCreate, []uint64{uint64(dir.Fd()) << 32})
	fmt.Println("token:", errno == 0, errno)

	lines, tids := make([]string, threads), make(map[int]bool)
	var all sync.WaitGroup
	var one sync.Mutex
	started := make(chan bool)
	for i := range threads {
		all.Add(1)
		go func() {
			defer all.Done()
			runtime.LockOSThread()
			one.Lock()
			tids[syscall.Gettid()] = true
			one.Unlock()
			<-started
			fd, errno := create(array, token)
			if errno != 0 {
				lines[i] = fmt.Sprint("array: ", errno)
				return
			}
			value, errno := use(fd, uint64(i))
			lines[i] = fmt.Sprint("array: ", value, " ", errno)
		}()
	}
	close(started)
	all.Wait()
	for _, line := range lines {
		fmt.Println(line)
	}
	fmt.Println("threads:", len(tids))
	_, errno = create(hash, token)
	fmt.Println("hash:", errno)
	_, errno = create(array, -1)
	fmt.Println("no token:", errno)
	text, err := exec.Command("uname", "-r").Output()
	fmt.Print("child: ", string(text), err, "\n")
}
