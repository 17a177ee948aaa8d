// SPDX-License-Identifier: MIT
/* The end of a guest's console output. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "supervisor.h"

#define KEEP (16 * 1024)
#define LINES 12
#define PANIC "Kernel panic - not syncing: "

/* It ends with a NUL. */
static char words[KEEP + 1];
static size_t have;

/* Reads what is there. False: nothing is there, or the console is closed. */
bool console_read(int fd)
{
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	size_t keep;

	if (n <= 0)
		return false;
	for (ssize_t i = 0; i < n; i++)
		if (chunk[i] != '\n' && (chunk[i] < ' ' || chunk[i] > '~'))
			chunk[i] = chunk[i] == '\r' || !chunk[i] ? ' ' : '?';
	keep = have + n > KEEP ? KEEP - (size_t)n : have;
	memmove(words, words + have - keep, keep);
	memcpy(words + keep, chunk, n);
	have = keep + n;
	words[have] = 0;
	return true;
}

/* The reason of a kernel panic, or NULL. */
const char *console_panic(void)
{
	static char reason[128];
	const char *at = strstr(words, PANIC);
	size_t size;

	if (!at)
		return NULL;
	at += strlen(PANIC);
	size = strcspn(at, "\n");
	while (size && at[size - 1] == ' ')
		size--;
	snprintf(reason, sizeof(reason), "%.*s", (int)(size < 120 ? size : 120), at);
	return reason;
}

/* The last lines, to be appended to a message. Returns their length. */
size_t console_format(char *text, size_t size)
{
	const char *at = words + have;
	int lines = 0;

	while (at > words && (at[-1] == '\n' || at[-1] == ' '))
		at--;
	for (words[at - words] = 0; at > words; at--)
		if (at[-1] == '\n' && ++lines == LINES)
			break;
	if (!*at)
		return 0;
	if (strlen(at) > CONSOLE_TEXT - 128)
		at += strlen(at) - (CONSOLE_TEXT - 128);
	return snprintf(text, size, "; its console said last:\n%s", at);
}
