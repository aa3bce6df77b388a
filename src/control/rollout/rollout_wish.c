/* SPDX-License-Identifier: Apache-2.0 */
/* A wish, read from the JSON that a client of the admin side sent. Any bytes may come; nothing but the members of its
 * kind is taken. */
#include "control/rollout/rollout_wish.h"

#include "service/share_value.h"

#include <parallax/value.h>
#include <stdio.h>

#define NUMBER_BYTES_MAX 30u /* of a percentage with three decimals, many times over */

#define EXAMPLE        "as in {\"stage\":\"canary\",\"share\":10}"
#define REASON_EXAMPLE "as in {\"reason\":\"a new build\"}"

struct reading {
    const struct plx_document *document;
    struct plx_arena *arena;
    struct plx_rollout_wish *wish;
    struct plx_rollout_error *error;
};

static const char *
example(enum plx_change_kind kind)
{
    return kind == PLX_CHANGE_STAGE ? EXAMPLE : REASON_EXAMPLE;
}

static bool
read_stage(struct reading *r, uint32_t node)
{
    struct plx_slice text;

    if (r->wish->has_stage)
        return plx_rollout_fail(r->error, 400, "bad_change", "\"stage\" stands twice: keep one of the two");
    if (r->document->nodes[node].type != PLX_STRING ||
        plx_json_unescape(r->document, node, r->arena, &text) != PLX_OK || !plx_stage_of(text, &r->wish->stage))
        return plx_rollout_fail(r->error, 400, "bad_change",
                                "\"stage\" is \"primary\", \"shadow\", \"canary\" or \"candidate\"");
    r->wish->has_stage = true;
    return true;
}

/* A number of percent, taken exactly. */
static bool
read_share(struct reading *r, uint32_t node)
{
    struct plx_slice number = plx_json_text(r->document, node);
    char text[NUMBER_BYTES_MAX + 2];

    if (r->wish->has_share)
        return plx_rollout_fail(r->error, 400, "bad_change", "\"share\" stands twice: keep one of the two");
    int len = snprintf(text, sizeof(text), "%.*s%%", (int)(number.len < NUMBER_BYTES_MAX ? number.len : 0), number.ptr);
    if (r->document->nodes[node].type != PLX_NUMBER ||
        !plx_share_of(plx_slice_make(text, (size_t)len), &r->wish->share))
        return plx_rollout_fail(
            r->error, 400, "bad_change",
            "\"share\" is a number of percent from 0 to 100 with at most three decimals, as in 10 or 0.5");
    r->wish->has_share = true;
    return true;
}

static bool
read_reason(struct reading *r, uint32_t node)
{
    struct plx_slice text = {NULL, 0};

    if (*r->wish->reason)
        return plx_rollout_fail(r->error, 400, "bad_change", "\"reason\" stands twice: keep one of the two");
    if (r->document->nodes[node].type != PLX_STRING ||
        plx_json_unescape(r->document, node, r->arena, &text) != PLX_OK || !plx_change_reason_is_fit(text))
        return plx_rollout_fail(r->error, 400, "bad_change",
                                "\"reason\" is a text of at most %u bytes of UTF-8 without control characters",
                                PLX_CHANGE_REASON_MAX);
    if (text.len)
        memcpy(r->wish->reason, text.ptr, text.len);
    return true;
}

static bool
read_member(struct reading *r, uint32_t key)
{
    struct plx_slice name = plx_json_text(r->document, key);
    uint32_t value = r->document->nodes[key].next;
    bool of_stage = r->wish->kind == PLX_CHANGE_STAGE;

    if (plx_slice_equal(name, plx_slice_of("reason")))
        return read_reason(r, value);
    if (of_stage && plx_slice_equal(name, plx_slice_of("stage")))
        return read_stage(r, value);
    if (of_stage && plx_slice_equal(name, plx_slice_of("share")))
        return read_share(r, value);
    return plx_rollout_fail(r->error, 400, "bad_change",
                            of_stage ? "there is nothing to give but \"stage\", \"share\" and \"reason\", " EXAMPLE
                                     : "there is nothing to give but a \"reason\", " REASON_EXAMPLE);
}

static bool
read_members(struct reading *r)
{
    const struct plx_rollout_wish *wish = r->wish;
    const struct plx_node *nodes = r->document->nodes;

    if (nodes[0].type != PLX_OBJECT)
        return plx_rollout_fail(r->error, 400, "bad_change", "the body is an object, %s", example(wish->kind));
    for (uint32_t key = 1; key < nodes[0].next; key = nodes[nodes[key].next].next)
        if (!read_member(r, key))
            return false;
    if (wish->kind == PLX_CHANGE_STAGE && !wish->has_stage && !wish->has_share)
        return plx_rollout_fail(r->error, 400, "bad_change", "give a \"stage\", a \"share\" or both, " EXAMPLE);
    if (wish->has_stage && wish->has_share && wish->stage != PLX_STAGE_CANARY)
        return plx_rollout_fail(r->error, 400, "bad_change",
                                "only the stage canary has a \"share\": leave it out for the stage %s",
                                plx_stage_text(wish->stage));
    return true;
}

bool
plx_rollout_read(struct plx_slice json, enum plx_change_kind kind, struct plx_rollout_wish *wish,
                 struct plx_rollout_error *error)
{
    const struct plx_json_limits limits = {.depth_max = 4};
    struct plx_document document;
    struct plx_json_error wrong = {0};
    bool ok = false;

    *wish = (struct plx_rollout_wish){.kind = kind};
    if (json.len == 0 && kind != PLX_CHANGE_STAGE)
        return true;
    struct plx_arena *arena = plx_arena_new(NULL);
    enum plx_status status = arena ? plx_json_read(json, &limits, arena, &document, &wrong) : PLX_E_MEMORY;
    struct reading r = {&document, arena, wish, error};
    if (status == PLX_OK)
        ok = read_members(&r);
    else if (status == PLX_E_MEMORY)
        plx_rollout_fail(error, 503, "no_memory", "there is no memory to read this; try again");
    else
        plx_rollout_fail(error, 400, "bad_change", "the body is not JSON at byte %zu; write it %s", wrong.offset,
                         example(kind));
    plx_arena_free(arena);
    return ok;
}
