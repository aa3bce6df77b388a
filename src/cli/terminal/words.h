/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted, in the words and options of the commands: a row for each kind that the admin API has. */
#ifndef PLX_TERMINAL_WORDS_H
#define PLX_TERMINAL_WORDS_H

#include "evidence/count/subject.h"

struct plx_words {
    enum plx_subject_kind kind;
    const char *option;               /* that names one of them: "--service" */
    const char *runs;                 /* what the table of `status` counts */
    const char *exchange, *exchanges; /* one, and several */
    const char *endpoint, *endpoints; /* likewise */
    const char *roles[PLX_ROLES];     /* by enum plx_role */
    const char *whole;                /* what differs where the field is the root: "(the whole body)" */
};

#define PLX_WORDS_COUNT 3
extern const struct plx_words plx_words[PLX_WORDS_COUNT]; /* in the order in which they are shown; services first */

/* One, or several: "exchange", "exchanges". */
const char *plx_words_exchanges(const struct plx_words *words, uint64_t count);

/* Of a document's "kind"; services where it is not known. */
const struct plx_words *plx_words_of(struct plx_slice kind);

#endif
