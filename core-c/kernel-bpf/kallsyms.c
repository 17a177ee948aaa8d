// SPDX-License-Identifier: GPL-2.0-only
/*
 * Symbols and raw tracepoints. Stands in for kernel/kallsyms.c, kernel/tracepoint.c and
 * lib/error-inject.c. Functions and variables are those of the target BTF, at invented addresses. The host knows the functions of this
 * module by name.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/error-injection.h>
#include <linux/filter.h>
#include <linux/kallsyms.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <linux/trace_events.h>

#include "calls.h"
#include "glue.h"

#define SYMBOLS 0xffffffff80000000ul
#define SYMBOL_BYTES 64
#define TRACEPOINTS 0xffffffffa0000000ul
#define TABLE_MAX (1 << 20)

IMPORT(host_symbol) int host_symbol(u32 function, u32 name);

static struct bpf_raw_event_map *events;
static int event_count;
struct bpf_raw_event_map *wasm_start_rtp[1], *wasm_stop_rtp[1];

unsigned long kallsyms_lookup_name(const char *name)
{
	struct btf *btf = bpf_get_btf_vmlinux();
	s32 id;

	if (IS_ERR_OR_NULL(btf))
		return 0;
	id = btf_find_by_name_kind(btf, name, BTF_KIND_FUNC);
	if (id < 0)
		id = btf_find_by_name_kind(btf, name, BTF_KIND_VAR);
	if (id < 0 && !strncmp(name, "bpf_", 4))
		id = 1;
	return id < 0 ? 0 : SYMBOLS + SYMBOL_BYTES * (unsigned long)id;
}

/* The name of a function of the target kernel or of this module. Returns its length, or 0. */
int symbol_name(unsigned long at, char *name)
{
	const struct btf_type *type;
	int length = 0;

	if (at >= SYMBOLS && at < TRACEPOINTS) {
		type = btf_type_by_id(bpf_get_btf_vmlinux(), (at - SYMBOLS) / SYMBOL_BYTES);
		if (type)
			length = strscpy(name, btf_name_by_offset(bpf_get_btf_vmlinux(),
								  type->name_off), KSYM_NAME_LEN);
	} else if (at < TABLE_MAX) {
		length = host_symbol(at, (u32)(unsigned long)name);
		name[max(length, 0)] = 0;
	}
	return max(length, 0);
}

const char *kallsyms_lookup(unsigned long at, unsigned long *size, unsigned long *offset,
			    char **module, char *name)
{
	if (at >= TRACEPOINTS && at - TRACEPOINTS < event_count) {
		snprintf(name, KSYM_NAME_LEN, "__bpf_trace_%s", events[at - TRACEPOINTS].tp->name);
		if (btf_find_by_name_kind(bpf_get_btf_vmlinux(), name, BTF_KIND_FUNC) > 0)
			return name;
		return NULL;
	}
	if (at >= TABLE_MAX)
		return NULL;
	return symbol_name(at, name) > 0 ? name : NULL;
}

static const char *event_name(const struct btf_names *btf, u32 id)
{
	const char *name = btf->strings + btf->name[id];

	if (btf->kind[id] != BTF_KIND_TYPEDEF || strncmp(name, "btf_trace_", 10))
		return NULL;
	return name + 10;
}

/* The target BTF has a type btf_trace_NAME for each raw tracepoint. */
int find_tracepoints(const struct btf_names *btf)
{
	struct tracepoint *points;
	u32 id, count = 0;

	for (id = 1; id <= btf->count; id++)
		count += event_name(btf, id) != NULL;
	events = kvzalloc(count * sizeof(*events), GFP_KERNEL);
	points = kvzalloc(count * sizeof(*points), GFP_KERNEL);
	if (!events || !points)
		return -ENOMEM;
	for (id = 1; id <= btf->count; id++) {
		const char *name = event_name(btf, id);

		if (!name)
			continue;
		points[event_count].name = name;
		events[event_count].tp = &points[event_count];
		events[event_count].bpf_func = (void *)(TRACEPOINTS + event_count);
		events[event_count].num_args = 12;
		event_count++;
	}
	wasm_start_rtp[0] = events;
	wasm_stop_rtp[0] = events + event_count;
	return 0;
}

#if SINCE_7
typedef int iter_support_t; /* 0 or -errno */
#define IS_SUPPORTED(answer) ((answer) == 0)
#else
typedef bool iter_support_t;
#define IS_SUPPORTED(answer) (answer)
#endif
iter_support_t __real_bpf_iter_prog_supported(struct bpf_prog *prog);

/*
 * The target BTF has a function bpf_iter_NAME and a structure bpf_iter__NAME for each iterator of the
 * kernel, also for those whose sources the module does not have.
 */
iter_support_t __wrap_bpf_iter_prog_supported(struct bpf_prog *prog)
{
	iter_support_t answer = __real_bpf_iter_prog_supported(prog);
	const char *name = prog->aux->attach_func_name;
	char context[KSYM_NAME_LEN];

	if (IS_SUPPORTED(answer) || strncmp(name, "bpf_iter_", 9))
		return answer;
	snprintf(context, sizeof(context), "bpf_iter__%s", name + 9);
	if (btf_find_by_name_kind(bpf_get_btf_vmlinux(), context, BTF_KIND_STRUCT) > 0)
		not_modelled(name);
	return answer;
}

int lookup_symbol_name(unsigned long a, char *n)
{
	return -ERANGE;
}

bool kallsyms_show_value(const struct cred *c)
{
	return false;
}

int kallsyms_lookup_size_offset(unsigned long a, unsigned long *s, unsigned long *o)
{
	return 0;
}

int sprint_symbol(char *b, unsigned long a)
{
	return sprintf(b, "0x%lx", a);
}

int sprint_symbol_no_offset(char *b, unsigned long a)
{
	return sprintf(b, "0x%lx", a);
}

int sprint_symbol_build_id(char *b, unsigned long a)
{
	return sprintf(b, "0x%lx", a);
}

int sprint_backtrace(char *b, unsigned long a)
{
	return sprintf(b, "0x%lx", a);
}

int sprint_backtrace_build_id(char *b, unsigned long a)
{
	return sprintf(b, "0x%lx", a);
}

unsigned long kallsyms_sym_address(int i)
{
	return 0;
}

int kallsyms_on_each_symbol(int (*fn)(void *, const char *, unsigned long), void *d)
{
	return 0;
}

int kallsyms_on_each_match_symbol(int (*fn)(void *, unsigned long), const char *n, void *d)
{
	unsigned long a = kallsyms_lookup_name(n);
	return a ? fn(d, a) : 0;
}

#ifdef CONFIG_FUNCTION_ERROR_INJECTION
/*
 * ALLOW_ERROR_INJECTION marks functions in a section of vmlinux, which BTF does not show. Of these
 * functions, the names of system calls are known.
 */
bool within_error_injection_list(unsigned long at)
{
	struct btf *btf = bpf_get_btf_vmlinux();
	const struct btf_type *type;

	if (at < SYMBOLS || IS_ERR_OR_NULL(btf))
		return false;
	type = btf_type_by_id(btf, (at - SYMBOLS) / SYMBOL_BYTES);
	return type && !strncmp(btf_name_by_offset(btf, type->name_off), "__x64_sys_", 10);
}
#endif
