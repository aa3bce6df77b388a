/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warnings of a service, from its counts alone. Nothing is judged here: where the copies lack state, the request that
 * would have made it is looked for among those that were not copied, by its path.
 */
#include "evidence/findings/warnings.h"

#include "service/endpoint.h"

#include <inttypes.h>
#include <stdio.h>

struct warning_list {
    struct plx_json_writer *w;
    struct plx_endpoint_counts *const *endpoints;
    size_t count, written;
};

static void
warn(struct warning_list *list, const char *text)
{
    if (list->written++ < PLX_WARNINGS_MAX)
        plx_json_text_value(list->w, text);
}

static const char *
plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- sessions ---- */

static void
warn_of_sessions(struct warning_list *list)
{
    char text[PLX_WARNING_BYTES_MAX];

    for (unsigned status = 0; status < PLX_LOGGED_OUT_COUNT; status++) {
        uint64_t sum = 0;

        for (size_t i = 0; i < list->count; i++)
            sum += list->endpoints[i]->exchanges.logged_out[status];
        if (sum == 0)
            continue;
        snprintf(text, sizeof(text),
                 "%" PRIu64
                 " exchange%s: both copies answered %s where the primary answered 200: is the session shared?",
                 sum, plural(sum), plx_logged_out_text((enum plx_logged_out)status));
        warn(list, text);
    }
}

/* ---- what was written to the primary alone ---- */

static uint64_t
count_unsafe(const struct plx_endpoint_counts *endpoint)
{
    return endpoint->exchanges.uncopied[PLX_UNCOPIED_UNSAFE_METHOD];
}

/* Exchanges in which a copy lacked state, but those that a session explains. */
static uint64_t
count_lacking(const struct plx_endpoint_counts *endpoint)
{
    uint64_t incomparable = endpoint->exchanges.incomparable[PLX_INCOMPARABLE_STATE];
    /* The pairs count a secondary that lacks it alone, too, but may know of this process only. */
    uint64_t lacking = endpoint->pairs.lacks_state > incomparable ? endpoint->pairs.lacks_state : incomparable;

    for (unsigned i = 0; i < PLX_LOGGED_OUT_COUNT; i++)
        lacking -= endpoint->exchanges.logged_out[i] < lacking ? endpoint->exchanges.logged_out[i] : lacking;
    return lacking;
}

/* The endpoint whose requests were not copied that is nearest to this one by its path; NULL: none is near. */
static const struct plx_endpoint_counts *
find_uncopied(const struct warning_list *list, const struct plx_endpoint_counts *of)
{
    const struct plx_endpoint_counts *found = NULL;
    size_t best = 0;

    for (size_t i = 0; i < list->count; i++) {
        size_t near = count_unsafe(list->endpoints[i]) ? plx_endpoint_kinship(list->endpoints[i]->name, of->name) : 0;

        if (near <= best)
            continue;
        best = near;
        found = list->endpoints[i];
    }
    return found;
}

static void
add_remedy(char *text, size_t size, size_t at, const struct plx_endpoint_counts *uncopied)
{
    if (uncopied)
        snprintf(text + at, size - at, "`%.*s` was not copied: `copy: always`, or the same data for all",
                 (int)uncopied->name.len, uncopied->name.ptr);
    else
        snprintf(text + at, size - at, "give all the same data, or the copies what the primary was given");
}

/* Of the endpoints near to this one that was not copied; NULL: of those that are near to none. */
static void
warn_of_state(struct warning_list *list, const struct plx_endpoint_counts *uncopied)
{
    char text[PLX_WARNING_BYTES_MAX];
    uint64_t lacking = 0, differing = 0, sum;
    int len;

    for (size_t i = 0; i < list->count; i++) {
        const struct plx_endpoint_counts *endpoint = list->endpoints[i];
        uint64_t lacks = count_lacking(endpoint), differs = uncopied ? endpoint->exchanges.mismatch : 0;

        if ((lacks || differs) && find_uncopied(list, endpoint) == uncopied) {
            lacking += lacks;
            differing += differs;
        }
    }
    sum = lacking ? lacking : differing;
    if (sum == 0)
        return;
    len = snprintf(text, sizeof(text), "%" PRIu64 " exchange%s%s; ", sum, plural(sum),
                   lacking    ? ": the copies lack state"
                   : sum == 1 ? " differs"
                              : " differ");
    add_remedy(text, sizeof(text), (size_t)len, uncopied);
    warn(list, text);
}

void
plx_warnings_write(struct plx_endpoint_counts *const *endpoints, size_t count, struct plx_json_writer *out)
{
    struct warning_list list = {out, endpoints, count, 0};
    char text[64];

    plx_json_key(out, "warnings");
    plx_json_begin_array(out);
    warn_of_sessions(&list);
    warn_of_state(&list, NULL);
    for (size_t i = 0; i < count; i++)
        if (count_unsafe(endpoints[i]))
            warn_of_state(&list, endpoints[i]);
    if (list.written > PLX_WARNINGS_MAX) {
        snprintf(text, sizeof(text), "and %zu more of the kind", list.written - PLX_WARNINGS_MAX);
        plx_json_text_value(out, text);
    }
    plx_json_end_array(out);
}
