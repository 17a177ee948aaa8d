// SPDX-License-Identifier: MIT

// Asks cilium/ebpf what the kernel supports, and creates a map and a program with it. The library takes a
// token by itself.
package main

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
)

func print(what string, err error) {
	switch {
	case err == nil:
		fmt.Println(what+":", "yes")
	case errors.Is(err, ebpf.ErrNotSupported):
		fmt.Println(what+":", "not supported")
	default:
		fmt.Println(what+":", err)
	}
}

func main() {
	for _, kind := range []ebpf.ProgramType{ebpf.XDP, ebpf.Kprobe, ebpf.SchedCLS} {
		print("program "+kind.String(), features.HaveProgramType(kind))
	}
	for _, kind := range []ebpf.MapType{ebpf.Array, ebpf.Hash, ebpf.RingBuf} {
		print("map "+kind.String(), features.HaveMapType(kind))
	}
	print("helper", features.HaveProgramHelper(ebpf.XDP, asm.FnMapLookupElem))

	spec := ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 8, MaxEntries: 2}
	array, err := ebpf.NewMap(&spec)
	print("create", err)
	if err == nil {
		value := uint64(0)
		print("update", array.Put(uint32(1), uint64(7)))
		print("lookup", array.Lookup(uint32(1), &value))
		fmt.Println("value:", value)
	}
	pass := asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()}
	_, err = ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "GPL", Instructions: pass})
	print("load", err)
}
