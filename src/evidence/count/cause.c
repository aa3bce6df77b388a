/* SPDX-License-Identifier: Apache-2.0 */
/* One cause as a thing: its signature lies behind it, in one piece of memory. */
#include "evidence/count/cause.h"

#include "base/slice.h"

#include <stdlib.h>

void
plx_cause_init(struct plx_cause *cause, struct plx_service_counts *service)
{
    memset(cause, 0, sizeof(*cause));
    plx_list_init(&cause->dirty);
    cause->service = service;
}

void
plx_cause_fini(struct plx_cause *cause)
{
    plx_list_remove(&cause->dirty);
    free(cause->example);
}

void
plx_cause_free(void *cause)
{
    plx_cause_fini(cause);
    free(cause);
}

struct plx_cause *
plx_cause_new(struct plx_service_counts *service, const struct plx_cause *like)
{
    size_t size = sizeof(struct plx_cause) + like->field_count * sizeof(*like->fields) + like->endpoint.len;
    struct plx_cause *cause;
    char *at;

    for (uint32_t i = 0; i < like->field_count; i++)
        size += like->fields[i].name.len;
    cause = malloc(size);
    if (!cause)
        return NULL;
    plx_cause_init(cause, service);
    cause->id = like->id;
    cause->field_count = like->field_count;
    cause->fields_total = like->fields_total;
    cause->fields = (struct plx_cause_field *)(cause + 1);
    at = (char *)(cause->fields + like->field_count);
    cause->endpoint = plx_slice_put(&at, like->endpoint);
    for (uint32_t i = 0; i < like->field_count; i++)
        cause->fields[i] =
            (struct plx_cause_field){.name = plx_slice_put(&at, like->fields[i].name), .kind = like->fields[i].kind};
    return cause;
}

static void
note_times(struct plx_cause *cause, uint64_t first_ms, uint64_t last_ms)
{
    if (cause->count == 0 || first_ms < cause->first_ms)
        cause->first_ms = first_ms;
    if (last_ms > cause->last_ms)
        cause->last_ms = last_ms;
}

void
plx_cause_count(struct plx_cause *cause, uint64_t time_ms)
{
    note_times(cause, time_ms, time_ms);
    cause->count++;
}

bool
plx_cause_wants_example(const struct plx_cause *cause, uint64_t weight)
{
    return cause->id && (!cause->example || weight < cause->weight);
}

void
plx_cause_set_example(struct plx_cause *cause, struct plx_cause_example *example, uint64_t weight)
{
    free(cause->example);
    cause->example = example;
    cause->weight = weight;
}

void
plx_cause_merge(struct plx_cause *into, struct plx_cause *from)
{
    note_times(into, from->first_ms, from->last_ms);
    into->count += from->count;
    plx_recheck_counts_add(&into->rechecks, &from->rechecks);
    if (into->id == from->id) /* then their fields are the same */
        for (uint32_t i = 0; i < into->field_count && i < from->field_count; i++)
            plx_faults_meet(&into->fields[i].faults, &from->fields[i].faults);
    if (from->example && plx_cause_wants_example(into, from->weight)) {
        plx_cause_set_example(into, from->example, from->weight);
        from->example = NULL;
    }
}
