/* SPDX-License-Identifier: Apache-2.0 */
/* What the services and the reconciliations of a report have in common: verdicts and differences. */
#ifndef PLX_REPORT_REPORT_PARTS_H
#define PLX_REPORT_REPORT_PARTS_H

#include "cli/client/reading.h"
#include "cli/terminal/terminal.h"

/* In the order in which they are shown. */
enum plx_report_verdict {
    PLX_REPORT_REGRESSION,
    PLX_REPORT_INCONCLUSIVE,
    PLX_REPORT_NOISE,        /* of fields */
    PLX_REPORT_CLEAN,        /* of endpoints and services */
    PLX_REPORT_NOT_COMPARED, /* likewise: there is nothing to compare it with */
    PLX_REPORT_VERDICTS,
};

/* A field of a cause, or a difference of its example; of a reconciliation: the left side is the primary's, the right
 * one the candidate's. */
struct plx_report_difference {
    struct plx_slice field, kind, primary, candidate;
    struct plx_slice shown; /* the field, or where that is the root what stands for it */
};

struct plx_report_differences {
    struct plx_report_difference *list;
    size_t count;
};

/* What is said in a sentence (report_facts.h): harmless text in one line, as plx_text_add() leaves it. */
struct plx_report_fact {
    struct plx_report_fact *next;
    enum plx_style style;
    struct plx_slice text;
};

struct plx_report_facts {
    struct plx_report_fact *first, *last;
};

const char *plx_report_verdict_name(enum plx_report_verdict verdict); /* in the JSON: "not_compared" */
const char *plx_report_verdict_text(enum plx_report_verdict verdict); /* as it is shown: "not compared" */
/* What is not known is not enough evidence. */
enum plx_report_verdict plx_report_read_verdict(struct plx_item item, struct plx_arena *arena);

/* Where the values of a difference stand, and what stands for the root. */
struct plx_report_sides {
    const char *primary, *candidate, *root;
};

/* false: no memory. */
PLX_MUST_USE bool plx_report_read_differences(struct plx_item array, const struct plx_report_sides *sides,
                                              struct plx_arena *arena, struct plx_report_differences *out);

#endif
