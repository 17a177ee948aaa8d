/* SPDX-License-Identifier: MIT */
/* Pieces of text, and their JSON. */
#ifndef _PIECE_H
#define _PIECE_H

#include "mini.h"

/* A piece of text that is not ended by a NUL. */
struct piece {
	const char *at;
	size_t count;
};

static inline bool same(struct piece a, struct piece b)
{
	if (a.count != b.count)
		return false;
	for (size_t i = 0; i < a.count; i++)
		if (a.at[i] != b.at[i])
			return false;
	return true;
}

static inline bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline void key(struct out *out, const char *name)
{
	out_text(out, ",\"");
	out_text(out, name);
	out_text(out, "\":");
}

static inline void json(struct out *out, struct piece piece)
{
	out_json(out, piece.at, piece.count);
}

static inline void json_text(struct out *out, const char *string)
{
	out_json(out, string, mini_strlen(string));
}

#endif
