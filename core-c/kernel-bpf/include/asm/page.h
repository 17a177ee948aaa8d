/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages of 4096 bytes in a linear memory. */
#ifndef _ASM_PAGE_H
#define _ASM_PAGE_H
#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PAGE_OFFSET 0UL
#ifndef __ASSEMBLY__
typedef struct {
	unsigned long pte;
} pte_t;
typedef struct {
	unsigned long pmd[16];
} pmd_t;
typedef struct {
	unsigned long pgd;
} pgd_t;
typedef struct {
	unsigned long pgprot;
} pgprot_t;
typedef struct page *pgtable_t;
#define pte_val(x) ((x).pte)
#define pgd_val(x) ((x).pgd)
#define pgprot_val(x) ((x).pgprot)
#define __pte(x) ((pte_t){(x)})
#define __pgd(x) ((pgd_t){(x)})
#define __pgprot(x) ((pgprot_t){(x)})
#define clear_page(p) memset((p), 0, PAGE_SIZE)
#define copy_page(to, from) memcpy((to), (from), PAGE_SIZE)
#define clear_user_page(p, v, pg) clear_page(p)
#define copy_user_page(t, f, v, pg) copy_page(t, f)
#define __pa(x) ((unsigned long)(x))
#define __va(x) ((void *)(unsigned long)(x))
#define virt_to_pfn(v) (__pa(v) >> PAGE_SHIFT)
#define pfn_to_virt(p) __va((p) << PAGE_SHIFT)
#define virt_to_page(v) pfn_to_page(virt_to_pfn(v))
#define page_to_virt(p) pfn_to_virt(page_to_pfn(p))
#define virt_addr_valid(v) 1
#define page_to_phys(p) ((phys_addr_t)page_to_pfn(p) << PAGE_SHIFT)
#define ARCH_PFN_OFFSET 0UL
#include <asm-generic/memory_model.h>
#include <asm-generic/getorder.h>
#endif
#endif
