/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After a 101: a client and a role each say what they have to say, whenever they like, shut their side behind it, and
 * look at every byte that comes. Each must hear all of the other one, and then its end, whoever was first to shut his
 * side; unless one of them broke off, or the proxy drains.
 */
#include "sim.h"

#include "base/assert.h"

#include <stdlib.h>

struct sim_tunnel {
    struct plx_list link;
    struct sim *sim;
    struct world_end *end;
    unsigned id, who; /* 0: the client, 1: the role */
    uint64_t random;
    size_t len, said, heard;
    bool finished, ended; /* its own side is shut; the other one's */
    bool over;
    void (*done)(void *of);
    void *of;
};

static size_t
length_of(const struct sim *sim, unsigned id, unsigned who)
{
    uint64_t random = sim_chances(sim, id, 14 + who);
    size_t most = sim_has(sim, SIM_LARGE) ? 600000 : 5000;

    return world_chance(&random, 20) ? 0 : world_below(&random, most);
}

static char
byte_of(unsigned id, unsigned who, size_t at)
{
    return (char)('A' + (id * 5 + who * 11 + at * 3 + at / 97) % 26);
}

/* Nothing is heard or said any more. */
static void
leave(struct sim_tunnel *tunnel, void (*way)(struct world_end *end))
{
    tunnel->over = true;
    way(tunnel->end);
    tunnel->done(tunnel->of);
}

static void
say(struct world *world, void *of, uint64_t n)
{
    struct sim_tunnel *tunnel = of;
    char part[4096];
    size_t len = tunnel->len - tunnel->said;

    if (tunnel->over || world->closing)
        return;
    if (sim_has(tunnel->sim, SIM_BREAKING) && world_chance(&tunnel->random, 3)) {
        tunnel->sim->fates[tunnel->id].broke_off = true;
        leave(tunnel, world_cut_off);
        return;
    }
    len = len < sizeof(part) ? len : sizeof(part);
    len = len ? 1 + world_below(&tunnel->random, len) : 0;
    for (size_t i = 0; i < len; i++)
        part[i] = byte_of(tunnel->id, tunnel->who, tunnel->said + i);
    world_say(tunnel->end, part, len);
    tunnel->said += len;
    if (tunnel->said < tunnel->len) {
        world_at(world, world_below(&tunnel->random, sim_has(tunnel->sim, SIM_PAUSES) ? 20000 : 200), say, tunnel, 0);
        return;
    }
    tunnel->finished = true;
    world_finish(tunnel->end);
    if (tunnel->ended)
        leave(tunnel, world_leave);
}

static void
reads_again(struct world *world, void *of, uint64_t n)
{
    struct sim_tunnel *tunnel = of;

    if (!tunnel->over && !tunnel->end->gone)
        world_go_on(tunnel->end);
}

void
sim_tunnel_bytes(struct sim_tunnel *tunnel, struct plx_slice bytes)
{
    struct sim *sim = tunnel->sim;

    for (size_t i = 0; i < bytes.len; i++, tunnel->heard++)
        SIM_MUST(sim,
                 tunnel->heard < length_of(sim, tunnel->id, !tunnel->who) &&
                     bytes.ptr[i] == byte_of(tunnel->id, !tunnel->who, tunnel->heard),
                 "exchange %u: other bytes come through its tunnel from %zu on", tunnel->id, tunnel->heard);
    if (!sim_has(sim, SIM_SLOW_READERS) || !world_chance(&tunnel->random, 20))
        return;
    world_hold(tunnel->end);
    world_at(&sim->world, world_below(&tunnel->random, 200000), reads_again, tunnel, 0);
}

void
sim_tunnel_ended(struct sim_tunnel *tunnel, bool broken)
{
    struct sim *sim = tunnel->sim;
    const struct sim_fate *fate = &sim->fates[tunnel->id];
    bool may_break = fate->broke_off || fate->left || sim->draining || sim_has(sim, SIM_MEMORY);

    if (tunnel->over || sim->world.closing)
        return;
    SIM_MUST(sim, may_break || (!broken && tunnel->heard == length_of(sim, tunnel->id, !tunnel->who)),
             "exchange %u: its tunnel %s, and its %s has heard %zu bytes of %zu", tunnel->id,
             broken ? "breaks" : "ends", tunnel->who ? "role" : "client", tunnel->heard,
             length_of(sim, tunnel->id, !tunnel->who));
    tunnel->ended = true;
    if (broken || tunnel->finished)
        leave(tunnel, world_leave);
}

struct sim_tunnel *
sim_tunnel_begin(struct sim *sim, struct world_end *end, unsigned id, bool by_role, void (*done)(void *of), void *of)
{
    struct sim_tunnel *tunnel = calloc(1, sizeof(*tunnel));

    PLX_ASSERT(tunnel);
    *tunnel = (struct sim_tunnel){.sim = sim, .end = end, .id = id, .who = by_role, .done = done, .of = of};
    tunnel->random = sim_chances(sim, id, 300 + by_role);
    tunnel->len = length_of(sim, id, tunnel->who);
    plx_list_push_back(&sim->tunnels, &tunnel->link);
    world_at(&sim->world, world_below(&tunnel->random, 3000), say, tunnel, 0);
    return tunnel;
}

void
sim_tunnels_free(struct sim *sim)
{
    while (!plx_list_empty(&sim->tunnels)) {
        struct sim_tunnel *tunnel = PLX_CONTAINER(sim->tunnels.next, struct sim_tunnel, link);
        plx_list_remove(&tunnel->link);
        free(tunnel);
    }
}
