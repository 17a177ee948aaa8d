/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_SECURITY_H
#define _LINUX_SECURITY_H

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/lsm_answer.h>
#include <linux/types.h>

struct bpf_map;
struct bpf_prog;
struct bpf_token;
struct dentry;
struct file;
struct fs_context;
struct inode;
struct path;
struct qstr;
struct super_block;
struct task_struct;
struct xattr;
union bpf_attr;

/* Options of a capability check. */
#define CAP_OPT_NONE 0x0
#define CAP_OPT_NOAUDIT 0x2
#define CAP_OPT_INSETID 0x4

/* The kind of id change, for cap_task_fix_setuid(). */
#define LSM_SETID_ID 1
#define LSM_SETID_RE 2
#define LSM_SETID_RES 4
#define LSM_SETID_FS 8

/* security/security.c: hooks that the host can make refuse */
int security_bpf(int cmd, union bpf_attr *attr, unsigned int size, bool kernel);
int security_bpf_map_create(struct bpf_map *map, union bpf_attr *attr, struct bpf_token *token,
			    bool kernel);
int security_bpf_prog_load(struct bpf_prog *prog, union bpf_attr *attr, struct bpf_token *token,
			   bool kernel);
int security_bpf_token_create(struct bpf_token *token, union bpf_attr *attr,
			      const struct path *path);
int security_bpf_token_cmd(const struct bpf_token *token, int cmd);
int security_bpf_token_capable(const struct bpf_token *token, int cap);
void security_bpf_token_free(struct bpf_token *token);
int security_inode_permission(struct inode *inode, int mask);
int security_create_user_ns(const struct cred *cred);
int security_capable(const struct cred *cred, struct user_namespace *ns, int cap,
		     unsigned int opts);

/* security/security.c: hooks that only commoncap implements */
int security_capset(struct cred *new, const struct cred *old, const kernel_cap_t *effective,
		    const kernel_cap_t *inheritable, const kernel_cap_t *permitted);
int security_task_prctl(int option, u64 arg2, u64 arg3, u64 arg4, u64 arg5);

static inline void security_bpf_map_free(struct bpf_map *map)
{
	(void)map;
}

static inline void security_bpf_prog_free(struct bpf_prog *prog)
{
	(void)prog;
}

static inline int security_bpf_map(struct bpf_map *map, fmode_t fmode)
{
	(void)map;
	(void)fmode;
	return 0;
}

static inline int security_bpf_prog(struct bpf_prog *prog)
{
	(void)prog;
	return 0;
}

static inline int security_path_mknod(const struct path *dir, struct dentry *dentry, umode_t mode,
				      unsigned int dev)
{
	(void)dir;
	(void)dentry;
	(void)mode;
	(void)dev;
	return 0;
}

/* Writes the attributes that LSMs give to a new inode. */
typedef int (*initxattrs)(struct inode *inode, const struct xattr *xattrs, void *fs_data);

int security_inode_init_security(struct inode *inode, struct inode *dir, const struct qstr *name,
				 initxattrs init, void *fs_data);

/* security/commoncap.c */
int cap_capable(const struct cred *cred, struct user_namespace *ns, int cap, unsigned int opts);
int cap_capset(struct cred *new, const struct cred *old, const kernel_cap_t *effective,
	       const kernel_cap_t *inheritable, const kernel_cap_t *permitted);
void cap_task_fix_setuid(struct cred *new, const struct cred *old, int flags);
int cap_task_prctl(int option, u64 arg2, u64 arg3, u64 arg4, u64 arg5);
void cap_creds_from_exec(struct cred *new);
int cap_inode_setxattr(struct dentry *dentry);

#endif /* _LINUX_SECURITY_H */
