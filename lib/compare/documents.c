/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two JSON documents, strictly: members by key whatever their order, elements by position, numbers by decimal value,
 * strings by the characters they stand for. The walk recurses as deep as the reader let the documents be.
 *
 * The hard thing is objects with their members in another order: while both go in step nothing is looked up; from where
 * they part, few members are paired by trying, many by sorting both sides, so that a hostile pair costs n log n.
 */
#include "base/arena.h"
#include "compare/sink.h"

#include <stdio.h>
#include <stdlib.h>

#define PAIR_BY_TRYING_MAX 24u /* members on either side */

/* A place has two pointers: its own, and the one that array positions are folded in. */
enum {
    EXACT,
    FOLDED,
    POINTERS,
};

/* A step's characters may take two bytes each, as ~0 and ~1. */
#define POINTER_BYTES (2 * PLX_FIELD_BYTES_MAX + 16)

/* A step of the path to the present place, and where the pointers to it end. */
struct step {
    const struct plx_document *document; /* NULL: an array's element */
    uint32_t node_or_index;
    uint32_t ends[POINTERS];
    bool whole[POINTERS]; /* else it is longer than PLX_FIELD_BYTES_MAX, and this is its beginning */
};

struct walk {
    const struct plx_rules *rules;
    const struct plx_document *a, *b; /* primary, candidate */
    struct plx_sink *sink;
    struct step *path;
    uint32_t depth, depth_max;
    size_t words;
    uint64_t *states;             /* of each depth, words each */
    char *pointers[POINTERS];     /* POINTER_BYTES each; NULL before the first difference */
    uint32_t written;             /* steps of the path that stand in them */
    uint32_t ruled_out, redacted; /* above 0: below an ignored, a redacted place */
};

static void compare_values(struct walk *w, uint32_t a, uint32_t b);

/* ---- the path ---- */

static struct plx_place
place(const struct walk *w)
{
    if (w->words == 0)
        return (struct plx_place){false, false, false};
    return plx_rules_place(w->rules, w->states + w->depth * w->words);
}

/* false: out of memory, or deeper than any reader goes. */
static bool
enter(struct walk *w, const struct plx_document *document, uint32_t node_or_index)
{
    if (w->depth + 1 >= w->depth_max || w->sink->failed) {
        w->sink->failed = true;
        return false;
    }
    w->path[w->depth] = (struct step){.document = document, .node_or_index = node_or_index};
    if (w->words)
        plx_rules_step(w->rules, w->states + w->depth * w->words, w->states + (w->depth + 1) * w->words, document,
                       node_or_index);
    w->depth++;
    return true;
}

static void
leave(struct walk *w)
{
    w->depth--;
    if (w->written > w->depth)
        w->written = w->depth;
}

/* Appends a key as a pointer has it; returns the new length. */
static uint32_t
put_key(char *pointer, uint32_t len, const struct step *step)
{
    struct plx_json_cursor cursor;

    plx_json_cursor_init(&cursor, step->document, step->node_or_index);
    for (int c; (c = plx_json_cursor_next(&cursor)) >= 0;) {
        if (c == '~' || c == '/') {
            pointer[len++] = '~';
            c = c == '~' ? '0' : '1';
        }
        pointer[len++] = (char)c;
    }
    return len;
}

static size_t
step_size(const struct step *step)
{
    return step->document ? 1 + (size_t)step->document->nodes[step->node_or_index].length : 11;
}

static void
put_step(struct walk *w, uint32_t i, int which)
{
    struct step *step = &w->path[i];
    char *pointer = w->pointers[which];
    uint32_t len = i ? step[-1].ends[which] : 0;

    step->whole[which] = (i == 0 || step[-1].whole[which]) && len + step_size(step) <= PLX_FIELD_BYTES_MAX;
    if (step->whole[which]) {
        pointer[len++] = '/';
        if (step->document)
            len = put_key(pointer, len, step);
        else if (which == FOLDED)
            pointer[len++] = '*';
        else
            len += (uint32_t)snprintf(pointer + len, 12, "%u", step->node_or_index);
    }
    step->ends[which] = len;
}

/*
 * Writes the pointers to the present place. What stands there from the difference before is kept as far as the paths
 * are the same, and a pointer is bounded: else a long key around many differences would cost its length for each of
 * them. false: out of memory.
 */
static bool
write_pointers(struct walk *w)
{
    for (int which = 0; which < POINTERS; which++)
        if (!w->pointers[which] && !(w->pointers[which] = plx_arena_alloc(w->sink->arena, POINTER_BYTES))) {
            w->sink->failed = true;
            return false;
        }
    for (; w->written < w->depth; w->written++)
        for (int which = 0; which < POINTERS; which++)
            put_step(w, w->written, which);
    return true;
}

static struct plx_slice
pointer(const struct walk *w, int which)
{
    return plx_slice_make(w->pointers[which], w->depth ? w->path[w->depth - 1].ends[which] : 0);
}

/* ---- telling ---- */

static struct plx_shown
shown(const struct walk *w, const struct plx_document *document, uint32_t node, bool hidden)
{
    if (node == UINT32_MAX)
        return (struct plx_shown){plx_slice_make("", 0), false};
    if (hidden)
        return (struct plx_shown){plx_slice_of(PLX_REDACTED), false};
    struct plx_slice text = plx_json_text(document, node);
    if (document->nodes[node].type == PLX_STRING)
        text = plx_slice_make(text.ptr - 1, text.len + 2);
    return plx_show(text, w->sink->limits.value_bytes_max);
}

static bool
holds_values(const struct plx_document *document, uint32_t node)
{
    return node != UINT32_MAX && document->nodes[node].type >= PLX_ARRAY;
}

/* A difference at the present place. a or b UINT32_MAX: it is not there. */
static void
tell(struct walk *w, enum plx_kind kind, uint32_t a, uint32_t b)
{
    if (w->ruled_out) {
        w->sink->result.ruled_out++;
        return;
    }
    struct plx_place here = place(w);
    bool hidden = w->redacted || here.redacted || (here.hides && (holds_values(w->a, a) || holds_values(w->b, b)));
    if (!write_pointers(w))
        return;
    w->sink->unnamed = w->depth && !w->path[w->depth - 1].whole[EXACT];
    plx_sink_add(w->sink, pointer(w, EXACT), pointer(w, FOLDED), kind, shown(w, w->a, a, hidden),
                 shown(w, w->b, b, hidden));
    w->sink->unnamed = false;
}

/* A member or element that only one side has. */
static void
tell_lonely(struct walk *w, const struct plx_document *key_document, uint32_t key_or_index, uint32_t a, uint32_t b)
{
    if (!enter(w, key_document, key_or_index))
        return;
    bool ignored = place(w).ignored;
    w->ruled_out += ignored;
    tell(w, b == UINT32_MAX ? PLX_KIND_MISSING : PLX_KIND_EXTRA, a, b);
    w->ruled_out -= ignored;
    leave(w);
}

/* ---- objects ---- */

struct members {
    const struct plx_document *document;
    uint32_t *keys;     /* nodes, in order */
    uint32_t *partners; /* for each the position of the other side's member; UINT32_MAX: none */
    uint32_t count;
};

static bool
gather(struct walk *w, struct members *m, const struct plx_document *document, uint32_t from, uint32_t end)
{
    uint32_t count = 0;

    for (uint32_t at = from; at < end; at = document->nodes[at + 1].next)
        count++;
    m->document = document;
    m->count = 0;
    m->keys = plx_arena_alloc(w->sink->arena, (size_t)count * sizeof(uint32_t));
    m->partners = plx_arena_alloc(w->sink->arena, (size_t)count * sizeof(uint32_t));
    if (!m->keys || !m->partners) {
        w->sink->failed = true;
        return false;
    }
    for (uint32_t at = from; at < end; at = document->nodes[at + 1].next) {
        m->partners[m->count] = UINT32_MAX;
        m->keys[m->count++] = at;
    }
    return true;
}

/* Each takes the first that is left: repeated keys pair in the order in which they stand, as they do by sorting. */
static void
pair_by_trying(struct members *a, struct members *b)
{
    uint32_t first = 0; /* all before it have a partner */

    for (uint32_t i = 0; i < a->count; i++) {
        while (first < b->count && b->partners[first] != UINT32_MAX)
            first++;
        for (uint32_t at = first; at < b->count; at++) {
            if (b->partners[at] != UINT32_MAX ||
                !plx_json_string_equal(a->document, a->keys[i], b->document, b->keys[at]))
                continue;
            a->partners[i] = at;
            b->partners[at] = i;
            break;
        }
    }
}

static int
by_key(const void *x, const void *y, void *context)
{
    const struct members *m = context;
    uint32_t i = *(const uint32_t *)x, k = *(const uint32_t *)y;
    int order = plx_json_string_compare(m->document, m->keys[i], m->document, m->keys[k]);

    return order ? order : (i > k) - (i < k); /* repeated keys pair in the order in which they stand */
}

static uint32_t *
sorted(struct walk *w, struct members *m)
{
    uint32_t *positions = plx_arena_alloc(w->sink->arena, (size_t)m->count * sizeof(*positions));

    if (!positions) {
        w->sink->failed = true;
        return NULL;
    }
    for (uint32_t i = 0; i < m->count; i++)
        positions[i] = i;
    qsort_r(positions, m->count, sizeof(*positions), by_key, m);
    return positions;
}

static void
pair_by_sorting(struct walk *w, struct members *a, struct members *b)
{
    uint32_t *x = sorted(w, a), *y = x ? sorted(w, b) : NULL;

    if (!y)
        return;
    for (uint32_t i = 0, k = 0; i < a->count && k < b->count;) {
        int order = plx_json_string_compare(a->document, a->keys[x[i]], b->document, b->keys[y[k]]);
        if (order == 0) {
            a->partners[x[i]] = y[k];
            b->partners[y[k]] = x[i];
        }
        i += order <= 0;
        k += order >= 0;
    }
}

/* The members from here on, which are not in step. */
static void
compare_parted(struct walk *w, uint32_t a, uint32_t end_a, uint32_t b, uint32_t end_b)
{
    struct members x, y;

    if (!gather(w, &x, w->a, a, end_a) || !gather(w, &y, w->b, b, end_b))
        return;
    if (x.count <= PAIR_BY_TRYING_MAX && y.count <= PAIR_BY_TRYING_MAX && y.count > 0)
        pair_by_trying(&x, &y);
    else
        pair_by_sorting(w, &x, &y);
    for (uint32_t i = 0; i < x.count && !w->sink->failed; i++) {
        if (x.partners[i] == UINT32_MAX) {
            tell_lonely(w, w->a, x.keys[i], x.keys[i] + 1, UINT32_MAX);
        } else if (enter(w, w->a, x.keys[i])) {
            compare_values(w, x.keys[i] + 1, y.keys[x.partners[i]] + 1);
            leave(w);
        }
    }
    for (uint32_t k = 0; k < y.count && !w->sink->failed; k++)
        if (y.partners[k] == UINT32_MAX)
            tell_lonely(w, w->b, y.keys[k], UINT32_MAX, y.keys[k] + 1);
}

/* Members in step with values that are the same text, the usual thing, are not even entered. */
static bool
same_leaf(const struct walk *w, uint32_t a, uint32_t b)
{
    const struct plx_node *x = &w->a->nodes[a], *y = &w->b->nodes[b];

    return x->type == y->type && x->type < PLX_ARRAY && x->length == y->length &&
           memcmp(w->a->text.ptr + x->offset, w->b->text.ptr + y->offset, x->length) == 0;
}

static void
compare_objects(struct walk *w, uint32_t a, uint32_t b)
{
    uint32_t end_a = w->a->nodes[a].next, end_b = w->b->nodes[b].next;
    uint32_t x = a + 1, y = b + 1;

    while (x < end_a && y < end_b && plx_json_string_equal(w->a, x, w->b, y) && !w->sink->failed) {
        if (!same_leaf(w, x + 1, y + 1) && enter(w, w->a, x)) {
            compare_values(w, x + 1, y + 1);
            leave(w);
        }
        x = w->a->nodes[x + 1].next;
        y = w->b->nodes[y + 1].next;
    }
    if (x < end_a || y < end_b)
        compare_parted(w, x, end_a, y, end_b);
}

/* ---- arrays and values ---- */

static void
compare_arrays(struct walk *w, uint32_t a, uint32_t b)
{
    uint32_t end_a = w->a->nodes[a].next, end_b = w->b->nodes[b].next;
    uint32_t x = a + 1, y = b + 1, index = 0;

    for (; x < end_a && y < end_b && !w->sink->failed; index++) {
        if (!same_leaf(w, x, y) && enter(w, NULL, index)) {
            compare_values(w, x, y);
            leave(w);
        }
        x = w->a->nodes[x].next;
        y = w->b->nodes[y].next;
    }
    for (; x < end_a && !w->sink->failed; x = w->a->nodes[x].next)
        tell_lonely(w, NULL, index++, x, UINT32_MAX);
    for (; y < end_b && !w->sink->failed; y = w->b->nodes[y].next)
        tell_lonely(w, NULL, index++, UINT32_MAX, y);
}

static int
type_class(uint8_t type)
{
    return type == PLX_TRUE ? PLX_FALSE : type;
}

static void
compare_same_type(struct walk *w, uint32_t a, uint32_t b)
{
    const struct plx_node *x = &w->a->nodes[a], *y = &w->b->nodes[b];
    bool equal = true;

    switch ((enum plx_type)x->type) {
    case PLX_NULL:
        break;
    case PLX_FALSE:
    case PLX_TRUE:
        equal = x->type == y->type;
        break;
    case PLX_NUMBER:
        equal = plx_decimal_compare(plx_json_text(w->a, a), plx_json_text(w->b, b)) == 0;
        break;
    case PLX_STRING:
        equal = plx_json_string_equal(w->a, a, w->b, b);
        break;
    case PLX_ARRAY:
        compare_arrays(w, a, b);
        break;
    case PLX_OBJECT:
        compare_objects(w, a, b);
        break;
    }
    if (!equal)
        tell(w, PLX_KIND_VALUE, a, b);
}

static void
compare_values(struct walk *w, uint32_t a, uint32_t b)
{
    struct plx_place here = place(w);

    w->ruled_out += here.ignored;
    w->redacted += here.redacted;
    if (type_class(w->a->nodes[a].type) != type_class(w->b->nodes[b].type))
        tell(w, PLX_KIND_TYPE, a, b);
    else
        compare_same_type(w, a, b);
    w->ruled_out -= here.ignored;
    w->redacted -= here.redacted;
}

void
plx_compare_documents(const struct plx_rules *rules, const struct plx_document *primary,
                      const struct plx_document *candidate, struct plx_sink *sink)
{
    uint32_t depth = sink->limits.json.depth_max;
    struct walk w = {
        .rules = rules,
        .a = primary,
        .b = candidate,
        .sink = sink,
        .depth_max = depth + 2, /* the root, and the leaves inside the deepest container */
        .words = plx_rules_words(rules),
    };

    w.path = plx_arena_alloc(sink->arena, w.depth_max * sizeof(*w.path));
    w.states = plx_arena_alloc(sink->arena, w.depth_max * w.words * sizeof(*w.states));
    if (!w.path || !w.states) {
        sink->failed = true;
        return;
    }
    memcpy(w.states, rules->starts, w.words * sizeof(*w.states));
    compare_values(&w, 0, 0);
}
