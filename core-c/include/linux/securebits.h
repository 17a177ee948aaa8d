/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_SECUREBITS_H
#define _LINUX_SECUREBITS_H

/* Bit numbers; the next bit locks each. */
#define SECURE_NOROOT 0
#define SECURE_NO_SETUID_FIXUP 2
#define SECURE_KEEP_CAPS 4
#define SECURE_KEEP_CAPS_LOCKED 5
#define SECURE_NO_CAP_AMBIENT_RAISE 6
#define SECURE_EXEC_RESTRICT_FILE 8
#define SECURE_EXEC_DENY_INTERACTIVE 10

#define SECUREBITS_DEFAULT 0u
#define issecure_mask(x) (1u << (x))
#define issecure(x) (issecure_mask(x) & current_cred_xxx(securebits))

#define __SECUREBITS_OLD \
	(issecure_mask(SECURE_NOROOT) | issecure_mask(SECURE_NO_SETUID_FIXUP) | \
	 issecure_mask(SECURE_KEEP_CAPS) | issecure_mask(SECURE_NO_CAP_AMBIENT_RAISE))
/* Linux 6.14 added the two EXEC bits. */
#define __SECUREBITS_EXEC \
	(issecure_mask(SECURE_EXEC_RESTRICT_FILE) | issecure_mask(SECURE_EXEC_DENY_INTERACTIVE))

#endif /* _LINUX_SECUREBITS_H */
