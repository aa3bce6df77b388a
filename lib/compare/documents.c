/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two documents under the rules: members by key whatever their order, numbers by decimal value, strings by the
 * characters they stand for. walk.h has the whole; this is its beginning and its trunk. It recurses as deep as the
 * reader let the documents be.
 */
#include "compare/documents.h"

#include "base/arena.h"
#include "compare/align.h"
#include "compare/arrays.h"
#include "compare/levenshtein.h"
#include "compare/members.h"
#include "compare/path.h"
#include "compare/scalars.h"
#include "compare/shapes.h"
#include "compare/time_rule.h"
#include "json/json_text.h"

static void
walk_objects(struct plx_walk *w, uint32_t a, uint32_t b)
{
    uint32_t end_a = w->a->nodes[a].next, end_b = w->b->nodes[b].next;
    uint32_t x = a + 1, y = b + 1;

    /* While both go in step nothing is looked up. */
    while (x < end_a && y < end_b && plx_json_string_equal(w->a, x, w->b, y) && !plx_walk_over(w)) {
        if (!plx_walk_same_leaf(w, x + 1, y + 1) && plx_walk_enter(w, w->a, x)) {
            plx_walk_values(w, x + 1, y + 1);
            plx_walk_leave(w);
        }
        x = w->a->nodes[x + 1].next;
        y = w->b->nodes[y + 1].next;
    }
    if ((x < end_a || y < end_b) && !plx_walk_over(w))
        plx_walk_members(w, x, end_a, y, end_b);
}

void
plx_walk_values(struct plx_walk *w, uint32_t a, uint32_t b)
{
    struct plx_rule_place here = plx_walk_place(w);
    uint8_t type = w->a->nodes[a].type;

    if (type >= PLX_ARRAY && !plx_walk_spend(w, 2 * ((uint64_t)w->a->nodes[a].length + w->b->nodes[b].length)))
        return;
    plx_walk_rule_out(w, here.ignored);
    w->redacted += here.redacted;
    bool types = plx_type_class(type) != plx_type_class(w->b->nodes[b].type);
    if (types && here.time && !w->ruled_out && plx_time_rule_excuses(w, here.time, a, b))
        plx_walk_excuse(w, here.time, a, b);
    else if (types)
        plx_walk_tell(w, PLX_KIND_TYPE, a, b);
    else if (type == PLX_OBJECT)
        walk_objects(w, a, b);
    else if (type == PLX_ARRAY)
        plx_walk_arrays(w, a, b);
    else
        plx_walk_leaves(w, here, a, b);
    plx_walk_rule_in(w, here.ignored);
    w->redacted -= here.redacted;
}

bool
plx_walk_same(struct plx_walk *w, uint32_t a, uint32_t b)
{
    bool was_probing = w->probing, was_trial = w->sink->trial;

    if (!plx_walk_spend(w, plx_walk_extent(w->a, a) / 4 + plx_walk_extent(w->b, b) / 4))
        return false;
    w->probing = w->sink->trial = true;
    plx_walk_values(w, a, b);
    bool same = !plx_walk_over(w);
    w->probing = was_probing;
    w->sink->trial = was_trial;
    w->found = false;
    return same;
}

/* ---- the whole ---- */

bool
plx_walk_begin(struct plx_walk *w, const struct plx_rules *rules, const struct plx_document *a,
               const struct plx_document *b, struct plx_sink *sink)
{
    uint32_t depth_max = sink->limits.json.depth_max + 2; /* the root, and the leaves inside the deepest container */

    *w = (struct plx_walk){.rules = rules,
                           .a = a,
                           .b = b,
                           .sink = sink,
                           .depth_max = depth_max,
                           .words = plx_rules_words(rules),
                           .align = {.steps = PLX_ALIGN_STEPS_MAX},
                           .similar_steps = PLX_SIMILAR_STEPS_MAX};
    w->path = plx_arena_alloc(w->sink->arena, depth_max * sizeof(*w->path));
    w->states = plx_arena_alloc(w->sink->arena, depth_max * w->words * sizeof(*w->states));
    if (!w->path || !w->states) {
        w->sink->failed = true;
        return false;
    }
    plx_rules_start(w->rules, w->sink->limits.now_s, w->states);
    return true;
}

void
plx_compare_documents(const struct plx_rules *rules, const struct plx_document *primary,
                      const struct plx_document *candidate, struct plx_sink *sink)
{
    struct plx_sink_mark mark = plx_sink_mark(sink);
    struct plx_walk w;

    if (!plx_walk_begin(&w, rules, primary, candidate, sink))
        return;
    if (rules->mode == PLX_MODE_SCHEMA) {
        plx_walk_shapes(&w);
        return;
    }
    w.probing = true;
    plx_walk_values(&w, 0, 0);
    if (w.found) {
        plx_sink_back(sink, &mark);
        w.found = w.probing = w.undecided = false;
        w.match_failures = 0;
        w.unexamined = 0;
        w.similar_steps = PLX_SIMILAR_STEPS_MAX;
        plx_walk_values(&w, 0, 0);
    }
    sink->undecided |= w.undecided;
    sink->result.unexamined += w.unexamined + w.align.unexamined;
}
