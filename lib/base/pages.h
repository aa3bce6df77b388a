/* SPDX-License-Identifier: Apache-2.0 */
/* Memory in whole pages from the system: what is released is the system's again at once, and growing moves no bytes. */
#ifndef PLX_BASE_PAGES_H
#define PLX_BASE_PAGES_H

#include <parallax/base.h>

/* For what is large and short-lived, as the arena of a comparison is; the last allocation of one is as slow as its
 * first. */
extern const struct plx_allocator plx_pages;

#endif
