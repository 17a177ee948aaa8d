/* SPDX-License-Identifier: GPL-2.0-only */
/* There are no page tables. */
#ifndef _ASM_PGTABLE_H
#define _ASM_PGTABLE_H
#include <asm-generic/pgtable-nopud.h>
#include <asm/page.h>
#include <linux/version.h>
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
/* What arena.c asks while a program runs. The module does not have these functions. */
struct file;
struct mm_struct;
struct vm_area_struct;
struct vm_struct;
pte_t ptep_get(pte_t *ptep);
pte_t ptep_get_and_clear(struct mm_struct *mm, unsigned long addr, pte_t *ptep);
int pte_none(pte_t pte);
int pte_present(pte_t pte);
struct page *pte_page(pte_t pte);
pte_t mk_pte(struct page *page, pgprot_t prot);
void set_pte_at(struct mm_struct *mm, unsigned long addr, pte_t *ptep, pte_t pte);
void flush_tlb_kernel_range(unsigned long start, unsigned long end);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
_Bool ptep_try_set(pte_t *ptep, pte_t pte);
void zap_vma_range(struct vm_area_struct *vma, unsigned long addr, unsigned long size);
unsigned long mm_get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
				   unsigned long pgoff, unsigned long flags);
#else
int vm_area_map_pages(struct vm_struct *area, unsigned long start, unsigned long end,
		      struct page **pages);
void vm_area_unmap_pages(struct vm_struct *area, unsigned long start, unsigned long end);
unsigned long mm_get_unmapped_area(struct mm_struct *mm, struct file *file, unsigned long addr,
				   unsigned long len, unsigned long pgoff, unsigned long flags);
#endif
#define paging_init()                                                                              \
	do {                                                                                       \
	} while (0)
#endif
