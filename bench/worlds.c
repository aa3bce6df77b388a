/* SPDX-License-Identifier: Apache-2.0 */
/* The worlds of worlds.h. Rare noise over many fields is drawn by the gaps between events, so that quiet fields cost
 * nothing. */
#include "worlds.h"

#include <math.h>
#include <string.h>

double
chance_take(struct chance *chance)
{
    uint64_t z = chance->state += UINT64_C(0x9E3779B97F4A7C15); /* SplitMix64 */

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

double
chance_normal(struct chance *chance)
{
    double radius = sqrt(-2 * log(1 - chance_take(chance)));

    return radius * cos(2 * 3.14159265358979323846 * chance_take(chance));
}

void
world_begin(struct world_state *state, const struct world *world, uint64_t seed, long length)
{
    memset(state, 0, sizeof(*state));
    state->world = world;
    state->chance.state = seed * UINT64_C(0xD1342543DE82EF95) + 1;
    state->length = length;
    for (int f = 0; world->appearing && f < world->fields; f++)
        state->begins[f] = (long)(chance_take(&state->chance) * (double)length);
}

static bool
happens(struct world_state *state, double probability)
{
    return probability > 0 && chance_take(&state->chance) < probability;
}

static struct event *
event_of(struct event *events, size_t *count, int field)
{
    for (size_t i = 0; i < *count; i++)
        if (events[i].field == field)
            return &events[i];
    events[*count] = (struct event){.field = field};
    return &events[(*count)++];
}

/* The cells that are not hit before the next one that is. */
static double
gap(struct world_state *state)
{
    double none = 1 - chance_take(&state->chance);

    if (state->rate >= 1)
        return 0;
    return none <= state->none ? INFINITY : floor(log(none) / state->log_none);
}

/* Noise of all fields and both roles: cells that are hit with the same probability. */
static void
add_noise(struct world_state *state, double rate, struct event *events, size_t *count)
{
    int cells = 2 * state->world->fields, at = -1;

    if (rate <= 0)
        return;
    if (rate != state->rate) {
        state->rate = rate;
        state->log_none = rate < 1 ? log1p(-rate) : -INFINITY;
        state->none = exp(cells * state->log_none);
    }
    for (double skipped = gap(state); skipped < cells - at - 1; skipped = gap(state)) {
        struct event *event;

        at += 1 + (int)skipped;
        if (state->at < state->begins[at / 2])
            continue;
        event = event_of(events, count, at / 2);
        if (at % 2)
            event->secondary = true;
        else
            event->candidate = true;
    }
}

static bool
in_burst(struct world_state *state, int *left, double probability)
{
    if (*left == 0 && happens(state, probability))
        *left = state->world->burst;
    if (*left == 0)
        return false;
    --*left;
    return true;
}

static void
add_bursts(struct world_state *state, struct event *events, size_t *count)
{
    const struct world *world = state->world;
    bool shared = in_burst(state, &state->shared_left, world->shared);
    bool candidate = in_burst(state, &state->candidate_left, world->private) || shared;
    bool secondary = in_burst(state, &state->secondary_left, world->private) || shared;

    if (candidate || secondary) {
        struct event *event = event_of(events, count, 0);

        event->candidate |= candidate;
        event->secondary |= secondary;
    }
}

size_t
world_next(struct world_state *state, struct event *events)
{
    const struct world *world = state->world;
    double swing = world->drift > 0 ? 1 + world->drift * sin((double)state->at / 4775) : 1;
    size_t count = 0;

    add_noise(state, world->noise * swing, events, &count);
    if (world->burst)
        add_bursts(state, events, &count);
    if (state->at >= world->fault_from && happens(state, world->fault)) {
        int field = world->fields > 1 ? (int)(chance_take(&state->chance) * world->fields) : 0;

        event_of(events, &count, field)->candidate = true;
    }
    state->at++;
    return count;
}
