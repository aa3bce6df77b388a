/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a run from its line. The hard thing is to say of each line that is refused which part of it is wrong, without a
 * message made at run time: the first check that fails leaves its text.
 */
#include "evidence/intake/posted_run.h"

#include "base/assert.h"
#include "base/double_text.h"
#include "base/utf8.h"

#include <math.h>

#define NUMBER_BYTES_MAX 64u /* of a number as written */
#define WHOLE_MAX        UINT64_C(1000000000000)
#define TIME_MAX_S       253402300799.0 /* the last second of the year 9999 */

struct reading {
    struct plx_posted_run *run;
    const struct plx_document *document;
    struct plx_arena *arena;
    const char *wrong; /* the first thing that is */
    bool no_memory;
};

static bool
refuse(struct reading *r, const char *wrong)
{
    if (!r->wrong)
        r->wrong = wrong;
    return false;
}

static uint32_t
member(const struct reading *r, uint32_t object, const char *key)
{
    return plx_json_member(r->document, object, plx_slice_of(key));
}

static bool
is_type(const struct reading *r, uint32_t node, enum plx_type type)
{
    return r->document->nodes[node].type == type;
}

/* ---- values ---- */

/* A string's characters. */
static bool
read_text(struct reading *r, uint32_t node, struct plx_slice *text)
{
    if (plx_json_unescape(r->document, node, r->arena, text) == PLX_OK)
        return true;
    r->no_memory = true;
    return false;
}

/* What is shown to people and used as a label: some characters, none of which leads a terminal astray. */
static bool
is_name(struct plx_slice text)
{
    return text.len > 0 && text.len < PLX_EXPERIMENT_NAME_MAX && plx_utf8_is_plain(text);
}

static bool
read_name(struct reading *r, uint32_t node, struct plx_slice *name, const char *wrong)
{
    if (!node || !is_type(r, node, PLX_STRING))
        return refuse(r, wrong);
    return read_text(r, node, name) && (is_name(*name) || refuse(r, wrong));
}

/* From 0 to max; false for anything else. */
static bool
read_number(const struct reading *r, uint32_t node, double max, double *number)
{
    struct plx_slice text = plx_json_text(r->document, node);

    if (!is_type(r, node, PLX_NUMBER) || text.len > NUMBER_BYTES_MAX || !plx_double_read(text, number))
        return false;
    return isfinite(*number) && *number >= 0 && *number <= max;
}

/* 0 where there is none. */
static bool
read_whole(struct reading *r, uint32_t node, uint64_t *number, const char *wrong)
{
    double value = 0;

    if (node && (!read_number(r, node, (double)WHOLE_MAX, &value) || value != floor(value)))
        return refuse(r, wrong);
    *number = (uint64_t)value;
    return true;
}

static bool
read_seconds(struct reading *r, uint32_t node, uint64_t *ns)
{
    double seconds = 0;

    if (!node || !read_number(r, node, PLX_RUN_SECONDS_MAX, &seconds))
        return refuse(r, "wall must be a number of seconds from 0 on");
    *ns = (uint64_t)(seconds * 1e9);
    return true;
}

static bool
read_verdict(struct reading *r, uint32_t node, enum plx_verdict *verdict)
{
    static const enum plx_verdict verdicts[] = {
#define VERDICT(name, text) name,
        PLX_VERDICT_MAP(VERDICT)
#undef VERDICT
    };

    for (size_t i = 0; node && is_type(r, node, PLX_STRING) && i < PLX_COUNT(verdicts); i++)
        if (plx_slice_equal(plx_json_text(r->document, node), plx_slice_of(plx_verdict_text(verdicts[i])))) {
            *verdict = verdicts[i];
            return true;
        }
    return refuse(r, "verdict must be match, mismatch, ignored or incomparable");
}

static bool
read_reason(struct reading *r, uint32_t node, enum plx_reason *reason)
{
    for (int i = PLX_REASON_NONE + 1; node && is_type(r, node, PLX_STRING) && i < PLX_REASON_COUNT; i++)
        if (plx_slice_equal(plx_json_text(r->document, node), plx_slice_of(plx_reason_text((enum plx_reason)i)))) {
            *reason = (enum plx_reason)i;
            return true;
        }
    return refuse(r, "an incomparable result needs its reason: timeout, crash, too_large, ...");
}

static bool
read_kind(const struct reading *r, uint32_t node, enum plx_kind *kind)
{
    static const enum plx_kind kinds[] = {
#define KIND(name, text) name,
        PLX_KIND_MAP(KIND)
#undef KIND
    };

    for (size_t i = 0; node && is_type(r, node, PLX_STRING) && i < PLX_COUNT(kinds); i++)
        if (plx_slice_equal(plx_json_text(r->document, node), plx_slice_of(plx_kind_text(kinds[i])))) {
            *kind = kinds[i];
            return true;
        }
    return false;
}

/* ---- differences ---- */

static bool
is_true(const struct reading *r, uint32_t object, const char *key)
{
    uint32_t node = member(r, object, key);

    return node && is_type(r, node, PLX_TRUE);
}

static bool
is_string(const struct reading *r, uint32_t node)
{
    return node && is_type(r, node, PLX_STRING);
}

static bool
check_difference(struct reading *r, uint32_t node)
{
    uint32_t folded = is_type(r, node, PLX_OBJECT) ? member(r, node, "folded") : 0;
    enum plx_kind kind;

    return (is_type(r, node, PLX_OBJECT) && is_string(r, member(r, node, "field")) &&
            (!folded || is_string(r, folded)) && is_string(r, member(r, node, "control")) &&
            is_string(r, member(r, node, "candidate")) && read_kind(r, member(r, node, "kind"), &kind)) ||
           refuse(r, "a difference needs the strings field, kind, control and candidate");
}

bool
plx_run_difference(const struct plx_posted_run *run, uint32_t node, struct plx_arena *arena,
                   struct plx_run_difference *difference)
{
    struct reading r = {.document = &run->document, .arena = arena};
    uint32_t folded = member(&r, node, "folded");

    if (!read_text(&r, member(&r, node, "field"), &difference->field) ||
        !read_text(&r, member(&r, node, "control"), &difference->control) ||
        !read_text(&r, member(&r, node, "candidate"), &difference->candidate))
        return false;
    difference->folded = difference->field;
    difference->control_cut = is_true(&r, node, "control_cut");
    difference->candidate_cut = is_true(&r, node, "candidate_cut");
    return read_kind(&r, member(&r, node, "kind"), &difference->kind) &&
           (!folded || read_text(&r, folded, &difference->folded));
}

static bool
read_differences(struct reading *r, struct plx_run_observation *seen)
{
    seen->differences = member(r, seen->node, "differences");
    if (!seen->differences)
        return true;
    if (!is_type(r, seen->differences, PLX_ARRAY))
        return refuse(r, "differences must be an array");
    for (uint32_t at = seen->differences + 1; at < r->document->nodes[seen->differences].next;
         at = r->document->nodes[at].next)
        if (!check_difference(r, at))
            return false;
    return read_whole(r, member(r, seen->node, "differences_total"), &seen->differences_total,
                      "differences_total must be a whole number");
}

/* ---- observations ---- */

static bool
is_short(const struct reading *r, uint32_t node)
{
    return plx_json_text(r->document, node).len <= PLX_RUN_VALUE_MAX;
}

static bool
read_observation(struct reading *r, uint32_t node, struct plx_run_observation *seen)
{
    *seen = (struct plx_run_observation){.node = node, .verdict = PLX_MATCH};
    if (!is_type(r, node, PLX_OBJECT))
        return refuse(r, "control and each candidate must be objects");
    seen->value = member(r, node, "value");
    seen->error = member(r, node, "error");
    if (seen->error && !is_type(r, seen->error, PLX_OBJECT))
        return refuse(r, "error must be an object: {\"code\":..,\"text\":..}");
    if ((seen->value && !is_short(r, seen->value)) || (seen->error && !is_short(r, seen->error)))
        return refuse(r, "a value is longer than 32 KiB; clean it before it is published (plx_experiment_clean())");
    return read_name(r, member(r, node, "name"), &seen->name,
                     "the name of a behaviour must be a text of 1 to 63 bytes without control characters") &&
           read_seconds(r, member(r, node, "wall"), &seen->wall_ns);
}

static bool
read_candidate(struct reading *r, uint32_t node, struct plx_run_observation *seen)
{
    return read_observation(r, node, seen) && read_verdict(r, member(r, node, "verdict"), &seen->verdict) &&
           (seen->verdict != PLX_INCOMPARABLE || read_reason(r, member(r, node, "reason"), &seen->reason)) &&
           read_differences(r, seen);
}

static bool
is_new(const struct plx_posted_run *run, struct plx_slice name)
{
    for (size_t i = 0; i < run->candidate_count; i++)
        if (plx_slice_equal(run->candidates[i].name, name))
            return false;
    return !plx_slice_equal(run->control.name, name);
}

static bool
read_candidates(struct reading *r, uint32_t node)
{
    struct plx_posted_run *run = r->run;

    if (!node || !is_type(r, node, PLX_ARRAY) || r->document->nodes[node].length == 0 ||
        r->document->nodes[node].length > PLX_RUN_CANDIDATES_MAX)
        return refuse(r, "candidates must be an array of 1 to 7");
    for (uint32_t at = node + 1; at < r->document->nodes[node].next; at = r->document->nodes[at].next) {
        struct plx_run_observation *seen = &run->candidates[run->candidate_count];
        if (!read_candidate(r, at, seen))
            return false;
        if (!is_new(run, seen->name))
            return refuse(r, "two behaviours of a run have the same name");
        run->candidate_count++;
    }
    return true;
}

/* ---- the whole ---- */

static bool
read_time(struct reading *r, uint32_t node)
{
    double seconds = 0;

    if (node && !read_number(r, node, TIME_MAX_S, &seconds))
        return refuse(r, "at must be a number of seconds since 1970");
    r->run->time_ms = (uint64_t)(seconds * 1000 + 0.5);
    return true;
}

static bool
read_context(struct reading *r, uint32_t node)
{
    if (node && (!is_type(r, node, PLX_OBJECT) || plx_json_text(r->document, node).len > PLX_CONTEXT_MAX))
        return refuse(r, "context must be an object of at most 4096 bytes");
    r->run->context = node;
    return true;
}

static bool
read_run(struct reading *r)
{
    uint32_t control;

    if (!is_type(r, 0, PLX_OBJECT))
        return refuse(r, "it is no object");
    control = member(r, 0, "control");
    if (!control)
        return refuse(r, "control is missing");
    return read_name(r, member(r, 0, "experiment"), &r->run->experiment,
                     "experiment must be a text of 1 to 63 bytes without control characters") &&
           read_time(r, member(r, 0, "at")) && read_context(r, member(r, 0, "context")) &&
           read_whole(r, member(r, 0, "shed"), &r->run->shed, "shed must be a whole number") &&
           read_observation(r, control, &r->run->control) && read_candidates(r, member(r, 0, "candidates"));
}

enum plx_status
plx_run_read(struct plx_slice line, struct plx_arena *arena, struct plx_posted_run *run, const char **wrong)
{
    struct reading r = {.run = run, .document = &run->document, .arena = arena};
    enum plx_status status;

    memset(run, 0, sizeof(*run));
    status = plx_json_read(line, NULL, arena, &run->document, NULL);
    if (status == PLX_E_MEMORY)
        return status;
    if (status != PLX_OK) {
        *wrong = "it is no JSON";
        return PLX_E_ARGUMENT;
    }
    if (read_run(&r))
        return PLX_OK;
    if (r.no_memory)
        return PLX_E_MEMORY;
    *wrong = r.wrong;
    return PLX_E_ARGUMENT;
}
