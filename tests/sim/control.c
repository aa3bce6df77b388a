/* SPDX-License-Identifier: Apache-2.0 */
/* In the place of the control thread: what the worker is given, what it is told and when, and its tallies. */
#include "sim.h"

#include "base/assert.h"
#include "evidence/ledger/ledger_state.h"
#include "service/route.h"
#include "traffic/exchange/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT 3000u /* the primary's; further ones name the roles by what is left of them */

static void
must(bool condition)
{
    PLX_ASSERT(condition);
}

/* ---- services ---- */

/* How long after their mismatch rechecks are asked, from the next snapshot on. */
static void
choose_after(struct sim *sim)
{
    static const uint32_t after_ms[] = {1, 100, 700};

    sim->recheck.after_ms = after_ms[world_below(&sim->control, PLX_COUNT(after_ms))];
    if (!sim->after_min_ms || sim->recheck.after_ms < sim->after_min_ms)
        sim->after_min_ms = sim->recheck.after_ms;
}

static void
role_init(const struct sim *sim, struct plx_upstream *upstream, enum plx_role role, unsigned move)
{
    char url[64], host[64];

    snprintf(host, sizeof(host), sim_has(sim, SIM_NAMES) ? "role%d.example" : "192.0.2.%d", (int)role + 1);
    upstream->port = (uint16_t)(PORT + (unsigned)role + PLX_ROLES * move);
    snprintf(url, sizeof(url), "http://%s:%u", host, upstream->port);
    upstream->host = strdup(host);
    upstream->url = strdup(url);
    upstream->authority = strdup(url + strlen("http://"));
    must(upstream->host && upstream->url && upstream->authority);
}

static void
routes_init(struct plx_service *service)
{
    static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH"};
    char match[32];

    service->route_count = PLX_COUNT(methods);
    service->routes = calloc(service->route_count, sizeof(*service->routes));
    must(service->routes);
    for (size_t i = 0; i < PLX_COUNT(methods); i++) {
        struct plx_route *route = &service->routes[i];
        snprintf(match, sizeof(match), "%s /c/{id}", methods[i]);
        route->match = strdup(match);
        route->copy = PLX_COPY_ALWAYS;
        route->timeouts = service->timeouts;
        route->rules = plx_rules_copy(service->rules);
        must(route->match && route->rules && !plx_route_compile(route) && route->pattern);
    }
}

/* What a service and a spy have alike. */
static void
fill(struct sim *sim, struct plx_snapshot *snapshot)
{
    struct plx_service *service = &snapshot->services[0];

    service->name = strdup("sim");
    service->limits = sim->limits;
    service->timeouts = sim->timeouts;
    service->fold = true;
    service->rules = plx_rules_new(NULL);
    must(service->name && service->rules);
    snapshot->generation = 1;
    if (sim_has(sim, SIM_STUCK)) /* above the second for which clients wait for a 100 */
        snapshot->clients =
            (struct plx_client_timeouts){.idle = 3000, .head = 1500, .body = 1500, .send = 2000, .upgrade = 3000};
}

static struct plx_snapshot *
make_spies(struct sim *sim, uint64_t *random)
{
    sim_spies_init(sim, random);
    struct plx_snapshot *snapshot = plx_snapshot_ref(sim->spies->snapshot);

    fill(sim, snapshot);
    role_init(sim, &snapshot->services[0].roles[PLX_PRIMARY], PLX_PRIMARY, 0);
    return snapshot;
}

static struct plx_snapshot *
make_snapshot(struct sim *sim, unsigned move)
{
    struct plx_snapshot *snapshot = plx_snapshot_new(1);
    must(snapshot);
    struct plx_service *service = &snapshot->services[0];

    fill(sim, snapshot);
    service->stage = PLX_STAGE_SHADOW;
    service->copy_share = sim->copy_share;
    service->correlate = sim->plan.seed & 1;
    plx_rules_compare_client_headers(service->rules, true);
    must(plx_rules_compare_header(service->rules, plx_slice_of("Sim-Trailer"), NULL) == PLX_OK);
    if (sim_has(sim, SIM_RECHECKS))
        service->recheck = sim->recheck;
    for (int role = 0; role < PLX_ROLES; role++)
        if (role != PLX_SECONDARY || sim_has(sim, SIM_SECONDARY))
            role_init(sim, &service->roles[role], (enum plx_role)role, move);
    routes_init(service);
    return snapshot;
}

static void
put_in_force(struct sim *sim, struct plx_snapshot *snapshot)
{
    plx_snapshot_go_on(snapshot, sim->snapshot);
    snapshot->generation = sim->snapshot->generation + 1;
    for (unsigned i = 0; i < sim->worker_count; i++)
        plx_worker_swap(sim->workers[i], snapshot);
    plx_snapshot_unref(sim->snapshot);
    sim->snapshot = snapshot;
}

/* ---- what it does, and when ---- */

static void
again(struct sim *sim, uint64_t within_us, world_fire fire)
{
    if (!sim->world.closing && !sim->draining)
        world_at(&sim->world, 1 + world_below(&sim->control, within_us), fire, NULL, 0);
}

static void
reload(struct world *world, void *of, uint64_t n)
{
    struct sim *sim = world->owner;

    if (world->closing || sim->draining)
        return;
    if (world_chance(&sim->control, 50))
        choose_after(sim);
    put_in_force(sim, make_snapshot(sim, (unsigned)world_below(&sim->control, 2)));
    again(sim, 200000, reload);
}

static void
change_stage(struct world *world, void *of, uint64_t n)
{
    struct sim *sim = world->owner;
    static const enum plx_stage stages[] = {PLX_STAGE_PRIMARY, PLX_STAGE_SHADOW, PLX_STAGE_SHADOW,
                                            PLX_STAGE_CANARY,  PLX_STAGE_CANARY, PLX_STAGE_CANDIDATE};

    if (world->closing || sim->draining)
        return;
    struct plx_snapshot *snapshot = plx_snapshot_derive(sim->snapshot);
    must(snapshot);
    snapshot->services[0].stage = stages[world_below(&sim->control, PLX_COUNT(stages))];
    snapshot->services[0].share = (uint32_t)world_below(&sim->control, PLX_SHARE_ALL + 1);
    snapshot->services[0].paused = world_chance(&sim->control, 15);
    put_in_force(sim, snapshot);
    again(sim, 150000, change_stage);
}

static void
ask_for_tally(struct world *world, void *of, uint64_t n)
{
    struct sim *sim = world->owner;

    if (world->closing || sim->draining)
        return;
    sim->tickets++;
    for (unsigned i = 0; i < sim->worker_count; i++)
        plx_worker_hand_over(sim->workers[i], sim->tickets);
    again(sim, 300000, ask_for_tally);
}

static void
lose_names(struct world *world, void *of, uint64_t n)
{
    struct sim *sim = world->owner;

    world->addresses = (unsigned)world_below(&sim->control, 4);
    again(sim, 300000, lose_names);
}

/* Long comparisons come to their end, sooner or later. */
static void
compare(struct world *world, void *of, uint64_t n)
{
    struct sim *sim = world->owner;
    uint64_t within_us = sim_has(sim, SIM_BUSY) || sim->clients_left == 0 ? 60000 : 3000;

    bool before = world_enter(world, true);
    for (unsigned i = 0; plx_comparisons_run_one(sim->comparisons) && (i < 5 || !sim_has(sim, SIM_BUSY)); i++)
        ;
    (void)world_enter(world, before);
    sim_look_within(sim);
    if (!world->closing)
        world_at(world, 1 + world_below(&sim->control, within_us), compare, NULL, 0);
}

static void
drain(struct world *world, void *of, uint64_t n)
{
    struct sim *sim = world->owner;

    if (sim->draining || world->closing)
        return;
    for (unsigned i = 0; i < sim->worker_count && !sim_has(sim, SIM_DRAINS); i++) {
        const struct plx_context *context = &sim->workers[i]->context;
        SIM_MUST(sim, plx_list_empty(&context->exchanges), "an exchange is under way for ever: %s",
                 PLX_CONTAINER(context->exchanges.next, struct plx_exchange, link)->id);
        SIM_MUST(sim, plx_list_empty(&context->connections), "a connection is there for ever: its client has left");
    }
    sim->draining = true;
    sim->drain_us = world->now_us;
    world->until_us = world->now_us + 1000 * (uint64_t)sim->drain_ms + 3000000;
    for (unsigned i = 0; i < sim->worker_count; i++)
        plx_worker_drain(sim->workers[i], sim->drain_ms);
}

/* What is left to be judged is, before the drain. */
void
sim_control_drain(struct sim *sim)
{
    uint64_t window_ms = sim->spies ? sim->spies->list[0].window_ms : 0;

    world_at(&sim->world, 1000 * (2 * (uint64_t)sim->timeouts.copy + 1000 + window_ms), drain, NULL, 0);
}

void
sim_control_rules(struct sim *sim)
{
    struct world *world = &sim->world;

    world_at(world, 1000, compare, NULL, 0);
    again(sim, 300000, ask_for_tally);
    if (sim_has(sim, SIM_RELOADS))
        again(sim, 100000, reload);
    if (sim_has(sim, SIM_STAGES))
        again(sim, 100000, change_stage);
    if (sim_has(sim, SIM_NAMES))
        again(sim, 100000, lose_names);
    if (sim_has(sim, SIM_DRAINS))
        world_at(world, world_below(&sim->control, 1000000), drain, NULL, 0);
}

/* ---- tallies ---- */

static bool
fold(struct sim *sim, struct plx_tally *tally)
{
    bool before = world_enter(&sim->world, false); /* it is the control thread's */
    bool folded = plx_ledger_fold(sim->ledger, tally);
    (void)world_enter(&sim->world, before);
    return folded;
}

static bool
take_tally(void *owner, struct plx_tally *tally)
{
    struct sim *sim = owner;

    if (sim_has(sim, SIM_BUSY) && world_chance(&sim->control, 40))
        return false;
    SIM_MUST(sim, fold(sim, tally), "a tally could not be folded");
    sim->folded++;
    return true;
}

static void
changed(void *owner)
{
}

static struct plx_worker *
make_worker(struct sim *sim, unsigned index, const struct plx_loop_base *base, struct plx_outlet *outlet)
{
    static const int nobody[] = {-1, -1};
    const struct plx_worker_options options = {
        .owner = {take_tally, changed, sim},
        .descriptors = nobody,
        .descriptor_count = sim->spies ? PLX_SPY_SIDES : 1,
        .snapshot = sim->snapshot,
        .index = index,
        .count = sim->worker_count,
        .streams_max = sim_has(sim, SIM_CROWD) ? 12 : UINT32_MAX,
        .access_log = sim->spies ? NULL : outlet,
        .spies = sim->spies,
        .ports = sim->spies ? sim->ports : NULL,
        .comparisons = sim->comparisons,
        .base = base,
    };
    struct plx_worker *worker = plx_worker_new(&options);

    must(worker);
    worker->context.random[0] = sim_chances(sim, index, 7);
    worker->context.random[1] = sim_chances(sim, index, 8) | 1;
    return worker;
}

/* From the first event to the last tally. */
static void
run_workers(struct sim *sim)
{
    sim_control_rules(sim);
    sim_clients_begin(sim);
    if (sim_has(sim, SIM_MEMORY))
        sim_memory_begin(sim);
    for (unsigned i = 0; i < sim->worker_count; i++) /* the first one's turns have the others' events, too */
        plx_worker_run(sim->workers[i]);
    sim_memory_end();
    unsigned count = sim->worker_count;
    sim->worker_count = 0;
    for (unsigned i = 0; i < count; i++) {
        struct plx_tally *last = plx_worker_join(sim->workers[i]);
        if (last)
            must(plx_ledger_fold(sim->ledger, last));
    }
}

static void
options_init(struct sim *sim)
{
    static const uint32_t per_second[] = {1, 5, 100};
    uint64_t random = sim_chances(sim, 0, 9);

    sim->control = sim_chances(sim, 0, 10);
    sim->timeouts.connect = 200 + (uint32_t)world_below(&random, 1000);
    sim->timeouts.connect_copy = sim->timeouts.connect;
    sim->timeouts.answer = 2000 + (uint32_t)world_below(&random, 5000);
    sim->timeouts.between = 2000 + (uint32_t)world_below(&random, 5000);
    sim->timeouts.copy = 2000 + (uint32_t)world_below(&random, 5000);
    sim->limits = (struct plx_limits){.body_bytes = 8u << 20, .capture_bytes = 1u << 20, .copies = 1000};
    sim->copy_share = PLX_SHARE_ALL;
    sim->recheck.share = PLX_SHARE_ALL;
    sim->recheck.per_second = per_second[world_below(&random, PLX_COUNT(per_second))];
    choose_after(sim);
    sim->worker_count = sim_has(sim, SIM_WORKERS) ? 2 + (unsigned)world_below(&random, SIM_WORKERS_MAX - 1) : 1;
    sim->world.wake_us = sim_has(sim, SIM_WORKERS) ? 5000 : 0;
    sim->drain_ms = sim_has(sim, SIM_DRAINS) ? 1 + (uint32_t)world_below(&random, 3000) : 5000;
    if (!sim_has(sim, SIM_SHARES))
        return;
    sim->limits.body_bytes = 500;
    sim->limits.copies = 4;
    sim->limits.capture_bytes = sim_has(sim, SIM_LARGE) ? 200000 : 1u << 20;
    sim->copy_share = PLX_SHARE_ALL / 2;
}

void
sim_control_begin(struct sim *sim)
{
    static const struct plx_ledger_options ledger = {.confidence = 0.99, .detect = 0.01, .allow = 0.001};
    uint64_t random = sim_chances(sim, 0, 13);

    options_init(sim);
    sim->snapshot = sim_has(sim, SIM_SPIES) ? make_spies(sim, &random) : make_snapshot(sim, 0);
    sim->ledger = plx_ledger_open(&ledger, (struct plx_store){NULL, NULL});
    sim->comparisons = plx_comparisons_new_by_hand(PLX_COMPARISONS_MEMORY);
    must(sim->ledger && sim->comparisons);
    sim->world.owner = sim;
    sim->world.connecting_to = sim_role_connects;
    sim->world.addresses = 1;
    const struct plx_loop_base base = world_base(&sim->world);
    struct plx_outlet outlet;
    plx_outlet_open(&outlet, sim->log);
    for (unsigned i = 0; i < sim->worker_count; i++)
        sim->workers[i] = make_worker(sim, i, &base, &outlet);
    run_workers(sim);
}
