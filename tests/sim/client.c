/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients: each asks its exchanges one after the other, or some of them ahead, over one connection or several. It
 * knows what each role would answer, to the byte, and that an answer which is not whole must look so.
 *
 * Of an exchange that gets no answer there is a reason, or the run has failed: the client left, the answer before said
 * that it was the last one, the proxy drains, it has too few descriptors.
 */
#include "sim.h"

#include "base/assert.h"
#include "reading.h"

#include <stdlib.h>
#include <string.h>

#define HOLDS_MAX 5u
#define STUCK_US  20000000u

struct sim_client {
    struct sim *sim;
    unsigned first; /* its first exchange */
    uint64_t random;
    struct world_end *end;    /* NULL: none */
    uint64_t connection;      /* how many there were */
    unsigned asked, answered; /* of its requests; those between wait for their answers, on this connection */
    uint64_t turn_us;         /* since when the first of these is the first */
    unsigned ahead;           /* so many at most */
    struct plx_buffer text;   /* the request that is being sent */
    size_t said, head_len;
    bool sending, expecting; /* expecting: a 100 before the rest */
    struct sim_reader reader;
    bool in_answer; /* its head has come */
    bool own, chunked;
    size_t body_at;
    bool last;                 /* the answers said so: no more on this connection */
    unsigned holds;            /* how often it has not read for a while, on this connection */
    bool shut;                 /* no more is asked on it, by our doing */
    struct sim_tunnel *tunnel; /* NULL: the connection speaks HTTP */
    bool done;
};

static void ask(struct sim_client *client);
static void begin_connection(struct world *world, void *of, uint64_t n);

static unsigned
id_of(const struct sim_client *client, unsigned request)
{
    return client->first + request;
}

static struct sim_fate *
fate_of(const struct sim_client *client, unsigned request)
{
    return &client->sim->fates[id_of(client, request)];
}

static bool
is_over(const struct sim_client *client)
{
    return client->sim->world.closing || client->done;
}

/* ---- connections ---- */

static void
finish(struct sim_client *client)
{
    client->done = true;
    client->sim->clients_left--;
    if (client->sim->clients_left == 0)
        sim_control_drain(client->sim);
}

/* What waits will not be answered any more. */
static void
give_up(struct sim_client *client, bool left)
{
    for (; client->answered < client->asked; client->answered++) {
        fate_of(client, client->answered)->left |= left;
        fate_of(client, client->answered)->ended_us = client->sim->world.now_us;
    }
}

static void
go_on_elsewhere(struct sim_client *client)
{
    client->end = NULL;
    client->tunnel = NULL;
    client->sending = client->expecting = client->in_answer = client->last = client->shut = false;
    sim_reader_fini(&client->reader);
    sim_reader_init(&client->reader);
    if (is_over(client))
        return;
    if (client->asked == client->sim->plan.requests || client->sim->draining)
        finish(client);
    else
        world_at(&client->sim->world, 1000 + world_below(&client->random, 5000), begin_connection, client, 0);
}

static void
leave(struct world *world, void *of, uint64_t n)
{
    struct sim_client *client = of;

    if (n != client->connection || !client->end || is_over(client) || client->tunnel)
        return;
    give_up(client, true);
    if (world_chance(&client->random, 50))
        world_leave(client->end);
    else
        world_cut_off(client->end);
    go_on_elsewhere(client);
}

static const struct world_actor actor;

/* A side of the spy, or any of the workers, as the kernel spreads them. */
static unsigned
door_of(struct sim_client *client)
{
    struct sim *sim = client->sim;

    return sim->spies ? sim_side_of(sim, client->first) : (unsigned)world_below(&client->random, sim->worker_count);
}

static void
begin_connection(struct world *world, void *of, uint64_t n)
{
    struct sim_client *client = of;
    struct sim *sim = client->sim;

    if (is_over(client))
        return;
    client->connection++;
    client->holds = 0;
    client->turn_us = world->now_us;
    client->ahead = sim_has(sim, SIM_PIPELINES) ? 1 + (unsigned)world_below(&client->random, 4) : 1;
    client->end = world_knock(world, door_of(client), &actor, client, sim_path(sim, &client->random),
                              sim_path(sim, &client->random));
    if (sim_has(sim, SIM_LEAVING) && world_chance(&client->random, 25))
        world_at(world, world_below(&client->random, 150000), leave, client, client->connection);
}

static void
on_connected(struct world_end *end, bool there)
{
    struct sim_client *client = end->user;

    if (is_over(client))
        return;
    if (there) {
        ask(client);
        return;
    }
    SIM_MUST(client->sim, client->sim->draining, "nobody listens");
    finish(client);
}

/* ---- asking ---- */

static void
add_body(struct plx_buffer *out, const struct sim_script *script, unsigned id, uint64_t *random)
{
    size_t at = 0;

    while (at < script->body_len) {
        size_t part = script->chunked ? 1 + world_below(random, script->body_len) : script->body_len;
        part = part < script->body_len - at ? part : script->body_len - at;
        if (script->chunked)
            plx_buffer_format(out, "%zx\r\n", part);
        for (size_t i = 0; i < part; i++)
            plx_buffer_byte(out, sim_request_byte(script, at + i));
        if (script->chunked)
            plx_buffer_text(out, "\r\n");
        at += part;
    }
    if (!script->chunked)
        return;
    plx_buffer_text(out, "0\r\n");
    if (script->request_trailer)
        plx_buffer_format(out, "Sim-Note: %u\r\n", id);
    plx_buffer_text(out, "\r\n");
}

/* What a spied call is known by, and what its body is. */
static void
add_marks(struct plx_buffer *out, const struct sim_script *script)
{
    static const char *const types[] = {"application/json", "text/html", "text/plain"}; /* HTML is read elsewhere */

    if (script->by == SIM_BY_EXCHANGE)
        plx_buffer_format(out, "Parallax-Exchange: e%u\r\n", script->asks);
    else if (script->by == SIM_BY_TRACE)
        plx_buffer_format(out, "traceparent: 00-%032x-%016x-01\r\n", script->asks + 1, script->other + 1);
    if (script->body_len)
        plx_buffer_format(out, "Content-Type: %s\r\n", types[script->asks % PLX_COUNT(types)]);
}

static void
write_request(struct sim_client *client, const struct sim_script *script, unsigned id)
{
    struct plx_buffer *out = &client->text;
    uint64_t random = sim_chances(client->sim, id, 5);

    plx_buffer_clear(out);
    plx_buffer_format(out, "%s /%c/%u HTTP/1.%c\r\nHost: sim.example\r\nSim-Id: %u\r\nSim-Check: %u\r\n",
                      script->method, script->routed ? 'c' : 'r', script->asks, script->old ? '0' : '1', id, id * 3);
    if (client->sim->spies)
        add_marks(out, script);
    if (script->chunked)
        plx_buffer_text(out, "Transfer-Encoding: chunked\r\n");
    else if (!script->safe)
        plx_buffer_format(out, "Content-Length: %zu\r\n", script->body_len);
    if (script->expects)
        plx_buffer_text(out, "Expect: 100-continue\r\n");
    if (script->upgrades)
        plx_buffer_text(out, "Connection: Upgrade\r\nUpgrade: sim\r\n");
    if (script->closes)
        plx_buffer_text(out, "Connection: close\r\n");
    plx_buffer_text(out, "\r\n");
    client->head_len = out->len;
    add_body(out, script, id, &random);
    PLX_ASSERT(!out->failed);
}

/* With long bodies so long that copies wait for it beyond their time. */
static uint64_t
longest_hold_us(const struct sim *sim)
{
    return sim_has(sim, SIM_LARGE) && !sim_has(sim, SIM_STUCK) ? 6000000 : 200000;
}

/* Longer than all of its times together. */
static uint64_t
patience_us(const struct sim *sim)
{
    uint64_t held_us = sim_has(sim, SIM_SLOW_READERS) ? HOLDS_MAX * longest_hold_us(sim) : 0;
    uint64_t before = sim_has(sim, SIM_CROWD) ? sim->plan.clients : 0; /* that is accepted after them */

    return (1 + before) * held_us + (1 + before) * 1000 *
                                        (uint64_t)(2 * (sim->timeouts.connect + sim->timeouts.answer) +
                                                   sim->timeouts.between + sim->timeouts.copy + 3000);
}

static void
must_have_ended(struct world *world, void *of, uint64_t n)
{
    struct sim_client *client = of;

    const struct sim_fate *fate = fate_of(client, (unsigned)n);

    if (is_over(client) || fate->ended_us || fate->left)
        return;
    uint64_t waited_us = world->now_us - client->turn_us;
    if (client->answered < n || waited_us < patience_us(client->sim)) { /* others went before it */
        world_at(world, client->answered < n ? patience_us(client->sim) : patience_us(client->sim) - waited_us,
                 must_have_ended, client, n);
        return;
    }
    sim_fail(client->sim, "exchange %u: its client has waited for %llu ms", id_of(client, (unsigned)n),
             (unsigned long long)patience_us(client->sim) / 1000);
}

static bool
is_stuck_now(struct sim_client *client)
{
    return sim_has(client->sim, SIM_STUCK) && world_chance(&client->random, 2);
}

/* Nothing of what comes is read any more, for so long that the proxy has to lose its patience. */
static void
stop_reading(struct sim_client *client)
{
    for (unsigned i = client->answered; i < client->asked; i++)
        fate_of(client, i)->left = true;
    client->shut = true;
    world_hold(client->end);
    world_at(&client->sim->world, STUCK_US, leave, client, client->connection);
}

static void
say(struct world *world, void *of, uint64_t n)
{
    struct sim_client *client = of;

    if (n != client->connection || !client->end || !client->sending || client->expecting || is_over(client))
        return;
    if (is_stuck_now(client)) {
        fate_of(client, client->asked - 1)->left = true; /* and the proxy is to close the connection */
        return;
    }
    size_t left = client->text.len - client->said, part = left;
    if (sim_has(client->sim, SIM_PAUSES) && world_chance(&client->random, 30))
        part = 1 + world_below(&client->random, left);
    world_say(client->end, client->text.ptr + client->said, part);
    client->said += part;
    if (part < left) {
        world_at(world, world_below(&client->random, 20000), say, client, n);
        return;
    }
    client->sending = false;
    fate_of(client, client->asked - 1)->whole_us = world->now_us;
    world_at(world, patience_us(client->sim), must_have_ended, client, client->asked - 1);
    ask(client);
}

/* Who waits for a 100 does not for ever (RFC 9110, 10.1.1). */
static void
expects_no_more(struct world *world, void *of, uint64_t n)
{
    struct sim_client *client = of;

    if (n != client->connection || !client->expecting || is_over(client))
        return;
    client->expecting = false;
    say(world, client, n);
}

static void
begin_request(struct sim_client *client)
{
    struct sim *sim = client->sim;
    unsigned request = client->asked++, id = id_of(client, request);
    const struct sim_script script = sim_script_of(sim, id);

    write_request(client, &script, id);
    sim->fates[id].asked_us = sim->world.now_us;
    client->sending = true;
    client->said = 0;
    client->shut = script.old || script.closes || script.status == 101; /* what follows is no HTTP */
    if (!script.expects) {
        say(&sim->world, client, client->connection);
        return;
    }
    client->expecting = true;
    world_say(client->end, client->text.ptr, client->head_len);
    client->said = client->head_len;
    world_at(&sim->world, 1000000, expects_no_more, client, client->connection);
}

static void
ask_soon(struct world *world, void *of, uint64_t n)
{
    struct sim_client *client = of;

    if (n == client->connection && client->end && !is_over(client))
        ask(client);
}

static void
ask(struct sim_client *client)
{
    struct sim *sim = client->sim;

    if (client->sending || client->last || client->shut || client->asked - client->answered >= client->ahead)
        return;
    if (client->asked < sim->plan.requests && sim_script_of(sim, id_of(client, client->asked)).left_out) {
        if (client->asked > client->answered)
            return; /* this one comes after those */
        client->asked++;
        client->answered++;
        ask(client);
        return;
    }
    if (client->asked < sim->plan.requests) {
        /* A client of HTTP/1.0 asks nothing ahead, and is sure to have the answers before. */
        if (client->asked == client->answered || !sim_script_of(sim, id_of(client, client->asked)).old)
            begin_request(client);
        return;
    }
    client->shut = true;
    if (sim_has(sim, SIM_HALVES) && world_chance(&client->random, 50))
        world_finish(client->end);
}

/* ---- answers ---- */

static void
look_at_head(struct sim_client *client, struct plx_slice head, int status)
{
    struct sim *sim = client->sim;
    unsigned id = id_of(client, client->answered);
    struct sim_fate *fate = fate_of(client, client->answered);
    const struct sim_script script = sim_script_of(sim, id);
    struct plx_slice named = sim_header(head, "sim-id"), ends = sim_header(head, "connection");

    client->in_answer = true;
    fate->stubbed = named.len && sim_is_stub(sim, id);
    client->own = named.len == 0;
    client->chunked = sim_header(head, "transfer-encoding").len > 0;
    client->body_at = 0;
    client->last |= plx_slice_equal(ends, plx_slice_of("close")) || script.old;
    fate->status = status;
    fate->own = client->own;
    if (client->own)
        return;
    SIM_MUST(sim, (unsigned)sim_number(named) == (fate->stubbed ? script.asks : id),
             "exchange %u: its client is given the answer to %ld", id, sim_number(named));
    fate->by = (enum plx_role)sim_number(sim_header(head, "sim-role"));
    SIM_MUST(sim, fate->by < PLX_SECONDARY, "exchange %u: the secondary's answer is its client's", id);
    SIM_MUST(sim, status == sim_status(&script, fate->by), "exchange %u: its client is given status %d", id, status);
    struct plx_buffer lines;
    plx_buffer_init(&lines, 4096);
    sim_headers_of(&lines, &script, id, fate->by);
    SIM_MUST(sim, memmem(head.ptr, head.len, lines.ptr, lines.len), "exchange %u: its client lacks '%.*s' in '%.*s'",
             id, (int)lines.len, lines.ptr, (int)head.len, head.ptr);
    plx_buffer_fini(&lines);
}

/* What was said of that which comes; a stub says what the primary's caller was told. */
static const struct sim_part *
answer_of(const struct sim_client *client)
{
    const struct sim_fate *fate = fate_of(client, client->answered);
    unsigned id = id_of(client, client->answered);

    return &client->sim->fates[fate->stubbed ? sim_first_of(client->sim, id) : id].roles[fate->by];
}

static void
look_at_body(struct sim_client *client, struct plx_slice data)
{
    const struct sim_part *part = answer_of(client);
    unsigned id = id_of(client, client->answered);

    if (client->own)
        return;
    SIM_MUST(client->sim, client->body_at + data.len <= part->len,
             "exchange %u: its client is given more than there is", id);
    SIM_MUST(client->sim, memcmp(part->body + client->body_at, data.ptr, data.len) == 0,
             "exchange %u: its client is given other bytes from %zu on", id, client->body_at);
    client->body_at += data.len;
}

static void
look_at_end(struct sim_client *client, bool has_trailer)
{
    struct sim *sim = client->sim;
    const struct sim_part *part = answer_of(client);
    unsigned id = id_of(client, client->answered);
    const struct sim_script script = sim_script_of(sim, id);
    struct plx_slice trailer = plx_buffer_slice(&client->reader.trailer);
    struct plx_buffer wanted;

    SIM_MUST(sim, script.bodyless || client->body_at == part->len,
             "exchange %u: its client is given %zu bytes of %zu, and they look whole", id, client->body_at, part->len);
    SIM_MUST(sim, part->whole || script.bodyless, "exchange %u: its client is given more than was said", id);
    if (!has_trailer || script.bodyless)
        return;
    plx_buffer_init(&wanted, 4096);
    sim_trailer_of(&wanted, &script, id, fate_of(client, client->answered)->by);
    SIM_MUST(sim, plx_slice_equal(trailer, plx_buffer_slice(&wanted)),
             "exchange %u: its client is given the trailer '%.*s'", id, (int)trailer.len, trailer.ptr);
    plx_buffer_fini(&wanted);
}

static void
leaves_tunnel(void *of)
{
    go_on_elsewhere(of);
}

static void
end_answer(struct sim_client *client, bool has_trailer)
{
    struct sim *sim = client->sim;
    struct sim_fate *fate = fate_of(client, client->answered);

    client->in_answer = false;
    if (!client->own)
        look_at_end(client, has_trailer);
    fate->answered = true;
    fate->turn_us = client->turn_us;
    fate->ended_us = sim->world.now_us;
    sim->answers++;
    if (fate->status == 101) {
        client->answered++;
        client->tunnel =
            sim_tunnel_begin(sim, client->end, id_of(client, client->answered - 1), false, leaves_tunnel, client);
        return;
    }
    bool unfinished = client->sending && client->answered == client->asked - 1;
    client->answered++;
    client->turn_us = sim->world.now_us;
    if (client->last || (client->shut && client->answered == client->asked && !unfinished)) {
        give_up(client, false);
        world_leave(client->end);
        go_on_elsewhere(client);
    } else if (client->expecting && unfinished) {
        expects_no_more(&sim->world, client, client->connection);
    } else if (!unfinished) {
        world_at(&sim->world, world_below(&client->random, sim_has(sim, SIM_PAUSES) ? 20000 : 100), ask_soon, client,
                 client->connection);
    }
}

static void
begin_answer(struct sim_client *client)
{
    struct sim *sim = client->sim;
    struct plx_slice head = plx_buffer_slice(&client->reader.head);
    int status = head.len > 12 ? (int)sim_number(plx_slice_make(head.ptr + 9, 3)) : 0;

    SIM_MUST(sim, client->answered < client->asked, "a client is given what it has not asked for: %.*s", (int)head.len,
             head.ptr);
    const struct sim_script script = sim_script_of(sim, id_of(client, client->answered));
    bool interim = status >= 100 && status < 200 && status != 101;
    bool none = interim || status == 101 || status == 204 || status == 304 || strcmp(script.method, "HEAD") == 0;
    SIM_MUST(sim, !interim || !script.old, "exchange %u: a client of HTTP/1.0 is given a %d",
             id_of(client, client->answered), status);
    if (!interim)
        look_at_head(client, head, status);
    SIM_MUST(sim, sim_reader_body(&client->reader, none, true), "exchange %u: its client is given a bad framing",
             id_of(client, client->answered));
    SIM_MUST(sim, client->reader.state != SIM_AT_REST || client->last, "exchange %u: its answer has no end",
             id_of(client, client->answered));
    if (status == 100 && client->expecting && client->answered == client->asked - 1)
        expects_no_more(&sim->world, client, client->connection);
}

static void
reads_again(struct world *world, void *of, uint64_t n)
{
    struct world_end *end = of;

    if (!end->gone)
        world_go_on(end);
}

static void
on_bytes(struct world_end *end, const char *bytes, size_t len)
{
    struct sim_client *client = end->user;
    struct plx_slice input = plx_slice_make(bytes, len), data;

    while (client->end == end && !is_over(client)) {
        if (client->tunnel) {
            sim_tunnel_bytes(client->tunnel, input);
            return;
        }
        switch (sim_reader_read(&client->reader, &input, &data)) {
        case SIM_READ_HEAD:
            begin_answer(client);
            break;
        case SIM_READ_DATA:
            look_at_body(client, data);
            break;
        case SIM_READ_DONE:
            if (client->in_answer)
                end_answer(client, client->chunked);
            break;
        case SIM_READ_BAD:
            sim_fail(client->sim, "exchange %u: its client is given no HTTP", id_of(client, client->answered));
        case SIM_READ_MORE:
            if (is_stuck_now(client))
                stop_reading(client);
            else if (sim_has(client->sim, SIM_SLOW_READERS) && client->holds < HOLDS_MAX &&
                     world_chance(&client->random, 20)) {
                client->holds++;
                world_hold(end);
                world_at(end->world, world_below(&client->random, longest_hold_us(client->sim)), reads_again, end, 0);
            }
            return;
        }
    }
}

/* Why an exchange that waits may get no answer at all. */
static bool
may_be_lost(const struct sim_client *client, bool broken)
{
    const struct sim_fate *first = fate_of(client, client->answered);

    if (first->left || first->broke_off)
        return true;
    if (broken && (first->roles[PLX_PRIMARY].troubled || first->roles[PLX_CANDIDATE].troubled))
        return true; /* it was cut off before anything of it was here */
    return sim_has(client->sim, SIM_MEMORY) || client->last || client->sim->draining || sim_has(client->sim, SIM_CROWD);
}

static void
on_ended(struct world_end *end, bool broken)
{
    struct sim_client *client = end->user;
    struct sim *sim = client->sim;

    if (client->end != end || is_over(client))
        return;
    if (client->tunnel) {
        sim_tunnel_ended(client->tunnel, broken);
        return;
    }
    if (client->in_answer && client->reader.state == SIM_AT_REST && !broken) {
        end_answer(client, false);
        return;
    }
    if (client->in_answer) {
        fate_of(client, client->answered)->cut = true;
        fate_of(client, client->answered)->ended_us = sim->world.now_us;
        client->answered++;
    } else {
        SIM_MUST(sim, client->answered == client->asked || may_be_lost(client, broken),
                 "exchange %u: its client's connection is closed without an answer", id_of(client, client->answered));
    }
    give_up(client, false);
    world_leave(end);
    go_on_elsewhere(client);
}

static const struct world_actor actor = {.connected = on_connected, .bytes = on_bytes, .ended = on_ended};

/* ---- life ---- */

void
sim_clients_begin(struct sim *sim)
{
    sim->clients_left = sim->plan.clients;
    for (unsigned i = 0; i < sim->plan.clients; i++) {
        struct sim_client *client = calloc(1, sizeof(*client));
        PLX_ASSERT(client);
        client->sim = sim;
        client->first = i * sim->plan.requests;
        client->random = sim_chances(sim, i, 6);
        plx_buffer_init(&client->text, 4u << 20);
        sim_reader_init(&client->reader);
        sim->clients[i] = client;
        world_at(&sim->world, world_below(&client->random, 20000), begin_connection, client, 0);
    }
}

void
sim_clients_free(struct sim *sim)
{
    for (unsigned i = 0; i < sim->plan.clients; i++) {
        sim_reader_fini(&sim->clients[i]->reader);
        plx_buffer_fini(&sim->clients[i]->text);
        free(sim->clients[i]);
    }
}
