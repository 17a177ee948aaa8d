/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of BTF ids. Stands in for include/linux/btf_ids.h, whose macros emit assembler. With
 * BTF_IDS_SCAN the preprocessed text has marks that the build reads.
 */
#ifndef KERNEL_BPF_BTF_IDS_H
#define KERNEL_BPF_BTF_IDS_H
#include_next <linux/btf_ids.h>
#include <linux/compiler_attributes.h>
#undef BTF_ID_LIST
#undef BTF_ID
#undef BTF_ID_FLAGS
#undef BTF_ID_UNUSED
#undef BTF_ID_LIST_GLOBAL
#undef BTF_ID_LIST_SINGLE
#undef BTF_ID_LIST_GLOBAL_SINGLE
#undef BTF_SET_START
#undef BTF_SET_START_GLOBAL
#undef BTF_SET_END
#undef BTF_SET8_START
#undef BTF_SET8_END
#undef BTF_KFUNCS_START
#undef BTF_KFUNCS_END
#ifdef BTF_IDS_SCAN
#define BTF_ID_LIST(name) @@L name @@
#define BTF_ID_LIST_GLOBAL(name, n) @@LG name @@
#define BTF_ID(prefix, name) @@I __BTF_ID__##prefix##__##name @@
#define BTF_ID_FLAGS_1(prefix, name, flags, ...) @@IF __BTF_ID__##prefix##__##name flags @@
#define BTF_ID_FLAGS(prefix, name, ...) BTF_ID_FLAGS_1(prefix, name, ##__VA_ARGS__, 0)
#define BTF_ID_UNUSED @@I - @@
#define BTF_SET_START(name) @@S name @@
#define BTF_SET_START_GLOBAL(name) @@SG name @@
#define BTF_SET_END(name) @@E name @@
#define BTF_SET8_START(name) @@S8 name 0 @@
#define BTF_SET8_END(name) @@E name @@
#define BTF_KFUNCS_START(name) @@S8 name 1 @@
#define BTF_KFUNCS_END(name) @@E name @@
#else
#ifndef BTF_TAG
#define BTF_TAG "x"
#endif
#define BTF_ID_LIST(name) extern u32 name[] __asm__(BTF_TAG "." #name);
#define BTF_ID_LIST_GLOBAL(name, n) extern u32 name[];
#define BTF_ID(prefix, name)
#define BTF_ID_FLAGS(prefix, name, ...)
#define BTF_ID_UNUSED
#define BTF_SET_START(name) extern struct btf_id_set name __asm__(BTF_TAG "." #name);
#define BTF_SET_START_GLOBAL(name) extern struct btf_id_set name;
#define BTF_SET_END(name)
#define BTF_SET8_START(name) extern struct btf_id_set8 name __asm__(BTF_TAG "." #name);
#define BTF_SET8_END(name)
#define BTF_KFUNCS_START(name) extern struct btf_id_set8 name __asm__(BTF_TAG "." #name);
#define BTF_KFUNCS_END(name)
#endif
#define BTF_ID_LIST_SINGLE(name, prefix, typename) BTF_ID_LIST(name) BTF_ID(prefix, typename)
#define BTF_ID_LIST_GLOBAL_SINGLE(name, prefix, typename)                                          \
	BTF_ID_LIST_GLOBAL(name, 1) BTF_ID(prefix, typename)
#endif
