/* SPDX-License-Identifier: Apache-2.0 */
/* A document that `parallax diff` compares: read from a file or standard input, of a type that is given, or known by
 * its name or its content. */
#ifndef PLX_COMMAND_DIFF_DOCUMENT_H
#define PLX_COMMAND_DIFF_DOCUMENT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "body/body.h"

struct plx_diff_document {
    const char *name; /* of the file; "-" is standard input */
    struct plx_buffer text;
    struct plx_answer answer;
    struct plx_body body;
};

void plx_diff_document_init(struct plx_diff_document *document);
void plx_diff_document_fini(struct plx_diff_document *document);
/* media_type: empty where it is to be found out. patch: even an empty document has to be what it is said to be. 0, or
 * the exit status after telling. */
int plx_diff_document_read(struct plx_diff_document *document, struct plx_slice media_type, bool patch,
                           const struct plx_compare_limits *limits, struct plx_arena *arena);
/* Of a value of --type: a media type, or a short name as in "json"; empty: it is none. */
struct plx_slice plx_diff_media_type(const char *type);

#endif
