// SPDX-License-Identifier: GPL-2.0-only
/* Stubs for links, which the model cannot create. Only an upstream inode.c calls them. */
#include <linux/bpf.h>
#include <linux/fs.h>

#include "internal.h"

const struct file_operations bpf_iter_fops;

/**
 * bpf_link_get_from_fd() - Get the link of an fd; always refused.
 *
 * Models: kernel/bpf/syscall.c:bpf_link_get_from_fd().
 */
struct bpf_link *bpf_link_get_from_fd(u32 ufd)
{
	return refuse_ptr(-EINVAL, CHK_OBJ_PIN_KIND, 0, ufd);
}

/** bpf_link_new_fd() - Open an fd for a link; unmodelled. */
int bpf_link_new_fd(struct bpf_link *link)
{
	return not_modelled(UNMODELLED_LINKS);
}

/** bpf_link_inc() - Take a reference to a link. */
void bpf_link_inc(struct bpf_link *link)
{
	atomic64_inc(&link->refcnt);
}

/** bpf_link_put() - Drop a reference to a link. */
void bpf_link_put(struct bpf_link *link)
{
	atomic64_dec(&link->refcnt);
}

/**
 * bpf_prog_get_ok() - Does a program have the given type?
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_get_ok().
 */
bool bpf_prog_get_ok(struct bpf_prog *prog, enum bpf_prog_type *attach_type, bool attach_drv)
{
	return !attach_type || prog->type == *attach_type;
}
