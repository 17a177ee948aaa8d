// SPDX-License-Identifier: MIT
#include "collector/parts.h"

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

/* What another mount at the same path hides. */
static void forget(struct bpffs_list *list, struct piece path)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!same(list->found[i].path, path))
			continue;
		out_release(&list->found[i].text);
		list->count--;
		for (; i < list->count; i++)
			list->found[i] = list->found[i + 1];
	}
}

/* The same piece in a copy of its text. */
static struct piece moved(struct piece piece, const char *from, const char *to)
{
	return (struct piece){ to + (piece.at - from), piece.count };
}

static void add(struct bpffs_list *list, const struct text_line *line, struct bpffs_line mount)
{
	if (list->count < list->most) {
		out_open(&mount.text, -1);
		out_bytes(&mount.text, line->at, line->count);
	}
	if (list->count == list->most || mount.text.failed) {
		list->more = true;
		return;
	}
	mount.path = moved(mount.path, line->at, mount.text.bytes);
	mount.device = moved(mount.device, line->at, mount.text.bytes);
	mount.root = moved(mount.root, line->at, mount.text.bytes);
	mount.options = moved(mount.options, line->at, mount.text.bytes);
	list->found[list->count++] = mount;
}

/* One line: `ID PARENT DEVICE ROOT PATH … - TYPE SOURCE OPTIONS`. */
static bool take_line(const struct text_line *line, void *to)
{
	const char *at = line->at, *end = at + line->count, *dash = find_within(at, end, " - ");
	const char *stop = dash ? dash : end;
	struct bpffs_list *list = to;
	struct bpffs_line mount;
	bool is_bpf;

	word(&at, stop);
	word(&at, stop);
	mount.device = word(&at, stop);
	mount.root = word(&at, stop);
	mount.options = (struct piece){ dash ? dash + 3 : end, 0 };
	is_bpf = end - mount.options.at >= 4 && mini_starts(mount.options.at, "bpf ");
	if (line->cut && (!dash || is_bpf)) {
		list->cut = true;
		return true;
	}
	if (at >= stop)
		return true;
	mount.path = word(&at, stop);
	forget(list, mount.path);
	/* The source is anybody's text, such as "-". */
	at = mount.options.at;
	word(&at, end);
	word(&at, end);
	mount.options = (struct piece){ at - 1, (size_t)(end - at + 1) };
	if (is_bpf)
		add(list, line, mount);
	return true;
}

long find_bpffs(const char *path, struct bpffs_list *list)
{
	list->count = 0;
	list->more = list->cut = false;
	return read_lines(path, take_line, list);
}

void release_bpffs(struct bpffs_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		out_release(&list->found[i].text);
	list->count = 0;
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
static void json_path(struct out *out, struct piece text)
{
	/* Four characters become at most two bytes. */
	static char path[MINI_LINE];
	const char *at = text.at;
	size_t used = 0;

	for (size_t i = 0; i < text.count; i++) {
		if (octal(at + i, text.count - i)) {
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
		if (same(mount->path, (struct piece){ usual[i], mini_strlen(usual[i]) }))
			return true;
	return false;
}

void write_mount(struct out *out, const struct bpffs_line *mount, size_t number, bool full)
{
	bool whole = mount->root.count == 1 && mount->root.at[0] == '/';

	out_text(out, "{\"path\":");
	if (full || is_usual(mount)) {
		json_path(out, mount->path);
	} else {
		out_text(out, "\"/path/");
		out_number(out, (long long)number);
		out_text(out, "\"");
	}
	key(out, "device");
	json(out, mount->device);
	key(out, "root");
	if (full || whole)
		json_path(out, mount->root);
	else
		out_text(out, "\"/directory\"");
	key(out, "delegates");
	write_delegates(out, mount->options.at, mount->options.at + mount->options.count);
}
