/* SPDX-License-Identifier: MIT */
struct value@n@ { u64 count; u32 pid; u32 tgid; char comm[16]; };
struct { number(type, HASH); number(max_entries, 64); type(key, u32); type(value, struct value@n@); } map@n@ SEC(".maps");
u64 seen@n@;
static noinline u64 add@n@(struct task_struct *task) { seen@n@++; return task->pid + @n@; }
SEC("raw_tp/sched_switch") u64 program@n@(struct task_struct **context)
{
	struct task_struct *task = *context;
	u32 key = task->tgid;
	struct value@n@ *value = map_lookup_elem(&map@n@, &key);

	if (!value)
		return add@n@(task);
	value->count += task->comm[@n@ % 16];
	value->pid = task->pid;
	return value->count;
}
