// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often each instruction of a program ran. The verifier inserts and removes instructions, so this
 * file follows which instruction of the loaded program each one comes from.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "coverage.h"
#include "glue.h"

#define INSERTED U32_MAX /* an instruction of the verifier */

static bool enabled;

/* Where the instructions of the program come from that this call verifies. NULL: nothing changed. */
static u32 *origins;
static u32 origins_count;
static u32 loaded_count;
static struct coverage *current_coverage;

/* Before a system call, which verifies and compiles one program at most. */
void forget_origins(void)
{
	kvfree(origins);
	origins = NULL;
	current_coverage = NULL;
}

static bool follow(const struct bpf_prog *prog)
{
	u32 i;

	if (!enabled)
		return false;
	if (origins)
		return true;
	origins = kvmalloc_array(prog->len, sizeof(*origins), GFP_KERNEL);
	if (!origins)
		return false;
	for (i = 0; i < prog->len; i++)
		origins[i] = i;
	origins_count = loaded_count = prog->len;
	return true;
}

static void replace_origins(u32 at, u32 removed, u32 inserted)
{
	u32 count = origins_count - removed + inserted, i;
	u32 *next = kvmalloc_array(count, sizeof(*next), GFP_KERNEL);

	if (next) {
		memcpy(next, origins, at * sizeof(*next));
		for (i = 0; i < inserted; i++)
			next[at + i] = i ? INSERTED : origins[at];
		memcpy(next + at + inserted, origins + at + removed,
		       (origins_count - at - removed) * sizeof(*next));
	}
	kvfree(origins);
	origins = next;
	origins_count = count;
	if (!next)
		enabled = false;
}

struct bpf_prog *__real_bpf_patch_insn_single(struct bpf_prog *prog, u32 off,
					      const struct bpf_insn *patch, u32 len);

/* What the verifier calls; the linker wraps kernel/bpf/core.c: bpf_patch_insn_single(). */
struct bpf_prog *__wrap_bpf_patch_insn_single(struct bpf_prog *prog, u32 off,
					      const struct bpf_insn *patch, u32 len)
{
	struct bpf_prog *patched;
	bool followed = follow(prog);

	patched = __real_bpf_patch_insn_single(prog, off, patch, len);
	if (followed && !IS_ERR(patched))
		replace_origins(off, 1, len);
	return patched;
}

int __real_bpf_remove_insns(struct bpf_prog *prog, u32 off, u32 cnt);

/* What the verifier calls; the linker wraps kernel/bpf/core.c: bpf_remove_insns(). */
int __wrap_bpf_remove_insns(struct bpf_prog *prog, u32 off, u32 cnt)
{
	bool followed = follow(prog);
	int err = __real_bpf_remove_insns(prog, off, cnt);

	if (followed && !err)
		replace_origins(off, cnt, 0);
	return err;
}

/* The counters of the program that this call compiles, or NULL. The caller puts them. */
struct coverage *coverage_get(const struct bpf_prog *prog)
{
	u32 count = origins ? loaded_count : prog->len, i;

	if (!enabled)
		return NULL;
	if (!current_coverage) {
		if (!origins && prog->is_func)
			for (i = 0, count = 0; i < prog->aux->real_func_cnt; i++)
				count += prog->aux->func[i]->len;
		current_coverage = kvzalloc(struct_size(current_coverage, of, count), GFP_KERNEL);
		if (!current_coverage)
			return NULL;
		current_coverage->count = count;
	}
	current_coverage->users++;
	return current_coverage;
}

void coverage_put(struct coverage *coverage)
{
	if (!coverage || --coverage->users > 0)
		return;
	if (coverage == current_coverage)
		current_coverage = NULL;
	kvfree(coverage);
}

/* The counters of an instruction, or NULL if the verifier inserted it. */
struct counters *coverage_of(struct coverage *coverage, const struct bpf_prog *prog, u32 i)
{
	u32 at = i, j;

	for (j = 0; prog->is_func && j < prog->aux->func_idx; j++)
		at += prog->aux->func[j]->len;
	if (origins)
		at = at < origins_count ? origins[at] : INSERTED;
	return at < coverage->count ? &coverage->of[at] : NULL;
}

/* Programs that are loaded from now on count what runs. */
EXPORT(kernel_coverage) void kernel_coverage(int on)
{
	enabled = on;
}

/*
 * The address of the counters of a program: two 32-bit numbers for each instruction of the program as
 * it was loaded. They are zero for instructions that the verifier removed. Returns 0 if the program
 * has none, or -errno.
 */
EXPORT(kernel_coverage_of) int kernel_coverage_of(u32 fd)
{
	struct bpf_prog *prog = bpf_prog_get(fd);
	const struct coverage *coverage;

	if (IS_ERR(prog))
		return PTR_ERR(prog);
	coverage = compiled_coverage(prog);
	bpf_prog_put(prog);
	return coverage ? (int)(unsigned long)coverage->of : 0;
}

/* The number of those instructions. */
EXPORT(kernel_coverage_count) u32 kernel_coverage_count(u32 fd)
{
	struct bpf_prog *prog = bpf_prog_get(fd);
	const struct coverage *coverage;

	if (IS_ERR(prog))
		return 0;
	coverage = compiled_coverage(prog);
	bpf_prog_put(prog);
	return coverage ? coverage->count : 0;
}
