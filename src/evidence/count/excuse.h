/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one rule excused at one endpoint: in how many exchanges, and the newest of them. Rules are known by what they
 * say ("ignore /ts") and not by their position, since a reload moves them about.
 */
#ifndef PLX_COUNT_EXCUSE_H
#define PLX_COUNT_EXCUSE_H

#include "base/list.h"
#include "base/table.h"
#include "evidence/count/exchange_id.h"

#include <parallax/compare.h>

#define PLX_EXCUSE_RULE_MAX      512u /* bytes of a rule's name; what a longer one excuses counts under "(other)" */
#define PLX_EXCUSE_VALUE_MAX     256u /* shown of a field and of a value */
#define PLX_ENDPOINT_EXCUSES_MAX 100u /* rules of one endpoint; what comes after counts under "(other)" */

struct plx_endpoint_counts;

struct plx_excuse_example {
    char exchange[PLX_EXCHANGE_ID_BYTES + 1];
    uint16_t field_len, primary_len, candidate_len;
    char field[PLX_EXCUSE_VALUE_MAX], primary[PLX_EXCUSE_VALUE_MAX], candidate[PLX_EXCUSE_VALUE_MAX];
};

struct plx_excuse_counts {
    struct plx_list dirty; /* the ledger's: what the store does not have yet */
    struct plx_endpoint_counts *endpoint;
    struct plx_slice rule;              /* "ignore /ts", or "(other)" */
    uint64_t exchanges;                 /* in which it excused a difference, whatever became of the others */
    struct plx_excuse_example *example; /* NULL: none; "(other)" has none */
};

/* All of an endpoint's. */
struct plx_endpoint_excuses {
    struct plx_table rules; /* name -> struct plx_excuse_counts */
    struct plx_excuse_counts other;
};

struct plx_endpoint_excuses *plx_endpoint_excuses_new(struct plx_endpoint_counts *endpoint); /* NULL: no memory */
void plx_endpoint_excuses_free(struct plx_endpoint_excuses *excuses);                        /* NULL is fine */

/* Nothing counted yet; NULL where there is no memory. */
struct plx_excuse_counts *plx_excuse_counts_new(struct plx_endpoint_counts *endpoint, struct plx_slice rule);
void plx_excuse_counts_free(void *excuse);

void plx_excuse_counts_show(struct plx_excuse_counts *excuse, const char *exchange, struct plx_slice field,
                            struct plx_slice primary, struct plx_slice candidate);
/* The newer example is taken over. */
void plx_excuse_counts_merge(struct plx_excuse_counts *into, struct plx_excuse_counts *from);

/* "ignore /ts", `ignore ""` for the root; false where it has no room, and counts under "(other)". */
bool plx_rule_name(const struct plx_rule *rule, char out[PLX_EXCUSE_RULE_MAX + 1]);

#endif
