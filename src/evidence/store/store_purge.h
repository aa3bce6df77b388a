/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is left in the store's files of what is not in its rows. */
#ifndef PLX_STORE_STORE_PURGE_H
#define PLX_STORE_STORE_PURGE_H

#include "base/buffer.h"

/* As the operations of a store (store_ops.h). Takes as long, and as much room, as writing the store anew. */
bool plx_store_purge(void *context);
void plx_store_list_others(void *context, struct plx_buffer *names);

#endif
