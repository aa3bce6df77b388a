/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request as one line for a POSIX shell that sends it again, with curl, to one of its roles, as that role was asked.
 * It has no secrets: what is redacted in a record says "[redacted 3fa2]" here, the value of a field that the role's
 * `request` sets "[set]". What the line needs is taken while the exchange lasts; the line
 * is written for whoever asks.
 */
#ifndef PLX_RECORD_REPRODUCE_H
#define PLX_RECORD_REPRODUCE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "evidence/count/exchange_outcome.h"
#include "evidence/record/keeper.h"

#include <parallax/compare.h>

#define PLX_REPRODUCE_BYTES_MAX (12u << 10) /* of a command; there is none for a request that takes more */
#define PLX_REPRODUCE_BODY_MAX  (4u << 10)  /* of a body in a command; a longer one is named as a file */

/* What one role was asked. */
struct plx_asked_role {
    struct plx_slice socket; /* the path of a unix socket; empty: none */
    struct plx_slice url;    /* without a path; empty: there is no such role, or nothing that can be asked again */
    struct plx_slice target; /* as it is sent, redacted */
    struct plx_slice host;   /* the Host that it is sent; empty: the client's */
    struct plx_slice *names; /* of fields that are not the client's: first those that are set, then those removed */
    size_t set_count, name_count;
};

/* A request as a command can have it. */
struct plx_asked {
    struct plx_asked_role roles[PLX_ROLES];
    struct plx_slice method;
    struct plx_header *headers; /* redacted; without hop-by-hop ones and those that curl sets itself */
    size_t header_count;
    size_t headers_left_out; /* that no command can have */
    struct plx_slice body;   /* redacted */
    uint64_t body_length;    /* of all of it, as it was sent */
    bool body_kept;          /* else it is too long, cut off or not to be redacted */
    bool compressed, typed;  /* it said Accept-Encoding, and Content-Type */
    bool too_long;           /* for any command */
};

/* Points to the outcome's memory and to scratch. False where there is no memory. */
PLX_MUST_USE bool plx_asked_take(const struct plx_exchange_outcome *outcome, struct plx_arena *scratch,
                                 struct plx_asked *asked);
void plx_asked_keep(struct plx_keeper *keeper, struct plx_asked *asked);
/*
 * Appends the command; nothing where there is no request, no service, no such role, or bytes that no argument can hold.
 * Out fails where it is too long. A body that is long, cut off or no text is the file `request-body`, which a comment
 * at the end says.
 */
void plx_reproduce_write(const struct plx_asked *asked, enum plx_role role, struct plx_buffer *out);

#endif
