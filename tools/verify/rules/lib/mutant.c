// SPDX-License-Identifier: MIT
/*
 * The switches of a build in which one rule at a time can be broken. tools/verify/rules finds the
 * switches by their magic words, and sets them in the bytes of the module.
 */
#include <trace/mutant.h>
#include <trace/refusal.h>

enum mutant_kind {
	MUTANT_NONE,
	MUTANT_OFF,	/* the condition of a check never holds */
	MUTANT_ALWAYS,	/* it always holds */
	MUTANT_ERRNO,	/* the check answers another errno */
	MUTANT_DROP,	/* the check is found wanting, and that has no consequence */
	MUTANT_SWAP,	/* the check comes after the next one */
};

struct mutant {
	u32 magic[4];
	u32 kind;
	u32 site;
	u32 other;
	u32 check;
	s32 err;
};

volatile struct mutant mutant = {
	.magic = { 0x6d757461, 0x6e74206f, 0x66206120, 0x72756c65 },
};

/* A check whose condition held, and that waits for the check after it. */
static bool waiting;
static int waits_with;
static bool came_back;

#define MAX_SEEN 2048

/* Which conditions held, which did not hold, and which checks refused or decided. */
static u8 seen[3][MAX_SEEN];

/** mutant_seen() - address of the records; called by tools/verify/rules */
unsigned long mutant_seen(void)
{
	return (unsigned long)seen;
}

bool mutant_if(u32 site, bool holds)
{
	seen[holds ? 0 : 1][site] = 1;
	switch (mutant.kind) {
	case MUTANT_OFF:
		return holds && site != mutant.site;
	case MUTANT_ALWAYS:
		return holds || site == mutant.site;
	case MUTANT_SWAP:
		if (site == mutant.site && holds) {
			waiting = true;
			waits_with = mutant.err;
			return false;
		}
		if (site == mutant.other && waiting) {
			waiting = false;
			came_back = !holds;
			return true;
		}
		return holds;
	default:
		return holds;
	}
}

int mutant_asked(u32 site, u32 check, u32 mark, int err)
{
	seen[err ? 0 : 1][site] = 1;
	if (mutant.kind == MUTANT_ALWAYS && site == mutant.site && !err)
		return refuse(mutant.err, check, 0, 0);
	if (mutant.kind != MUTANT_SWAP)
		return err;
	if (site == mutant.site && err) {
		waiting = true;
		waits_with = err;
		refusal_log.count = mark;
		return 0;
	}
	if (site == mutant.other && waiting) {
		waiting = false;
		return err ? err : refuse(waits_with, mutant.check, 0, 0);
	}
	return err;
}

/* Whether to suppress the record of a silent decision. */
bool mutant_decide(u32 check)
{
	seen[2][check] = 1;
	return mutant.kind == MUTANT_DROP && check == mutant.check;
}

int mutant_refuse(int err, u32 *check)
{
	seen[2][*check] = 1;
	if (came_back) {
		came_back = false;
		*check = mutant.check;
		return waits_with;
	}
	if (*check != mutant.check)
		return err;
	if (mutant.kind == MUTANT_ERRNO)
		return mutant.err;
	return mutant.kind == MUTANT_DROP ? 0 : err;
}

/* Suppresses a decision that has no errno. */
bool mutant_silent(u32 check)
{
	return mutant.kind == MUTANT_DROP && check == mutant.check;
}

/* The swapped check did not run after all, so the waiting check refuses now. */
s64 mutant_leave(s64 ret)
{
	if (!waiting)
		return ret;
	waiting = false;
	return refuse(waits_with, mutant.check, 0, 0);
}
