/* SPDX-License-Identifier: Apache-2.0 */
/* A count that several threads change, shared by those who hold it: it lies on a cache line of its own. */
#ifndef PLX_SERVICE_SHARED_COUNT_H
#define PLX_SERVICE_SHARED_COUNT_H

#include <stdatomic.h>

atomic_uint *plx_shared_count_new(void); /* 0, and one reference; NULL: no memory */
atomic_uint *plx_shared_count_ref(atomic_uint *count);
void plx_shared_count_unref(atomic_uint *count); /* NULL is fine */

#endif
