/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LINUX_SLAB_H
#define _LINUX_SLAB_H

#include <linux/cleanup.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/types.h>

#define ZERO_SIZE_PTR ((void *)16)
#define ZERO_OR_NULL_PTR(x) ((unsigned long)(x) <= (unsigned long)ZERO_SIZE_PTR)
#define KMALLOC_MAX_SIZE (4UL << 20)

void *kmalloc(size_t size, gfp_t flags) __malloc;
void *krealloc(const void *p, size_t size, gfp_t flags);
void kfree(const void *p);
size_t ksize(const void *p);

DEFINE_FREE(kfree, void *, if (!IS_ERR_OR_NULL(_T)) kfree(_T))

static inline void *kzalloc(size_t size, gfp_t flags)
{
	return kmalloc(size, flags | __GFP_ZERO);
}

static inline void *kmalloc_array(size_t n, size_t size, gfp_t flags)
{
	return kmalloc(size_mul(n, size), flags);
}

static inline void *kcalloc(size_t n, size_t size, gfp_t flags)
{
	return kmalloc_array(n, size, flags | __GFP_ZERO);
}

#define kvmalloc(size, flags) kmalloc(size, flags)
#define kvzalloc(size, flags) kzalloc(size, flags)
#define kvmalloc_array(n, size, flags) kmalloc_array(n, size, flags)
#define kvcalloc(n, size, flags) kcalloc(n, size, flags)
#define kvfree(p) kfree(p)
#define kfree_sensitive(p) kfree(p)
#define kfree_const(p) kfree(p)
#define kfree_rcu(p, member...) kfree(p)
#define kvfree_rcu(p, member...) kfree(p)
#define kmalloc_obj(obj, flags...) kmalloc(sizeof(obj), GFP_KERNEL)
#define kzalloc_obj(obj, flags...) kzalloc(sizeof(obj), GFP_KERNEL)
#define kzalloc_flex(obj, member, n, flags...) \
	kzalloc(struct_size((__typeof__(&(obj)))0, member, n), GFP_KERNEL)

#define SLAB_ACCOUNT 0x4000000u

/* A kind of object with a constructor. Each allocation constructs its object. */
struct kmem_cache;

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     unsigned int flags, void (*ctor)(void *));
void kmem_cache_destroy(struct kmem_cache *cache);
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t flags);
void kmem_cache_free(struct kmem_cache *cache, void *object);

/*
 * The heap below kmalloc(): lib/heap.c, or libc's heap in a native build; not in the kernel. It
 * has no fault injection and no accounting.
 */
void *heap_alloc(size_t size);
size_t heap_free(void *p);
size_t heap_size(const void *p);
unsigned long heap_end(void);

/* Requests that kernel_fail_nth() can make fail. */
enum fault_kind {
	FAULT_ALLOC,
	FAULT_INODE,
	FAULT_FILE,
	FAULT_FD,
	FAULT_LSM,
	NR_FAULT_KINDS,
};

extern u32 fail_nth[NR_FAULT_KINDS];

/* Returns true once, for the n-th request of this kind. */
static inline bool should_fail(enum fault_kind kind)
{
	return fail_nth[kind] && --fail_nth[kind] == 0;
}

u32 set_fail_nth(enum fault_kind kind, u32 n);

#endif /* _LINUX_SLAB_H */
