/* SPDX-License-Identifier: Apache-2.0 */
/* A wish, read from the JSON that a client of the admin side sent. Any bytes may come; nothing but the two members is
 * taken. */
#include "control/rollout/rollout_wish.h"

#include "service/share_value.h"

#include <parallax/value.h>
#include <stdio.h>

#define NUMBER_BYTES_MAX 30u /* of a percentage with three decimals, many times over */

#define EXAMPLE "as in {\"stage\":\"canary\",\"share\":10}"

struct reading {
    const struct plx_document *document;
    struct plx_arena *arena;
    struct plx_rollout_wish *wish;
    struct plx_rollout_error *error;
};

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
read_member(struct reading *r, uint32_t key)
{
    struct plx_slice name = plx_json_text(r->document, key);
    uint32_t value = r->document->nodes[key].next;

    if (plx_slice_equal(name, plx_slice_of("stage")))
        return read_stage(r, value);
    if (plx_slice_equal(name, plx_slice_of("share")))
        return read_share(r, value);
    return plx_rollout_fail(r->error, 400, "bad_change",
                            "there is nothing to change but \"stage\" and \"share\", " EXAMPLE);
}

static bool
read_members(struct reading *r)
{
    const struct plx_node *nodes = r->document->nodes;

    if (nodes[0].type != PLX_OBJECT)
        return plx_rollout_fail(r->error, 400, "bad_change", "the body is an object, " EXAMPLE);
    for (uint32_t key = 1; key < nodes[0].next; key = nodes[nodes[key].next].next)
        if (!read_member(r, key))
            return false;
    if (!r->wish->has_stage && !r->wish->has_share)
        return plx_rollout_fail(r->error, 400, "bad_change", "give a \"stage\", a \"share\" or both, " EXAMPLE);
    if (r->wish->has_stage && r->wish->has_share && r->wish->stage != PLX_STAGE_CANARY)
        return plx_rollout_fail(r->error, 400, "bad_change",
                                "only the stage canary has a \"share\": leave it out for the stage %s",
                                plx_stage_text(r->wish->stage));
    return true;
}

bool
plx_rollout_read(struct plx_slice json, struct plx_rollout_wish *wish, struct plx_rollout_error *error)
{
    const struct plx_json_limits limits = {.depth_max = 4};
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_document document;
    struct plx_json_error wrong = {0};
    enum plx_status status = arena ? plx_json_read(json, &limits, arena, &document, &wrong) : PLX_E_MEMORY;
    struct reading r = {&document, arena, wish, error};
    bool ok = false;

    *wish = (struct plx_rollout_wish){0};
    if (status == PLX_OK)
        ok = read_members(&r);
    else if (status == PLX_E_MEMORY)
        plx_rollout_fail(error, 503, "no_memory", "there is no memory to read this; try again");
    else
        plx_rollout_fail(error, 400, "bad_change", "the body is not JSON at byte %zu; write it " EXAMPLE, wrong.offset);
    plx_arena_free(arena);
    return ok;
}

struct plx_rollout_wish
plx_rollout_back(void)
{
    return (struct plx_rollout_wish){.has_stage = true, .has_share = true, .stage = PLX_STAGE_PRIMARY, .share = 0};
}
