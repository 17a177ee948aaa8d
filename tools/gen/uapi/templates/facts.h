/* SPDX-License-Identifier: MIT */
#include <linux/types.h>

/* Codes of releases: 1 v10-03, 2 v10, 3 v10-reviewed, X * 1000 + Y for Linux X.Y. */
#define FACTS_OLDEST @oldest@
#define FACTS_NEWEST @newest@
#define FACTS_NR_RELEASES @releases@
#define FACTS_MAX_ATTR_SIZE @max_attr_size@

/* The enums whose values can be delegated. */
enum facts_enum_id {
@ids@
	NR_FACTS_ENUMS
};

/* A name without the prefix of its enum, as facts_next_name() returns it. */
struct facts_name {
	const char *name;
	__u32 nr;		/* in the order of declaration, from 0 */
	__u32 value;
	__u32 since;		/* 0: older than all */
	__u32 until;		/* code of the first release without it, 0 if it still exists */
};

/* A name that differs from the default: value of the previous name plus 1, in all releases. */
struct facts_explicit {
	__u8 nr;
	__u8 value;
	__u16 since;
	__u16 until;
};

/* Names are in the order of declaration. Of two names for one value, print the first. */
struct facts_enum {
	const char *name;
	const char *prefix;
	const char *names;	/* consecutive strings, ended by an empty one */
	const struct facts_explicit *explicit;
	__u32 nr_explicit;
};

struct facts_release {
	const char *name;
	__u32 code;
	__u32 attr_size;
};

/* One per command and range of releases: from code `since` until the next row. */
struct facts_attr {
	__u32 cmd;
	__u32 since;
	__u32 last_field_end;
	__s32 token_fd;		/* offset of the token fd, or -1 */
};
