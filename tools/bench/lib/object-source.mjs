// SPDX-License-Identifier: MIT
// Objects to measure with, of any size: as many times the same three things, under other names.

const HEAD = `#include "bpf.h"
struct task_struct { int pid; int tgid; char comm[16]; } preserve;
`;

const part = (n) => `
struct value${n} { u64 count; u32 pid; u32 tgid; char comm[16]; };
struct { number(type, HASH); number(max_entries, 64); type(key, u32); type(value, struct value${n}); } map${n} SEC(".maps");
u64 seen${n};
static noinline u64 add${n}(struct task_struct *task) { seen${n}++; return task->pid + ${n}; }
SEC("raw_tp/sched_switch") u64 program${n}(struct task_struct **context)
{
	struct task_struct *task = *context;
	u32 key = task->tgid;
	struct value${n} *value = map_lookup_elem(&map${n}, &key);

	if (!value)
		return add${n}(task);
	value->count += task->comm[${n} % 16];
	value->pid = task->pid;
	return value->count;
}
`;

/** C of an object with so many programs, each with a map, a variable, a function and CO-RE. */
export function sourceOf(programs) {
  return HEAD + Array.from({ length: programs }, (_, n) => part(n)).join("");
}
