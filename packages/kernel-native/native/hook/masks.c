// SPDX-License-Identifier: MIT
/* Delegate masks: names of the kernel to bits and back. */
#include "hook.h"
#include "generated/delegation.h"

const char *const axis_names[AXES] = { "cmds", "maps", "progs", "attachs" };

static const struct {
	const struct bit_name *names;
	size_t count;
	const char *prefix;
} axes[AXES] = {
	{ cmd_names, sizeof(cmd_names) / sizeof(cmd_names[0]), "bpf_" },
	{ map_names, sizeof(map_names) / sizeof(map_names[0]), "bpf_map_type_" },
	{ prog_names, sizeof(prog_names) / sizeof(prog_names[0]), "bpf_prog_type_" },
	{ attach_names, sizeof(attach_names) / sizeof(attach_names[0]), "bpf_" },
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Whether @size bytes of @text are @name, which is in lower case. */
static bool is_name(const char *text, size_t size, const char *name)
{
	for (size_t i = 0; i < size; i++)
		if (!name[i] || lower(text[i]) != name[i])
			return false;
	return !name[size];
}

bool bit_of(enum axis axis, const char *text, size_t size, unsigned int *bit)
{
	const char *prefix = axes[axis].prefix;
	size_t skip = 0;

	while (prefix[skip] && skip < size && lower(text[skip]) == prefix[skip])
		skip++;
	if (prefix[skip])
		skip = 0;
	for (size_t i = 0; i < axes[axis].count; i++) {
		if (!is_name(text + skip, size - skip, axes[axis].names[i].name))
			continue;
		*bit = axes[axis].names[i].bit;
		return true;
	}
	return false;
}

const char *bit_name(enum axis axis, unsigned int bit)
{
	for (size_t i = 0; i < axes[axis].count; i++)
		if (axes[axis].names[i].bit == bit)
			return axes[axis].names[i].name;
	return decimal(bit);
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* A number in C notation. False: it is none, or does not fit. */
static bool number_of(const char *text, size_t size, uint64_t *number)
{
	unsigned int base = 10;
	size_t at = 0;

	if (size > 1 && text[0] == '0') {
		base = lower(text[1]) == 'x' ? 16 : 8;
		at = base == 16 ? 2 : 1;
	}
	if (at == size)
		return false;
	for (*number = 0; at < size; at++) {
		unsigned int digit = digit_of(text[at]);

		if (digit >= base || *number > (UINT64_MAX - digit) / base)
			return false;
		*number = *number * base + digit;
	}
	return true;
}

const char *parse_mask(enum axis axis, const char *text, uint64_t *mask)
{
	static char wrong[64];
	const char *word = text;

	*mask = 0;
	for (;;) {
		size_t size = 0;
		unsigned int bit;
		uint64_t number;

		while (word[size] && word[size] != ':')
			size++;
		if (size == 3 && starts_with(word, "any")) {
			*mask = UINT64_MAX;
		} else if (number_of(word, size, &number)) {
			/* As in the kernel, a number replaces what stands before it. */
			*mask = number;
		} else if (bit_of(axis, word, size, &bit)) {
			*mask |= 1ULL << bit;
		} else {
			size = size < sizeof(wrong) ? size : sizeof(wrong) - 1;
			for (size_t i = 0; i < size; i++)
				wrong[i] = word[i];
			wrong[size] = 0;
			return wrong;
		}
		if (!word[size])
			return NULL;
		word += size + 1;
	}
}
