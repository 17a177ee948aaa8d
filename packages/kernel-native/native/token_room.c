// SPDX-License-Identifier: MIT
/*
 * A guard before BPF_TOKEN_CREATE, because of a hazard of Linux 6.19 and newer
 * (rule TP-24). The executor, its probes and the addon all call it.
 */
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/utsname.h>
#include "addon/sys.h"
#include "token_room.h"

/* File descriptors for the token and a margin. */
#define WANTED (1 + 8)

/* Reads a number of at most three digits and the dot after it. */
static unsigned int take_number(const char **text)
{
	unsigned int value = 0;

	for (int i = 0; i < 3 && **text >= '0' && **text <= '9'; i++)
		value = value * 10 + *(*text)++ - '0';
	if (**text == '.')
		(*text)++;
	return value;
}

/*
 * Whether a kernel, by the text of `uname -r`, needs the guard. A release without
 * tokens may hide a newer kernel: personality(UNAME26) does that.
 */
bool token_room_needed(const char *release)
{
	unsigned int major = take_number(&release);
	unsigned int minor = take_number(&release);

	return major != 6 || minor < 9 || minor > 18;
}

/* Opens event files, which are harmless, and closes them. */
bool token_room_left(void)
{
	long fds[WANTED];
	int count = 0;

	while (count < WANTED) {
		long fd = sys(__NR_eventfd2, 0, O_CLOEXEC, 0);

		if (fd < 0)
			break;
		fds[count++] = fd;
	}
	for (int i = 0; i < count; i++)
		sys(__NR_close, fds[i], 0, 0);
	return count == WANTED;
}

bool token_may_be_created(void)
{
	struct new_utsname name;

	if (sys(__NR_uname, &name, 0, 0) == 0 && !token_room_needed(name.release))
		return true;
	return token_room_left();
}
