// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/slab.h>

#include "kunit.h"

static int thing[8];

static void lowest_free(void)
{
	DEFINE_IDR(idr);

	KUNIT_EXPECT_EQ(idr_alloc(&idr, &thing[0], 1, 0, GFP_KERNEL), 1);
	KUNIT_EXPECT_EQ(idr_alloc(&idr, &thing[1], 1, 0, GFP_KERNEL), 2);
	KUNIT_EXPECT_EQ(idr_alloc(&idr, &thing[2], 1, 0, GFP_KERNEL), 3);
	KUNIT_EXPECT_TRUE(idr_remove(&idr, 2) == &thing[1]);
	KUNIT_EXPECT_TRUE(idr_remove(&idr, 2) == NULL);
	KUNIT_EXPECT_EQ(idr_alloc(&idr, &thing[3], 1, 0, GFP_KERNEL), 2);
	KUNIT_EXPECT_TRUE(idr_find(&idr, 3) == &thing[2]);
	KUNIT_EXPECT_TRUE(idr_find(&idr, 0) == NULL);
	KUNIT_EXPECT_TRUE(idr_find(&idr, 1UL << 31) == NULL);
	KUNIT_EXPECT_EQ(idr_alloc(&idr, &thing[4], 1, 4, GFP_KERNEL), -ENOSPC);
	idr_destroy(&idr);
}

static void wraps_around(void)
{
	DEFINE_IDR(idr);
	int i;

	for (i = 1; i <= 5000; i++) {
		KUNIT_EXPECT_EQ(idr_alloc_cyclic(&idr, &thing[0], 1, 0, GFP_KERNEL), i);
		idr_remove(&idr, (unsigned long)i);
	}
	/* no memory is left */
	KUNIT_EXPECT_TRUE(idr_is_empty(&idr));
	KUNIT_EXPECT_EQ(idr_alloc_cyclic(&idr, &thing[0], 1, 4, GFP_KERNEL), 1);
	KUNIT_EXPECT_EQ(idr_alloc_cyclic(&idr, &thing[0], 1, 4, GFP_KERNEL), 2);
	idr_remove(&idr, 1);
	KUNIT_EXPECT_EQ(idr_alloc_cyclic(&idr, &thing[0], 1, 4, GFP_KERNEL), 3);
	KUNIT_EXPECT_EQ(idr_alloc_cyclic(&idr, &thing[0], 1, 4, GFP_KERNEL), 1);
	KUNIT_EXPECT_EQ(idr_alloc_cyclic(&idr, &thing[0], 1, 4, GFP_KERNEL), -ENOSPC);
	idr_destroy(&idr);
}

static void walks_in_order(void)
{
	DEFINE_IDR(idr);
	int id, sum = 0, *p;

	idr_alloc(&idr, &thing[1], 50, 0, GFP_KERNEL);
	idr_alloc(&idr, &thing[0], 10, 0, GFP_KERNEL);
	idr_alloc(&idr, &thing[2], 90, 0, GFP_KERNEL);
	idr_for_each_entry(&idr, p, id)
		sum = sum * 100 + id;
	KUNIT_EXPECT_EQ(sum, 105090);
	idr_destroy(&idr);
}

KUNIT_SUITE(idr, KUNIT_CASE(lowest_free), KUNIT_CASE(wraps_around), KUNIT_CASE(walks_in_order))
