/* SPDX-License-Identifier: GPL-2.0-only */
/* There are no page tables. */
#ifndef _ASM_PGTABLE_H
#define _ASM_PGTABLE_H
#include <asm-generic/pgtable-nopud.h>
#include <asm/page.h>
extern pgd_t swapper_pg_dir[];
#define PAGE_NONE __pgprot(0)
#define PAGE_SHARED __pgprot(0)
#define PAGE_KERNEL __pgprot(0)
#define PAGE_COPY __pgprot(0)
#define PAGE_READONLY __pgprot(0)
#define VMALLOC_START 0UL
#define VMALLOC_END 0xffffffffUL
#define ZERO_PAGE(v) ((struct page *)0)
#define pgprot_noncached(p) (p)
#define pgd_none(p) 0
#define pgd_bad(p) 0
#define pgd_present(p) 1
#define pmd_offset(a, b) ((void *)0)
#define kern_addr_valid(a) 1
#define paging_init()                                                                              \
	do {                                                                                       \
	} while (0)
#endif
