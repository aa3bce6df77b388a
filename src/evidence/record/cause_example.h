/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The example of a cause: one of its exchanges, as it is shown after its record is gone. A tally makes one only where
 * it is lighter than the one that is there, so that a candidate that fails at everything costs no more. Like a record
 * it is a value; JSON and commands are made of it for whoever asks, and for the store.
 */
#ifndef PLX_RECORD_CAUSE_EXAMPLE_H
#define PLX_RECORD_CAUSE_EXAMPLE_H

#include "evidence/count/cause.h"
#include "evidence/record/reproduce.h"

#define PLX_CAUSE_DIFFERENCES_MAX   8u         /* shown of it, one a field */
#define PLX_CAUSE_DIFFERENCES_BYTES (8u << 10) /* of them together, as JSON */

/* What is shown of it. */
struct plx_cause_texts {
    struct plx_slice differences; /* a JSON array of what differs beyond noise */
    struct plx_slice primary;     /* a command that asks the primary again; empty: too long, or nothing to ask */
    struct plx_slice candidate;
};

/* In one piece of memory with all that it points to. */
struct plx_cause_example {
    char exchange[PLX_EXCHANGE_ID_BYTES + 1];
    bool stored; /* a store gave it back, as texts; else there are: */
    struct plx_cause_texts texts;
    struct plx_asked asked;
    struct plx_difference *differences;
    size_t difference_count;
};

/* Makes the exchange the example of its cause where it is the better one. Allocates in scratch, too. */
void plx_cause_example_offer(struct plx_cause *cause, const struct plx_exchange_outcome *outcome,
                             struct plx_arena *scratch);
/* One that a store gives back; NULL where there is no memory. */
struct plx_cause_example *plx_cause_example_make(struct plx_slice exchange, const struct plx_cause_texts *texts);
/* Its texts, which stand in the example or in the buffer; false where there is no memory. */
PLX_MUST_USE bool plx_cause_example_tell(const struct plx_cause_example *example, struct plx_buffer *buffer,
                                         struct plx_cause_texts *texts);
#define PLX_CAUSE_TEXTS_MAX (PLX_CAUSE_DIFFERENCES_BYTES + 2 + 2 * PLX_REPRODUCE_BYTES_MAX) /* bytes of them all */

#endif
