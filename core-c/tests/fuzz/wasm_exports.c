// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exports for running sequences on WebAssembly. The host boots and calls fuzz_begin(), then may
 * take a snapshot. It writes the bytes to fuzz_input(), runs the setup prefix with fuzz_run_setup(),
 * may take another snapshot, and calls fuzz_run_steps(), which returns the address of struct
 * seq_result. After fuzz_notes(1) each event calls host_seq_note().
 */
#include <linux/uaccess.h>

#include "../../arch/wasm/abi.h"
#include "sequence.h"

#define INPUT_SIZE 4096

/* One event, as the host reads it. */
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

/* Not kernel state. Restoring a snapshot resets these variables, so the host sets them again. */
static u32 noting;
static u8 input[INPUT_SIZE];

void host_seq_note(const struct note *note)
	__attribute__((import_module("host"), import_name("seq_note")));

u8 *fuzz_input(void);
void fuzz_options(u32 answers_only, u32 confined);
void fuzz_notes(u32 wanted);
void fuzz_begin(void);
u32 fuzz_run_setup(u32 len);
struct seq_result *fuzz_run_steps(u32 len);

/* The macro adds a first argument, so that events without arguments compile. */
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

/** fuzz_options() - Set the mode; see struct seq_options; before fuzz_begin(). */
void fuzz_options(u32 answers_only, u32 confined)
{
	seq_options.answers_only = answers_only;
	seq_options.confined = confined;
}

bool seq_is_observed(void)
{
	return noting > 1;
}

/** fuzz_notes() - Set what is reported to the host: 0 nothing, 1 events, 2 also observations. */
void fuzz_notes(u32 wanted)
{
	noting = wanted;
}

/*
 * Address of user memory in all modules. Modules differ in size, so without it a random number
 * could be an address in only one of them. No small number is an address.
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
