/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a value out of a store that no process has open. For `parallax erase --store`. */
#ifndef PLX_PROCESS_ERASE_STORE_H
#define PLX_PROCESS_ERASE_STORE_H

#include "base/buffer.h"

#define PLX_ERASE_ERROR_MAX 1536u

/* Writes the answer of POST /api/v1/erase. False: error (PLX_ERASE_ERROR_MAX bytes) says what is wrong and how to mend
 * it. */
bool plx_process_erase_store(const char *path, struct plx_slice value, bool dry, struct plx_buffer *answer,
                             char *error);

#endif
