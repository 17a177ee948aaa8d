/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_FS_H
#define _LINUX_FS_H

#include <linux/arch.h>
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/kdev_t.h>
#include <linux/list.h>
#include <linux/path.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <uapi/linux/fcntl.h>
#include <uapi/linux/mount.h>

struct file;
struct fs_context;
struct fs_parameter_spec;
struct kstatfs;
struct mnt_idmap;
struct module;
struct seq_file;
struct vfsmount;
struct xattr_handler;



/* Access modes for inode_permission(). */
#define MAY_EXEC		0x00000001
#define MAY_WRITE		0x00000002
#define MAY_READ		0x00000004
#define MAY_APPEND		0x00000008
#define MAY_ACCESS		0x00000010
#define MAY_OPEN		0x00000020
#define MAY_CHDIR		0x00000040
#define MAY_NOT_BLOCK		0x00000080

#define FMODE_READ		0x1
#define FMODE_WRITE		0x2
#define FMODE_LSEEK		0x4
#define FMODE_PREAD		0x8
#define FMODE_PWRITE		0x10
#define FMODE_EXEC		0x20
#define FMODE_PATH		0x4000
#define FMODE_STREAM		0x200000
#define FMODE_CAN_READ		0x20000
#define FMODE_CAN_WRITE		0x40000
#define FMODE_OPENED		0x80000
#define FMODE_CREATED		0x100000
#define FMODE_WRITER		0x10000		/* counted in mnt_writers */
#define FMODE_NEED_UNMOUNT	0x10000000	/* the last close unmounts the detached tree */

#define ACC_MODE(x)		("\004\002\006\006"[(x) & O_ACCMODE])
#define OPEN_FMODE(flag)	((fmode_t)(((flag) + 1) & O_ACCMODE))

#define SB_RDONLY		0x1
#define SB_NOSUID		0x2
#define SB_NODEV		0x4
#define SB_NOEXEC		0x8
#define SB_SYNCHRONOUS		0x10
#define SB_MANDLOCK		0x40
#define SB_DIRSYNC		0x80
#define SB_NOATIME		0x400
#define SB_SILENT		0x8000
#define SB_POSIXACL		0x10000
#define SB_KERNMOUNT		0x400000
#define SB_LAZYTIME		0x2000000
#define SB_ACTIVE		0x40000000
#define SB_NOUSER		0x80000000U
#define SB_I_NOEXEC		0x2
#define SB_I_NODEV		0x4
#define SB_I_USERNS_VISIBLE	0x10

#define I_NEW			0x8
#define I_FREEING		0x20
#define I_LINKABLE		0x400

#define S_NOATIME		0x2
#define S_DEAD			0x10
#define S_IMMUTABLE		0x8

#define FS_USERNS_MOUNT		0x8

#define MAX_NON_LFS	((1UL << 31) - 1)
#define MAX_LFS_FILESIZE	((loff_t)0x7fffffffffffffffLL)

struct dentry;
struct file_system_type;
struct inode;
struct super_block;

#define ATTR_MODE	(1 << 0)
#define ATTR_UID	(1 << 1)
#define ATTR_GID	(1 << 2)
#define ATTR_SIZE	(1 << 3)

struct iattr {
	unsigned int ia_valid;
	umode_t ia_mode;
	kuid_t ia_uid;
	kgid_t ia_gid;
	loff_t ia_size;
};

struct file_operations {
	struct module *owner;
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
	ssize_t (*read)(struct file *file, char __user *buf, size_t count, loff_t *pos);
	ssize_t (*write)(struct file *file, const char __user *buf, size_t count, loff_t *pos);
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	int (*mmap)(struct file *file, u64 length, unsigned long prot, unsigned long flags);
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file);
	void (*show_fdinfo)(struct seq_file *m, struct file *file);
};

/* ->get_link() returns a target, or moves the walk by nd_jump_link(). */
struct delayed_call {
	void (*fn)(void *arg);
	void *arg;
};

struct inode_operations {
	struct dentry *(*lookup)(struct inode *dir, struct dentry *dentry, unsigned int flags);
	const char *(*get_link)(struct dentry *dentry, struct inode *inode,
				struct delayed_call *done);
	int (*permission)(struct mnt_idmap *idmap, struct inode *inode, int mask);
	int (*readlink)(struct dentry *dentry, char __user *buf, int size);
	int (*create)(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		      umode_t mode, bool excl);
	int (*link)(struct dentry *old, struct inode *dir, struct dentry *dentry);
	int (*unlink)(struct inode *dir, struct dentry *dentry);
	int (*symlink)(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		       const char *target);
	/* An error pointer, or NULL; up to 6.14 an errno or 0, which WebAssembly passes alike. */
#if UAPI_RELEASE < 6015
	int (*mkdir)(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		     umode_t mode);
#else
	struct dentry *(*mkdir)(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
				umode_t mode);
#endif
	int (*rmdir)(struct inode *dir, struct dentry *dentry);
	int (*mknod)(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
		     umode_t mode, dev_t dev);
	int (*rename)(struct mnt_idmap *idmap, struct inode *old_dir, struct dentry *old,
		      struct inode *new_dir, struct dentry *new_dentry, unsigned int flags);
	int (*setattr)(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr);
	ssize_t (*listxattr)(struct dentry *dentry, char *buf, size_t size);
};

struct inode {
	umode_t i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	unsigned int i_flags;
	unsigned int i_state;
	unsigned int i_nlink;
	int i_count;
	dev_t i_rdev;
	u64 i_ino;
	loff_t i_size;
	struct timespec64 i_atime, i_mtime, i_ctime;
	const struct inode_operations *i_op;
	const struct file_operations *i_fop;
	struct super_block *i_sb;
	const char *i_link;
	void *i_private;
};

struct file {
	atomic_long_t f_count;
	fmode_t f_mode;
	const struct file_operations *f_op;
	unsigned int f_flags;
	loff_t f_pos;
	struct path f_path;
	struct inode *f_inode;
	const struct cred *f_cred;
	void *private_data;
};

struct super_operations {
	struct inode *(*alloc_inode)(struct super_block *sb);
	void (*free_inode)(struct inode *inode);
	void (*destroy_inode)(struct inode *inode);
	int (*drop_inode)(struct inode *inode);
	void (*evict_inode)(struct inode *inode);
	int (*statfs)(struct dentry *dentry, struct kstatfs *buf);
	int (*show_options)(struct seq_file *m, struct dentry *root);
	int (*show_devname)(struct seq_file *m, struct dentry *root);
};

struct super_block {
	struct list_head s_list;
	struct list_head s_mounts;
	dev_t s_dev;
	unsigned char s_blocksize_bits;
	unsigned long s_blocksize;
	loff_t s_maxbytes;
	struct file_system_type *s_type;
	const struct super_operations *s_op;
	unsigned long s_flags;
	unsigned long s_iflags;
	unsigned long s_magic;
	struct dentry *s_root;
	int s_active;
	long s_remove_count;	/* inodes without links that are still open */
	int s_live_inodes;
	void *s_fs_info;
	u32 s_time_gran;
	char s_id[32];
	struct user_namespace *s_user_ns;
	const struct dentry_operations *s_d_op;
	const struct xattr_handler *const *s_xattr;
	bool s_persistent;	/* has entries of d_make_persistent() */
};

struct file_system_type {
	const char *name;
	int fs_flags;
	int (*init_fs_context)(struct fs_context *fc);
	const struct fs_parameter_spec *parameters;
	void (*kill_sb)(struct super_block *sb);
	struct module *owner;
	struct file_system_type *next;
};

#define MODULE_ALIAS_FS(name)

/* A path copied from user space. */
struct filename {
	u32 len;
	char name[];
};

struct filename *getname(const char __user *name);
struct filename *getname_flags(const char __user *name, int flags);
struct filename *getname_maybe_null(const char __user *name, int flags);
struct filename *getname_kernel(const char *name);
void putname(struct filename *name);

/* fs/filesystems.c */
int register_filesystem(struct file_system_type *type);
struct file_system_type *get_fs_type(const char *name);

/* fs/inode.c */
extern struct mnt_idmap nop_mnt_idmap;

struct inode *new_inode(struct super_block *sb);
struct inode *alloc_anon_inode(struct super_block *sb);
void ihold(struct inode *inode);
void iput(struct inode *inode);
u64 get_next_ino(void);
void clear_nlink(struct inode *inode);
void drop_nlink(struct inode *inode);
void inc_nlink(struct inode *inode);
void set_nlink(struct inode *inode, unsigned int nlink);
void inode_init_owner(struct mnt_idmap *idmap, struct inode *inode, const struct inode *dir,
		      umode_t mode);
bool inode_owner_or_capable(struct mnt_idmap *idmap, const struct inode *inode);
int generic_delete_inode(struct inode *inode);
#define inode_just_drop generic_delete_inode	/* its name since 6.18 */
void inode_init_once(struct inode *inode);
#define alloc_inode_sb(sb, cache, gfp) kmem_cache_alloc(cache, gfp)
void free_inode_nonrcu(struct inode *inode);
void clear_inode(struct inode *inode);
void init_special_inode(struct inode *inode, umode_t mode, dev_t rdev);
struct timespec64 inode_set_ctime_current(struct inode *inode);
void touch_atime(const struct path *path);
int setattr_prepare(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr);
void setattr_copy(struct mnt_idmap *idmap, struct inode *inode, const struct iattr *attr);
int notify_change(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr);
bool capable_wrt_inode_uidgid(struct mnt_idmap *idmap, const struct inode *inode, int cap);

static inline struct timespec64 simple_inode_init_ts(struct inode *inode)
{
	inode->i_atime = inode->i_mtime = inode_set_ctime_current(inode);
	return inode->i_ctime;
}

static inline struct timespec64 inode_set_mtime_to_ts(struct inode *inode, struct timespec64 ts)
{
	inode->i_mtime = ts;
	return ts;
}

static inline void inode_lock(struct inode *inode)
{
	(void)inode;
}

static inline void inode_unlock(struct inode *inode)
{
	(void)inode;
}

/* fs/namei.c */
int inode_permission(struct mnt_idmap *idmap, struct inode *inode, int mask);
int generic_permission(struct mnt_idmap *idmap, struct inode *inode, int mask);
int path_permission(const struct path *path, int mask);
int file_permission(struct file *file, int mask);
int vfs_mkdir(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode);
int vfs_rmdir(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry);
int vfs_unlink(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry);
int vfs_mkobj(struct dentry *dentry, umode_t mode, int (*f)(struct dentry *, umode_t, void *),
	      void *arg);
struct dentry *lookup_one_len(const char *name, struct dentry *base, int len);
struct inode *new_inode_pseudo(struct super_block *sb);

/* fs/fs_struct.c */
int current_umask(void);

/* fs/open.c */
int vfs_open(const struct path *path, struct file *file);
struct file *dentry_open(const struct path *path, int flags, const struct cred *cred);
struct file *filp_open(const char *name, int flags, umode_t mode);
int nonseekable_open(struct inode *inode, struct file *file);
int stream_open(struct inode *inode, struct file *file);
/*
 * Called for the last reference to a file, between ->release() and path_put(): ends its write
 * access to the mount, and unmounts a detached tree.
 */
void put_file_access(struct file *file);

static inline struct inode *file_inode(const struct file *file)
{
	return file->f_inode;
}

/* fs/read_write.c */
ssize_t vfs_read(struct file *file, char __user *buf, u64 count, loff_t *pos);
ssize_t vfs_write(struct file *file, const char __user *buf, u64 count, loff_t *pos);
loff_t generic_file_llseek(struct file *file, loff_t offset, int whence);

/* fs/super.c */
int set_anon_super_fc(struct super_block *sb, struct fs_context *fc);
void deactivate_super(struct super_block *sb);
void deactivate_locked_super(struct super_block *sb);
void kill_anon_super(struct super_block *sb);
void kill_litter_super(struct super_block *sb);
int reconfigure_super(struct fs_context *fc);

static inline bool sb_rdonly(const struct super_block *sb)
{
	return sb->s_flags & SB_RDONLY;
}

/* fs/libfs.c */
extern const struct file_operations simple_dir_operations;
extern const struct inode_operations simple_dir_inode_operations;
extern const struct inode_operations simple_symlink_inode_operations;
extern const struct super_operations simple_super_operations;
extern const struct dentry_operations simple_dentry_operations;

/* One file of a fixed tree; an empty name ends an array. */
struct tree_descr {
	const char *name;
	const struct file_operations *ops;
	int mode;
};

struct dentry *simple_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags);
int simple_statfs(struct dentry *dentry, struct kstatfs *buf);
int simple_link(struct dentry *old, struct inode *dir, struct dentry *dentry);
int simple_unlink(struct inode *dir, struct dentry *dentry);
int simple_rmdir(struct inode *dir, struct dentry *dentry);
int simple_rename(struct mnt_idmap *idmap, struct inode *old_dir, struct dentry *old,
		  struct inode *new_dir, struct dentry *new_dentry, unsigned int flags);
int simple_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr);
int simple_fill_super(struct super_block *sb, unsigned long magic,
		      const struct tree_descr *files);
ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *pos, const void *from,
				size_t available);
const char *simple_get_link(struct dentry *dentry, struct inode *inode,
			    struct delayed_call *done);
struct dentry *simple_start_creating(struct dentry *parent, const char *name);
void simple_done_creating(struct dentry *child);
int simple_pin_dentry(struct dentry *dentry, struct inode *inode);
ssize_t generic_read_dir(struct file *file, char __user *buf, size_t size, loff_t *pos);

#endif
