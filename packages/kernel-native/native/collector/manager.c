// SPDX-License-Identifier: MIT
#include "collector/parts.h"
#include "collector/piece.h"

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* A container id of 12 to 64 digits at `at`; `.scope` may follow. */
static struct piece container_id(const char *at, const char *end, bool whole)
{
	struct piece id = { at, 0 };

	while (at < end && is_hex(*at))
		at++;
	id.count = (size_t)(at - id.at);
	if (end - at >= 6 && mini_starts(at, ".scope"))
		at += 6;
	if (id.count < 12 || id.count > 64 || (at != end && (whole || *at != '/')))
		id.at = NULL;
	return id;
}

static bool ends_with(struct piece name, const char *end)
{
	size_t count = mini_strlen(end);

	return name.count > count && mini_starts(name.at + name.count - count, end);
}

typedef struct piece (*manager_rule)(const char *at, const char *end);

/* Each rule looks at the path from a slash on. */
static struct piece kubernetes(const char *at, const char *end)
{
	static const char *const before[] = { "", "cri-containerd-", "crio-", "docker-" };
	struct piece none = { NULL, 0 };

	if (!mini_starts(at, "/kubepods"))
		return none;
	for (at++; at < end; at++) {
		if (*at != '/')
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
			struct piece id = none;

			if (mini_starts(at + 1, before[i]))
				id = container_id(at + 1 + mini_strlen(before[i]), end, true);
			if (id.at)
				return id;
		}
	}
	return none;
}

static struct piece docker(const char *at, const char *end)
{
	if (mini_starts(at, "/docker/") || mini_starts(at, "/docker-"))
		return container_id(at + 8, end, true);
	return (struct piece){ NULL, 0 };
}

static struct piece podman(const char *at, const char *end)
{
	if (mini_starts(at, "/libpod-"))
		return container_id(at + 8, end, false);
	return (struct piece){ NULL, 0 };
}

static struct piece name_until_slash(const char *at, const char *end)
{
	struct piece name = { at, 0 };

	while (at + name.count < end && at[name.count] != '/')
		name.count++;
	return name;
}

static struct piece lxc(const char *at, const char *end)
{
	struct piece name = { NULL, 0 };

	if (!mini_starts(at, "/lxc") || (mini_starts(at, "/lxc.payload") && end - at == 12))
		return name;
	at += mini_starts(at, "/lxc.payload.") || mini_starts(at, "/lxc.payload/") ? 12 : 4;
	if (*at != '.' && *at != '/')
		return name;
	name = name_until_slash(at + 1, end);
	if (!name.count)
		name.at = NULL;
	return name;
}

/* A manager of a user, such as rootless Podman, starts what is below user@UID.service. */
static bool is_user_manager(struct piece name)
{
	size_t at = 5;

	if (!mini_starts(name.at, "user@"))
		return false;
	while (at < name.count && name.at[at] >= '0' && name.at[at] <= '9')
		at++;
	return at > 5 && at + 8 == name.count && mini_starts(name.at + at, ".service");
}

static struct piece systemd(const char *at, const char *end)
{
	struct piece name = name_until_slash(at + 1, end);

	if (name.at + name.count != end || is_user_manager(name) ||
	    (!ends_with(name, ".service") && !ends_with(name, ".scope")))
		name.at = NULL;
	return name;
}

static const struct {
	const char *kind;
	manager_rule rule;
} managers[] = {
	{ "kubernetes", kubernetes }, { "docker", docker }, { "podman", podman }, { "lxc", lxc },
	{ "systemd", systemd },
};

/* The path of a line `ID:CONTROLLERS:PATH`; the line itself without such a start. */
static const char *cgroup_path(const char *line)
{
	const char *at = line;

	while (*at >= '0' && *at <= '9')
		at++;
	if (at == line || *at != ':')
		return line;
	for (at++; *at && *at != ':' && *at != '\n'; )
		at++;
	return *at == ':' ? at + 1 : line;
}

/* Managers nest cgroups less deeply than this. */
enum { DEEPEST = 15 };

/* Returns the kind of the first rule that the path up to `end` fits, or NULL. */
static const char *manager_of(const char *path, const char *end, struct piece *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(managers); i++)
		for (const char *at = path; at < end; at++) {
			if (*at != '/')
				continue;
			*name = managers[i].rule(at, end);
			if (name->at)
				return managers[i].kind;
		}
	return NULL;
}

/* The manager of the outermost cgroup that has one; a container can give its own any name. */
static const char *outermost(const char *path, struct piece *name)
{
	const char *kind = NULL, *end = path;

	for (int depth = 0; !kind && depth < DEEPEST && *end == '/'; depth++) {
		for (end++; *end && *end != '/' && *end != '\n'; )
			end++;
		kind = manager_of(path, end, name);
	}
	return kind;
}

void write_manager(struct out *out, const char *cgroup, bool full)
{
	const char *kind = NULL, *found;
	struct piece name, other;

	for (const char *line = cgroup; *line; line += *line == '\n') {
		for (line = cgroup_path(line); *line && *line != '\n' && *line != '/'; )
			line++;
		found = outermost(line, &other);
		/* systemd may start the manager. */
		if (found && (!kind || (mini_equal(kind, "systemd") && !mini_equal(found, "systemd")))) {
			kind = found;
			name = other;
		}
		while (*line && *line != '\n')
			line++;
	}
	if (!kind)
		return;
	key(out, "manager");
	out_text(out, "{\"kind\":");
	json_text(out, kind);
	key(out, "name");
	if (full)
		json(out, name);
	else
		json_text(out, "name");
	out_text(out, "}");
}
