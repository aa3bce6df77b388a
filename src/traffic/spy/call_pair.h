/* SPDX-License-Identifier: Apache-2.0 */
/* From calls to the tally: a pair compared under the rules, a call that stayed alone, one that could not be compared.
 */
#ifndef PLX_SPY_CALL_PAIR_H
#define PLX_SPY_CALL_PAIR_H

#include "base/arena.h"
#include "traffic/spy/spied_call.h"

/* The pseudo-fields of what no comparison of two messages can tell. */
#define PLX_SPY_CALL_FIELD      "call"      /* one side has made none */
#define PLX_SPY_DUPLICATE_FIELD "duplicate" /* one side has made one more */
#define PLX_SPY_LATE_FIELD      "late"
#define PLX_SPY_TARGET_FIELD    "target" /* path and query */

/* Two calls that belong together. */
struct plx_spy_pair {
    const struct plx_spy *spy;
    struct plx_spy_call *calls[PLX_SPY_SIDES];
    bool late;
    enum plx_status judged;
    struct plx_judgement judgement;
};

/* How far apart they came. */
uint64_t plx_spy_pair_distance_ms(struct plx_spy_call *const calls[PLX_SPY_SIDES]);
/* Whether comparing it may take long. */
bool plx_spy_pair_is_long(const struct plx_spy_pair *pair);
/* On any thread: fills in judged and judgement, whose memory is the arena's. limits NULL: the defaults. */
void plx_spy_pair_judge(struct plx_spy_pair *pair, const struct plx_compare_limits *limits, struct plx_arena *arena);
/* Counts it. */
void plx_spy_pair_count(const struct plx_spy_pair *pair, struct plx_tally *tally, struct plx_arena *arena);

/* Counts a call that has no pair: result missing, extra, duplicated; or late, where the other one is no longer known.
 */
void plx_spy_alone_count(const struct plx_spy *spy, const struct plx_spy_call *call, enum plx_spied_result result,
                         struct plx_tally *tally, struct plx_arena *arena);
/* Counts a call that was not compared: what is copied is incomparable, else uncopied. */
void plx_spy_incomparable_count(const struct plx_spy *spy, struct plx_slice endpoint,
                                enum plx_spied_incomparable reason, struct plx_tally *tally, struct plx_arena *arena);
void plx_spy_uncopied_count(const struct plx_spy *spy, struct plx_slice endpoint, enum plx_spied_uncopied reason,
                            struct plx_tally *tally, struct plx_arena *arena);

#endif
