/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters of one field of an endpoint: in which exchanges it differs, what its values look like, and the newest
 * example.
 */
#ifndef PLX_COUNT_FIELD_COUNTS_H
#define PLX_COUNT_FIELD_COUNTS_H

#include "base/list.h"
#include "evidence/count/exchange_id.h"
#include "evidence/count/renewal.h"
#include "stats/pairs.h"

#include <parallax/compare.h>

#define PLX_ANSWER_FIELD      "answer" /* the pseudo-field of a role that gave no answer where the primary did */
#define PLX_RESET_FIELD       "reset"  /* that of a role that was asked again, since it closed a kept connection */
#define PLX_FIELD_NAME_MAX    512u     /* bytes; a longer one counts under "(other)" */
#define PLX_EXAMPLE_VALUE_MAX 256u

struct plx_endpoint_counts;
struct plx_field_evidence;
struct plx_field_values;

/* The newest exchange in which a field differed. */
struct plx_example {
    char exchange[PLX_EXCHANGE_ID_BYTES + 1];
    uint16_t primary_len, candidate_len;
    char primary[PLX_EXAMPLE_VALUE_MAX], candidate[PLX_EXAMPLE_VALUE_MAX];
};

/*
 * Whole numbers over the exchanges in which a field differs: whether they count up on both sides. Exchanges overtake
 * one another, so that from one to the next even a counter falls about as often as it rises. What is compared is
 * therefore the largest number so far with the largest of a tally that is at least PLX_COUNTER_STEP_MS away: a step.
 * PLX_COUNTER_RISES_PERCENT of at least PLX_COUNTER_STEPS_MIN steps must rise; of fields with numbers by chance, which
 * fall about every other time, that is said of fewer than one in 10 000.
 */
#define PLX_COUNTER_STEP_MS       100u
#define PLX_COUNTER_STEPS_MIN     12u
#define PLX_COUNTER_RISES_PERCENT 90u

struct plx_counter {
    uint64_t rises, falls;       /* steps in which both sides rose; all others. Of a tally: 0 */
    uint64_t primary, candidate; /* the largest since the last step */
    uint64_t time_ms;            /* since the epoch, of the last step; of a tally: of its last exchange. 0: none yet */
};

struct plx_field_counts {
    struct plx_list dirty; /* the ledger's: what the store does not have yet */
    struct plx_endpoint_counts *endpoint;
    struct plx_slice name; /* folded */
    enum plx_kind kind;
    enum plx_finding finding; /* as of the last plx_conclude() */
    struct plx_pairs pairs;   /* exchanges in which the secondary was compared too */
    uint64_t unpaired; /* exchanges in which the candidate differed and no secondary could tell whether that is noise */
    /* Of the exchanges in which the candidate differs: */
    enum plx_form form; /* the first that was seen on both sides; PLX_FORM_NONE: none yet */
    uint64_t formed;    /* both sides had this form */
    uint64_t formless;  /* they had not. Less than all together: an earlier version did not look at forms */
    struct plx_counter counter;
    struct plx_renewal *renewal;     /* of those with a form, since the start; NULL: none yet, or no memory */
    struct plx_example *example;     /* NULL: none */
    struct plx_stretch alone;        /* a tally's, of the exchanges of the endpoint that plx_field_exchanges() counts */
    struct plx_field_values *values; /* a tally's: classes of values since the last hand-over; NULL: none */
    struct plx_field_evidence *evidence; /* the ledger's; NULL: none yet, or no memory */
};

void plx_field_counts_merge(struct plx_field_counts *into, struct plx_field_counts *from);
void plx_field_counts_set_example(struct plx_field_counts *field, const char *exchange, struct plx_slice primary,
                                  struct plx_slice candidate);
/* One more exchange in which the candidate differs: the form of its values, and the values of a whole number. */
void plx_field_counts_note_form(struct plx_field_counts *field, enum plx_form form, struct plx_slice primary,
                                struct plx_slice candidate, uint64_t time_ms);
/* Likewise: whether they are new in each answer. */
void plx_field_counts_note_renewal(struct plx_field_counts *field, const struct plx_renewal_look *look);
uint64_t
plx_field_counts_differences(const struct plx_field_counts *field);    /* exchanges in which the candidate differs */
uint64_t plx_field_counts_noise(const struct plx_field_counts *field); /* exchanges in which the secondary differs */
bool plx_field_counts_empty(const struct plx_field_counts *field);
/* Exchanges whose difference is noise by the counts alone: no answer of the secondary showed it. */
uint64_t plx_field_counts_excused(const struct plx_field_counts *field);
/* The form by which it may be recognised: whole numbers only where they count up. */
enum plx_form plx_field_counts_form(const struct plx_field_counts *field);

#endif
