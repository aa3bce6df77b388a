/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648, 4), with its padding. */
#ifndef PLX_BASE_BASE64_H
#define PLX_BASE_BASE64_H

#include "base/buffer.h"

/* Appends the bytes as base64. */
void plx_base64_write(struct plx_buffer *out, struct plx_slice bytes);

#endif
