/* SPDX-License-Identifier: Apache-2.0 */
/* The mismatches that the ledger keeps whole, as the API has them. */
#ifndef PLX_FINDINGS_DIFFERENCES_H
#define PLX_FINDINGS_DIFFERENCES_H

#include "evidence/ledger/ledger.h"
#include "json/writer.h"

struct plx_differences_query {
    struct plx_slice endpoint; /* empty: all */
    struct plx_slice field;    /* ptr NULL: all; "" is the root */
    uint64_t cause;            /* 0: all */
    uint64_t after;            /* only records with a greater sequence number; 0: all */
    bool oldest_first;         /* what a follower wants; else the newest come first */
    uint32_t limit;            /* 0: 50, at most 1000 */
};
/* {"differences":[record...],"last":SEQ}: each record whole, with "sequence"; a follower goes on after "last". */
void plx_findings_write_differences(struct plx_ledger *ledger, const struct plx_subject *subject,
                                    const struct plx_differences_query *query, struct plx_json_writer *out);
/* The record of an exchange; false where there is none. */
bool plx_findings_write_exchange(struct plx_ledger *ledger, struct plx_slice id, struct plx_json_writer *out);

#endif
