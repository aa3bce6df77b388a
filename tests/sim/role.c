/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles: servers that are asked over connections which the product keeps. What they are asked is looked at byte by
 * byte; what they answer is one text, sent in parts, of which a trouble may leave out the end.
 */
#include "sim.h"

#include "base/assert.h"
#include "reading.h"

#include <stdlib.h>
#include <string.h>

struct serving {
    struct plx_list link;
    struct sim_role *of;
    struct world_end *end;
    struct sim_reader reader;
    bool busy;  /* there is a request, or the answer to one */
    bool whole; /* the request */
    bool over;  /* nothing is said any more */
    unsigned id;
    size_t body_len;
    struct sim_script script;
    struct sim_way way;
    struct plx_buffer text; /* the answer */
    size_t said, until;     /* of the text: what is out; where it stops */
    unsigned parts;
    struct sim_tunnel *tunnel; /* NULL: it speaks HTTP */
};

static const struct world_actor actor;

static struct sim *
sim_of(const struct serving *serving)
{
    return serving->of->sim;
}

static struct sim_part *
part_of(const struct serving *serving)
{
    return sim_part_of(sim_of(serving), serving->id, serving->of->role, &serving->script);
}

/* ---- the answer ---- */

static void
add_framed(struct plx_buffer *out, const struct serving *serving, uint64_t *random)
{
    const char *body = part_of(serving)->body;
    size_t len = part_of(serving)->len, at = 0;

    if (serving->way.framing != SIM_BY_CHUNKS) {
        plx_buffer_append(out, body, len);
        return;
    }
    while (at < len) {
        size_t most = world_chance(random, 30) ? 10 + len / 20 : len, part = 1 + world_below(random, most);
        part = part < len - at ? part : len - at;
        plx_buffer_format(out, "%zx\r\n", part);
        plx_buffer_append(out, body + at, part);
        plx_buffer_text(out, "\r\n");
        at += part;
    }
    plx_buffer_text(out, "0\r\n");
    sim_trailer_of(out, &serving->script, serving->id, serving->of->role);
    plx_buffer_text(out, "\r\n");
}

/* What says how long the body is, of one that comes. */
static void
add_framing(struct plx_buffer *out, const struct serving *serving, size_t len)
{
    bool none = serving->script.status == 204 || serving->script.status == 304 || serving->script.status == 101;

    if (serving->way.framing == SIM_BY_LENGTH && !none)
        plx_buffer_format(out, "Content-Length: %zu\r\n", len);
    else if (serving->way.framing == SIM_BY_CHUNKS && !none)
        plx_buffer_text(out, "Transfer-Encoding: chunked\r\n");
}

static void
write_answer(struct serving *serving)
{
    struct sim *sim = sim_of(serving);
    struct plx_buffer *out = &serving->text;
    const struct sim_script *script = &serving->script;
    enum plx_role role = serving->of->role;
    uint64_t random = sim_chances(sim, serving->id, 200 + role);
    int status = sim_status(script, role);

    sim_body_of(sim, serving->id, role, script, serving->way.coded);
    plx_buffer_clear(out);
    for (unsigned i = 0; i < serving->way.interims; i++)
        plx_buffer_text(out,
                        i % 2 ? "HTTP/1.1 102 Processing\r\n\r\n" : "HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n");
    plx_buffer_format(out, "HTTP/1.1 %d Sim\r\nSim-Id: %u\r\nSim-Role: %d\r\n", status, serving->id, (int)role);
    sim_headers_of(out, script, serving->id, role);
    if (serving->way.coded)
        plx_buffer_text(out, "Content-Encoding: gzip\r\n");
    add_framing(out, serving, part_of(serving)->len);
    if (serving->script.status == 101)
        plx_buffer_text(out, "Connection: Upgrade\r\nUpgrade: sim\r\n");
    if (serving->way.closes)
        plx_buffer_text(out, "Connection: close\r\n");
    plx_buffer_text(out, "\r\n");
    if (!script->bodyless)
        add_framed(out, serving, &random);
    PLX_ASSERT(!out->failed);
}

static void
hang_up(struct serving *serving, void (*way)(struct world_end *end))
{
    serving->over = true;
    way(serving->end);
}

/* The answer is out, and all of the request in: the next one may come. */
static void
settle(struct serving *serving)
{
    bool ends = serving->way.closes || (serving->way.framing == SIM_BY_END && !serving->script.bodyless);

    if (serving->said < serving->text.len || !serving->busy)
        return;
    if (ends || (!serving->whole && !serving->way.takes_rest)) {
        if (!ends)
            serving->of->hung_up_us = sim_of(serving)->world.now_us;
        else if (serving->way.framing == SIM_BY_END && !serving->whole) /* which then looks like a reset */
            part_of(serving)->troubled = true;
        hang_up(serving, world_leave);
        return;
    }
    if (!serving->whole)
        return;
    serving->busy = false;
    if (serving->way.hangs_up) {
        serving->of->hung_up_us = sim_of(serving)->world.now_us;
        hang_up(serving, world_leave);
    }
}

static void
make_trouble(struct serving *serving)
{
    switch (serving->way.trouble) {
    case SIM_RESET_FIRST:
    case SIM_BREAKS:
        hang_up(serving, world_cut_off);
        return;
    case SIM_STALLS:
        serving->over = true; /* and the connection stays */
        return;
    default:
        hang_up(serving, world_leave);
    }
}

static void
leaves_tunnel(void *of)
{
    ((struct serving *)of)->over = true;
}

static void
say(struct world *world, void *of, uint64_t n)
{
    struct serving *serving = of;
    size_t part = serving->text.len / serving->way.parts + 1, left = serving->until - serving->said;

    if (serving->over)
        return;
    part = part < left ? part : left;
    world_say(serving->end, serving->text.ptr + serving->said, part);
    serving->said += part;
    if (serving->said < serving->until) {
        world_at(world, serving->way.pause_us, say, serving, 0);
        return;
    }
    if (serving->way.trouble != SIM_NO_TROUBLE) {
        make_trouble(serving);
        return;
    }
    part_of(serving)->whole++;
    part_of(serving)->said_us = world->now_us;
    if (serving->script.status == 101) {
        serving->tunnel = sim_tunnel_begin(sim_of(serving), serving->end, serving->id, true, leaves_tunnel, serving);
        return;
    }
    settle(serving);
}

static void
begin_answer(struct serving *serving)
{
    enum sim_trouble trouble = serving->way.trouble;

    if (trouble == SIM_NO_HTTP) {
        plx_buffer_clear(&serving->text);
        plx_buffer_text(&serving->text, "220 this is no HTTP\r\n\r\n");
    } else {
        write_answer(serving);
    }
    serving->said = 0;
    serving->until = serving->text.len;
    if (trouble == SIM_SILENT_END || trouble == SIM_RESET_FIRST)
        serving->until = 0;
    else if (trouble != SIM_NO_TROUBLE && trouble != SIM_NO_HTTP)
        serving->until = serving->text.len * serving->way.where / 1000;
    /* The end of a body that lasts until the connection's end says nothing: only a reset does. */
    if (trouble == SIM_BREAKS_OFF && serving->way.framing == SIM_BY_END)
        serving->way.trouble = SIM_BREAKS;
    part_of(serving)->troubled |= trouble != SIM_NO_TROUBLE;
    world_at(serving->end->world, serving->way.think_us, say, serving, 0);
}

/* ---- the request ---- */

static bool
is_marked(struct plx_slice head)
{
    return sim_header(head, "Parallax-Role").len > 0;
}

/* What stands in a head is what the client has sent; who is a copy is told so. */
static void
look_at_head(struct serving *serving, struct plx_slice head)
{
    struct sim *sim = sim_of(serving);
    struct plx_slice id = sim_header(head, "sim-id");
    const struct sim_script *script = &serving->script;
    enum plx_role role = serving->of->role;

    SIM_MUST(sim, id.len, "role %d is asked without an id: %.*s", (int)role, (int)head.len, head.ptr);
    serving->id = (unsigned)sim_number(id);
    SIM_MUST(sim, serving->id < sim->exchanges, "role %d is asked for exchange %u", (int)role, serving->id);
    serving->script = sim_script_of(sim, serving->id);
    size_t len = strlen(script->method);
    SIM_MUST(sim, head.len > len && memcmp(head.ptr, script->method, len) == 0 && head.ptr[len] == ' ',
             "exchange %u: role %d is asked %.*s, not %s", serving->id, (int)role, 8, head.ptr, script->method);
    SIM_MUST(sim, sim_number(sim_header(head, "sim-check")) == (long)(serving->id * 3),
             "exchange %u: role %d has lost a header", serving->id, (int)role);
    SIM_MUST(sim, (sim_header(head, "transfer-encoding").len > 0) == script->chunked,
             "exchange %u: role %d is asked with another framing: %.*s", serving->id, (int)role, (int)head.len,
             head.ptr);
    SIM_MUST(sim, !sim_is_stub(sim, serving->id), "exchange %u: it was to be answered by a stub, and role %d is asked",
             serving->id, (int)role);
    SIM_MUST(sim, !script->upgrades || is_marked(head) == false,
             "exchange %u: a copy of what asks for another protocol", serving->id);
    SIM_MUST(sim, sim_header(head, "upgrade").len > 0 || !script->upgrades, "exchange %u: its protocol is lost",
             serving->id);
    SIM_MUST(sim, is_marked(head) || role != PLX_SECONDARY, "exchange %u: the secondary serves", serving->id);
    SIM_MUST(sim, !is_marked(head) || !sim_header(head, "expect").len, "exchange %u: a copy expects", serving->id);
    if (sim_header(head, "parallax-recheck").len) {
        sim_look_at_recheck(sim, serving->id, role, head);
        serving->script = sim_script_again(script);
    } else if (is_marked(head)) {
        sim_copy_id(sim->fates[serving->id].id, sim_header(head, "parallax-exchange"));
    }
}

static void
look_at_body(struct serving *serving, struct plx_slice data)
{
    struct sim *sim = sim_of(serving);

    for (size_t i = 0; i < data.len; i++, serving->body_len++)
        SIM_MUST(sim, data.ptr[i] == sim_request_byte(&serving->script, serving->body_len),
                 "exchange %u: role %d is given another byte at %zu of the body", serving->id, (int)serving->of->role,
                 serving->body_len);
    SIM_MUST(sim, serving->body_len <= serving->script.body_len, "exchange %u: role %d is given %zu bytes of %zu",
             serving->id, (int)serving->of->role, serving->body_len, serving->script.body_len);
}

static void
begin_request(struct serving *serving)
{
    struct sim *sim = sim_of(serving);
    struct plx_slice head = plx_buffer_slice(&serving->reader.head);
    enum plx_role role = serving->of->role;

    SIM_MUST(sim, !serving->busy, "role %d is asked exchange %ld while it answers %u", (int)role,
             sim_number(sim_header(head, "sim-id")), serving->id);
    serving->busy = true;
    serving->whole = serving->over = false;
    serving->body_len = 0;
    look_at_head(serving, head);
    SIM_MUST(sim, sim->fates[serving->id].asked_us, "exchange %u: role %d is asked what no client has", serving->id,
             (int)role);
    unsigned attempt = part_of(serving)->asked++;
    serving->way = sim_way_of(sim, serving->id, role, attempt < 15 ? attempt : 15, &serving->script);
    bool bodyless = serving->script.body_len == 0 && !serving->script.chunked;
    serving->way.early &= !bodyless;
    serving->text.len = serving->said = 0;
    SIM_MUST(sim, sim_reader_body(&serving->reader, bodyless, false),
             "exchange %u: role %d is asked with a bad framing", serving->id, (int)role);
    if (serving->way.early) {
        part_of(serving)->early = true;
        begin_answer(serving);
    } else if (sim_header(head, "expect").len && world_chance(&serving->of->random, 70)) {
        world_say(serving->end, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    }
}

static void
end_request(struct serving *serving)
{
    struct sim *sim = sim_of(serving);
    struct plx_slice trailer = plx_buffer_slice(&serving->reader.trailer);

    SIM_MUST(sim, serving->body_len == serving->script.body_len, "exchange %u: role %d is given %zu bytes of %zu",
             serving->id, (int)serving->of->role, serving->body_len, serving->script.body_len);
    SIM_MUST(sim, (trailer.len > 0) == serving->script.request_trailer,
             "exchange %u: role %d is given the trailer '%.*s'", serving->id, (int)serving->of->role, (int)trailer.len,
             trailer.ptr);
    serving->whole = true;
    if (serving->way.early)
        settle(serving);
    else
        begin_answer(serving);
}

static void
on_bytes(struct world_end *end, const char *bytes, size_t len)
{
    struct serving *serving = end->user;
    struct plx_slice input = plx_slice_make(bytes, len), data;

    if (serving->tunnel) {
        sim_tunnel_bytes(serving->tunnel, input);
        return;
    }
    while (!end->gone && !end->leaving && !end->world->closing) {
        switch (sim_reader_read(&serving->reader, &input, &data)) {
        case SIM_READ_HEAD:
            begin_request(serving);
            break;
        case SIM_READ_DATA:
            look_at_body(serving, data);
            break;
        case SIM_READ_DONE:
            end_request(serving);
            break;
        case SIM_READ_BAD:
            sim_fail(sim_of(serving), "role %d is given no HTTP", (int)serving->of->role);
        case SIM_READ_MORE:
            return;
        }
    }
}

static void
on_ended(struct world_end *end, bool broken)
{
    struct serving *serving = end->user;

    if (serving->tunnel) {
        sim_tunnel_ended(serving->tunnel, broken);
        return;
    }
    serving->over = true;
    world_leave(end);
}

static const struct world_actor actor = {.bytes = on_bytes, .ended = on_ended};

/* ---- connections ---- */

enum world_welcome
sim_role_connects(struct world *world, struct world_end *end, uint16_t port)
{
    struct sim *sim = world->owner;
    struct sim_role *role = &sim->roles[port % PLX_ROLES];

    role->connects++;
    if (sim_has(sim, SIM_REFUSING) && world_chance(&role->random, 20)) {
        role->refused_us = world->now_us;
        return world_chance(&role->random, 50) ? WORLD_REFUSED : WORLD_IGNORED;
    }
    struct serving *serving = calloc(1, sizeof(*serving));
    PLX_ASSERT(serving);
    serving->of = role;
    sim_reader_init(&serving->reader);
    plx_buffer_init(&serving->text, 16u << 20);
    plx_list_push_back(&role->connections, &serving->link);
    serving->end = world_meet(end, &actor, serving, sim_path(sim, &role->random), sim_path(sim, &role->random));
    return WORLD_ACCEPTED;
}

void
sim_roles_begin(struct sim *sim)
{
    for (int i = 0; i < PLX_ROLES; i++) {
        sim->roles[i] =
            (struct sim_role){.sim = sim, .role = (enum plx_role)i, .random = sim_chances(sim, 0, 20 + (uint64_t)i)};
        plx_list_init(&sim->roles[i].connections);
    }
}

void
sim_roles_free(struct sim *sim)
{
    for (int i = 0; i < PLX_ROLES; i++)
        while (!plx_list_empty(&sim->roles[i].connections)) {
            struct serving *serving = PLX_CONTAINER(sim->roles[i].connections.next, struct serving, link);
            plx_list_remove(&serving->link);
            sim_reader_fini(&serving->reader);
            plx_buffer_fini(&serving->text);
            free(serving);
        }
}
