/* SPDX-License-Identifier: GPL-2.0-only */
/* The lists of BTF ids in the sources. The build generates the table from the preprocessed sources. */
#ifndef BTF_IDS_TABLE_H
#define BTF_IDS_TABLE_H

enum btf_list_type {
	BTF_LIST = 0, /* ids only */
	BTF_SET = 1, /* a count, then sorted ids */
	BTF_SET8 = 2, /* a count and flags, then sorted pairs of id and flags */
};

struct btf_list_entry {
	int kind; /* 0 for an unused entry */
	const char *name;
};

struct btf_list {
	void *ids;
	const struct btf_list_entry *entries;
	int count;
	enum btf_list_type type;
};

extern const struct btf_list btf_lists[];
extern const int btf_lists_count;

#endif
