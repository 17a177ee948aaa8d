// SPDX-License-Identifier: MIT

/** A reader of JSON in C. It ends the program at the first mistake. */
export const runnerJson: string = String.raw`
enum json_kind { NOTHING, WORD, TEXT, LIST, OBJECT };

struct json {
	enum json_kind kind;
	char *text;		/* of a word or a text; a text may contain zeros */
	const char *key;	/* of a member */
	struct json *first, *next;
};

static const char *input, *start, *position;

static void bad(const char *why)
{
	dprintf(out, "Bail out! %s: byte %ld: %s\n", input, (long)(position - start), why);
	_exit(2);
}

static void *zeroed(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		bad("there is no memory");
	return memory;
}

static void skip_space(void)
{
	position += strspn(position, " \t\r\n");
}

static char escaped(void)
{
	static const char escapes[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *at = *position ? strchr(escapes, *position) : NULL;
	unsigned int code;

	if (at) {
		position++;
		return means[at - escapes];
	}
	if (*position != 'u' || strspn(position + 1, "0123456789abcdefABCDEF") < 4 ||
	    sscanf(position + 1, "%4x", &code) != 1 || code > 0x7f || !code)
		bad("an escape that is not of ASCII");
	position += 5;
	return (char)code;
}

static char *read_text(void)
{
	const char *end = ++position;
	char *text, *to;

	while (*end && *end != '"')
		end += *end == '\\' && end[1] ? 2 : 1;
	if (!*end)
		bad("a text has no end");
	text = to = zeroed(end - position + 1);
	while (*position != '"') {
		char byte = *position++;

		*to++ = byte == '\\' ? escaped() : byte;
	}
	position++;
	return text;
}

static struct json *read_json(int depth)
{
	struct json *one = zeroed(sizeof(*one)), **last = &one->first;
	char open, close;
	size_t length;

	skip_space();
	open = *position;
	if (depth > 32)
		bad("it is nested too deep");
	if (open == '"') {
		one->kind = TEXT;
		one->text = read_text();
	} else if (open == '[' || open == '{') {
		one->kind = open == '[' ? LIST : OBJECT;
		close = open == '[' ? ']' : '}';
		position++;
		for (skip_space(); *position != close; skip_space()) {
			char *key = NULL;

			if (one->first && *position++ != ',')
				bad("a comma is missing");
			skip_space();
			if (open == '{') {
				if (*position != '"')
					bad("the name of a member is missing");
				key = read_text();
				skip_space();
				if (*position++ != ':')
					bad("a colon is missing");
			}
			*last = read_json(depth + 1);
			(*last)->key = key;
			last = &(*last)->next;
		}
		position++;
	} else {
		length = strspn(position, "+-.0123456789abcdefghijklmnopqrstuvwxyzE");
		if (!length)
			bad("a value is missing");
		one->kind = WORD;
		one->text = zeroed(length + 1);
		memcpy(one->text, position, length);
		position += length;
	}
	return one;
}

static const struct json *member(const struct json *object, const char *key)
{
	const struct json *one;

	if (!object || object->kind != OBJECT)
		return NULL;
	for (one = object->first; one; one = one->next)
		if (!strcmp(one->key, key))
			return one;
	return NULL;
}

static const char *text_of(const struct json *object, const char *key)
{
	const struct json *one = member(object, key);

	return one && one->kind == TEXT ? one->text : NULL;
}

/* Large numbers are texts, because readers of JSON round them. */
static unsigned long number_of(const struct json *one)
{
	char *end;
	unsigned long value;

	if (!one || (one->kind != WORD && one->kind != TEXT))
		bad("a number is missing");
	value = one->text[0] == '-' ? (unsigned long)strtol(one->text, &end, 0) : strtoul(one->text, &end, 0);
	if (end == one->text || *end)
		bad("this is no number");
	return value;
}

static int count_of(const struct json *list)
{
	int count = 0;

	for (const struct json *one = list ? list->first : NULL; one; one = one->next)
		count++;
	return count;
}
`;
