/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KERNEL_BPF_INTERNAL_H
#define _KERNEL_BPF_INTERNAL_H

#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/list.h>
#include <linux/types.h>
#include <generated/facts.h>
#include <trace/refusal.h>

/*
 * facts.c: limits and sizes of the release chosen at boot. The compiler's __MAX_... and sizeof()
 * are those of the newest release.
 */
u32 bpf_release_bound(enum facts_enum_id id);
u64 bpf_known_mask(enum facts_enum_id id);
u32 bpf_release_attr_size(void);
u32 bpf_release_last_field_end(u32 cmd);
int bpf_release_token_fd_offset(u32 cmd);
/* Looks up a name without its prefix, ignoring case. Returns false for an unknown name. */
bool bpf_enum_value(enum facts_enum_id id, const char *name, u32 *value);
/* Sets @name to the next name, without its prefix, in order of declaration. Start with zeros. */
bool bpf_enum_next(enum facts_enum_id id, struct facts_name *name);
const char *bpf_enum_prefix(enum facts_enum_id id);
const char *bpf_enum_tag(enum facts_enum_id id);

/*
 * syscall.c: the file of an fd, or NULL. It stays open during the call, so no reference is taken.
 */
struct file *bpf_fd_file(u32 ufd);
/* syscall.c: refuses with @check if bytes of @attr after the command's last field are not zero */
int bpf_check_attr(u32 cmd, const union bpf_attr *attr, enum check_id check);

/* syscall_token.c: the token of a command */
struct bpf_token *bpf_attr_token(u32 cmd, const union bpf_attr *attr, u32 flags);
struct bpf_token *bpf_drop_token(struct bpf_token *token, enum check_id why, u64 needed,
				 u64 present);
struct bpf_token *bpf_filter_token_cmd(struct bpf_token *token, u32 cmd);
u64 bpf_evidence_cap(const struct bpf_token *token, int cap);

/* The common attributes of a call, zero-filled; @size is 0 before 7.2 and for calls without them. */
struct bpf_common {
	struct bpf_common_attr attr;
	void __user *uattr;
	u32 size;
};

/* syscall_map.c, syscall_elem.c, syscall_prog.c, syscall_obj.c, syscall_attach.c, syscall_link.c, btf.c */
int map_create(union bpf_attr *attr, const struct bpf_common *common);
int bpf_map_freeze(const union bpf_attr *attr);
int bpf_map_elem(u32 cmd, const union bpf_attr *attr, union bpf_attr __user *uattr);
int bpf_prog_load(union bpf_attr *attr, union bpf_attr __user *uattr, u32 uattr_size,
		  const struct bpf_common *common);
int bpf_btf_load(const union bpf_attr *attr, union bpf_attr __user *uattr, u32 uattr_size,
		 const struct bpf_common *common);
int bpf_btf_get_fd_by_id(const union bpf_attr *attr);
int bpf_need_admin(void);
int bpf_obj_pin(const union bpf_attr *attr);
int bpf_obj_get(const union bpf_attr *attr);
int bpf_info_from_user(const union bpf_attr *attr, void *info, u32 size, u32 padding);
int bpf_info_to_user(const union bpf_attr *attr, union bpf_attr __user *uattr, const void *info,
		     u32 len);
int bpf_obj_get_info_by_fd(const union bpf_attr *attr, union bpf_attr __user *uattr);
int bpf_obj_get_next_id(u32 cmd, const union bpf_attr *attr, union bpf_attr __user *uattr);
int bpf_obj_get_fd_by_id(u32 cmd, const union bpf_attr *attr);
int bpf_prog_attach(const union bpf_attr *attr);
int bpf_prog_query(const union bpf_attr *attr);
int bpf_link_create(const union bpf_attr *attr);
int bpf_other_gate(u32 cmd, const union bpf_attr *attr);

/* syscall_attach.c, for syscall_link.c too */
int bpf_prog_detach(const union bpf_attr *attr);
bool bpf_attached_to_cgroup(u32 prog_type);
bool bpf_attach_multi(u32 attach_type);
bool bpf_cgroup_places(void);
int bpf_prog_attach_check_attach_type(const struct bpf_prog *prog, u32 attach_type, bool link);
int bpf_attach_cgroup(u32 ufd);
int bpf_attach_netdev(u32 ifindex, int err, enum unmodelled what);

/* A log that the caller asked for, and where its true size is written. */
struct bpf_log_attr {
	u64 ubuf;
	u32 size;
	u32 level;
	void __user *uattr;
	u32 uattr_size;
	u32 true_at;
	bool exact;		/* the model writes this log: @text, or nothing */
	const char *text;
};

/* log.c */
int bpf_log_attr_check(const struct bpf_log_attr *log, enum check_id check);
int bpf_log_attr_init(struct bpf_log_attr *log, const struct bpf_common *common,
		      enum check_id check);
struct bpf_log_attr bpf_common_log(const struct bpf_common *common);
int bpf_vlog_finalize(const struct bpf_log_attr *log);

/* Models: kernel/bpf/log.c:bpf_log(), for a log of one line. */
static inline void bpf_log(struct bpf_log_attr *log, const char *text)
{
	log->text = text;
}

/* maptype.c: the attributes that each map type accepts */
int bpf_map_type_alloc_check(const union bpf_attr *attr);
int bpf_map_type_alloc(struct bpf_map *map, const union bpf_attr *attr);
bool bpf_map_type_known(u32 type);
/* The capability that a map type needs besides CAP_BPF (by sysctl); 0 if none. */
int bpf_map_type_cap(u32 type);
int bpf_map_type_unmodelled(u32 type);
/* Which key type the BTF of a map may have, by map type. */
enum map_btf_rule {
	MAP_BTF_NONE,	/* any type, but there must be one */
	MAP_BTF_ANY,	/* any type or none */
	MAP_BTF_NO_BTF,	/* BTF is not allowed */
	MAP_BTF_ARRAY,	/* a 32-bit integer; none for a data section */
	MAP_BTF_INT,	/* a 32-bit integer */
	MAP_BTF_TRIE,	/* a struct */
	MAP_BTF_CGROUP,	/* a 64-bit integer or struct bpf_cgroup_storage_key */
	MAP_BTF_VOID,	/* no key */
	MAP_BTF_UNMODELLED,
};
enum map_btf_rule bpf_map_type_btf(u32 type);

/* map.c */
struct bpf_map *bpf_map_alloc(const union bpf_attr *attr);
void bpf_map_free(struct bpf_map *map);
void bpf_map_publish(struct bpf_map *map);
struct bpf_map *bpf_map_by_id(u32 id);
u32 bpf_map_next_id(u32 id);
int bpf_map_get_info(const struct bpf_map *map, const union bpf_attr *attr,
		     union bpf_attr __user *uattr);

/* prog.c */
int bpf_prog_use_map(struct bpf_prog *prog, struct bpf_map *map, u32 limit);
void bpf_prog_publish(struct bpf_prog *prog);
struct bpf_prog *bpf_prog_by_id(u32 id);
u32 bpf_prog_next_id(u32 id);
int bpf_prog_get_info(const struct bpf_prog *prog, const union bpf_attr *attr,
		      union bpf_attr __user *uattr);

/* btf.c, btf_types.c, btf_map.c */
u32 bpf_btf_next_id(u32 id);
int btf_parse_types(struct btf *btf);
const struct btf_type *btf_type_id_size(const struct btf *btf, u32 id, u32 *size);
int btf_check_map(struct bpf_map *map, const struct btf *btf, const struct bpf_token *token,
		  u32 key_id, u32 value_id);

#define BTF_OBJ_NAME_LEN 16

struct btf {
	void *data;
	struct btf_header hdr;
	u32 data_size;
	u32 *types;		/* offset of each type in data; type 0 is void */
	u32 nr_types;
	u32 id;
	s64 refcnt;
	bool kernel_btf;
	char name[BTF_OBJ_NAME_LEN];
	struct list_head list;
};

/* btf_meta.c, btf_resolve.c: checks of single types and of references */
bool btf_identifier_ok(const struct btf *btf, u32 offset);
int btf_check_meta(const struct btf *btf, const struct btf_type *t);
int btf_check_all_types(const struct btf *btf);

/* btf_fields.c: fields that the kernel manages */
bool btf_has_fields(const struct btf *btf, const struct btf_type *value);
int btf_check_fields(const struct btf *btf);

/* vmlinux_btf.c, btf.c: the BTF of vmlinux, built from the facts tables at its first use */
int btf_build_vmlinux(struct btf *btf);
u32 bpf_vmlinux_btf_id(void);
bool vmlinux_has_btf(void);
struct btf *bpf_vmlinux_get(void);

#endif
