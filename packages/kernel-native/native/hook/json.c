// SPDX-License-Identifier: MIT
#define HOOK_JSON_C
#include <asm/unistd.h>
#include <linux/mman.h>
#include "hook.h"
#include "addon/sys.h"

/* Enough for a config.json of some hundred kilobytes; other texts are refused. */
#define TOKENS_MAX (1 << 18)

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* jsmn accepts some texts that are no JSON, such as {"a" "b"}: every key needs one value. */
static bool keys_have_values(const struct json *json)
{
	for (int i = 1; i < json->count; i++) {
		const jsmntok_t *token = &json->tokens[i];
		int parent = token->parent;

		if (parent < 0)
			return false;
		if (json->tokens[parent].type == JSMN_OBJECT &&
		    (token->type != JSMN_STRING || token->size != 1))
			return false;
		if (json->tokens[parent].type == JSMN_ARRAY && token->type == JSMN_STRING &&
		    token->size)
			return false;
	}
	return true;
}

const char *json_parse(struct json *json, const char *text, size_t size)
{
	jsmn_parser parser;
	int count;
	long memory;

	jsmn_init(&parser);
	count = jsmn_parse(&parser, text, size, NULL, 0);
	if (count == JSMN_ERROR_PART)
		return "it is cut off";
	if (count <= 0)
		return "it is no JSON";
	if (count > TOKENS_MAX)
		return "it has too many values";
	memory = sys6(__NR_mmap, 0, count * (long)sizeof(jsmntok_t), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory < 0)
		return "there is not enough memory for it";
	json->text = text;
	json->tokens = (jsmntok_t *)memory;
	jsmn_init(&parser);
	json->count = jsmn_parse(&parser, text, size, json->tokens, count);
	if (json->count == JSMN_ERROR_PART)
		return "it is cut off";
	if (json->count != count || json->tokens[0].type != JSMN_OBJECT)
		return "it is no JSON object";
	for (size_t i = json->tokens[0].end; i < size; i++)
		if (!is_space(text[i]))
			return "something follows the JSON object";
	return keys_have_values(json) ? NULL : "it is no JSON";
}

bool json_is(const struct json *json, int token, jsmntype_t type)
{
	return token != NONE && json->tokens[token].type == type;
}

int json_first(const struct json *json, int parent)
{
	int next = parent + 1;

	return next < json->count && json->tokens[next].parent == parent ? next : NONE;
}

int json_next(const struct json *json, int token)
{
	int parent = json->tokens[token].parent;

	/* Tokens are in the order of the text, so those below @token start before its end. */
	for (int i = token + 1; i < json->count; i++) {
		if (json->tokens[i].parent == parent)
			return i;
		if (json->tokens[i].parent < parent)
			break;
	}
	return NONE;
}

int json_get(const struct json *json, int object, const char *key)
{
	char name[TEXT_MAX];
	int found = NONE;

	if (!json_is(json, object, JSMN_OBJECT))
		return NONE;
	for (int i = json_first(json, object); i != NONE; i = json_next(json, i)) {
		if (!json_string(json, i, name, sizeof(name)) || !same(name, key))
			continue;
		if (found != NONE)
			fail("the JSON has the key '", key, "' twice; remove one");
		found = i + 1;
	}
	return found;
}

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 0x20) - 'a' + 10;
}

/* jsmn has checked that four digits follow. */
static unsigned int hex4(const char *text)
{
	return hex_of(text[0]) << 12 | hex_of(text[1]) << 8 | hex_of(text[2]) << 4 | hex_of(text[3]);
}

static size_t utf8(unsigned int code, char *to)
{
	if (code < 0x80) {
		to[0] = code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = 0xc0 | code >> 6;
		to[1] = 0x80 | (code & 0x3f);
		return 2;
	}
	to[0] = 0xe0 | code >> 12;
	to[1] = 0x80 | (code >> 6 & 0x3f);
	to[2] = 0x80 | (code & 0x3f);
	return 3;
}

static char escaped(char c)
{
	switch (c) {
	case 'b': return '\b';
	case 'f': return '\f';
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	default: return c;
	}
}

bool json_string(const struct json *json, int token, char *to, size_t size)
{
	const char *at, *end;
	size_t length = 0;

	if (!json_is(json, token, JSMN_STRING))
		return false;
	at = json->text + json->tokens[token].start;
	end = json->text + json->tokens[token].end;
	while (at < end && length + 4 <= size) {
		/* Half of a pair stays: no name that the hook knows contains one. */
		unsigned int code = *at != '\\' ? (unsigned char)*at :
				    at[1] == 'u' ? hex4(at + 2) : (unsigned char)escaped(at[1]);

		if (!code)
			break;
		if (*at != '\\') {
			to[length++] = *at++;
		} else {
			length += utf8(code, to + length);
			at += at[1] == 'u' ? 6 : 2;
		}
	}
	to[length] = 0;
	return at == end;
}

bool json_number(const struct json *json, int token, int *number)
{
	const jsmntok_t *value;
	long sum = 0;

	if (!json_is(json, token, JSMN_PRIMITIVE))
		return false;
	value = &json->tokens[token];
	if (value->start == value->end)
		return false;
	for (int i = value->start; i < value->end; i++) {
		if (json->text[i] < '0' || json->text[i] > '9')
			return false;
		sum = sum * 10 + json->text[i] - '0';
		if (sum > 0x7fffffff)
			return false;
	}
	*number = sum;
	return true;
}
