/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body as what it says: codings removed, characters as UTF-8, and where it has a structure a document, so that all
 * rules work on every type alike.
 *
 *   codings (coding.h) --> charset (charset.h) --> type by media type or content --> document | text | bytes
 *
 * The types with a structure that are not JSON (lines.c, xml.c, multipart.c) write themselves as JSON text,
 * which the one reader reads: so there is one kind of document, and one place where hostile input becomes one.
 */
#ifndef PLX_BODY_BODY_H
#define PLX_BODY_BODY_H

#include "base/work.h"
#include "body/body_type.h"

#include <parallax/compare.h>

#define PLX_DECODED_BYTES_DEFAULT (16u << 20)

/*
 * Of a coded body at most so many times its bytes, and a bit: servers' texts come to 10 to 30 times, and what comes to
 * far more says the same over and over.
 */
#define PLX_EXPANSION_MAX         100u
#define PLX_EXPANSION_SLACK_BYTES (1u << 20)

struct plx_body {
    enum plx_body_type type;
    bool declared;            /* its media type said that it is a document, whatever it is */
    struct plx_document tree; /* of documents */
    struct plx_slice text;    /* without codings; of all but bytes also as UTF-8 */
    bool decoded;             /* it had codings */
    enum plx_status
        unread; /* why it is not the document that its type says: PLX_E_SYNTAX, PLX_E_DEPTH, ...; or PLX_OK */
};

/*
 * Reads an answer's body, which must be whole. PLX_OK; PLX_E_TOO_LARGE where it is more than limits->decoded_bytes_max
 * or PLX_EXPANSION_MAX allow without its codings, has more values than work has left, or the arena refused what it
 * would take; PLX_E_TIMEOUT or PLX_E_CANCELED where no work is left; PLX_E_MEMORY. work may be NULL. What is not what
 * it says it is (corrupt, not well-formed, too deep) is text, or bytes. Everything is in the arena, or in the answer's
 * body.
 */
PLX_MUST_USE enum plx_status plx_body_read(const struct plx_answer *answer, const struct plx_compare_limits *limits,
                                           struct plx_work *work, struct plx_arena *arena, struct plx_body *out);

/* Why something failed that was to have memory of the arena and steps of the work (may be NULL). */
enum plx_status plx_body_failure(const struct plx_work *work, const struct plx_arena *arena);

/* Whether two bodies of other bytes could mean the same: it is coded, or a document, or may be one. */
bool plx_body_has_meaning(const struct plx_answer *answer);
/* The answer's own, else what its Content-Type says; empty: neither. */
struct plx_slice plx_body_media_type(const struct plx_answer *answer);
/* The codings that were applied to it, joined with commas; they lie in the arena where there are several lines. */
PLX_MUST_USE enum plx_status plx_body_codings(const struct plx_answer *answer, struct plx_arena *arena,
                                              struct plx_slice *out);

#endif
