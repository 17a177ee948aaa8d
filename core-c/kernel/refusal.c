// SPDX-License-Identifier: GPL-2.0-only
/* The log of checks that refused during one system call. The kernel has no such file. */
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>
#include <trace/refusal.h>

struct refusal_log refusal_log;

static void record(int err, enum check_id id, u64 needed, u64 present)
{
	struct refusal_entry *entry;

	if (refusal_log.count == REFUSAL_LOG_SIZE) {
		/* keep the newest entry last: its check decided the result */
		refusal_log.dropped++;
		refusal_log.count--;
	}
	entry = &refusal_log.entry[refusal_log.count++];
	entry->check = id;
	entry->err = err;
	entry->task = (u32)current->pid;
	entry->needed = needed;
	entry->present = present;
}

int refuse_for(int err, enum check_id id, u64 needed, u64 present)
{
	record(err, id, needed, present);
	return err;
}

int refuse_plainly(int err, enum check_id id)
{
	return refuse_for(err, id, 0, 0);
}

void decide(enum check_id id, u64 needed, u64 present)
{
	record(0, id, needed, present);
}

#ifdef __wasm__ /* The host has the texts. */
static const char *text_of(enum unmodelled what)
{
	return (const char *)(unsigned long)what;
}
#else
static const char *text_of(enum unmodelled what)
{
	static const char *const texts[] = {
		NULL,
#define UNMODELLED(id, text) text,
#include <trace/unmodelled.def>
#undef UNMODELLED
	};

	return texts[what];
}
#endif

int not_modelled(enum unmodelled what)
{
	return not_modelled_text(text_of(what));
}

int not_modelled_text(const char *what)
{
	if (!refusal_log.not_modelled)
		refusal_log.not_modelled = what;
	return -ENOTMODELLED;
}

void refusal_log_reset(void)
{
	refusal_log.count = 0;
	refusal_log.dropped = 0;
	refusal_log.not_modelled = NULL;
}

/** evidence_cap() - Encode what a check of kind CAP requires. */
u64 evidence_cap(int cap, const struct user_namespace *ns)
{
	return (u64)(u32)cap | (u64)ns->ns.id << 32;
}

/** evidence_caps_of() - Encode the capabilities of @cred for a check of kind CAP. */
u64 evidence_caps_of(const struct cred *cred)
{
	return cred->cap_effective.val | (u64)cred->user_ns->ns.id << 48;
}

/** evidence_caps_held() - Encode the caller's capabilities for a check of kind CAP. */
u64 evidence_caps_held(void)
{
	return evidence_caps_of(current_cred());
}
