/* SPDX-License-Identifier: Apache-2.0 */
/* Two families' answers as one. */
#include "traffic/names/name_answer.h"

/* By place in the arrays of answers. */
static const sa_family_t families[PLX_NAME_FAMILIES] = {AF_INET6, AF_INET};

static void
add_family(struct plx_address_list *to, const struct plx_address_list *from, sa_family_t family)
{
    for (unsigned i = 0; i < from->count; i++)
        if (from->at[i].any.sa_family == family)
            plx_address_list_add(to, &from->at[i]);
}

enum plx_status
plx_name_merge(const struct plx_family_answer answers[PLX_NAME_FAMILIES], const struct plx_address_list *before,
               struct plx_address_list *merged, uint64_t *ttl_ms)
{
    bool found = false, looking = false;

    for (unsigned i = 0; i < PLX_NAME_FAMILIES; i++) {
        found |= answers[i].state == PLX_FAMILY_FOUND;
        looking |= answers[i].state == PLX_FAMILY_LOOKING;
    }
    if (!found)
        return looking ? PLX_AGAIN : PLX_E_CONNECT;
    merged->count = 0;
    *ttl_ms = UINT64_MAX;
    for (unsigned i = 0; i < PLX_NAME_FAMILIES; i++) {
        if (answers[i].state == PLX_FAMILY_FOUND) {
            add_family(merged, &answers[i].list, families[i]);
            *ttl_ms = answers[i].ttl_ms < *ttl_ms ? answers[i].ttl_ms : *ttl_ms;
        } else if (answers[i].state != PLX_FAMILY_NONE) {
            add_family(merged, before, families[i]);
        }
    }
    return PLX_OK;
}

bool
plx_address_lists_same(const struct plx_address_list *a, const struct plx_address_list *b)
{
    if (a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count; i++)
        if (!plx_address_list_has(b, &a->at[i]))
            return false;
    return true;
}
