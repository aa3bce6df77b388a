/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a result of `parallax reconcile` from JSON that anybody may have posted. The first check that fails leaves its
 * text. A result must agree with itself: it decides what continuous integration is told.
 */
#include "evidence/record/reconciliation_read.h"

#include "base/assert.h"
#include "base/double_text.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "secrets/secret_text.h"

#include <math.h>

#define DEPTH_MAX        32u
#define NUMBER_BYTES_MAX 64u

struct reading {
    struct plx_document document;
    struct plx_arena *arena;
    const struct plx_secrets *secrets;
    struct plx_reconciliation result;
    const char *wrong;
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
    return plx_json_member(&r->document, object, plx_slice_of(key));
}

/* Also false for what is not there. */
static bool
is(const struct reading *r, uint32_t node, enum plx_type type)
{
    return node && r->document.nodes[node].type == type;
}

/* ---- values ---- */

static bool
read_text(struct reading *r, uint32_t node, struct plx_slice *text)
{
    if (plx_json_unescape(&r->document, node, r->arena, text) == PLX_OK)
        return true;
    r->no_memory = true;
    return false;
}

/* Into the arena, at most max bytes of it. */
static bool
read_clean(struct reading *r, struct plx_slice given, size_t max, struct plx_slice *text)
{
    struct plx_buffer clean;
    struct plx_slice kept;

    plx_buffer_init(&clean, PLX_RECONCILIATION_POST_MAX * PLX_SECRET_GROWTH);
    plx_secrets_write(r->secrets, given, PLX_SECRET_ANY_TEXT, SIZE_MAX, &clean);
    kept = plx_arena_copy(r->arena, plx_utf8_cut(plx_buffer_slice(&clean), max));
    r->no_memory = clean.failed || !kept.ptr;
    plx_buffer_fini(&clean);
    *text = kept;
    return !r->no_memory;
}

/* The same, cut to max bytes, and nothing secret in it. */
static bool
read_connection(struct reading *r, uint32_t node, size_t max, struct plx_slice *text)
{
    struct plx_slice given;

    return read_text(r, node, &given) && read_clean(r, given, max, text);
}

/* Digits alone, as plx_json_uint() writes them; 0 where there is none. */
static bool
read_count(struct reading *r, uint32_t node, bool needed, uint64_t *count)
{
    struct plx_slice text = plx_json_text(&r->document, node);
    uint64_t number = 0;

    if (!node)
        return !needed ||
               refuse(r, "paired, only_left, only_right and differing must be there where the run came to an "
                         "end; or send its error and a result of null");
    if (!is(r, node, PLX_NUMBER) || text.len > 16)
        return refuse(r, "counts and rows must be whole numbers from 0 to 1000000000000000");
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return refuse(r, "counts and rows must be whole numbers, without sign, point and exponent");
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (number > PLX_RECONCILIATION_COUNT_MAX)
        return refuse(r, "counts and rows must be whole numbers from 0 to 1000000000000000");
    *count = number;
    return true;
}

/* ---- members ---- */

static bool
read_name(struct reading *r)
{
    uint32_t node = member(r, 0, "name");

    if (!is(r, node, PLX_STRING))
        return refuse(r, "name must be the name of the reconciliation, a string");
    return read_text(r, node, &r->result.name) &&
           (plx_reconciliation_name_fits(r->result.name) ||
            refuse(r, "name must be of letters, digits, and . _ -, at most 64 of them"));
}

static bool
read_start(struct reading *r)
{
    uint32_t node = member(r, 0, "started");

    return (is(r, node, PLX_STRING) && plx_time_read(plx_json_text(&r->document, node), &r->result.started_ms)) ||
           refuse(r, "started must be a moment in UTC such as 2026-01-02T03:04:05.678Z");
}

static bool
read_seconds(struct reading *r)
{
    uint32_t node = member(r, 0, "seconds");
    struct plx_slice text = plx_json_text(&r->document, node);

    if (!is(r, node, PLX_NUMBER) || text.len > NUMBER_BYTES_MAX || !plx_double_read(text, &r->result.seconds))
        return refuse(r, "seconds must be a number: how long the run took");
    return (r->result.seconds >= 0 && r->result.seconds <= PLX_RECONCILIATION_SECONDS_MAX) ||
           refuse(r, "seconds must be from 0 to 1000000000");
}

static bool
read_outcome(struct reading *r)
{
    uint32_t result = member(r, 0, "result"), error = member(r, 0, "error");
    bool failed = is(r, result, PLX_NULL);

    if (!failed && !is(r, result, PLX_TRUE) && !is(r, result, PLX_FALSE))
        return refuse(r, "result must be true or false, or null where the run could not be finished");
    if (error && !is(r, error, PLX_NULL) && !is(r, error, PLX_STRING))
        return refuse(r, "error must be a string that says why the run could not be finished, or null");
    if (failed != is(r, error, PLX_STRING))
        return refuse(r, "a result of null goes with an error, true and false with none");
    r->result.outcome = failed                    ? PLX_RECONCILIATION_FAILED
                        : is(r, result, PLX_TRUE) ? PLX_RECONCILIATION_TRUE
                                                  : PLX_RECONCILIATION_FALSE;
    return !failed || read_connection(r, error, PLX_RECONCILIATION_ERROR_MAX, &r->result.error);
}

static bool
read_side(struct reading *r, const char *key, struct plx_reconciliation_side *side)
{
    uint32_t node = member(r, 0, key), store;

    if (!node)
        return true;
    if (!is(r, node, PLX_OBJECT))
        return refuse(r, "left and right must be objects: {\"store\":\"...\",\"rows\":0}");
    store = member(r, node, "store");
    if (store && !is(r, store, PLX_STRING))
        return refuse(r, "the store of a side must be a string");
    return (!store || read_connection(r, store, PLX_RECONCILIATION_STORE_MAX, &side->store)) &&
           read_count(r, member(r, node, "rows"), false, &side->rows);
}

static bool
read_counts(struct reading *r)
{
#define ROW(name, text, needed, gauge) {(text), (needed)},
    static const struct {
        const char *key;
        bool needed;
    } rows[] = {PLX_RECONCILIATION_COUNT_MAP(ROW)};
#undef ROW
    const uint64_t *counts = r->result.counts;
    bool finished = r->result.outcome != PLX_RECONCILIATION_FAILED;

    for (size_t i = 0; i < PLX_COUNT(rows); i++)
        if (!read_count(r, member(r, 0, rows[i].key), finished && rows[i].needed, &r->result.counts[i]))
            return false;
    bool equal = counts[PLX_ROWS_ONLY_LEFT] + counts[PLX_ROWS_ONLY_RIGHT] + counts[PLX_ROWS_DIFFERING] == 0;
    return !finished || equal == (r->result.outcome == PLX_RECONCILIATION_TRUE) ||
           refuse(r, "result must be true where only_left, only_right and differing are all 0, and false elsewhere");
}

/* ---- examples ---- */

static bool
read_examples_of(struct reading *r, uint32_t array, enum plx_reconciliation_kind kind)
{
    const struct plx_node *nodes = r->document.nodes;

    if (!array)
        return true;
    if (!is(r, array, PLX_ARRAY))
        return refuse(r, "the examples of a kind must be an array");
    for (uint32_t at = array + 1; at < nodes[array].next; at = nodes[at].next) {
        struct plx_slice json = plx_json_text(&r->document, at);

        if (nodes[at].type == PLX_STRING)
            json = plx_slice_make(json.ptr - 1, json.len + 2); /* with its quotes */
        else if (nodes[at].type != PLX_OBJECT)
            return refuse(r, "an example must be an object: a row by its columns, or the differences of a pair");
        if (!read_clean(r, json, SIZE_MAX, &json))
            return false;
        plx_reconciliation_show(&r->result, kind, json);
    }
    return true;
}

static bool
read_examples(struct reading *r)
{
    uint32_t examples = member(r, 0, "examples");
    uint64_t cut = 0;

    if (examples && !is(r, examples, PLX_OBJECT))
        return refuse(r, "examples must be an object of arrays: only_left, only_right, differing");
    for (int i = 0; examples && i < PLX_EXAMPLE_KINDS; i++)
        if (!read_examples_of(r, member(r, examples, plx_reconciliation_kind_text((enum plx_reconciliation_kind)i)),
                              (enum plx_reconciliation_kind)i))
            return false;
    if (!read_count(r, member(r, 0, "examples_cut"), false, &cut))
        return false;
    r->result.examples_cut += cut;
    return true;
}

static bool
read_document(struct reading *r, struct plx_slice text)
{
    const struct plx_json_limits limits = {.depth_max = DEPTH_MAX, .bytes_max = PLX_RECONCILIATION_POST_MAX};
    enum plx_status status = plx_json_read(text, &limits, r->arena, &r->document, NULL);

    r->no_memory = status == PLX_E_MEMORY;
    if (status == PLX_E_LIMIT || status == PLX_E_DEPTH)
        return refuse(r, "it is longer than 65536 bytes or deeper than 32; send fewer examples");
    if (status != PLX_OK || r->document.nodes[0].type != PLX_OBJECT)
        return refuse(r, "it is no JSON object");
    return true;
}

enum plx_status
plx_reconciliation_read(struct plx_slice text, const struct plx_secrets *secrets, struct plx_arena *arena,
                        struct plx_reconciliation *result, const char **wrong)
{
    struct reading r = {.arena = arena, .secrets = secrets};

    if (read_document(&r, text) && read_name(&r) && read_start(&r) && read_seconds(&r) && read_outcome(&r) &&
        read_side(&r, "left", &r.result.left) && read_side(&r, "right", &r.result.right) && read_counts(&r) &&
        read_examples(&r)) {
        *result = r.result;
        return PLX_OK;
    }
    if (r.no_memory)
        return PLX_E_MEMORY;
    *wrong = r.wrong;
    return PLX_E_SYNTAX;
}
