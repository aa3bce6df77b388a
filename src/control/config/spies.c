/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `spies:`, from the tree to spies: where each listens, what is behind it, how its calls are paired and compared. What
 * its stubs answer: stub_answers.c.
 *
 *   - name: notification
 *     primary: 127.0.0.1:8085                              # observes; or {listen: ADDRESS, mode: stub}
 *     candidate: {listen: 127.0.0.1:8086, mode: stub}
 *     real: http://127.0.0.1:8081
 *     answer: primary
 */
#include "control/config/spies.h"

#include "base/assert.h"
#include "control/config/compare_rules.h"
#include "control/config/keys.h"
#include "control/config/routes.h"
#include "control/config/services.h"
#include "control/config/stub_answers.h"
#include "control/config/taken.h"
#include "control/config/values.h"

#include <stddef.h>
#include <stdlib.h>
#include <xxhash.h>

#define BODY_MAX_BYTES ((uint64_t)64 << 20)
#define BYTES_MAX      ((uint64_t)16 << 30)
#define CALLS_MAX      1000000u

struct reading {
    struct plx_spy *spy;
    struct plx_service *service;    /* the spy's */
    struct plx_address *listen;     /* by side */
    const struct plx_spy_nodes *at; /* as far as it is read */
};

bool
plx_spy_defaults(struct plx_service *service, const char *name)
{
    if (!plx_service_defaults(service, name))
        return false;
    plx_rules_compare_no_headers(service->rules); /* of calls; those of answers are the spy's own */
    service->stage = PLX_STAGE_PRIMARY;
    service->limits.body_bytes = service->limits.capture_bytes;
    return true;
}

/* ---- a spy's keys ---- */

static void
read_name(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_name(reader, node, "a spy's name", &((struct reading *)into)->service->name);
}

/* ---- its sides ---- */

struct side {
    struct reading *r;
    enum plx_role side;
};

static void
read_side_listen(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct side *s = into;
    struct plx_slice text;

    if (plx_read_text(reader, node, "an address", &text))
        plx_take_address(reader, node, NULL, text, &s->r->listen[s->side]);
}

static void
read_side_mode(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct side *s = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "observe or stub", &text))
        return;
    if (plx_slice_equal(text, plx_slice_of("observe")))
        s->r->spy->modes[s->side] = PLX_SPY_OBSERVE;
    else if (plx_slice_equal(text, plx_slice_of("stub")))
        s->r->spy->modes[s->side] = PLX_SPY_STUB;
    else
        plx_config_error(reader, node, "write observe (calls go on to the real one) or stub (they are answered here)",
                         "%s is no mode of a spy's side", plx_yaml_name(node));
}

static void
read_side(struct plx_config_reader *reader, const struct plx_yaml *node, struct reading *r, enum plx_role role)
{
    struct side_nodes {
        const struct plx_yaml *listen, *mode;
    } at = {NULL, NULL};
    static const struct plx_key keys[] = {
        {"listen", read_side_listen, offsetof(struct side_nodes, listen)},
        {"mode", read_side_mode, offsetof(struct side_nodes, mode)},
    };
    struct side side = {r, role};

    if (node->type == PLX_YAML_SCALAR)
        read_side_listen(reader, node, &side);
    else
        plx_keys_read_nodes(reader, node, "a spy's side", keys, PLX_COUNT(keys), &side, &at);
    if (node->type == PLX_YAML_MAPPING && !at.listen)
        plx_config_error(reader, node, "add `listen: HOST:PORT`", "a spy's side that listens nowhere");
}

static void
read_primary(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_side(reader, node, into, PLX_PRIMARY);
}

static void
read_candidate(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_side(reader, node, into, PLX_CANDIDATE);
}

static void
read_real(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading *r = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "http://HOST:PORT", &text))
        return;
    const char *problem = plx_value_url(text, &r->service->roles[PLX_PRIMARY]);
    if (problem)
        plx_config_error(reader, node, problem, "%s can't be used as the real dependency", plx_yaml_name(node));
    else if (!r->service->roles[PLX_PRIMARY].url)
        reader->no_memory = true;
}

/* ---- times and limits ---- */

static void
read_answer(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_spy *spy = ((struct reading *)into)->spy;

    spy->answer = plx_spy_answer_new(false);
    reader->no_memory |= !spy->answer;
    if (spy->answer)
        plx_spy_answer_read(reader, node, spy->answer, &spy->wait_ms);
}

static void
read_window(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_duration(reader, node, PLX_SPY_TIME_MAX_MS, &((struct reading *)into)->spy->window_ms);
}

static void
read_settle(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading *r = into;

    plx_read_duration(reader, node, PLX_SPY_TIME_MAX_MS, &r->spy->settle_ms);
}

static void
read_late(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading *r = into;

    plx_read_duration(reader, node, PLX_SPY_TIME_MAX_MS, &r->spy->late_ms);
}

static void
read_target(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "yes or no", &text) &&
        !plx_value_bool(text, &((struct reading *)into)->spy->compare_target))
        plx_config_error(reader, node, "write yes or no", "%s is neither yes nor no", plx_yaml_name(node));
}

static void
read_connect(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_duration(reader, node, PLX_SPY_TIME_MAX_MS, &((struct plx_timeouts *)into)->connect);
}

static void
read_answer_timeout(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_duration(reader, node, PLX_SPY_TIME_MAX_MS, &((struct plx_timeouts *)into)->answer);
}

static void
read_between(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_duration(reader, node, PLX_SPY_TIME_MAX_MS, &((struct plx_timeouts *)into)->between);
}

static void
read_timeout(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    static const struct plx_key keys[] = {
        {"connect", read_connect}, {"answer", read_answer_timeout}, {"between", read_between}};

    plx_keys_read(reader, node, "`timeout`", keys, PLX_COUNT(keys), &((struct reading *)into)->service->timeouts);
}

static void
read_body_limit(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_size(reader, node, BODY_MAX_BYTES, &((struct reading *)into)->service->limits.body_bytes);
}

static void
read_capture(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_size(reader, node, BODY_MAX_BYTES, &((struct reading *)into)->service->limits.capture_bytes);
}

static void
read_bytes(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_size(reader, node, BYTES_MAX, &((struct reading *)into)->spy->bytes_max);
}

static void
read_calls(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;
    uint64_t count;

    if (!plx_read_text(reader, node, "a number", &text))
        return;
    if (plx_value_count(text, CALLS_MAX, &count) && count > 0)
        ((struct reading *)into)->spy->calls_max = (uint32_t)count;
    else
        plx_config_error(reader, node, "write a number from 1 to 1000000", "%s is no number of calls",
                         plx_yaml_name(node));
}

static void
read_limits(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    static const struct plx_key keys[] = {
        {"body", read_body_limit}, {"capture", read_capture}, {"bytes", read_bytes}, {"calls", read_calls}};

    plx_keys_read(reader, node, "`limits` of a spy", keys, PLX_COUNT(keys), into);
}

static void
read_compare(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_compare_read(reader, node, ((struct reading *)into)->service->rules);
}

static void
read_redact(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_redact_read(reader, node, ((struct reading *)into)->service->rules);
}

static void
read_route_answer(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_spy_answer **answer)
{
    *answer = plx_spy_answer_new(false);
    if (*answer)
        plx_spy_answer_read(reader, node, *answer, NULL);
    else
        reader->no_memory = true;
}

static void
read_routes(struct plx_config_reader *reader, struct reading *r)
{
    const struct plx_route_nodes *routes = plx_routes_read(reader, r->at->routes, r->service, true);
    size_t count = r->service->route_count;

    if (count == 0 || reader->no_memory)
        return;
    r->spy->route_answers = calloc(count, sizeof(struct plx_spy_answer *));
    reader->no_memory |= !r->spy->route_answers;
    for (size_t i = 0; i < count && !reader->no_memory; i++)
        if (routes[i].answer)
            read_route_answer(reader, routes[i].answer, &r->spy->route_answers[i]);
}

/* ---- what must hold ---- */

bool
plx_spy_asks_primary(const struct plx_spy *spy)
{
    bool asks = spy->answer->from_primary;

    for (size_t i = 0; spy->route_answers && i < spy->service->route_count; i++)
        asks |= spy->route_answers[i] && spy->route_answers[i]->from_primary;
    return asks;
}

static void
check_times(struct plx_config_reader *reader, const struct reading *r)
{
    struct plx_spy *spy = r->spy;

    if (!r->at->late)
        spy->late_ms = spy->window_ms;
    if (!r->at->settle && spy->settle_ms > spy->window_ms)
        spy->settle_ms = spy->window_ms;
    if (spy->settle_ms > spy->window_ms)
        plx_config_error(reader, r->at->settle, "make `settle` shorter, or `window` longer",
                         "calls that differ would be given up before they are taken for a pair");
    if (spy->late_ms > spy->window_ms)
        plx_config_error(reader, r->at->late, "make `late` shorter, or `window` longer",
                         "calls are given up before they could be late");
}

static void
check_spy(struct plx_config_reader *reader, const struct plx_yaml *node, const struct reading *r)
{
    const struct plx_spy *spy = r->spy;

    for (int side = 0; side < PLX_SPY_SIDES; side++) {
        if (!r->at->sides[side])
            plx_config_error(reader, node,
                             "add `primary: HOST:PORT` and `candidate: HOST:PORT`: where each one's calls come",
                             "a spy without `%s`", plx_role_text((enum plx_role)side));
        else if (spy->modes[side] == PLX_SPY_OBSERVE && !r->at->real)
            plx_config_error(
                reader, r->at->sides[side], "add `real: http://HOST:PORT`, or write {listen: HOST:PORT, mode: stub}",
                "the %s's calls are to be passed on, and there is no `real`", plx_role_text((enum plx_role)side));
    }
    if (r->at->sides[PLX_PRIMARY] && spy->modes[PLX_PRIMARY] == PLX_SPY_STUB && plx_spy_asks_primary(spy))
        plx_config_error(reader, r->at->sides[PLX_PRIMARY], "write what is answered, as in `answer: {status: 200}`",
                         "the stub of the primary can't answer what the primary got");
    r->spy->gives_primary = plx_spy_asks_primary(spy);
    check_times(reader, r);
}

/* ---- the list ---- */

#define NODE(member) offsetof(struct plx_spy_nodes, member)

static const struct plx_key spy_keys[] = {
    {"name", read_name, NODE(name)},
    {"primary", read_primary, NODE(sides[PLX_PRIMARY])},
    {"candidate", read_candidate, NODE(sides[PLX_CANDIDATE])},
    {"real", read_real, NODE(real)},
    {"answer", read_answer, NODE(answer)},
    {"window", read_window, NODE(window)},
    {"settle", read_settle, NODE(settle)},
    {"late", read_late, NODE(late)},
    {"target", read_target, NODE(target)},
    {"timeout", read_timeout, NODE(timeout)},
    {"limits", read_limits, NODE(limits)},
    {"compare", read_compare, NODE(compare)},
    {"redact", read_redact, NODE(redact)},
    {"routes", NULL, NODE(routes)}, /* they build on the spy's rules */
};

static void
read_spy(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_config *config, size_t index,
         struct plx_spy_nodes *at)
{
    struct plx_spies *spies = config->spies;
    struct reading r = {.spy = &spies->list[index],
                        .service = &spies->snapshot->services[index],
                        .listen = config->spy_listen[index],
                        .at = at};

    if (!plx_spy_defaults(r.service, "")) {
        reader->no_memory = true;
        return;
    }
    plx_keys_read_nodes(reader, node, "a spy", spy_keys, PLX_COUNT(spy_keys), &r, at);
    if (!r.spy->answer)
        r.spy->answer = plx_spy_answer_new(true);
    reader->no_memory |= !r.spy->answer;
    if (node->type != PLX_YAML_MAPPING)
        return;
    if (!at->name)
        plx_config_error(reader, node, "add one, as in `name: notification`", "a spy without `name`");
    if (at->routes)
        read_routes(reader, &r);
    if (!reader->no_memory)
        check_spy(reader, node, &r);
    for (size_t i = 0; i < index; i++)
        if (*r.service->name && strcmp(spies->snapshot->services[i].name, r.service->name) == 0)
            plx_config_error(reader, at->name, "give each spy a name of its own", "there is a spy `%s` already",
                             r.service->name);
}

/* What stands under `spies:`, as a number: a reload can't change it, but must notice. */
static uint64_t
fingerprint(const struct plx_yaml *node, uint64_t before)
{
    for (; node; node = node->next) {
        struct plx_slice key = node->key ? node->key->text : plx_slice_of("-");
        before = XXH3_64bits_withSeed(key.ptr, key.len, before + (uint64_t)node->type);
        before = XXH3_64bits_withSeed(node->text.len ? node->text.ptr : "", node->text.len, before);
        before = fingerprint(node->first, before) + 1;
    }
    return before;
}

const struct plx_spy_nodes *
plx_spies_read(struct plx_config_reader *reader, const struct plx_yaml *list, struct plx_config *config)
{
    size_t count = 0, index = 0;

    if (list->type != PLX_YAML_LIST || !list->first) {
        plx_config_error(reader, list, "begin each spy with `- name: ...`", "`spies` is a list, not %s",
                         list->type == PLX_YAML_LIST ? "an empty one" : plx_yaml_name(list));
        return NULL;
    }
    for (const struct plx_yaml *at = list->first; at; at = at->next)
        count++;
    if (count > PLX_SPIES_MAX) {
        plx_config_error(reader, list, "run a second Parallax for the rest",
                         "there are %zu spies; at most %u are taken", count, PLX_SPIES_MAX);
        return NULL;
    }
    struct plx_spy_nodes *nodes = plx_nodes_new(reader, count, sizeof(*nodes));
    config->spies = plx_spies_new(count);
    config->spies_fingerprint = fingerprint(list->first, count);
    reader->no_memory |= !config->spies;
    for (const struct plx_yaml *at = list->first; at && !reader->no_memory; at = at->next, index++)
        read_spy(reader, at, config, index, &nodes[index]);
    return nodes;
}
