// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for mm/vmalloc.c, mm/execmem.c and mm/page_alloc.c. Memory is linear, so virtual
 * memory is ordinary memory, and a page is its place in mem_map.
 */
#include <linux/execmem.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "glue.h"

#define PAGES (1 << 17) /* 512 MB, the most that the module can have */

static struct page pages[PAGES];
struct page *mem_map = pages;

/* Where the entries of pages begin and end that the memory of the module does not have yet. */
EXPORT(kernel_unused_pages) u32 kernel_unused_pages(void)
{
	return (u32)(unsigned long)&pages[__builtin_wasm_memory_size(0) << (16 - PAGE_SHIFT)];
}

EXPORT(kernel_unused_pages_end) u32 kernel_unused_pages_end(void)
{
	return (u32)(unsigned long)&pages[PAGES];
}

void *vmalloc_noprof(unsigned long n)
{
	return __kmalloc_noprof(n, 0);
}

void *vzalloc_noprof(unsigned long n)
{
	return __kmalloc_noprof(n, __GFP_ZERO);
}

void *__vmalloc_noprof(unsigned long n, gfp_t g)
{
	return __kmalloc_noprof(n, g);
}

void *__vmalloc_node_range_noprof(unsigned long n, unsigned long al, unsigned long s,
				  unsigned long e, gfp_t g, pgprot_t p, unsigned long fl, int node,
				  const void *c)
{
	return al > 16 ? memory_alloc_aligned(n, g) : __kmalloc_noprof(n, g);
}

void vfree(const void *p)
{
	kfree(p);
}

/*
 * A linear memory cannot map a page twice, so the result is an area of its own. The ring buffer uses
 * only this address.
 */

void *vmap(struct page **pg, unsigned int n, unsigned long fl, pgprot_t pr)
{
	return memory_alloc_aligned((unsigned long)n << PAGE_SHIFT, __GFP_ZERO);
}

void vunmap(const void *p)
{
	kfree(p);
}

/*
 * Address space of an arena: above the linear memory, 4 GB and a guard for each. No page is ever
 * mapped there, because programs do not run.
 */
#define ARENA_SPACE (1UL << 40)

struct vm_struct *get_vm_area(unsigned long size, unsigned long flags)
{
	static unsigned long next = ARENA_SPACE;
	struct vm_struct *area = kzalloc(sizeof(*area), GFP_KERNEL);

	if (!area)
		return NULL;
	area->addr = (void *)next;
	area->size = size;
	next += size;
	return area;
}

void free_vm_area(struct vm_struct *area)
{
	kfree(area);
}

int apply_to_page_range(struct mm_struct *mm, unsigned long addr, unsigned long size, pte_fn_t fn,
			void *data)
{
	if (data)
		not_modelled("apply_to_page_range");
	return 0;
}

int apply_to_existing_page_range(struct mm_struct *mm, unsigned long addr, unsigned long size,
				 pte_fn_t fn, void *data)
{
	return 0;
}

void *execmem_alloc(enum execmem_type t, size_t n)
{
	return __kmalloc_noprof(n, 0);
}

void execmem_free(void *p)
{
	kfree(p);
}

struct page *__alloc_pages_noprof(gfp_t g, unsigned int order, int nid, nodemask_t *m)
{
	void *p = memory_alloc_aligned(PAGE_SIZE << order, g);
	return p ? virt_to_page(p) : NULL;
}

void __free_pages(struct page *p, unsigned int o)
{
	kfree(page_to_virt(p));
}

unsigned long get_free_pages_noprof(gfp_t g, unsigned int o)
{
	return (unsigned long)memory_alloc_aligned(PAGE_SIZE << o, g);
}

void free_pages(unsigned long a, unsigned int o)
{
	if (a)
		kfree((void *)a);
}

void __folio_put(struct folio *f)
{
	kfree(page_to_virt(&f->page));
}

void page_frag_free(void *a)
{
	kfree(a);
}

#if SINCE_7
void kvfree(const void *object)
{
	kfree(object);
}

void kvfree_atomic(const void *object)
{
	kfree(object);
}

void *__kvmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, b, token), unsigned long align, gfp_t flags,
			     int node)
{
	return memory_alloc(size, flags);
}

void *kvrealloc_node_align_noprof(const void *object, DECL_TOKEN_PARAMS(size, token),
				  unsigned long align, gfp_t flags, int node)
{
	return krealloc_noprof(object, size, flags);
}

void *vrealloc_node_align_noprof(const void *object, size_t size, unsigned long align, gfp_t flags,
				 int node)
{
	return krealloc_noprof(object, size, flags);
}

struct page *alloc_pages_node_noprof(int node, gfp_t flags, unsigned int order)
{
	return __alloc_pages_noprof(flags, order, node, NULL);
}

struct page *alloc_pages_nolock_noprof(gfp_t flags, int node, unsigned int order)
{
	return __alloc_pages_noprof(flags | __GFP_ZERO, order, node, NULL);
}

void free_pages_nolock(struct page *page, unsigned int order)
{
	__free_pages(page, order);
}

bool execmem_is_rox(enum execmem_type type)
{
	return false;
}
#endif
