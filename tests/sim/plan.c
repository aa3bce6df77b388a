/* SPDX-License-Identifier: Apache-2.0 */
/* What a run is, and what each of its exchanges is about: functions of the seed. */
#include "sim.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

static const struct {
    const char *name;
    unsigned percent;
} features[] = {
#define SIM_FEATURE_ROW(name, text, percent) [name] = {text, percent},
    SIM_FEATURE_MAP(SIM_FEATURE_ROW)};

/* Those in which the world is against somebody: some runs have none of them. */
#define BIT(feature) (UINT64_C(1) << (feature))
#define TROUBLES                                                                                    \
    (BIT(SIM_LEAVING) | BIT(SIM_STUCK) | BIT(SIM_CLOSING) | BIT(SIM_REFUSING) | BIT(SIM_BREAKING) | \
     BIT(SIM_STALLING) | BIT(SIM_GARBAGE) | BIT(SIM_NAMES) | BIT(SIM_CROWD) | BIT(SIM_DRAINS))
#define CALM_PERCENT 30
/* What spies know nothing of. */
#define OF_SERVICES                                                                                   \
    (BIT(SIM_WORKERS) | BIT(SIM_UPGRADES) | BIT(SIM_SECONDARY) | BIT(SIM_RELOADS) | BIT(SIM_STAGES) | \
     BIT(SIM_SHARES) | BIT(SIM_RECHECKS))

const char *
sim_feature_name(enum sim_feature feature)
{
    return features[feature].name;
}

struct sim_plan
sim_plan_of(uint64_t seed)
{
    struct sim_plan plan = {.seed = seed};
    uint64_t random = seed ^ UINT64_C(0x51a7ed);

    for (int i = 0; i < SIM_FEATURES; i++)
        if (world_chance(&random, features[i].percent))
            plan.features |= BIT(i);
    if (world_chance(&random, CALM_PERCENT))
        plan.features &= ~TROUBLES;
    if (plan.features & BIT(SIM_SPIES))
        plan.features &= ~OF_SERVICES;
    plan.clients = 1 + (unsigned)world_below(&random, SIM_CLIENTS_MAX);
    plan.requests = 1 + (unsigned)world_below(&random, plan.features & BIT(SIM_LARGE) ? 8 : 40);
    return plan;
}

uint64_t
sim_chances(const struct sim *sim, uint64_t id, uint64_t n)
{
    uint64_t state = sim->plan.seed ^ id * UINT64_C(0xd1342543de82ef95) ^ n << 48;

    (void)world_next(&state);
    return state;
}

/* ---- paths ---- */

static void
path_init(const struct sim *sim, struct world_path *path, uint64_t *random)
{
    static const uint32_t delays_us[] = {0, 50, 300, 2000};
    static const size_t cuts[] = {13, 100, 500, 1460}, windows[] = {64, 700, 5000, 65536};
    bool large = sim_has(sim, SIM_LARGE);

    *path = (struct world_path){.cut = PLX_READ_BYTES, .window = 4u << 20, .merges = world_chance(random, 70)};
    if (sim_has(sim, SIM_DELAYS)) {
        path->delay_us = delays_us[world_below(random, large ? 3 : PLX_COUNT(delays_us))];
        path->jitter_us = delays_us[world_below(random, 3)];
    }
    if (sim_has(sim, SIM_PIECES)) {
        /* One byte at a time takes as many events: it is seldom. */
        size_t small = world_chance(random, 5) ? 1 : cuts[world_below(random, PLX_COUNT(cuts))];
        path->cut = large ? 1460 + world_below(random, 60000) : small;
        path->ragged = !large && world_chance(random, 50);
    }
    if (sim_has(sim, SIM_WINDOWS))
        path->window = large ? 65536 + world_below(random, 1 << 20) : windows[world_below(random, PLX_COUNT(windows))];
}

void
sim_paths_init(struct sim *sim)
{
    uint64_t random = sim_chances(sim, 0, 1);

    for (size_t i = 0; i < PLX_COUNT(sim->paths); i++)
        path_init(sim, &sim->paths[i], &random);
}

const struct world_path *
sim_path(struct sim *sim, uint64_t *random)
{
    return &sim->paths[world_below(random, PLX_COUNT(sim->paths))];
}

/* ---- what is asked, and what is said ---- */

static size_t
some_length(const struct sim *sim, uint64_t *random)
{
    static const size_t lengths[] = {0, 1, 30, 300, 1500, 3000};
    size_t most = lengths[world_below(random, PLX_COUNT(lengths))];

    if (sim_has(sim, SIM_LARGE) && world_chance(random, 30))
        most = 40000 * (1 + world_below(random, 30));
    return most ? most - world_below(random, most / 2 + 1) : 0;
}

static void
ask(const struct sim *sim, struct sim_script *script, uint64_t *random)
{
    static const char *const safe[] = {"GET", "GET", "GET", "GET", "HEAD", "OPTIONS"};
    static const char *const unsafe[] = {"POST", "POST", "PUT", "DELETE", "PATCH"};

    script->safe = !sim_has(sim, SIM_BODIES) || world_chance(random, 60);
    script->method =
        script->safe ? safe[world_below(random, PLX_COUNT(safe))] : unsafe[world_below(random, PLX_COUNT(unsafe))];
    script->idempotent =
        script->safe || script->method[0] == 'D' || (script->method[0] == 'P' && script->method[1] == 'U');
    script->routed = !script->safe && world_chance(random, 70);
    script->upgrades = sim_has(sim, SIM_UPGRADES) && strcmp(script->method, "GET") == 0 && world_chance(random, 30);
    script->old = !script->upgrades && sim_has(sim, SIM_OLD) && world_chance(random, 20);
    script->closes = !script->upgrades && sim_has(sim, SIM_OLD) && world_chance(random, 10);
    size_t len = some_length(sim, random);
    bool chunked = world_chance(random, 40), expects = world_chance(random, 40), trailer = world_chance(random, 30);
    if (script->safe)
        return;
    script->body_len = len;
    script->chunked = !script->old && chunked;
    script->expects = sim_has(sim, SIM_EXPECTING) && !script->old && expects && (script->chunked || len);
    script->request_trailer = sim_has(sim, SIM_TRAILERS) && script->chunked && trailer;
}

static void
answer(const struct sim *sim, struct sim_script *script, uint64_t *random)
{
    static const int statuses[] = {200, 200, 200, 200, 200, 201, 204, 301, 304, 404, 401, 500, 503};

    script->status = statuses[world_below(random, PLX_COUNT(statuses))];
    script->kind = (enum sim_body)world_below(random, SIM_BODIES_COUNT);
    script->answer_len = some_length(sim, random);
    script->trailer = sim_has(sim, SIM_TRAILERS) && world_chance(random, 20);
    script->bodyless = script->status == 204 || script->status == 304 || strcmp(script->method, "HEAD") == 0;
    script->trailer &= !script->bodyless;
    if (script->upgrades && world_chance(random, 70)) {
        script->status = 101;
        script->bodyless = true;
        script->trailer = false;
        return;
    }
    bool differs = world_chance(random, 10);
    enum sim_difference how = (enum sim_difference)(1 + world_below(random, SIM_DIFFERENCES_COUNT - 1));
    if (!sim_has(sim, SIM_DIFFERENCES) || !differs)
        return;
    script->difference = how;
    script->later = (enum sim_later)world_below(random, SIM_LATER_COUNT);
    if (how == SIM_OTHER_TRAILER && !script->trailer)
        script->difference = SIM_OTHER_BODY;
    if (script->difference == SIM_OTHER_BODY && (script->bodyless || script->answer_len == 0))
        script->difference = SIM_OTHER_HEADER;
}

/* A call at a spy: the candidate's differs in the request, not in what it is answered. */
static void
spy_on(const struct sim *sim, unsigned id, struct sim_script *script)
{
    bool candidate = sim_side_of(sim, id) == PLX_CANDIDATE, differs = script->difference != SIM_SAME;
    uint64_t random = sim_chances(sim, script->asks, 13);
    enum plx_role without = (enum plx_role)world_below(&random, PLX_SPY_SIDES);
    bool alone = script->body_len < 2 || world_chance(&random, 50);

    script->by = (enum sim_known)world_below(&random, SIM_KNOWN_COUNT);
    script->difference = SIM_SAME;
    script->left_out = differs && alone && without == sim_side_of(sim, id);
    script->other = differs && !alone && candidate;
}

struct sim_script
sim_script_of(const struct sim *sim, unsigned id)
{
    struct sim_script script = {.method = "GET", .asks = sim_first_of(sim, id)};
    uint64_t asks = sim_chances(sim, script.asks, 2), answers = sim_chances(sim, script.asks, 3);

    ask(sim, &script, &asks);
    answer(sim, &script, &answers);
    if (sim->spies)
        spy_on(sim, id, &script);
    return script;
}

struct sim_script
sim_script_again(const struct sim_script *script)
{
    struct sim_script again = *script;

    again.again = true;
    if (script->later == SIM_GOES)
        again.difference = SIM_SAME;
    return again;
}

struct sim_part *
sim_part_of(struct sim *sim, unsigned id, enum plx_role role, const struct sim_script *script)
{
    struct sim_fate *fate = &sim->fates[id];

    return script->again ? &fate->again[role] : &fate->roles[role];
}

/* The candidate's value where it is another one than it was before. */
static bool
has_changed(const struct sim_script *script)
{
    return script->again && script->later == SIM_CHANGES;
}

/* Now and then the text of one JSON string, which has a meaning beyond its bytes. */
char
sim_request_byte(const struct sim_script *script, size_t at)
{
    if (script->asks % 3 == 0 && script->body_len >= 2 && (at == 0 || at == script->body_len - 1))
        return '"';
    return (char)('a' + (script->asks * 7 + at * 31 + at / 251 + script->other) % 26);
}

int
sim_status(const struct sim_script *script, enum plx_role role)
{
    if (role != PLX_CANDIDATE || script->difference != SIM_OTHER_STATUS)
        return script->status;
    if (script->status == 204 || script->status == 304)
        return script->status == 204 ? 304 : 204;
    return script->status + (has_changed(script) ? 2 : 1);
}

/* ---- bodies ---- */

/* Text of about so many bytes: words by the exchange's chances. */
static void
add_words(struct plx_buffer *out, uint64_t *random, size_t len, const char *between)
{
    static const char *const words[] = {"alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"};

    for (size_t until = out->len + len; out->len < until;) {
        plx_buffer_text(out, words[world_below(random, PLX_COUNT(words))]);
        plx_buffer_text(out, between);
    }
}

static void
add_plain(struct plx_buffer *out, const struct sim_script *script, unsigned id, uint64_t *random, bool other)
{
    const char *mark = !other ? "same" : has_changed(script) ? "another" : "other";

    switch (script->kind) {
    case SIM_JSON:
        plx_buffer_format(out, "{\"id\":%u,\"mark\":\"%s\",\"items\":[", id, mark);
        for (size_t until = out->len + script->answer_len; out->len < until;)
            plx_buffer_format(out, "{\"n\":%u,\"v\":%u.25},", (unsigned)world_below(random, 1000),
                              (unsigned)world_below(random, 100));
        plx_buffer_text(out, "null]}");
        break;
    case SIM_TEXT:
        plx_buffer_format(out, "%u %s\n", id, mark);
        add_words(out, random, script->answer_len, "\n");
        break;
    case SIM_HTML:
        plx_buffer_format(out, "<html><body><h1>%u %s</h1><p>", id, mark);
        add_words(out, random, script->answer_len, "</p><p>");
        plx_buffer_text(out, "</p></body></html>");
        break;
    default:
        plx_buffer_format(out, "%c%s", 0x80 | (int)(id & 0x7f), mark);
        for (size_t until = out->len + script->answer_len; out->len < until;)
            plx_buffer_byte(out, (char)world_next(random));
    }
}

static void
zip(const struct plx_buffer *plain, int level, struct plx_buffer *out)
{
    z_stream stream = {.next_in = (Bytef *)plain->ptr, .avail_in = (uInt)plain->len};

    PLX_ASSERT(deflateInit2(&stream, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t room = deflateBound(&stream, plain->len);
    PLX_ASSERT(plx_buffer_reserve(out, room));
    stream.next_out = (Bytef *)out->ptr;
    stream.avail_out = (uInt)room;
    PLX_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out->len = room - stream.avail_out;
    deflateEnd(&stream);
}

void
sim_body_of(struct sim *sim, unsigned id, enum plx_role role, const struct sim_script *script, bool coded)
{
    struct sim_part *part = sim_part_of(sim, id, role, script);
    struct plx_buffer plain, zipped;
    uint64_t random = sim_chances(sim, id, 4);

    if (part->body)
        return;
    plx_buffer_init(&plain, 8u << 20);
    plx_buffer_init(&zipped, 8u << 20);
    if (script->answer_len)
        add_plain(&plain, script, id, &random, role == PLX_CANDIDATE && script->difference == SIM_OTHER_BODY);
    if (coded)
        zip(&plain, 1 + (int)role * 4, &zipped);
    struct plx_buffer *body = coded ? &zipped : &plain;
    PLX_ASSERT(!plain.failed && plx_buffer_reserve(body, body->len + 1));
    part->len = body->len;
    part->body = body->ptr;
    if (coded)
        plx_buffer_fini(&plain);
}

void
sim_headers_of(struct plx_buffer *out, const struct sim_script *script, unsigned id, enum plx_role role)
{
    static const char *const types[] = {"application/json", "text/plain; charset=utf-8", "text/html",
                                        "application/octet-stream"};
    bool other = role == PLX_CANDIDATE && script->difference == SIM_OTHER_HEADER;

    if (role == PLX_CANDIDATE && script->difference == SIM_OTHER_STATUS)
        other = has_changed(script); /* in this, too: there are no three statuses without a body */
    if (script->answer_len)
        plx_buffer_format(out, "Content-Type: %s\r\n", types[script->kind]);
    plx_buffer_format(out, "Cache-Control: max-age=%u\r\n", !other ? 600 : has_changed(script) ? 61 : 60);
    if (script->status == 301)
        plx_buffer_format(out, "Location: /elsewhere/%u\r\n", script->asks);
    if (script->status == 401)
        plx_buffer_text(out, "WWW-Authenticate: Basic realm=\"sim\"\r\n");
}

void
sim_trailer_of(struct plx_buffer *out, const struct sim_script *script, unsigned id, enum plx_role role)
{
    bool other = role == PLX_CANDIDATE && script->difference == SIM_OTHER_TRAILER;

    if (script->trailer)
        plx_buffer_format(out, "Sim-Trailer: %u%s\r\n", id, !other ? "" : has_changed(script) ? "?" : "!");
}

/* ---- how ---- */

static enum sim_trouble
some_trouble(const struct sim *sim, uint64_t *random)
{
    static const enum sim_trouble breaks[] = {SIM_SILENT_END, SIM_RESET_FIRST, SIM_BREAKS_OFF, SIM_BREAKS};
    enum sim_trouble trouble = SIM_NO_TROUBLE;
    bool breaks_off = world_chance(random, 8), stalls = world_chance(random, 3), garbage = world_chance(random, 4);
    enum sim_trouble how = breaks[world_below(random, PLX_COUNT(breaks))];

    if (sim_has(sim, SIM_BREAKING) && breaks_off)
        trouble = how;
    if (sim_has(sim, SIM_STALLING) && stalls)
        trouble = SIM_STALLS;
    if (sim_has(sim, SIM_GARBAGE) && garbage)
        trouble = SIM_NO_HTTP;
    return trouble;
}

struct sim_way
sim_way_of(const struct sim *sim, unsigned id, enum plx_role role, unsigned attempt, const struct sim_script *script)
{
    uint64_t n = 16 + (script->again ? 64 : 0) + (uint64_t)role * 16 + attempt;
    uint64_t random = sim_chances(sim, id, n), fixed = sim_chances(sim, id, 8 + role);
    struct sim_way way = {.parts = 1};
    bool coded = world_chance(&fixed, 50); /* whatever the attempt: the body is made once */

    way.framing = sim_has(sim, SIM_FRAMINGS) ? (enum sim_framing)world_below(&random, 3) : SIM_BY_LENGTH;
    if (script->trailer)
        way.framing = SIM_BY_CHUNKS;
    way.coded =
        sim_has(sim, SIM_CODINGS) && coded && !script->bodyless && script->answer_len && script->kind != SIM_BINARY;
    way.early = sim_has(sim, SIM_EARLY) && world_chance(&random, 30);
    way.takes_rest = world_chance(&random, 50);
    way.closes = sim_has(sim, SIM_CLOSING) && world_chance(&random, 15) && script->status != 101;
    way.hangs_up = sim_has(sim, SIM_CLOSING) && world_chance(&random, 15) && script->status != 101;
    way.interims = sim_has(sim, SIM_INTERIMS) && world_chance(&random, 30) ? 1 + (unsigned)world_below(&random, 4) : 0;
    if (sim_has(sim, SIM_PAUSES)) {
        way.think_us = (uint32_t)world_below(&random, 40000);
        way.parts = 1 + (unsigned)world_below(&random, 4);
        way.pause_us = (uint32_t)world_below(&random, 30000);
    }
    way.trouble = some_trouble(sim, &random);
    way.where = (unsigned)world_below(&random, 1000);
    return way;
}
