/* SPDX-License-Identifier: MIT */
/* Reads JSON with jsmn (Debian: libjsmn-dev). Values are numbers of tokens; NONE stands for no value. */
#ifndef _HOOK_JSON_H
#define _HOOK_JSON_H

#include <stdbool.h>
#include <stddef.h>

#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#ifndef HOOK_JSON_C
#define JSMN_HEADER
#endif
#include <jsmn.h>

#define NONE (-1)

struct json {
	const char *text;
	jsmntok_t *tokens;
	int count;
};

/* Parses a text whose top level is an object. Returns NULL, or what is wrong. */
const char *json_parse(struct json *json, const char *text, size_t size);
/* The value of a key. Exits if the key is there twice: readers would differ in the one that counts. */
int json_get(const struct json *json, int object, const char *key);
/* The first key of an object, or the first value of an array; NONE if it is empty. */
int json_first(const struct json *json, int parent);
/* The next key of an object, or value of an array; NONE after the last. */
int json_next(const struct json *json, int token);
/*
 * Copies a string without its escapes. False: it is no string, is too long or contains a NUL; of the last
 * two, @to has what comes before.
 */
bool json_string(const struct json *json, int token, char *to, size_t size);
/* A number without sign, fraction or exponent, below 2^31. False: it is something else. */
bool json_number(const struct json *json, int token, int *number);
bool json_is(const struct json *json, int token, jsmntype_t type);

#endif
