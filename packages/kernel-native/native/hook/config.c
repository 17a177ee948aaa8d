// SPDX-License-Identifier: MIT
/* What the host permits, and what the container asks for. Every doubt ends the start of the container. */
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "hook.h"
#include "addon/sys.h"

enum { STATE_MOST = 1 << 20, FILE_MOST = 4 << 20, ANNOTATIONS_MOST = 256 };

/* Annotations by which container runtimes for Kubernetes name the container and its role. */
static const char *const name_keys[] = {
	"io.kubernetes.cri.container-name", "io.kubernetes.container.name",
};
static const char *const type_keys[] = {
	"io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType",
};

#define OF_CONTAINER ".container."

static void parse(struct json *json, const char *what, int fd, size_t most)
{
	char *text;
	long size = read_whole(fd, most, &text);
	const char *problem;

	if (size < 0)
		fail(what, " cannot be read (", errno_name(size), ")");
	problem = json_parse(json, text, size);
	if (problem)
		fail(what, " cannot be used: ", problem);
}

/* An absolute path without "." and "..", so that it is inside the container whatever is there. */
static bool is_plain_path(const char *path)
{
	if (path[0] != '/' || !path[1])
		return false;
	for (const char *at = path; *at; at++) {
		if (*at != '/')
			continue;
		if (at[1] == '/' || !at[1])
			return false;
		if (at[1] == '.' && (!at[2] || at[2] == '/'))
			return false;
		if (at[1] == '.' && at[2] == '.' && (!at[3] || at[3] == '/'))
			return false;
	}
	return true;
}

/* One bit of the allow-list: a name, or the number of the bit. */
static void allow_item(const struct json *json, struct host_config *config, enum axis axis, int item)
{
	char word[128];
	unsigned int bit;
	int number;

	if (json_number(json, item, &number) && number < 64) {
		config->allow[axis] |= 1ULL << number;
		return;
	}
	if (!json_string(json, item, word, sizeof(word)))
		fail("the allow-list ", config->file, " has a value in '", axis_names[axis],
		     "' that is no name and no number from 0 to 63");
	if (!bit_of(axis, word, strlen(word), &bit))
		fail("the allow-list ", config->file, " has the unknown name '", word, "' in '",
		     axis_names[axis], "'; remove it");
	config->allow[axis] |= 1ULL << bit;
}

static void read_allowed(const struct json *json, struct host_config *config, int allow)
{
	for (int key = json_first(json, allow); key != NONE; key = json_next(json, key)) {
		char name[64];
		int axis = 0, value = key + 1;

		if (!json_string(json, key, name, sizeof(name)))
			name[0] = 0;
		while (axis < AXES && !same(name, axis_names[axis]))
			axis++;
		if (axis == AXES)
			fail("the allow-list ", config->file, " has the unknown key '", name,
			     "'; it has cmds, maps, progs and attachs");
		if (json_string(json, value, name, sizeof(name)) && same(name, "any")) {
			config->allow[axis] = UINT64_MAX;
			continue;
		}
		if (!json_is(json, value, JSMN_ARRAY))
			fail("the allow-list ", config->file, " has no list and no \"any\" in '",
			     axis_names[axis], "'");
		for (int i = json_first(json, value); i != NONE; i = json_next(json, i))
			allow_item(json, config, axis, i);
	}
}

static void check_owner(int fd, const char *file)
{
	struct statx file_stat;

	if (sys6(__NR_statx, fd, (long)"", AT_EMPTY_PATH, STATX_BASIC_STATS, (long)&file_stat, 0) < 0)
		fail("the allow-list ", file, " cannot be read");
	if ((file_stat.stx_mode & S_IFMT) != S_IFREG)
		fail("the allow-list ", file, " is no regular file");
	/* Without a mapping of the host's root, its file seems to belong to somebody else. */
	if (file_stat.stx_uid)
		refuse_rootless();
	if (file_stat.stx_uid || file_stat.stx_mode & 022)
		fail("the allow-list ", file, " can be written by others than root, so it limits nothing. Fix: "
		     "chown root and chmod go-w the file");
}

static void set_text(const struct json *json, const char *file, const char *key, char *to, size_t size)
{
	int value = json_get(json, 0, key);

	if (value != NONE && !json_string(json, value, to, size))
		fail("'", key, "' in ", file, " is no text, or too long");
}

static void open_config(struct json *json, const char *file, struct host_config *config)
{
	long fd = sys6(__NR_openat, AT_FDCWD, (long)file, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, 0, 0);

	if (fd < 0)
		fail("the allow-list ", file, " cannot be read (", errno_name(fd),
		     "), so nothing can be delegated. Fix: bpf-token hook install");
	check_owner(fd, file);
	config->file = file;
	parse(json, file, fd, FILE_MOST);
	sys(__NR_close, fd, 0, 0);
	set_text(json, file, "log", config->log, sizeof(config->log));
	if (*config->log && !is_plain_path(config->log))
		fail("'log' in ", file, " is no absolute path without '.', '..' and '//'");
	log_file = config->log;
	set_text(json, file, "runtime", config->runtime, sizeof(config->runtime));
}

void read_runtime(const char *file, struct host_config *config)
{
	struct json json;

	open_config(&json, file, config);
}

void read_host_config(const char *file, struct host_config *config)
{
	static const char *const known[] = { "allow", "prefix", "path", "runtime", "log" };
	struct json json;
	int allow;

	append(config->prefix, sizeof(config->prefix), "bpf-token/");
	append(config->path, sizeof(config->path), "/sys/fs/bpf");
	open_config(&json, file, config);
	for (int key = json_first(&json, 0); key != NONE; key = json_next(&json, key)) {
		size_t i = 0;
		char name[64];

		if (!json_string(&json, key, name, sizeof(name)))
			name[0] = 0;
		while (i < sizeof(known) / sizeof(known[0]) && !same(name, known[i]))
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			fail(file, " has the unknown key '", name,
			     "'; it has allow, prefix, path, runtime and log");
	}
	allow = json_get(&json, 0, "allow");
	if (!json_is(&json, allow, JSMN_OBJECT))
		fail(file, " has no object 'allow', so nothing can be delegated");
	read_allowed(&json, config, allow);
	set_text(&json, file, "prefix", config->prefix, sizeof(config->prefix));
	set_text(&json, file, "path", config->path, sizeof(config->path));
	if (!*config->prefix)
		fail("'prefix' in ", file, " is empty, so every annotation would count");
	if (!is_plain_path(config->path))
		fail("'path' in ", file, " is no absolute path without '.', '..' and '//'");
}

static bool annotation_is(const struct json *json, int annotations, const char *key, char *to, size_t size)
{
	int value = json_get(json, annotations, key);

	if (value == NONE)
		return false;
	if (!json_string(json, value, to, size))
		fail("the annotation ", key, " is no text, or too long");
	return true;
}

static void read_role(const struct json *json, int annotations, struct container *container)
{
	char type[32] = "";

	for (int i = 0; i < 2; i++) {
		if (annotation_is(json, annotations, name_keys[i], container->name,
				  sizeof(container->name)))
			break;
	}
	for (int i = 0; i < 2; i++)
		if (annotation_is(json, annotations, type_keys[i], type, sizeof(type)) &&
		    same(type, "sandbox"))
			container->is_sandbox = true;
}

/* Splits PREFIX delegate_AXIS[.container.NAME]. Returns the axis; @name is NULL for every container. */
static enum axis split_key(const char *key, const struct host_config *config, const char **name)
{
	const char *word = key + strlen(config->prefix);

	if (starts_with(word, "delegate_")) {
		word += strlen("delegate_");
		for (int axis = 0; axis < AXES; axis++) {
			size_t size = strlen(axis_names[axis]);

			if (!starts_with(word, axis_names[axis]))
				continue;
			*name = NULL;
			if (!word[size])
				return axis;
			if (!starts_with(word + size, OF_CONTAINER))
				break;
			*name = word + size + strlen(OF_CONTAINER);
			if (**name)
				return axis;
			break;
		}
	}
	fail("unknown annotation ", key, ". Fix: ", config->prefix,
	     "delegate_cmds, _maps, _progs or _attachs, with .container.NAME for one container");
}

/* Copies a key with the prefix. One that cannot be copied is refused: nobody would see what it asks for. */
static bool is_ours(const struct json *json, int token, const struct host_config *config, char key[TEXT_MAX])
{
	bool whole = json_string(json, token, key, TEXT_MAX);

	if (!starts_with(key, config->prefix))
		return false;
	if (!whole)
		fail("an annotation with the prefix ", config->prefix,
		     " has a name that contains a NUL or is too long. Fix: remove it");
	return true;
}

/* Annotations of one container replace those of the pod for this container. */
static void read_wanted(const struct json *json, const struct host_config *config, int annotations,
			struct container *container)
{
	static char key[TEXT_MAX], value[TEXT_MAX];
	uint64_t own[AXES] = { 0 };
	bool has_own = false;
	int count = 0;

	for (int i = json_first(json, annotations); i != NONE; i = json_next(json, i)) {
		const char *name, *wrong;
		enum axis axis;
		uint64_t mask;

		if (!is_ours(json, i, config, key))
			continue;
		/* Each is compared with all others, which takes long for very many. */
		if (++count > ANNOTATIONS_MOST)
			fail("it has more than ", decimal(ANNOTATIONS_MOST), " annotations with the prefix ",
			     config->prefix);
		axis = split_key(key, config, &name);
		/* A second one of the same name ends the hook here. */
		json_get(json, annotations, key);
		if (!json_string(json, i + 1, value, sizeof(value)))
			fail("the annotation ", key, " is no text, or too long");
		wrong = parse_mask(axis, value, &mask);
		if (wrong)
			fail("the annotation ", key, " has the unknown word '", wrong,
			     "'. Fix: names as in mount options, separated by ':'");
		if (!name) {
			container->want[axis] = mask;
			continue;
		}
		if (!*container->name)
			fail("the annotation ", key, " is for one container of a pod, but the runtime "
			     "does not name this container. Fix: remove " OF_CONTAINER "NAME");
		if (!same(name, container->name))
			continue;
		own[axis] = mask;
		has_own = true;
	}
	if (has_own)
		memcpy(container->want, own, sizeof(own));
}

bool has_annotation(const struct json *json, const struct host_config *config)
{
	static char key[TEXT_MAX];
	int annotations = json_get(json, 0, "annotations");

	if (!json_is(json, annotations, JSMN_OBJECT))
		return false;
	for (int i = json_first(json, annotations); i != NONE; i = json_next(json, i))
		if (is_ours(json, i, config, key))
			return true;
	return false;
}

static void check_allowed(const struct host_config *config, const struct container *container)
{
	for (int axis = 0; axis < AXES; axis++) {
		uint64_t extra = container->want[axis] & ~config->allow[axis];
		unsigned int bit = 0;

		if (!extra)
			continue;
		while (!(extra >> bit & 1))
			bit++;
		fail("the allow-list ", config->file, " does not permit '", bit_name(axis, bit),
		     "' in ", axis_names[axis], ", which ", config->prefix, "delegate_",
		     axis_names[axis], " asks for. Fix: remove it there, or permit it on the host");
	}
}

static bool has_capability(const struct json *json, int capabilities, const char *set)
{
	int names = json_get(json, capabilities, set);
	char name[64];

	if (!json_is(json, names, JSMN_ARRAY))
		return false;
	for (int i = json_first(json, names); i != NONE; i = json_next(json, i))
		if (json_string(json, i, name, sizeof(name)) && same(name, "CAP_BPF"))
			return true;
	return false;
}

/* The root of the container and its capabilities are in config.json of the bundle only. */
static void read_bundle(struct container *container)
{
	static char file[TEXT_MAX + 16], root[TEXT_MAX];
	struct json json;
	long fd;

	append(file, sizeof(file), container->bundle);
	append(file, sizeof(file), "/config.json");
	fd = sys6(__NR_openat, AT_FDCWD, (long)file, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, 0, 0);
	if (fd < 0)
		fail(file, " cannot be read (", errno_name(fd), ")");
	parse(&json, file, fd, FILE_MOST);
	sys(__NR_close, fd, 0, 0);
	if (!json_string(&json, json_get(&json, json_get(&json, 0, "root"), "path"), root, sizeof(root)))
		fail(file, " has no root.path");
	if (root[0] != '/') {
		append(container->rootfs, sizeof(container->rootfs), container->bundle);
		append(container->rootfs, sizeof(container->rootfs), "/");
	}
	if (!append(container->rootfs, sizeof(container->rootfs), root))
		fail("root.path in ", file, " is too long");
	if (!has_capability(&json, json_get(&json, json_get(&json, 0, "process"), "capabilities"),
			    "bounding"))
		fail("the container has no CAP_BPF, without which no token can be created. Fix: "
		     "--cap-add BPF, or capabilities.add of the pod");
}

static void read_state(const struct json *json, struct container *container)
{
	char status[32] = "";

	if (json_string(json, json_get(json, 0, "id"), container->id, sizeof(container->id)))
		failing_container = container->id;
	json_string(json, json_get(json, 0, "status"), status, sizeof(status));
	if (!same(status, "creating") && !same(status, "created"))
		fail("the state has the status '", status, "': the container is not being created. Fix: "
		     "run the hook in the stage createRuntime");
	if (!json_number(json, json_get(json, 0, "pid"), &container->pid) || container->pid < 2)
		fail("the state has no valid pid");
	if (!json_string(json, json_get(json, 0, "bundle"), container->bundle,
			 sizeof(container->bundle)) || container->bundle[0] != '/')
		fail("the state has no valid bundle");
}

bool read_container(int fd, const struct host_config *config, struct container *container)
{
	struct json json;
	int annotations;

	parse(&json, "the state of the container on standard input", fd, STATE_MOST);
	annotations = json_get(&json, 0, "annotations");
	if (!has_annotation(&json, config))
		return false;
	read_role(&json, annotations, container);
	if (container->is_sandbox)
		return false;
	read_state(&json, container);
	read_wanted(&json, config, annotations, container);
	if (!(container->want[0] | container->want[1] | container->want[2] | container->want[3]))
		return false;
	check_allowed(config, container);
	read_bundle(container);
	return true;
}
