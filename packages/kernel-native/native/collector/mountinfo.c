// SPDX-License-Identifier: MIT
#include "collector/facts.h"
#include "collector/parts.h"
#include "collector/piece.h"

/* The next word, up to a space; moves on after it. */
static struct piece word(const char **at, const char *end)
{
	struct piece piece = { *at, 0 };

	while (*at < end && **at != ' ')
		++*at;
	piece.count = (size_t)(*at - piece.at);
	if (*at < end)
		++*at;
	return piece;
}

static const char *find_within(const char *at, const char *end, const char *part)
{
	size_t count = mini_strlen(part);

	for (; at + count <= end; at++)
		if (same((struct piece){ at, count }, (struct piece){ part, count }))
			return at;
	return NULL;
}

static size_t forget(struct bpffs_line *found, size_t count, struct piece path)
{
	for (size_t i = 0; i < count; i++) {
		if (!same((struct piece){ found[i].path, found[i].path_count }, path))
			continue;
		for (; i + 1 < count; i++)
			found[i] = found[i + 1];
		return count - 1;
	}
	return count;
}

/* One line: `ID PARENT DEVICE ROOT PATH … - TYPE SOURCE OPTIONS`. */
static size_t add_line(const char *at, const char *end, struct bpffs_line *found, size_t count,
		       size_t most, bool *more)
{
	const char *dash = find_within(at, end, " - ");
	const char *stop = dash ? dash : end, *options, *third;
	struct piece device, root, path;

	word(&at, stop);
	word(&at, stop);
	device = word(&at, stop);
	root = word(&at, stop);
	if (at >= stop)
		return count;
	path = word(&at, stop);
	count = forget(found, count, path);
	if (!dash)
		return count;
	options = dash + 3;
	third = find_within(options, end, " - ");
	if (third)
		end = third;
	if (end - options < 4 || !mini_starts(options, "bpf "))
		return count;
	if (count == most) {
		*more = true;
		return count;
	}
	found[count] = (struct bpffs_line){
		path.at, device.at, root.at, options,
		path.count, device.count, root.count, (size_t)(end - options),
	};
	return count + 1;
}

size_t find_bpffs(const char *lines, struct bpffs_line *found, size_t most, bool *more)
{
	size_t count = 0;

	while (*lines) {
		const char *end = lines;

		while (*end && *end != '\n')
			end++;
		count = add_line(lines, end, found, count, most, more);
		lines = *end ? end + 1 : end;
	}
	return count;
}

static bool octal(const char *at, size_t left)
{
	if (left < 4 || at[0] != '\\')
		return false;
	for (int i = 1; i < 4; i++)
		if (at[i] < '0' || at[i] > '7')
			return false;
	return true;
}

/* mountinfo shows spaces and similar characters as octal numbers. */
static void json_path(struct out *out, const char *at, size_t count)
{
	char path[2 * 4096];
	size_t used = 0;

	for (size_t i = 0; i < count && used + 2 < sizeof(path); i++) {
		if (octal(at + i, count - i)) {
			unsigned int code = (unsigned int)((at[i + 1] - '0') * 64 +
							   (at[i + 2] - '0') * 8 + (at[i + 3] - '0'));

			if (code >= 0x80)
				path[used++] = (char)(0xc0 | (code >> 6));
			path[used++] = (char)(code >= 0x80 ? 0x80 | (code & 0x3f) : code);
			i += 3;
		} else {
			path[used++] = at[i];
		}
	}
	out_json(out, path, used);
}

/* Letters that a delegate option's name may have. */
static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void write_delegates(struct out *out, const char *at, const char *end)
{
	bool first = true;

	out_text(out, "{");
	while (at < end) {
		struct piece name = { at + 1, 0 }, value;

		if ((*at != ' ' && *at != ',') || end - at < 11 || !mini_starts(at + 1, "delegate_")) {
			at++;
			continue;
		}
		while (name.at + name.count < end && is_name(name.at[name.count]))
			name.count++;
		value.at = name.at + name.count + 1;
		value.count = 0;
		while (value.at + value.count < end && value.at[value.count] != ',' &&
		       !is_space(value.at[value.count]))
			value.count++;
		if (name.count < 10 || value.at > end || value.at[-1] != '=' || !value.count) {
			at++;
			continue;
		}
		if (!first)
			out_text(out, ",");
		first = false;
		json(out, name);
		out_text(out, ":");
		json(out, value);
		at = value.at + value.count;
	}
	out_text(out, "}");
}

/* Paths that say nothing about the user. */
static bool is_usual(const struct bpffs_line *mount)
{
	static const char *const usual[] = { "/sys/fs/bpf", "/run/bpf", "/bpf" };

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		if (same((struct piece){ mount->path, mount->path_count },
			 (struct piece){ usual[i], mini_strlen(usual[i]) }))
			return true;
	return false;
}

void write_mount(struct out *out, const struct bpffs_line *mount, size_t number, bool full)
{
	bool whole = mount->root_count == 1 && mount->root[0] == '/';

	out_text(out, "{\"path\":");
	if (full || is_usual(mount)) {
		json_path(out, mount->path, mount->path_count);
	} else {
		out_text(out, "\"/path/");
		out_number(out, (long long)number);
		out_text(out, "\"");
	}
	key(out, "device");
	out_json(out, mount->device, mount->device_count);
	key(out, "root");
	if (full || whole)
		json_path(out, mount->root, mount->root_count);
	else
		out_text(out, "\"/directory\"");
	key(out, "delegates");
	write_delegates(out, mount->options, mount->options + mount->options_count);
}
