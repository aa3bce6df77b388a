/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run of an experiment, as a line of JSON tells it (lib/experiment/outcome.c writes them). A line comes from outside:
 * all of it is checked, and what is not known is passed over, so that a newer library can say more.
 */
#ifndef PLX_INTAKE_POSTED_RUN_H
#define PLX_INTAKE_POSTED_RUN_H

#include <parallax/experiment.h>

#define PLX_RUN_CANDIDATES_MAX (PLX_BEHAVIOURS_MAX - 1)
#define PLX_RUN_VALUE_MAX      (32u << 10) /* bytes of a value or an error as written; the library shows at most 4096 */
#define PLX_RUN_SECONDS_MAX    1e6         /* that a behaviour may have taken */

/* What one behaviour did. */
struct plx_run_observation {
    struct plx_slice name;
    uint32_t node, value, error; /* of the document; 0: there is none */
    uint32_t differences;        /* an array, likewise */
    uint64_t differences_total;  /* those that are not in it too */
    uint64_t wall_ns;
    enum plx_verdict verdict;
    enum plx_reason reason; /* of PLX_INCOMPARABLE */
};

struct plx_posted_run {
    struct plx_document document;
    struct plx_slice experiment;
    uint64_t time_ms; /* since the epoch; 0: it was not said */
    uint64_t shed;    /* calls before it in which the experiment could not be started */
    uint32_t context; /* an object; 0: none */
    struct plx_run_observation control, candidates[PLX_RUN_CANDIDATES_MAX];
    size_t candidate_count;
};

/*
 * Reads a line, in the arena; slices point into the line or the arena. PLX_E_ARGUMENT: it is no run, *wrong says why
 * (static text); PLX_E_MEMORY.
 */
PLX_MUST_USE enum plx_status plx_run_read(struct plx_slice line, struct plx_arena *arena, struct plx_posted_run *run,
                                          const char **wrong);

/* One difference of a candidate's value. */
struct plx_run_difference {
    struct plx_slice field, folded, control, candidate;
    bool control_cut, candidate_cut;
    enum plx_kind kind;
};

/* The one at node, an element of an observation's differences; it has been checked. False where there is no memory. */
PLX_MUST_USE bool plx_run_difference(const struct plx_posted_run *run, uint32_t node, struct plx_arena *arena,
                                     struct plx_run_difference *difference);

#endif
