/* SPDX-License-Identifier: Apache-2.0 */
/* Media types (RFC 9110, 8.3.1), and which type of body they stand for. */
#ifndef PLX_BODY_MEDIA_H
#define PLX_BODY_MEDIA_H

#include "body/body_type.h"

#include <parallax/base.h>

/* Slices of the text that was read; empty where it has none. Of quoted values what stands between the quotes. */
struct plx_media {
    struct plx_slice type; /* "application/json" */
    struct plx_slice charset, boundary;
};

struct plx_media plx_media_read(struct plx_slice text);
/*
 * Whether two texts name the same type with the same parameters: whatever the case of the type, of names and of a
 * charset, the order, blanks and quotes. The boundary of a multipart type, which is made up for each body, says
 * nothing.
 */
bool plx_media_same(struct plx_slice a, struct plx_slice b);
/* false: it is left to the content. Then, and for bytes, *type is PLX_BODY_BYTES. */
bool plx_media_body_type(const struct plx_media *media, enum plx_body_type *type);

#endif
