/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two JSON documents, strictly: members by key whatever their order, elements by position, numbers by decimal value, strings by the
 * characters they stand for. The walk recurses as deep as the reader let the documents be.
 *
 * The hard thing is objects with their members in another order: while both go in step nothing is looked up; from where they part,
 * few members are paired by trying, many by sorting both sides, so that a hostile pair costs n log n.
 */
#include "base/arena.h"
#include "compare/sink.h"

#include <stdio.h>
#include <stdlib.h>

#define PAIR_BY_TRYING_MAX 24u /* members on either side */

/* A step of the path to the present place. */
struct step {
    const struct plx_document *document; /* NULL: an array's element */
    uint32_t node_or_index;
};

struct walk {
    const struct plx_rules *rules;
    const struct plx_document *a, *b; /* primary, candidate */
    struct plx_sink *sink;
    struct step *path;
    uint32_t depth, depth_max;
    size_t words;
    uint64_t *states; /* of each depth, words each */
    char *text;       /* scratch for pointers */
    size_t text_size;
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
    w->path[w->depth] = (struct step){document, node_or_index};
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
}

static bool
reserve_text(struct walk *w, size_t size)
{
    if (size <= w->text_size)
        return true;
    size_t next = size * 2;
    char *text = plx_arena_resize(w->sink->arena, w->text, w->text_size, next);
    if (!text) {
        w->sink->failed = true;
        return false;
    }
    w->text = text;
    w->text_size = next;
    return true;
}

/* Appends a key as a pointer has it; returns the new length. */
static size_t
put_key(struct walk *w, size_t len, const struct step *step)
{
    struct plx_json_cursor cursor;

    if (!reserve_text(w, len + 2 * (size_t)step->document->nodes[step->node_or_index].length))
        return len;
    plx_json_cursor_init(&cursor, step->document, step->node_or_index);
    for (int c; (c = plx_json_cursor_next(&cursor)) >= 0;) {
        if (c == '~' || c == '/') {
            w->text[len++] = '~';
            c = c == '~' ? '0' : '1';
        }
        w->text[len++] = (char)c;
    }
    return len;
}

/* The path as a JSON Pointer, behind `from` in the scratch text. */
static size_t
put_pointer(struct walk *w, size_t from, bool folded)
{
    size_t len = from;

    for (uint32_t i = 0; i < w->depth; i++) {
        if (!reserve_text(w, len + 16))
            return len;
        w->text[len++] = '/';
        if (w->path[i].document)
            len = put_key(w, len, &w->path[i]);
        else if (folded)
            w->text[len++] = '*';
        else
            len += (size_t)snprintf(w->text + len, 12, "%u", w->path[i].node_or_index);
    }
    return len;
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

/* A difference at the present place. a or b UINT32_MAX: it is not there. */
static void
tell(struct walk *w, enum plx_kind kind, uint32_t a, uint32_t b)
{
    if (w->ruled_out) {
        w->sink->result.ruled_out++;
        return;
    }
    struct plx_place here = place(w);
    bool hidden = w->redacted || here.redacted || here.hides;
    if (!reserve_text(w, 1))
        return;
    size_t field_end = put_pointer(w, 0, false), folded_end = put_pointer(w, field_end, true);
    if (w->sink->failed)
        return;
    plx_sink_add(w->sink, plx_slice_make(w->text, field_end), plx_slice_make(w->text + field_end, folded_end - field_end),
                 kind, shown(w, w->a, a, hidden), shown(w, w->b, b, hidden));
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
    uint32_t *keys; /* nodes, in order */
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

/* Members that are out of order are mostly not far: the search begins behind the last find. */
static void
pair_by_trying(struct members *a, struct members *b)
{
    uint32_t hint = 0;

    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t k = 0; k < b->count; k++) {
            uint32_t at = (hint + k) % b->count;
            if (b->partners[at] != UINT32_MAX ||
                !plx_json_string_equal(a->document, a->keys[i], b->document, b->keys[at]))
                continue;
            a->partners[i] = at;
            b->partners[at] = i;
            hint = at + 1;
            break;
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
    uint32_t depth = sink->limits.json.depth_max ? sink->limits.json.depth_max : PLX_JSON_DEPTH_DEFAULT;
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
