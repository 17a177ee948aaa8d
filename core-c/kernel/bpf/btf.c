// SPDX-License-Identifier: GPL-2.0-only
/* BTF objects: header, fds and ids. Models: kernel/bpf/btf.c. The types are in btf_types.c. */
#include <linux/anon_inodes.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/release.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

#define BTF_MAX_SIZE (16U << 20)

static LIST_HEAD(btf_list);	/* sorted by id; the BTF of vmlinux has id 1 */
static u32 last_btf_id;
static struct btf *vmlinux;

static struct btf *btf_alloc(void)
{
	struct btf *btf = kzalloc(sizeof(*btf), GFP_KERNEL);

	if (!btf)
		return NULL;
	live_inc(LIVE_BTFS);
	btf->refcnt = 1;
	INIT_LIST_HEAD(&btf->list);
	return btf;
}

static void btf_drop_contents(struct btf *btf)
{
	kfree(btf->types);
	kfree(btf->data);
	btf->types = NULL;
	btf->data = NULL;
	btf->nr_types = 0;
}

static void btf_free(struct btf *btf)
{
	list_del_init(&btf->list);
	btf_drop_contents(btf);
	kfree(btf);
	live_dec(LIVE_BTFS);
}

/** btf_get() - Take a reference to a BTF object. */
void btf_get(struct btf *btf)
{
	btf->refcnt++;
}

/**
 * btf_put() - Drop a reference to a BTF object; the last one frees it.
 * @btf: the object, or NULL
 */
void btf_put(struct btf *btf)
{
	if (!btf || --btf->refcnt)
		return;
	if (btf == vmlinux)
		vmlinux = NULL;
	btf_free(btf);
}

/** btf_obj_id() - Get the id of a BTF object. */
u32 btf_obj_id(const struct btf *btf)
{
	return btf->id;
}

/** btf_is_kernel() - Does this BTF object describe the kernel? */
bool btf_is_kernel(const struct btf *btf)
{
	return btf->kernel_btf;
}

/**
 * bpf_vmlinux_get() - Get the BTF of vmlinux and take a reference.
 *
 * The object exists as long as somebody holds a reference.
 * Deviation: it has no contents until bpf_get_btf_vmlinux() is called.
 */
struct btf *bpf_vmlinux_get(void)
{
	struct btf *btf;

	if (!vmlinux_has_btf())
		return refuse_ptr(-EINVAL, CHK_BTF_VMLINUX, 0, 0);
	if (vmlinux) {
		btf_get(vmlinux);
		return vmlinux;
	}
	btf = btf_alloc();
	if (!btf)
		return ERR_PTR(-ENOMEM);
	btf->id = bpf_vmlinux_btf_id();
	btf->kernel_btf = true;
	strscpy(btf->name, "vmlinux");
	vmlinux = btf;
	return btf;
}

/**
 * bpf_get_btf_vmlinux() - Get the BTF of vmlinux with its contents, without a reference.
 *
 * Models: kernel/bpf/verifier.c:bpf_get_btf_vmlinux(). After the first call the object stays. Only
 * an upstream inode.c calls this function, so the model's own module does not contain it.
 */
struct btf *bpf_get_btf_vmlinux(void)
{
	static struct btf *kept;

	if (!kept || kept != vmlinux) {
		struct btf *btf = bpf_vmlinux_get();
		int err;

		if (IS_ERR(btf))
			return btf;
		err = btf_build_vmlinux(btf);
		if (err) {
			btf_drop_contents(btf);
			btf_put(btf);
			return ERR_PTR(err);
		}
		kept = btf;
	}
	return kept;
}

/* The layout section came with 7.1. */
static u32 known_header(void)
{
	return kernel_at_least(7, 1) ? sizeof(struct btf_header) :
				       offsetof(struct btf_header, layout_off);
}

static int btf_parse_hdr(struct btf *btf)
{
	u32 hdr_len, copied, known = known_header();

	if (btf->data_size < offsetofend(struct btf_header, hdr_len))
		return refuse(-EINVAL, CHK_BTF_HEADER, offsetofend(struct btf_header, hdr_len),
			   btf->data_size);
	memcpy(&hdr_len, (char *)btf->data + offsetof(struct btf_header, hdr_len), 4);
	if (btf->data_size < hdr_len)
		return refuse(-EINVAL, CHK_BTF_HEADER, hdr_len, btf->data_size);
	if (hdr_len > known && memchr_inv((char *)btf->data + known, 0, hdr_len - known))
		return refuse(-E2BIG, CHK_BTF_HEADER_TAIL, known, hdr_len);
	copied = min(hdr_len, known);
	memcpy(&btf->hdr, btf->data, copied);
	if (btf->hdr.magic != BTF_MAGIC)
		return refuse(-EINVAL, CHK_BTF_MAGIC, BTF_MAGIC, btf->hdr.magic);
	if (btf->hdr.version != BTF_VERSION)
		return refuse(-ENOTSUPP, CHK_BTF_VERSION, BTF_VERSION, btf->hdr.version);
	if (btf->hdr.flags)
		return refuse(-ENOTSUPP, CHK_BTF_FLAGS, 0, btf->hdr.flags);
	if (btf->data_size == hdr_len)
		return refuse(-EINVAL, CHK_BTF_HEADER, hdr_len + 1, btf->data_size);
	return 0;
}

/* The sections are adjacent, in any order, and fill the data after the header. */
static int btf_check_sec_info(const struct btf *btf)
{
	const struct btf_header *h = &btf->hdr;
	struct {
		u32 off;
		u32 len;
	} sec[] = { { h->type_off, h->type_len }, { h->str_off, h->str_len },
		    { h->layout_off, h->layout_len } };
	u32 count = h->layout_len ? 3 : 2, total = btf->data_size - h->hdr_len, at = 0, i, n;

	for (i = 1; i < count; i++)
		for (n = i; n && sec[n].off < sec[n - 1].off; n--)
			swap(sec[n], sec[n - 1]);
	for (i = 0; i < count && sec[i].off == at && sec[i].len <= total - at; i++)
		at += sec[i].len;
	if (i < count || at != total)
		return refuse(-EINVAL, CHK_BTF_SECTIONS, total, at);
	if (h->layout_len && (h->layout_off | h->layout_len) % 4)
		return refuse(-EINVAL, CHK_BTF_LAYOUT, 4, h->layout_off | h->layout_len);
	return 0;
}

/*
 * The string section begins and ends with a zero byte, possibly the same one. It comes last, unless
 * the header has the fields of a layout section.
 */
static int btf_parse_str_sec(const struct btf *btf)
{
	const struct btf_header *h = &btf->hdr;
	const char *start = (const char *)btf->data + h->hdr_len + h->str_off;
	bool last = h->hdr_len + h->str_off + h->str_len == btf->data_size;

	if (!(last || (kernel_at_least(7, 1) && h->hdr_len >= sizeof(*h))) ||
	    !h->str_len || h->str_len - 1 > BTF_MAX_NAME_OFFSET ||
	    start[0] || start[h->str_len - 1])
		return refuse(-EINVAL, CHK_BTF_STRINGS, 1, h->str_len);
	return 0;
}

static int btf_copy(struct btf *btf, const union bpf_attr *attr)
{
	btf->data_size = attr->btf_size;
	btf->data = kvmalloc(btf->data_size, GFP_KERNEL);
	if (!btf->data)
		return -ENOMEM;
	if (copy_from_user(btf->data, u64_to_user_ptr(attr->btf), btf->data_size))
		return refuse(-EFAULT, CHK_BTF_DATA, btf->data_size, 0);
	return 0;
}

static int btf_parse(struct btf *btf)
{
	int err = btf_parse_hdr(btf);

	if (!err)
		err = btf_check_sec_info(btf);
	if (!err)
		err = btf_parse_str_sec(btf);
	return err ? err : btf_parse_types(btf);
}

static int btf_release(struct inode *inode, struct file *file)
{
	btf_put(file->private_data);
	return 0;
}

static void bpf_btf_show_fdinfo(struct seq_file *m, struct file *file)
{
	seq_printf(m, "btf_id:\t%u\n", btf_obj_id(file->private_data));
}

const struct file_operations btf_fops = {
	.show_fdinfo	= bpf_btf_show_fdinfo,
	.release	= btf_release,
};

/* Consumes the caller's reference, also on failure. */
static int __btf_new_fd(struct btf *btf)
{
	int fd = anon_inode_getfd("btf", &btf_fops, btf, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		btf_put(btf);
	return fd;
}

/**
 * btf_new_fd() - BTF_LOAD, after its permission checks.
 *
 * Models: kernel/bpf/btf.c:btf_new_fd(), btf_parse(); spec BL-05.
 */
int btf_new_fd(const union bpf_attr *attr, struct bpf_log_attr *log)
{
	struct btf *btf;
	int err, told;

	if (attr->btf_size > BTF_MAX_SIZE)
		return refuse(-E2BIG, CHK_BTF_SIZE, BTF_MAX_SIZE, attr->btf_size);
	err = bpf_log_attr_check(log, CHK_BTF_LOG);
	if (err)
		return err;
	btf = btf_alloc();
	if (!btf)
		return -ENOMEM;
	err = btf_copy(btf, attr);
	if (err)
		log->level = 0;	/* the log has begun and is still empty */
	else
		err = btf_parse(btf);
	told = bpf_vlog_finalize(log);
	if (told)
		err = told;
	if (err) {
		btf_free(btf);
		return err;
	}
	btf->id = bpf_vmlinux_btf_id() + ++last_btf_id;
	list_add_tail(&btf->list, &btf_list);
	return __btf_new_fd(btf);
}

/**
 * btf_get_by_fd() - Get the BTF object of an fd and take a reference.
 *
 * Models: kernel/bpf/btf.c:btf_get_by_fd().
 */
struct btf *btf_get_by_fd(int fd)
{
	struct file *file = bpf_fd_file(fd);
	struct btf *btf;

	if (!file)
		return refuse_ptr(-EBADF, CHK_BTF_FD_OPEN, 0, fd);
	if (file->f_op != &btf_fops)
		return refuse_ptr(-EINVAL, CHK_BTF_FD_KIND, 0, fd);
	btf = file->private_data;
	btf_get(btf);
	return btf;
}

/**
 * btf_get_fd_by_id() - Open an fd for the BTF object with this id.
 *
 * Models: kernel/bpf/btf.c:btf_get_fd_by_id(); spec BG-05, BG-06.
 */
int btf_get_fd_by_id(u32 id)
{
	struct btf *btf;

	if (id && id == bpf_vmlinux_btf_id()) {
		btf = bpf_vmlinux_get();
		return IS_ERR(btf) ? (int)PTR_ERR(btf) : __btf_new_fd(btf);
	}
	list_for_each_entry(btf, &btf_list, list) {
		if (btf->id == id) {
			btf_get(btf);
			return __btf_new_fd(btf);
		}
	}
	return refuse(-ENOENT, CHK_BTF_FD_NO_ID, id, 0);
}

/** bpf_btf_next_id() - Get the lowest id that is at least @id; 0 if there is none. */
u32 bpf_btf_next_id(u32 id)
{
	struct btf *btf;

	if (id <= bpf_vmlinux_btf_id())
		return bpf_vmlinux_btf_id();
	list_for_each_entry(btf, &btf_list, list)
		if (btf->id >= id)
			return btf->id;
	return 0;
}

/**
 * btf_get_info_by_fd() - OBJ_GET_INFO_BY_FD of a BTF object.
 *
 * Models: kernel/bpf/btf.c:btf_get_info_by_fd().
 */
int btf_get_info_by_fd(const struct btf *btf, const union bpf_attr *attr,
		       union bpf_attr __user *uattr)
{
	u32 name_len = strlen(btf->name), room, copy;
	struct bpf_btf_info info = {};
	int err = 0, len = bpf_info_from_user(attr, &info, sizeof(info), 0);

	if (len < 0)
		return len;
	if (btf->kernel_btf && info.btf_size)
		return not_modelled(UNMODELLED_VMLINUX_BTF);
	info.id = btf->id;
	info.kernel_btf = btf->kernel_btf;
	copy = min(btf->data_size, info.btf_size);
	if (copy_to_user(u64_to_user_ptr(info.btf), btf->data, copy))
		return refuse(-EFAULT, CHK_INFO_BUFFER, copy, 0);
	info.btf_size = btf->kernel_btf ? 0 : btf->data_size;

	room = info.name_len;
	info.name_len = name_len;
	if (!info.name != !room)
		return refuse(-EINVAL, CHK_BTF_INFO_NAME, 0, room);
	if (room) {
		copy = min(name_len + 1, room);
		if (copy_to_user(u64_to_user_ptr(info.name), btf->name, copy))
			return refuse(-EFAULT, CHK_INFO_BUFFER, copy, 0);
		if (copy <= name_len) {
			char zero = 0;

			/* the byte was written just now */
			(void)put_user(zero, (char __user *)u64_to_user_ptr(info.name) + room - 1);
			err = refuse(-ENOSPC, CHK_BTF_INFO_NAME_ROOM, name_len + 1, room);
		}
	}
	return bpf_info_to_user(attr, uattr, &info, len) ?: err;
}
