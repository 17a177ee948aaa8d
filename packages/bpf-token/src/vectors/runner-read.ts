// SPDX-License-Identifier: MIT

/** The functions of the runner that read a vector into the table of steps. */
export const runnerRead: string = `
#define NUMBER(table, name) number_in(table, sizeof(table) / sizeof(table[0]), name)

static long number_in(const struct number *table, size_t rows, const char *name)
{
	for (size_t i = 0; name && i < rows; i++)
		if (!strcmp(table[i].name, name))
			return table[i].value;
	return -1;
}

static struct arg read_arg(const struct json *one, int nr_segments)
{
	const struct json *memory = member(one, "memory");

	if (memory) {
		if (number_of(memory) >= (unsigned long)nr_segments)
			bad("an argument has a memory that its step does not have");
		return (struct arg){ SEG, number_of(memory) };
	}
	if (member(one, "bad"))
		return (struct arg){ BAD, 0 };
	return (struct arg){ NUM, number_of(one) };
}

static void read_segment(const struct json *one, struct segment *segment)
{
	const char *hex = text_of(one, "hex");
	size_t length = hex ? strlen(hex) / 2 : 0;
	char *bytes = zeroed(length + 1);

	segment->size = number_of(member(one, "size"));
	segment->length = length;
	segment->bytes = bytes;
	if (length > segment->size || segment->size > 1 << 24)
		bad("the size of a memory");
	for (size_t i = 0; i < length; i++) {
		unsigned int byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			bad("bytes that are not hexadecimal");
		bytes[i] = (char)byte;
	}
}

static void read_memory(const struct json *from, struct step *step)
{
	const struct json *memory = member(from, "memory"), *pointers = member(from, "pointers"), *one;
	struct segment *segment = NULL;
	struct fixup *fixup;

	step->nr_segments = count_of(memory);
	step->nr_fixups = count_of(pointers);
	if (step->nr_segments > 32)
		bad("a call has more than 32 memories");
	step->segments = segment = zeroed((step->nr_segments + 1) * sizeof(*segment));
	step->fixups = fixup = zeroed((step->nr_fixups + 1) * sizeof(*fixup));
	for (one = memory ? memory->first : NULL; one; one = one->next)
		read_segment(one, segment++);
	for (one = pointers ? pointers->first : NULL; one; one = one->next, fixup++) {
		fixup->segment = number_of(member(one, "memory"));
		fixup->offset = number_of(member(one, "offset"));
		fixup->to = read_arg(member(one, "to"), step->nr_segments);
		if (fixup->segment >= (unsigned int)step->nr_segments ||
		    fixup->offset + sizeof(long) > step->segments[fixup->segment].size)
			bad("an address outside of its memory");
	}
}

static void read_call(const struct json *from, struct step *step)
{
	const struct json *args = member(from, "args"), *one;
	int i = 0;

	step->nr = NUMBER(calls, text_of(from, "call"));
	/* arm64 has no dup2(): see call(). */
	if (step->nr < 0 && step->nr != __NR_dup2)
		bad("an unknown system call");
	read_memory(from, step);
	for (one = args ? args->first : NULL; one; one = one->next) {
		if (i == 6)
			bad("a call has more than six arguments");
		step->args[i++] = read_arg(one, step->nr_segments);
	}
}

static int task_of(const struct json *one)
{
	unsigned long task = number_of(one);

	if (task >= (unsigned long)nr_tasks)
		bad("a task that the vector does not have");
	return (int)task;
}

static void read_step(const struct json *from, struct step *step)
{
	static const struct number ops[] = {
		{ "call", CALL }, { "fork", FORK }, { "wait", WAIT }, { "exit", EXIT }, { "send", SEND },
		{ "open-namespace", OPEN_NS }, { "settle", SETTLE },
	};
	const char *errno_name = text_of(from, "errno"), *kind;
	long op = NUMBER(ops, text_of(from, "op"));

	memset(step, 0, sizeof(*step));
	if (op < 0)
		bad("an unknown operation");
	step->op = (enum op)op;
	step->task = task_of(member(from, "task"));
	step->text = text_of(from, "text") ? text_of(from, "text") : "";
	if (errno_name) {
		step->answer = -NUMBER(errnos, errno_name);
		if (step->answer > -1)
			bad("an unknown errno");
	} else if (member(from, "answer")) {
		step->answer = (long)number_of(member(from, "answer"));
		step->exact = 1;
	}
	if (op == CALL)
		read_call(from, step);
	if (op == FORK || op == WAIT || op == SEND || op == OPEN_NS)
		step->other = task_of(member(from, "other"));
	if (op == EXIT)
		step->other = (int)number_of(member(from, "other"));
	if (op == SEND)
		step->args[0] = (struct arg){ NUM, number_of(member(from, "fd")) };
	kind = text_of(from, "namespace");
	if (op == OPEN_NS && (!kind || strchr(kind, '/') || strchr(kind, '.')))
		bad("the kind of a namespace");
	step->name = kind;
}

static void read_vector(const struct json *vector)
{
	const struct json *list = member(vector, "steps"), *one;

	nr_steps = 0;
	nr_tasks = (int)number_of(member(vector, "tasks"));
	if (nr_tasks < 1 || nr_tasks > TASKS)
		bad("the number of tasks");
	for (one = list ? list->first : NULL; one; one = one->next) {
		if (nr_steps == MOST_STEPS)
			bad("a vector has too many steps");
		read_step(one, &steps[nr_steps++]);
	}
	if (!nr_steps)
		bad("a vector has no steps");
}
`;
