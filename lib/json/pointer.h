/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Pointers that begin elsewhere than at the root. */
#ifndef PLX_JSON_POINTER_H
#define PLX_JSON_POINTER_H

#include <parallax/value.h>

/* As plx_json_resolve(), with the value at node `at` in the place of the root. */
PLX_MUST_USE enum plx_status plx_json_resolve_from(const struct plx_document *document, uint32_t at,
                                                   struct plx_slice pointer, uint32_t *node);

#endif
