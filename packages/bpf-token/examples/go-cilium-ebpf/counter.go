// SPDX-License-Identifier: MIT

// Package counter counts packets by their protocol.
package counter

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
)

//go:generate sh -c "clang -target bpf -O2 -g -I/usr/include/$(uname -m)-linux-gnu -c ../counter.bpf.c -o counter.bpf.o"

//go:embed counter.bpf.o
var object []byte

// Counter is a loaded object. The library takes the token by itself.
type Counter struct {
	Count     *ebpf.Program `ebpf:"count"`
	Total     *ebpf.Map     `ebpf:"total"`
	Protocols *ebpf.Map     `ebpf:"protocols"`
}

// Load loads the object.
func Load() (*Counter, error) {
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	if err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	var counter Counter
	if err := spec.LoadAndAssign(&counter, nil); err != nil {
		return nil, fmt.Errorf("load the object: %w", err)
	}
	return &counter, nil
}

// Packets returns the number of all packets.
func (c *Counter) Packets() (count uint64, err error) {
	err = c.Total.Lookup(uint32(0), &count)
	return count, err
}

// Protocol returns the number of packets of a protocol of Ethernet.
func (c *Counter) Protocol(protocol uint16) (count uint64, err error) {
	err = c.Protocols.Lookup(protocol, &count)
	if errors.Is(err, ebpf.ErrKeyNotExist) {
		return 0, nil
	}
	return count, err
}

// Close unloads the object.
func (c *Counter) Close() error {
	return errors.Join(c.Count.Close(), c.Total.Close(), c.Protocols.Close())
}
