// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sequences on WebAssembly: what a module for tests exports beside the
 * door. The host boots, calls fuzz_begin(), and may keep the memory then; it
 * writes bytes to fuzz_input(), has their story told by fuzz_run_setup(), may keep
 * the memory again, and reads the struct seq_result whose address fuzz_run_steps()
 * answers. What it wants to know step by step, fuzz_notes() has told.
 */
#include <linux/uaccess.h>

#include "../../arch/wasm/abi.h"
#include "sequence.h"

#define INPUT_SIZE 4096

/* One thing that happened, as the host reads it. */
struct note {
	u32 kind;
	u32 pid;
	u32 nr;			/* of a call */
	u32 nargs;
	u64 args[6];
	s64 ret;
	const struct seq_segment *segments;	/* memory of a call */
	u32 nr_segments;
};

ABI_SEQUENCE_NUMBERS;
ABI_SEQ_RESULT;
ABI_SEQ_SEGMENT;
ABI_NOTE;

/* Not part of the state of the kernel: the host puts memory back and forth below. */
static bool noting;
static u8 input[INPUT_SIZE];

void host_seq_note(const struct note *note)
	__attribute__((import_module("host"), import_name("seq_note")));

u8 *fuzz_input(void);
void fuzz_options(u32 answers_only, u32 confined);
void fuzz_notes(u32 wanted);
void fuzz_begin(void);
u32 fuzz_run_setup(u32 len);
struct seq_result *fuzz_run_steps(u32 len);

/* The first of the arguments that the macro gives is there for those without any. */
void seq_note_args(u32 kind, u32 pid, u32 nr, s64 ret, const u64 *args, u32 nargs)
{
	struct note note = { .kind = kind, .pid = pid, .nr = nr, .ret = ret };
	bool is_call = kind == SEQ_NOTE_CALL || kind == SEQ_NOTE_RETURN;
	u32 i;

	if (!noting)
		return;
	if (!is_call) {
		args++;
		nargs--;
	}
	note.nargs = nargs;
	for (i = 0; i < nargs; i++)
		note.args[i] = args[i];
	if (is_call)
		note.segments = seq_segments(&note.nr_segments);
	host_seq_note(&note);
}

u8 *fuzz_input(void)
{
	return input;
}

/** fuzz_options() - see struct seq_options; before fuzz_begin() */
void fuzz_options(u32 answers_only, u32 confined)
{
	seq_options.answers_only = answers_only;
	seq_options.confined = confined;
}

/** fuzz_notes() - whether the host is told step by step */
void fuzz_notes(u32 wanted)
{
	noting = wanted;
}

/*
 * Where memory of tasks seems to be: the same in all modules, which differ in size, or a number by
 * chance would be an address in one of them. No small number is one.
 */
#define USER_PLACE 0x5eed0000UL

void fuzz_begin(void)
{
	user_place(USER_PLACE);
	seq_begin();
}

u32 fuzz_run_setup(u32 len)
{
	return seq_run_setup(input, min(len, (u32)INPUT_SIZE));
}

struct seq_result *fuzz_run_steps(u32 len)
{
	return seq_run_steps(input, min(len, (u32)INPUT_SIZE));
}
