// SPDX-License-Identifier: GPL-2.0-only
/* kmalloc() and its relatives, the accounting of them, and faults on request. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <trace/refusal.h>

/** fail_nth - which request to come fails, by kind: 1 for the next one, 0 for none */
u32 fail_nth[NR_FAULT_KINDS];

/**
 * set_fail_nth() - make a request to come fail
 * @kind: which kind of request
 * @n: 1 for the next one; 0 for none
 *
 * Return: how many were still to come of what was set before; 0 if it has failed.
 */
u32 set_fail_nth(enum fault_kind kind, u32 n)
{
	u32 left = fail_nth[kind];

	fail_nth[kind] = n;
	return left;
}

/**
 * kmalloc() - memory for the kernel
 * @size: bytes; 0 gives a pointer that may be freed and not followed
 * @flags: __GFP_ZERO counts, the others are for the reader
 *
 * Return: the memory, or NULL after recording that there is none.
 */
void *kmalloc(size_t size, gfp_t flags)
{
	void *p;

	if (!size)
		return ZERO_SIZE_PTR;
	p = should_fail(FAULT_ALLOC) ? NULL : heap_alloc(size);
	if (!p) {
		refuse(-ENOMEM, CHK_MEMORY, size, (u64)live_count[LIVE_ALLOC_BYTES]);
		return NULL;
	}
	live_count[LIVE_ALLOC_BYTES] += (s32)size;
	if (flags & __GFP_ZERO)
		memset(p, 0, size);
	return p;
}

/** kfree() - give memory back; NULL is fine */
void kfree(const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return;
	live_count[LIVE_ALLOC_BYTES] -= (s32)heap_free((void *)p);
}

/** ksize() - how many bytes @p has */
size_t ksize(const void *p)
{
	return ZERO_OR_NULL_PTR(p) ? 0 : heap_size(p);
}

/**
 * krealloc() - change the size of memory, moving it
 * @p: memory, or NULL
 * @size: new size
 * @flags: as of kmalloc()
 *
 * Return: the new memory, or NULL; then @p is untouched.
 */
void *krealloc(const void *p, size_t size, gfp_t flags)
{
	void *new = kmalloc(size, flags);
	size_t old = ksize(p);

	if (!new)
		return NULL;
	if (old)
		memcpy(new, p, old < size ? old : size);
	kfree(p);
	return new;
}

/** kmemdup() - a copy of @len bytes, or NULL */
void *kmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = kmalloc(len, gfp);

	if (p)
		memcpy(p, src, len);
	return p;
}

/** kmemdup_nul() - a copy of @len bytes with a NUL behind, or NULL */
char *kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	char *p = kmalloc(len + 1, gfp);

	if (!p)
		return NULL;
	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

/** kstrdup() - a copy of a string; NULL for NULL or without memory */
char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strlen(s), gfp) : NULL;
}

/** kstrndup() - a copy of at most @max characters */
char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strnlen(s, max), gfp) : NULL;
}

/** memdup_user() - a copy of user memory; -ENOMEM or -EFAULT as a pointer */
void *memdup_user(const void __user *src, size_t len)
{
	void *p = kmalloc(len, GFP_USER);

	if (!p)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(p, src, len)) {
		kfree(p);
		return refuse_ptr(-EFAULT, CHK_USER_MEMORY, len, 0);
	}
	return p;
}

/** memdup_user_nul() - memdup_user() with a NUL behind */
void *memdup_user_nul(const void __user *src, size_t len)
{
	char *p = kmalloc(len + 1, GFP_USER);

	if (!p)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(p, src, len)) {
		kfree(p);
		return refuse_ptr(-EFAULT, CHK_USER_MEMORY, len, 0);
	}
	p[len] = '\0';
	return p;
}

/**
 * strndup_user() - a copy of a string of user space
 * @s: the string
 * @n: size it may have with its NUL
 *
 * Return: the copy, or as a pointer -EFAULT, -EINVAL (longer than @n), -ENOMEM.
 */
char *strndup_user(const char __user *s, long n)
{
	long len = strnlen_user(s, n);
	char *p;

	if (!len)
		return refuse_ptr(-EFAULT, CHK_USER_MEMORY, (u64)n, 0);
	if (len > n)
		return refuse_ptr(-EINVAL, CHK_USER_STRING, (u64)n, (u64)len);
	p = memdup_user(s, (size_t)len);
	if (!IS_ERR(p))
		p[len - 1] = '\0';
	return p;
}
