// SPDX-License-Identifier: MIT
/* A strict reader of JSON (RFC 8259), for what the programs print. */
#include <string.h>
#include "kernel.h"

struct text {
	const unsigned char *at, *end;
};

enum { DEEPEST = 64 };

static bool value(struct text *text, int depth);

static void blanks(struct text *text)
{
	while (text->at < text->end && memchr(" \t\r\n", *text->at, 4))
		text->at++;
}

static bool take(struct text *text, char c)
{
	blanks(text);
	if (text->at == text->end || *text->at != (unsigned char)c)
		return false;
	text->at++;
	return true;
}

static bool word(struct text *text, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(text->end - text->at) < size || memcmp(text->at, word, size))
		return false;
	text->at += size;
	return true;
}

static bool digits(struct text *text)
{
	const unsigned char *first = text->at;

	while (text->at < text->end && *text->at >= '0' && *text->at <= '9')
		text->at++;
	return text->at > first;
}

static bool number(struct text *text)
{
	bool zero;

	word(text, "-");
	zero = text->at < text->end && *text->at == '0';
	if (zero)
		text->at++;
	else if (!digits(text))
		return false;
	if (word(text, ".") && !digits(text))
		return false;
	if (word(text, "e") || word(text, "E")) {
		if (!word(text, "+"))
			word(text, "-");
		return digits(text);
	}
	return true;
}

/* One character of UTF-8 in its shortest form, and no surrogate. */
static bool utf8(struct text *text)
{
	unsigned int lead = *text->at, more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
	static const unsigned int least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned int code = more == 3 ? lead & 7 : more == 2 ? lead & 15 : more == 1 ? lead & 31 : lead;

	if ((lead >= 0x80 && lead < 0xc0) || lead > 0xf7 || (size_t)(text->end - text->at) <= more)
		return false;
	for (unsigned int i = 1; i <= more; i++) {
		if ((text->at[i] & 0xc0) != 0x80)
			return false;
		code = code << 6 | (text->at[i] & 63);
	}
	text->at += more + 1;
	return code >= least[more] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

static bool string(struct text *text)
{
	if (!take(text, '"'))
		return false;
	while (text->at < text->end) {
		if (*text->at == '"') {
			text->at++;
			return true;
		}
		if (*text->at < ' ')
			return false;
		if (*text->at != '\\') {
			if (!utf8(text))
				return false;
			continue;
		}
		if (++text->at == text->end || !memchr("\"\\/bfnrtu", *text->at, 9))
			return false;
		if (*text->at++ != 'u')
			continue;
		for (int i = 0; i < 4; i++)
			if (text->at == text->end ||
			    !memchr("0123456789abcdefABCDEF", *text->at++, 22))
				return false;
	}
	return false;
}

static bool members(struct text *text, char end, bool keys, int depth)
{
	if (take(text, end))
		return true;
	do {
		if (keys && (!string(text) || !take(text, ':')))
			return false;
		if (!value(text, depth + 1))
			return false;
	} while (take(text, ','));
	return take(text, end);
}

static bool value(struct text *text, int depth)
{
	blanks(text);
	if (depth > DEEPEST || text->at == text->end)
		return false;
	switch (*text->at) {
	case '{':
		text->at++;
		return members(text, '}', true, depth);
	case '[':
		text->at++;
		return members(text, ']', false, depth);
	case '"':
		return string(text);
	default:
		return word(text, "true") || word(text, "false") || word(text, "null") || number(text);
	}
}

bool is_json(const char *bytes, size_t size)
{
	struct text text = { (const unsigned char *)bytes, (const unsigned char *)bytes + size };

	if (!value(&text, 0))
		return false;
	blanks(&text);
	return text.at == text.end;
}
