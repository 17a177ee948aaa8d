module example.org/counter

go 1.25

require github.com/cilium/ebpf v0.22.0
