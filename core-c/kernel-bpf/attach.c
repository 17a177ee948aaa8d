// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trampolines: programs that run when a hook of security modules is called. Stands in for the
 * trampolines of arch/x86/net/bpf_jit_comp.c. The image of a trampoline is a list of programs.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/kallsyms.h>

#include "calls.h"
#include "glue.h"

#if SINCE_7
typedef struct bpf_tramp_nodes progs_t;
#define PROGS(of) ((of)->nr_nodes)
#define PROG(of, i) ((of)->nodes[i]->link->prog)
#define COOKIE(of, i) ((of)->nodes[i]->cookie)
#else
typedef struct bpf_tramp_links progs_t;
#define PROGS(of) ((of)->nr_links)
#define PROG(of, i) ((of)->links[i]->link.prog)
#define COOKIE(of, i) ((of)->links[i]->cookie)
#endif

struct trampoline {
	u64 function;
	u32 args;
	u32 end[BPF_TRAMP_MAX]; /* of the programs of each kind */
	struct {
		struct bpf_prog *prog;
		u64 cookie;
	} progs[BPF_MAX_TRAMP_LINKS];
};

int arch_bpf_trampoline_size(const struct btf_func_model *m, u32 flags, progs_t *progs,
			     void *function)
{
	BUILD_BUG_ON(sizeof(struct trampoline) > PAGE_SIZE);
	return sizeof(struct trampoline);
}

int arch_prepare_bpf_trampoline(struct bpf_tramp_image *im, void *image, void *image_end,
				const struct btf_func_model *m, u32 flags, progs_t *progs,
				void *function)
{
	struct trampoline *to = image;
	int kind, i, n = 0;

	if (!im)
		not_modelled("struct_ops"); /* the kernel would call the image itself */
	to->function = (u64)function;
	to->args = m->nr_args;
	for (kind = 0; kind < BPF_TRAMP_MAX; kind++) {
		for (i = 0; i < PROGS(&progs[kind]); i++, n++) {
			to->progs[n].prog = PROG(&progs[kind], i);
			to->progs[n].cookie = COOKIE(&progs[kind], i);
#if SINCE_7
			if (to->progs[n].prog->expected_attach_type == BPF_TRACE_FSESSION)
				not_modelled("BPF_TRACE_FSESSION");
#endif
		}
		to->end[kind] = n;
	}
	return sizeof(*to);
}

/* invoke_bpf_prog(): a program that is already active does not run again. */
static void run_one(const struct trampoline *from, u32 i, u64 *context, u64 *result)
{
	struct bpf_prog *prog = from->progs[i].prog;
	struct bpf_tramp_run_ctx run = { .bpf_cookie = from->progs[i].cookie };
	u64 start = bpf_trampoline_enter(prog)(prog, &run);

	if (start) {
		u32 answer = prog->bpf_func(context, prog->insnsi);

		if (result)
			*result = answer;
	}
	bpf_trampoline_exit(prog)(prog, start, &run);
}

/* The order of __arch_prepare_bpf_trampoline(). @answer: of the function itself. */
static u64 run_trampoline(const struct trampoline *from, const u64 *args, u64 answer)
{
	u64 frame[2 + MAX_BPF_FUNC_ARGS + 1] = { from->function, from->args };
	u64 *context = frame + 2, *result = context + from->args;
	const u32 *end = from->end;
	u32 i;

	memcpy(context, args, from->args * sizeof(*args));
	for (i = 0; i < end[BPF_TRAMP_FENTRY]; i++)
		run_one(from, i, context, NULL);
	for (i = end[BPF_TRAMP_FEXIT]; i < end[BPF_TRAMP_MODIFY_RETURN] && !*result; i++)
		run_one(from, i, context, result);
	if (!*result)
		*result = answer;
	for (i = end[BPF_TRAMP_FENTRY]; i < end[BPF_TRAMP_FEXIT]; i++)
		run_one(from, i, context, NULL);
	return *result;
}

/* call_int_hook() of security/security.c: the first answer that differs from the default counts. */
u64 run_hook(struct lsm_hook *hook, const u64 *args, u64 answer)
{
	if (!hook->image || (int)answer != hook->answer)
		return answer;
	return run_trampoline(hook->image, args, answer);
}

/* Functions of the target kernel have no code that could call an image, except hooks. */
static int set_image(unsigned long function, const void *image)
{
	char what[KSYM_NAME_LEN + 16], name[KSYM_NAME_LEN];
	int i;

	if (symbol_name(function, name) <= 0)
		not_modelled("attach to a BPF program");
	for (i = 0; i < lsm_hooks_count; i++) {
		if (strcmp(lsm_hooks[i]->name, name))
			continue;
		lsm_hooks[i]->image = image;
		return 0;
	}
	snprintf(what, sizeof(what), "attach to %s", name);
	not_modelled(what);
	return 0;
}

#if SINCE_7
int bpf_arch_text_poke(void *ip, enum bpf_text_poke_type old_type,
		       enum bpf_text_poke_type new_type, void *old, void *new)
#else
int bpf_arch_text_poke(void *ip, enum bpf_text_poke_type type, void *old, void *new)
#endif
{
	return set_image((unsigned long)ip, new);
}
