// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs as a JIT compiler leaves them. Stands in for do_jit() of arch/x86/net/bpf_jit_comp.c. The
 * result is not code of a machine but instructions for the kernel's interpreter: those that it does
 * not have jump to a few instructions after the end, which call a function of this file.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/filter.h>
#include <linux/kallsyms.h>
#include <linux/slab.h>

#include "calls.h"
#include "coverage.h"
#include "glue.h"

#define CALLBACKS 64
#define STUB_MAX 10
#define COUNT_MAX 17 /* of an instruction that is counted */

typedef u64 (*call_t)(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);
#define REGS u64 r1, u64 r2, u64 r3, u64 r4, u64 r5

struct compiled {
	u64 (*interpreter)(REGS, const struct bpf_insn *insns);
	const char *reads; /* see reads.c */
	struct coverage *coverage; /* or NULL */
	struct bpf_insn insns[];
};

/* What a stub passes to the function that it calls, and what else that function returns. */
static struct {
	const void *target;
	u64 result;
} pending;
static u32 tail_calls;
static u32 refills; /* of the counters of may_goto */
static struct compiled *callbacks[CALLBACKS];

static u64 run(const struct compiled *of, REGS)
{
	if (!of)
		not_modelled("a program that was loaded without the JIT compiler");
	if (of->reads)
		not_modelled(reads_text(of->reads));
	return of->interpreter(r1, r2, r3, r4, r5, of->insns);
}

static const struct compiled *compiled_of(const struct bpf_prog *prog)
{
	const struct bpf_prog_aux *aux = prog->aux;

	return aux->real_func_cnt ? aux->func[0]->aux->jit_data : aux->jit_data;
}

struct coverage *compiled_coverage(const struct bpf_prog *prog)
{
	const struct compiled *of = prog->jited ? compiled_of(prog) : NULL;

	return of ? of->coverage : NULL;
}

/* The bpf_func of each program. */
static unsigned int run_program(const void *context, const struct bpf_insn *insns)
{
	const struct bpf_prog *prog = container_of(insns, struct bpf_prog, insnsi[0]);
	u32 outer = tail_calls;
	u64 result;

	tail_calls = 0;
	refills = 0;
	result = run(compiled_of(prog), (u64)context, 0, 0, 0, 0);
	tail_calls = outer;
	return result;
}

/* The bpf_func of functions that helpers call: a function of its own for each. */
#define CALLBACK(n) \
	static u64 callback_##n(REGS) \
	{ \
		return run(callbacks[0##n], r1, r2, r3, r4, r5); \
	}
#define NAME(n) callback_##n,
#define EACH_8(what, n) \
	what(n##0) what(n##1) what(n##2) what(n##3) what(n##4) what(n##5) what(n##6) what(n##7)
#define EACH(what) \
	EACH_8(what, 0) EACH_8(what, 1) EACH_8(what, 2) EACH_8(what, 3) \
	EACH_8(what, 4) EACH_8(what, 5) EACH_8(what, 6) EACH_8(what, 7)
EACH(CALLBACK)
static const call_t callback_calls[CALLBACKS] = { EACH(NAME) };

/* Targets of stubs. */
static u64 call_function(REGS)
{
	return run(((const struct bpf_prog *)pending.target)->aux->jit_data, r1, r2, r3, r4, r5);
}

static u64 call_2(REGS)
{
	return ((u64(*)(u64, u64))pending.target)(r1, r2);
}

static u64 call_3(REGS)
{
	return ((u64(*)(u64, u64, u64))pending.target)(r1, r2, r3);
}

static u64 call_4(REGS)
{
	return ((u64(*)(u64, u64, u64, u64))pending.target)(r1, r2, r3, r4);
}

static u64 call_on_cpu(REGS)
{
	return ((u64(*)(u64, u64, u32))pending.target)(r1, r2, r3);
}

static u64 call_not_modelled(REGS)
{
	not_modelled(pending.target);
	return 0;
}

/* The JMP_TAIL_CALL of the interpreter. Returns whether the program ran. */
static u64 call_tail(u64 context, u64 map, u64 index, u64 r4, u64 r5)
{
	struct bpf_array *array = container_of((struct bpf_map *)map, struct bpf_array, map);
	const struct bpf_prog *prog;

	if ((u32)index >= array->map.max_entries || tail_calls >= MAX_TAIL_CALL_CNT)
		return 0;
	prog = array->ptrs[(u32)index];
	if (!prog)
		return 0;
	tail_calls++;
	pending.result = run(compiled_of(prog), context, 0, 0, 0, 0);
	return 1;
}

static u64 take_result(REGS)
{
	return pending.result;
}

#if SINCE_7
u64 bpf_check_timed_may_goto(struct bpf_timed_may_goto *of);

/*
 * The kernel ends a loop after 250 ms. So do programs here, but not before 64 refills of the counter,
 * four million turns. A CPU makes them in time, and this module on a busy machine may not.
 */
#define REFILLS 64

/* arch_bpf_timed_may_goto(): keeps all registers but AX, so the stub saved R0 in the counter. */
static u64 call_may_goto(REGS)
{
	struct bpf_timed_may_goto *counter = (void *)pending.target;
	u64 saved = counter->count;

	if (counter->timestamp && refills++ < REFILLS)
		pending.result = BPF_MAX_TIMED_LOOPS;
	else
		pending.result = bpf_check_timed_may_goto(counter);
	return saved;
}

static bool is_may_goto(const struct bpf_insn *insn)
{
	return insn->imm == BPF_CALL_IMM(arch_bpf_timed_may_goto);
}
#else
static u64 call_may_goto(REGS)
{
	return 0;
}

static bool is_may_goto(const struct bpf_insn *insn)
{
	return false;
}
#endif

#define BPF_PROG_TYPE(id, name, context, kernel_context)
#define BPF_LINK_TYPE(id, name)
#define BPF_MAP_TYPE(id, ops) extern const struct bpf_map_ops ops;
#include <linux/bpf_types.h>
#undef BPF_MAP_TYPE
#define BPF_MAP_TYPE(id, ops) &ops,
static const struct bpf_map_ops *const map_ops[] = {
#include <linux/bpf_types.h>
};
#undef BPF_MAP_TYPE
#undef BPF_PROG_TYPE
#undef BPF_LINK_TYPE

/* The function that map_gen_lookup() calls, or NULL. */
static const void *inlined_lookup(const struct bpf_map_ops *ops)
{
	struct bpf_array map = {};
	struct bpf_insn insns[32];
	int i, count;

	if (!ops->map_gen_lookup)
		return NULL;
	map.map.ops = ops;
	map.map.max_entries = map.map.key_size = map.map.value_size = 8;
	count = ops->map_gen_lookup(&map.map, insns);
	for (i = 0; i < count; i++) {
		if (insns[i].code == (BPF_JMP | BPF_CALL))
			return (const void *)__bpf_call_base + insns[i].imm;
	}
	return NULL;
}

/* The verifier calls functions of maps in place of a helper. They have fewer arguments. */
static call_t map_call(const void *target)
{
	static const void *inlined[ARRAY_SIZE(map_ops)];
	static bool ready;
	int i;

	for (i = 0; i < ARRAY_SIZE(map_ops); i++) {
		const struct bpf_map_ops *ops = map_ops[i];

		if (!ready)
			inlined[i] = inlined_lookup(ops);
		if (target == ops->map_lookup_elem || target == ops->map_delete_elem ||
		    target == ops->map_pop_elem || target == ops->map_peek_elem ||
		    target == inlined[i])
			return call_2;
		if (target == ops->map_push_elem || target == ops->map_redirect)
			return call_3;
		if (target == ops->map_update_elem || target == ops->map_for_each_callback)
			return call_4;
		if (target == ops->map_lookup_percpu_elem)
			return call_on_cpu;
	}
	ready = true;
	return NULL;
}

static call_t kfunc_call(const struct bpf_prog *prog, const struct bpf_insn *insn,
			 const char **name)
{
	static char symbol[KSYM_NAME_LEN];
	u8 *address;
	int i;

	*name = "a kfunc of a module";
	if (bpf_get_kfunc_addr(prog, insn->imm, insn->off, &address) ||
	    symbol_name((unsigned long)address, symbol) <= 0)
		return NULL;
	for (i = 0; i < kfunc_calls_count; i++) {
		if (!strcmp(kfunc_calls[i].name, symbol))
			return kfunc_calls[i].call;
	}
	*name = btf_name_by_offset(bpf_get_btf_vmlinux(),
				   btf_type_by_id(bpf_get_btf_vmlinux(), insn->imm)->name_off);
	return NULL;
}

/* Counts in a stub that keeps all registers. */
static u64 call_count(REGS)
{
	u32 *counter = (void *)pending.target;

	if (*counter != U32_MAX)
		++*counter;
	return 0;
}

/* Whether the helper reads addresses that the program computes; see reads.c. */
static bool reads_kernel(const void *helper)
{
	char symbol[KSYM_NAME_LEN];

	return symbol_name((unsigned long)helper, symbol) > 0 &&
	       !strncmp(symbol, "bpf_probe_read_", 15) && !strstr(symbol, "user");
}

/* A stub: the function that it calls, and its argument. */
struct stub {
	call_t call;
	const void *target;
};

static bool is_of_arena(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code), mode = BPF_MODE(insn->code);

	if (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X))
		return insn->off == BPF_ADDR_SPACE_CAST;
	if (class == BPF_ST || class == BPF_STX)
		return mode == BPF_PROBE_MEM32 || mode == BPF_PROBE_ATOMIC;
	return class == BPF_LDX && (mode == BPF_PROBE_MEM32 || mode == 0xc0);
}

static struct stub stub_of_call(const struct bpf_prog *prog, struct bpf_insn *insn)
{
	const void *target = (const void *)__bpf_call_base + insn->imm;
	const char *name;
	call_t call;

	if (insn->src_reg == BPF_PSEUDO_CALL)
		return (struct stub){ call_function, prog->aux->func[insn->off] };
	if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL) {
		call = kfunc_call(prog, insn, &name);
		if (!call)
			return (struct stub){ call_not_modelled, name };
		*insn = BPF_EMIT_CALL(call);
		return (struct stub){};
	}
	if (is_may_goto(insn))
		return (struct stub){ call_may_goto };
	if (!target)
		return (struct stub){ call_not_modelled, "a static call" };
	if (reads_kernel(target))
		return (struct stub){ call_not_modelled, "bpf_probe_read_kernel" };
	call = map_call(target);
	return (struct stub){ call, call ? target : NULL };
}

/* Changes an instruction to one of the interpreter, or returns the stub that it needs. */
static struct stub translate(const struct bpf_prog *prog, struct bpf_insn *insn)
{
	if (insn->code == (BPF_JMP | BPF_CALL))
		return stub_of_call(prog, insn);
	if (insn->code == (BPF_JMP | BPF_TAIL_CALL))
		return (struct stub){ call_tail };
	/* There is one CPU, and its data are at their addresses. */
	if (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) && insn->off == BPF_ADDR_PERCPU)
		insn->off = 0;
	if (is_of_arena(insn))
		return (struct stub){ call_not_modelled, "memory of an arena" };
#if SINCE_7
	if (insn->code == (BPF_JMP | BPF_JA | BPF_X))
		return (struct stub){ call_not_modelled, "an indirect jump" };
	if (insn->dst_reg == BPF_REG_PARAMS || insn->src_reg == BPF_REG_PARAMS)
		return (struct stub){ call_not_modelled, "arguments on the stack" };
#endif
	return (struct stub){};
}

static struct bpf_insn *write_address(struct bpf_insn *to, u8 reg, const void *address)
{
	const struct bpf_insn load[] = { BPF_LD_IMM64(reg, (u64)address) };

	memcpy(to, load, sizeof(load));
	return to + ARRAY_SIZE(load);
}

/* Before a call, R0 holds nothing that the program may read. */
static struct bpf_insn *write_stub(struct bpf_insn *to, struct stub stub)
{
	if (stub.call == call_tail) {
		*to++ = BPF_EMIT_CALL(call_tail);
		*to++ = BPF_JMP_IMM(BPF_JEQ, BPF_REG_0, 0, 2);
		*to++ = BPF_EMIT_CALL(take_result);
		*to++ = BPF_EXIT_INSN();
	} else if (stub.call == call_may_goto) {
		*to++ = BPF_ALU64_REG(BPF_ADD, BPF_REG_AX, BPF_REG_10);
		*to++ = BPF_STX_MEM(BPF_DW, BPF_REG_AX, BPF_REG_0, 0);
		to = write_address(to, BPF_REG_0, &pending.target);
		*to++ = BPF_STX_MEM(BPF_DW, BPF_REG_0, BPF_REG_AX, 0);
		*to++ = BPF_EMIT_CALL(call_may_goto);
		to = write_address(to, BPF_REG_AX, &pending.result);
		*to++ = BPF_LDX_MEM(BPF_DW, BPF_REG_AX, BPF_REG_AX, 0);
	} else {
		to = write_address(to, BPF_REG_0, &pending.target);
		*to++ = BPF_ST_MEM(BPF_DW, BPF_REG_0, 0, (s32)(unsigned long)stub.target);
		*to++ = BPF_EMIT_CALL(stub.call);
	}
	return to;
}

static struct bpf_insn jump(const struct bpf_insn *from, const struct bpf_insn *to)
{
	return BPF_RAW_INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, to - from - 1);
}

static struct bpf_insn *write_count(struct bpf_insn *to, const u32 *counter)
{
	*to++ = BPF_MOV64_REG(BPF_REG_AX, BPF_REG_0);
	to = write_address(to, BPF_REG_0, &pending.target);
	*to++ = BPF_ST_MEM(BPF_DW, BPF_REG_0, 0, (s32)(unsigned long)counter);
	*to++ = BPF_EMIT_CALL(call_count);
	*to++ = BPF_MOV64_REG(BPF_REG_0, BPF_REG_AX);
	return to;
}

static bool is_jump(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	return (class == BPF_JMP || class == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT &&
	       op != BPF_TAIL_CALL;
}

/* An instruction at another place: a jump must still reach the target that it has at @from. */
static struct bpf_insn *write_moved(struct bpf_insn *to, struct bpf_insn insn, u32 *jumped,
				    const struct bpf_insn *from)
{
	const struct bpf_insn *target = from + 1 + insn.off;

	if (!is_jump(&insn)) {
		*to++ = insn;
		return to;
	}
	if (BPF_OP(insn.code) == BPF_JA) {
		if (BPF_CLASS(insn.code) == BPF_JMP32)
			target = from + 1 + insn.imm;
		*to = jump(to, target);
		return to + 1;
	}
	insn.off = 1;
	*to++ = insn;
	*to = jump(to, from + 1);
	to = write_count(to + 1, jumped);
	*to = jump(to, target);
	return to + 1;
}

/* Translates into @to, or only returns how many instructions follow the program. */
static u32 translate_all(const struct bpf_prog *prog, struct bpf_insn *to, struct coverage *coverage)
{
	struct bpf_insn *end = to ? to + prog->len : NULL;
	u32 i, added = 0;

	for (i = 0; i < prog->len; i++) {
		struct bpf_insn insn = prog->insnsi[i];
		struct stub stub = translate(prog, &insn);
		struct counters *counters = coverage ? coverage_of(coverage, prog, i) : NULL;
		bool wide = insn.code == (BPF_LD | BPF_IMM | BPF_DW) && i + 1 < prog->len;
		struct bpf_insn *from = to ? to + i : NULL;

		added += (counters ? COUNT_MAX : 0) + (stub.call ? STUB_MAX : 0);
		if (to && (counters || stub.call)) {
			*from = jump(from, end);
			end = counters ? write_count(end, &counters->ran) : end;
			if (stub.call)
				end = write_stub(end, stub);
			else
				end = write_moved(end, insn, &counters->jumped, from);
			if (wide)
				*end++ = prog->insnsi[i + 1];
			*end = jump(end, from + (wide ? 2 : 1));
			end++;
		} else if (to) {
			*from = insn;
		}
		if (wide && ++i && to)
			to[i] = prog->insnsi[i];
	}
	return added;
}

static void *interpreter_for(u32 stack)
{
	struct bpf_insn insn = {};

	bpf_patch_call_args(&insn, min_t(u32, stack, MAX_BPF_STACK));
#if SINCE_7
	insn.imm = bpf_call_args_imm(insn.off);
#endif
	return (void *)__bpf_call_base + insn.imm;
}

/* Whether another function of the program passes this one to a helper. */
static bool is_callback(const struct bpf_prog_aux *aux)
{
	u32 i, j;

	for (i = 0; i < aux->real_func_cnt; i++) {
		const struct bpf_prog *user = aux->func[i];

		for (j = 0; j < user->len; j++) {
			if (bpf_pseudo_func(&user->insnsi[j]) &&
			    user->insnsi[j].off == aux->func_idx)
				return true;
		}
	}
	return false;
}

static u64 call_no_place(REGS)
{
	not_modelled("more than 64 callbacks at a time");
	return 0;
}

/*
 * The bpf_func of a function that helpers may call. Whether they do is known when all functions of
 * the program have one; see keep_callback(). No other program is compiled until then.
 */
static void *place_of_callback(u32 function)
{
	static u32 next;

	if (function == 1)
		next = 0;
	while (next < CALLBACKS && callbacks[next])
		next++;
	return next < CALLBACKS ? callback_calls[next++] : call_no_place;
}

static void keep_callback(const struct bpf_prog *prog, struct compiled *of)
{
	u32 place;

	for (place = 0; place < CALLBACKS; place++) {
		if (callback_calls[place] == (void *)prog->bpf_func && is_callback(prog->aux))
			callbacks[place] = of;
	}
}

/* Programs with functions come twice, the second time with the addresses of all functions. */
struct bpf_prog *compile_program(struct bpf_prog *prog)
{
	struct bpf_prog_aux *aux = prog->aux;
	struct coverage *coverage;
	struct compiled *of;
	u32 length;

	if (!prog->jited) {
		prog->bpf_func = aux->func_idx ? place_of_callback(aux->func_idx) : run_program;
		prog->jited = 1;
		prog->jited_len = 64;
	}
	if (aux->jit_data || (prog->is_func && !aux->func))
		return prog;
	coverage = coverage_get(prog);
	length = prog->len + translate_all(prog, NULL, coverage);
	of = kvzalloc(struct_size(of, insns, length), GFP_KERNEL);
	if (!of) {
		coverage_put(coverage);
		return prog;
	}
	of->interpreter = interpreter_for(aux->stack_depth);
	of->reads = structure_read();
	of->coverage = coverage;
	translate_all(prog, of->insns, coverage);
	aux->jit_data = of;
	if (aux->func_idx)
		keep_callback(prog, of);
	return prog;
}

void free_compiled(struct bpf_prog *prog)
{
	struct compiled *of = prog->aux->jit_data;
	u32 place;

	for (place = 0; of && place < CALLBACKS; place++) {
		if (callbacks[place] == of)
			callbacks[place] = NULL;
	}
	if (of)
		coverage_put(of->coverage);
	kvfree(of);
}
