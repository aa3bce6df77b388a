/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over the exchanges of a worker, oldest first. */
#include "traffic/worker/under_way.h"

#include "traffic/exchange/exchange.h"

#include <stdio.h>

/* Most often it is the one of the exchange before. */
static struct plx_under_way *
find(struct plx_under_way_list *found, const char *service)
{
    for (size_t i = found->count; i > 0; i--)
        if (strcmp(found->list[i - 1].service, service) == 0)
            return &found->list[i - 1];
    if (found->count == PLX_SERVICES_MAX)
        return NULL;
    struct plx_under_way *made = &found->list[found->count++];
    *made = (struct plx_under_way){.exchanges = 0};
    snprintf(made->service, sizeof(made->service), "%s", service);
    return made;
}

void
plx_under_way_count(const struct plx_context *context, struct plx_under_way_list *found)
{
    found->count = 0;
    for (const struct plx_list *link = context->exchanges.next; link != &context->exchanges; link = link->next) {
        const struct plx_exchange *exchange = PLX_CONTAINER(link, struct plx_exchange, link);

        if (exchange->terms.client || exchange->port)
            continue;
        struct plx_under_way *of = find(found, exchange->service->name);
        if (!of)
            continue;
        of->exchanges++;
        if (of->since_ms == 0 || exchange->time_ms < of->since_ms)
            of->since_ms = exchange->time_ms;
    }
}
