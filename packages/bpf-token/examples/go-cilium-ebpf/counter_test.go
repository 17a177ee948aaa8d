// SPDX-License-Identifier: MIT

package counter

import "testing"

const (
	ipv4 = 0x0800
	ipv6 = 0x86dd
)

func load(t *testing.T) *Counter {
	t.Helper()
	counter, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := counter.Close(); err != nil {
			t.Error(err)
		}
	})
	return counter
}

func expect(t *testing.T, what string, required uint64) func(uint64, error) {
	t.Helper()
	return func(actual uint64, err error) {
		t.Helper()
		if err != nil || actual != required {
			t.Errorf("%s: required %d, actual %d (%v)", what, required, actual, err)
		}
	}
}

func TestStartsAtZero(t *testing.T) {
	counter := load(t)
	expect(t, "all", 0)(counter.Packets())
	expect(t, "IPv4", 0)(counter.Protocol(ipv4))
}

// The test writes what the XDP program would count, because the model does not run programs.
func TestReadsWhatWasCounted(t *testing.T) {
	counter := load(t)
	if err := counter.Total.Put(uint32(0), uint64(3)); err != nil {
		t.Fatal(err)
	}
	if err := counter.Protocols.Put(uint16(ipv4), uint64(2)); err != nil {
		t.Fatal(err)
	}
	expect(t, "all", 3)(counter.Packets())
	expect(t, "IPv4", 2)(counter.Protocol(ipv4))
	expect(t, "IPv6", 0)(counter.Protocol(ipv6))
}
