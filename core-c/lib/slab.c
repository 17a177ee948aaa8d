// SPDX-License-Identifier: GPL-2.0-only
/* kmalloc() and related functions, with accounting and fault injection. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/live.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <trace/refusal.h>

/* Which future request fails, by kind: 1 for the next one, 0 for none. */
u32 fail_nth[NR_FAULT_KINDS];

/**
 * set_fail_nth() - Select a future request to fail.
 * @kind: kind of the request
 * @n: 1 for the next one; 0 for none
 *
 * Return: how many requests the previous setting had left; 0 if it was used up.
 */
u32 set_fail_nth(enum fault_kind kind, u32 n)
{
	u32 left = fail_nth[kind];

	fail_nth[kind] = n;
	return left;
}

/**
 * kmalloc() - Allocate memory.
 * @size: bytes; 0 returns a pointer that may be freed but not dereferenced
 * @flags: only __GFP_ZERO has an effect
 *
 * Return: the memory, or NULL after recording the refusal.
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

/** kfree() - Free memory; accepts NULL. */
void kfree(const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return;
	live_count[LIVE_ALLOC_BYTES] -= (s32)heap_free((void *)p);
}

/** ksize() - Get the size of an allocation. */
size_t ksize(const void *p)
{
	return ZERO_OR_NULL_PTR(p) ? 0 : heap_size(p);
}

/**
 * krealloc() - Resize an allocation, always moving it.
 * @p: memory, or NULL
 * @size: new size
 * @flags: as for kmalloc()
 *
 * Return: the new memory, or NULL; then @p stays valid.
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

/* A kind of object. */
struct kmem_cache {
	unsigned int size;
	void (*ctor)(void *object);
};

/**
 * kmem_cache_create() - Define a kind of object.
 * @name: for people; unused
 * @size: of an object
 * @align: unused: every allocation has the largest alignment
 * @flags: unused
 * @ctor: initialises an object, or NULL
 *
 * Models: mm/slab_common.c:kmem_cache_create().
 */
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     unsigned int flags, void (*ctor)(void *))
{
	struct kmem_cache *cache = kmalloc(sizeof(*cache), GFP_KERNEL);

	if (cache)
		*cache = (struct kmem_cache){ .size = size, .ctor = ctor };
	return cache;
}

/** kmem_cache_destroy() - Undo kmem_cache_create(). Models: mm/slab_common.c. */
void kmem_cache_destroy(struct kmem_cache *cache)
{
	kfree(cache);
}

/**
 * kmem_cache_alloc() - Allocate an object.
 *
 * Models: mm/slub.c:kmem_cache_alloc(). Deviation: a freed object is never used again.
 */
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t flags)
{
	void *object = kzalloc(cache->size, flags);

	if (object && cache->ctor)
		cache->ctor(object);
	return object;
}

/** kmem_cache_free() - Free an object. Models: mm/slub.c:kmem_cache_free(). */
void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	kfree(object);
}

/** kmemdup() - Copy @len bytes; NULL on failure. */
void *kmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = kmalloc(len, gfp);

	if (p)
		memcpy(p, src, len);
	return p;
}

/** kmemdup_nul() - Copy @len bytes and append a NUL; NULL on failure. */
char *kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	char *p = kmalloc(len + 1, gfp);

	if (!p)
		return NULL;
	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

/** kstrdup() - Copy a string; NULL for NULL or on failure. */
char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strlen(s), gfp) : NULL;
}

/** kstrndup() - Copy at most @max characters of a string. */
char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strnlen(s, max), gfp) : NULL;
}

/** memdup_user() - Copy user memory; ERR_PTR(-ENOMEM) or ERR_PTR(-EFAULT) on failure. */
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

/** memdup_user_nul() - Like memdup_user(), and appends a NUL. */
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
 * strndup_user() - Copy a string from user space.
 * @s: the string
 * @n: maximum size with its NUL
 *
 * Return: the copy, or ERR_PTR() of -EFAULT, -EINVAL (longer than @n) or -ENOMEM.
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
