/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a walk is, and telling a difference there. The pointers that name a place are written only when something is
 * told, and kept as far as the next place is below the same.
 */
#include "compare/path.h"

#include "base/arena.h"
#include "compare/rename.h"
#include "secrets/secret_text.h"
#include "json/json_text.h"

#include <stdio.h>

#define PAIR_NODES_MAX 64u /* looked at for the name of a value */
/* A step's characters may take two bytes each, as ~0 and ~1. */
#define POINTER_BYTES (2 * PLX_FIELD_BYTES_MAX + 16)

#define ENTER_STEPS  8u
#define STATES_STEPS 64u  /* for each word of states */
#define TELL_STEPS   256u /* besides the pointers, which are hashed and copied */

/* ---- the path ---- */

struct plx_rule_place
plx_walk_place(const struct plx_walk *w)
{
    if (w->words == 0)
        return (struct plx_rule_place){.redacted = false};
    return plx_rules_place(w->rules, w->states + w->depth * w->words);
}

bool
plx_walk_enter(struct plx_walk *w, const struct plx_document *document, uint32_t node_or_index)
{
    if (plx_walk_over(w) || !plx_walk_spend(w, ENTER_STEPS + w->words * STATES_STEPS))
        return false;
    if (w->depth + 1 >= w->depth_max) { /* deeper than any reader goes */
        w->sink->failed = true;
        return false;
    }
    w->path[w->depth] = (struct plx_path_step){.document = document, .node_or_index = node_or_index};
    if (w->words)
        plx_rules_step(w->rules, w->states + w->depth * w->words, w->states + (w->depth + 1) * w->words, document,
                       node_or_index);
    w->depth++;
    return true;
}

void
plx_walk_leave(struct plx_walk *w)
{
    w->depth--;
    if (w->written > w->depth)
        w->written = w->depth;
}

/* ---- pointers ---- */

/* Appends a key as a pointer has it; returns the new length. */
static uint32_t
put_key(char *pointer, uint32_t len, const struct plx_path_step *step)
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

/* The object that a key stands in; PLX_NOWHERE: it begins too far before it. */
static uint32_t
object_of(const struct plx_document *document, uint32_t key)
{
    for (uint32_t i = key; i-- > 0 && key - i <= PAIR_NODES_MAX;)
        if (document->nodes[i].type == PLX_OBJECT && document->nodes[i].next > key)
            return i;
    return PLX_NOWHERE;
}

/* {"name": "password", "value": "x"}: what the value is called stands beside it. */
static bool
is_named_beside(const struct plx_walk *w, const struct plx_document *document, uint32_t key)
{
    const uint32_t object = object_of(document, key), end = object == PLX_NOWHERE ? 0 : document->nodes[object].next;

    for (uint32_t at = object + 1, i = 0; at < end && i < PAIR_NODES_MAX; at = document->nodes[at + 1].next, i++)
        if (document->nodes[at + 1].type == PLX_STRING && plx_secrets_name_names(plx_json_text(document, at)) &&
            plx_secrets_says(w->sink->secrets, plx_json_text(document, at + 1)))
            return true;
    return false;
}

/* The name of an attribute stands behind that of its element: user@token. */
static bool
names_secret(const struct plx_walk *w, const struct plx_path_step *step)
{
    struct plx_slice name = plx_json_text(step->document, step->node_or_index);
    const char *at = name.len ? memrchr(name.ptr, '@', name.len) : NULL;

    if (at)
        name = plx_slice_make(at + 1, name.len - (size_t)(at + 1 - name.ptr));
    return plx_secrets_has(w->sink->secrets, name, w->sink->door) ||
           plx_rename_hides(w->rules, name, w->sink->secrets, w->sink->door) ||
           (plx_secrets_name_is_named(name) && is_named_beside(w, step->document, step->node_or_index));
}

static size_t
step_size(const struct plx_path_step *step)
{
    return step->document ? 1 + (size_t)step->document->nodes[step->node_or_index].length : 11;
}

static void
put_step(struct plx_walk *w, uint32_t i, int which)
{
    struct plx_path_step *step = &w->path[i];
    char *pointer = w->pointers[which];
    uint32_t len = i ? step[-1].ends[which] : 0;

    step->whole[which] = (i == 0 || step[-1].whole[which]) && len + step_size(step) <= PLX_FIELD_BYTES_MAX;
    if (step->whole[which]) {
        pointer[len++] = '/';
        if (step->document)
            len = put_key(pointer, len, step);
        else if (which == PLX_POINTER_FOLDED || step->node_or_index == PLX_ANY_INDEX)
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
write_pointers(struct plx_walk *w)
{
    for (int which = 0; which < PLX_POINTERS; which++)
        if (!w->pointers[which] && !(w->pointers[which] = plx_arena_alloc(w->sink->arena, POINTER_BYTES))) {
            w->sink->failed = true;
            return false;
        }
    for (; w->written < w->depth; w->written++) {
        struct plx_path_step *step = &w->path[w->written];
        step->secret = (w->written && step[-1].secret) || (step->document && names_secret(w, step));
        for (int which = 0; which < PLX_POINTERS; which++)
            put_step(w, w->written, which);
    }
    return true;
}

static struct plx_slice
pointer(const struct plx_walk *w, int which)
{
    return plx_slice_make(w->pointers[which], w->depth ? w->path[w->depth - 1].ends[which] : 0);
}

/* ---- telling ---- */

static struct plx_shown
shown(const struct plx_walk *w, const struct plx_document *document, uint32_t node, bool hidden)
{
    if (node == PLX_NOWHERE)
        return (struct plx_shown){plx_slice_make("", 0), false};
    struct plx_slice text = plx_json_text(document, node);
    bool string = document->nodes[node].type == PLX_STRING;
    if (hidden)
        return plx_show_mark(w->sink, text, string ? PLX_SECRET_JSON : PLX_SECRET_PLAIN);
    if (string)
        text = plx_slice_make(text.ptr - 1, text.len + 2);
    struct plx_shown shown = plx_show(text, w->sink->limits.value_bytes_max);
    shown.showing = w->depth && w->path[w->depth - 1].secret            ? PLX_SHOW_A_MARK
                    : document->nodes[node].type >= PLX_ARRAY || string ? PLX_SHOW_WITHOUT_SECRETS
                                                                        : PLX_SHOW_AS_IT_IS;
    shown.whole = text;
    return shown;
}

static bool
holds_values(const struct plx_document *document, uint32_t node)
{
    return node != PLX_NOWHERE && document->nodes[node].type >= PLX_ARRAY;
}

/* Of containers too: a pattern may name something below. */
static bool
is_hidden(const struct plx_walk *w, uint32_t a, uint32_t b)
{
    struct plx_rule_place here = plx_walk_place(w);

    return w->redacted || here.redacted || (here.hides && (holds_values(w->a, a) || holds_values(w->b, b)));
}

void
plx_walk_rule_out(struct plx_walk *w, const struct plx_compiled_rule *rule)
{
    if (rule && w->ruled_out++ == 0)
        w->ruler = rule;
}

void
plx_walk_rule_in(struct plx_walk *w, const struct plx_compiled_rule *rule)
{
    w->ruled_out -= rule != NULL;
}

void
plx_walk_excuse(struct plx_walk *w, const struct plx_compiled_rule *rule, uint32_t a, uint32_t b)
{
    const struct plx_compiled_rule *by = w->ruled_out ? w->ruler : rule;
    struct plx_excuse *excuse = plx_sink_excuse(w->sink, w->rules, (size_t)(by - w->rules->compiled));

    if (!excuse || !write_pointers(w))
        return;
    bool hidden = is_hidden(w, a, b);
    plx_sink_show_excuse(w->sink, excuse, pointer(w, PLX_POINTER_FOLDED), shown(w, w->a, a, hidden),
                         shown(w, w->b, b, hidden));
}

/* The pointers are there. */
static void
tell(struct plx_walk *w, enum plx_kind kind, struct plx_shown a, struct plx_shown b)
{
    w->sink->unnamed = w->depth && !w->path[w->depth - 1].whole[PLX_POINTER_EXACT];
    plx_sink_add(w->sink, pointer(w, PLX_POINTER_EXACT), pointer(w, PLX_POINTER_FOLDED), kind, a, b);
    w->sink->unnamed = false;
}

static bool
begin_telling(struct plx_walk *w)
{
    return write_pointers(w) && plx_walk_spend(w, TELL_STEPS + 2 * pointer(w, PLX_POINTER_EXACT).len);
}

void
plx_walk_tell(struct plx_walk *w, enum plx_kind kind, uint32_t a, uint32_t b)
{
    if (w->ruled_out) {
        plx_walk_excuse(w, w->ruler, a, b);
        return;
    }
    if (w->probing) {
        w->found = true;
        return;
    }
    bool hidden = is_hidden(w, a, b);
    if (begin_telling(w))
        tell(w, kind, shown(w, w->a, a, hidden), shown(w, w->b, b, hidden));
}

void
plx_walk_tell_ids(struct plx_walk *w, struct plx_slice a, struct plx_slice b)
{
    struct plx_rule_place here = plx_walk_place(w);
    const struct plx_slice texts[] = {a, b};
    struct plx_shown shown[2];

    if (!begin_telling(w))
        return;
    for (int i = 0; i < 2; i++) {
        if (w->redacted || here.redacted || here.hides || (w->depth && w->path[w->depth - 1].secret)) {
            shown[i] = plx_show_mark(w->sink, texts[i], PLX_SECRET_PLAIN);
            continue;
        }
        shown[i] = plx_show(texts[i], w->sink->limits.value_bytes_max);
        shown[i].showing = PLX_SHOW_WITHOUT_SECRETS;
        shown[i].whole = texts[i];
    }
    w->sink->ids = true;
    tell(w, PLX_KIND_ORDER, shown[0], shown[1]);
    w->sink->ids = false;
}

void
plx_walk_tell_lonely(struct plx_walk *w, const struct plx_document *key_document, uint32_t key_or_index, uint32_t a,
                     uint32_t b)
{
    if (!plx_walk_enter(w, key_document, key_or_index))
        return;
    const struct plx_compiled_rule *ignored = plx_walk_place(w).ignored;
    plx_walk_rule_out(w, ignored);
    plx_walk_tell(w, b == PLX_NOWHERE ? PLX_KIND_MISSING : PLX_KIND_EXTRA, a, b);
    plx_walk_rule_in(w, ignored);
    plx_walk_leave(w);
}
