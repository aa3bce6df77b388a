/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request, an answer or a call as it is kept: redacted, and no more of it than a record can show. What is kept is
 * bytes; how they are written (as text or in base64, and how much of them) is decided where they are.
 */
#ifndef PLX_RECORD_KEPT_MESSAGE_H
#define PLX_RECORD_KEPT_MESSAGE_H

#include "base/arena.h"
#include "evidence/count/exchange_outcome.h"
#include "evidence/record/keeper.h"
#include "secrets/secrets.h"
#include "json/writer.h"

#include <parallax/compare.h>

/* Bytes as written, with their escapes. */
#define PLX_RECORD_METHOD_MAX  64u
#define PLX_RECORD_ITEM_EXTRA  160u /* at most, of a header or difference: its keys, quotes and brackets */
#define PLX_RECORD_TARGET_MAX  (4u << 10)
#define PLX_RECORD_HEADERS_MAX (12u << 10)  /* of one message */
#define PLX_RECORD_BODIES_MAX  (120u << 10) /* of all messages together, in equal parts */
#define PLX_RECORD_DECODED_MAX (256u << 10) /* of a body without its codings; a longer one stays coded */
#define PLX_RECORD_READ_MAX    (256u << 10) /* of a body with values that rules name; a longer one is withheld */

/* Whether a body is text. Most often that is seen when it is written: only where more of it was there than is kept it
 * had to be looked at before. */
enum plx_kept_form { PLX_KEPT_UNSEEN, PLX_KEPT_TEXT, PLX_KEPT_BINARY };

struct plx_kept_body {
    struct plx_slice bytes;
    uint64_t length; /* of all of it, as it was sent */
    size_t budget;   /* bytes of JSON */
    enum plx_kept_form form;
    bool was_cut;  /* it had not been captured whole */
    bool decoded;  /* its codings were removed */
    bool withheld; /* it may hold what is to be redacted, and could not be read to find it */
};

struct plx_kept_message {
    struct plx_slice method, target; /* of a request or a call; else empty */
    int status;                      /* of an answer */
    struct plx_header *headers;
    size_t header_count;
    bool headers_cut; /* some did not fit */
    struct plx_kept_body body;
};

/* Points to the view's memory and to scratch. False where there is no memory. */
PLX_MUST_USE bool plx_message_take(const struct plx_message_view *view, const struct plx_rules *rules,
                                   size_t body_budget, struct plx_arena *scratch, struct plx_kept_message *message);
void plx_message_keep(struct plx_keeper *keeper, struct plx_kept_message *message);
/* Into an object that has been begun: "method" and "target", or of an answer "status"; and then the rest. */
void plx_message_write_asked(struct plx_json_writer *w, const struct plx_kept_message *message);
void plx_message_write_first(struct plx_json_writer *w, const struct plx_kept_message *message);
void plx_message_write_rest(struct plx_json_writer *w, const struct plx_kept_message *message);

/* A target without its secrets: itself, or in scratch. False where there is no memory. */
PLX_MUST_USE bool plx_target_take(struct plx_slice target, const struct plx_secrets *secrets, struct plx_arena *scratch,
                                  struct plx_slice *redacted);
/* A header's value, likewise. */
PLX_MUST_USE bool plx_header_take(const struct plx_header *header, const struct plx_secrets *secrets,
                                  struct plx_arena *scratch, struct plx_header *taken);
/* A body without its secrets, as it was sent: itself, or in scratch. False where they cannot be told apart from it,
 * where it has codings and secrets in it, or where there is no memory. */
PLX_MUST_USE bool plx_body_take(const struct plx_message_view *view, const struct plx_rules *rules,
                                struct plx_arena *scratch, struct plx_slice *body);

#endif
