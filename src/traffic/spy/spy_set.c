/* SPDX-License-Identifier: Apache-2.0 */
/* Spies as configured: made with their defaults, and freed. */
#include "traffic/spy/spy_set.h"

#include "base/assert.h"
#include "service/snapshot.h"

#include <stdlib.h>

const char *
plx_spy_mode_text(enum plx_spy_mode mode)
{
    return mode == PLX_SPY_OBSERVE ? "observe" : "stub";
}

struct plx_spies *
plx_spies_new(size_t count)
{
    struct plx_spies *spies = calloc(1, sizeof(*spies));

    if (!spies)
        return NULL;
    spies->snapshot = plx_snapshot_new(count);
    spies->list = calloc(count + 1, sizeof(*spies->list));
    if (!spies->snapshot || !spies->list) {
        plx_spies_free(spies);
        return NULL;
    }
    spies->count = count;
    for (size_t i = 0; i < count; i++) {
        spies->list[i] = (struct plx_spy){.service = &spies->snapshot->services[i],
                                          .modes = {PLX_SPY_OBSERVE, PLX_SPY_STUB},
                                          .compare_target = true,
                                          .window_ms = 10000,
                                          .settle_ms = 500,
                                          .wait_ms = 5000,
                                          .calls_max = 100000,
                                          .bytes_max = 64u << 20,
                                          .gauges = calloc(1, sizeof(struct plx_spy_gauges))};
        if (!spies->list[i].gauges) {
            plx_spies_free(spies);
            return NULL;
        }
    }
    return spies;
}

void
plx_spies_free(struct plx_spies *spies)
{
    if (!spies)
        return;
    for (size_t i = 0; i < spies->count; i++) {
        struct plx_spy *spy = &spies->list[i];
        for (size_t k = 0; spy->route_answers && k < spy->service->route_count; k++)
            plx_spy_answer_free(spy->route_answers[k]);
        free(spy->route_answers);
        plx_spy_answer_free(spy->answer);
        free(spy->gauges);
    }
    free(spies->list);
    plx_snapshot_unref(spies->snapshot);
    free(spies);
}

struct plx_spy_answer *
plx_spy_answer_new(bool from_primary)
{
    struct plx_spy_answer *answer = calloc(1, sizeof(*answer));

    if (answer) {
        answer->from_primary = from_primary;
        answer->status = from_primary ? 503 : 200;
    }
    return answer;
}

void
plx_spy_answer_free(struct plx_spy_answer *answer)
{
    if (!answer)
        return;
    for (size_t i = 0; i < answer->header_count; i++) {
        free(answer->headers[i].name);
        plx_template_free(answer->headers[i].value);
    }
    plx_template_free(answer->body);
    free(answer);
}

const struct plx_spy_answer *
plx_spy_answer_for(const struct plx_spy *spy, const struct plx_route *route)
{
    const struct plx_spy_answer *answer =
        route && spy->route_answers ? spy->route_answers[route - spy->service->routes] : NULL;

    return answer ? answer : spy->answer;
}
