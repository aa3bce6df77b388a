/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over both documents that writes operations. Arrays are aligned as the comparison aligns them; the index in a
 * path is the element's place when the operations before it were done.
 */
#include "compare/patch.h"

#include "base/arena.h"
#include "compare/arrays.h"
#include "compare/documents.h"
#include "compare/hashes.h"
#include "json/json_text.h"

#include <stdlib.h>

struct patching {
    struct plx_walk walk;         /* without rules */
    struct plx_buffer *out, path; /* the path as JSON text, without its quotes */
    bool any, repeated;
};

static void patch_values(struct patching *p, uint32_t a, uint32_t b);

static bool
is_over(const struct patching *p)
{
    return p->repeated || p->out->failed || p->path.failed || p->walk.sink->failed;
}

/* ---- paths ---- */

static unsigned
hex_value(const char *digits)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        char c = digits[i];
        value = value * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/* A key as it is written, with its escapes; ~ and /, however they are written, as ~0 and ~1. */
static void
put_key(struct plx_buffer *path, struct plx_slice raw)
{
    for (size_t at = 0; at < raw.len;) {
        size_t len = raw.ptr[at] != '\\' ? 1 : raw.ptr[at + 1] == 'u' ? 6 : 2;
        unsigned c = len == 1 ? (unsigned char)raw.ptr[at] : len == 2 ? 0 : hex_value(raw.ptr + at + 2);
        if (c == '~')
            plx_buffer_text(path, "~0");
        else if (c == '/' || (len == 2 && raw.ptr[at + 1] == '/'))
            plx_buffer_text(path, "~1");
        else
            plx_buffer_append(path, raw.ptr + at, len);
        at += len;
    }
}

static size_t
enter_member(struct patching *p, const struct plx_document *document, uint32_t key)
{
    size_t before = p->path.len;

    plx_buffer_byte(&p->path, '/');
    put_key(&p->path, plx_json_raw_string(document, key));
    return before;
}

static size_t
enter_element(struct patching *p, uint32_t index)
{
    size_t before = p->path.len;

    plx_buffer_format(&p->path, "/%u", index);
    return before;
}

/* ---- operations ---- */

/* value: of b; PLX_NOWHERE: the operation has none. */
static void
put_operation(struct patching *p, const char *op, uint32_t value)
{
    plx_buffer_text(p->out, p->any ? ",\n " : "\n ");
    p->any = true;
    plx_buffer_format(p->out, "{\"op\":\"%s\",\"path\":\"", op);
    plx_buffer_add(p->out, plx_buffer_slice(&p->path));
    plx_buffer_byte(p->out, '"');
    if (value != PLX_NOWHERE) {
        bool string = p->walk.b->nodes[value].type == PLX_STRING;
        plx_buffer_text(p->out, string ? ",\"value\":\"" : ",\"value\":");
        plx_buffer_add(p->out, plx_json_text(p->walk.b, value));
        plx_buffer_text(p->out, string ? "\"" : "");
    }
    plx_buffer_byte(p->out, '}');
}

/* ---- objects ---- */

static int
by_key(const void *x, const void *y, void *document)
{
    return plx_json_string_compare(document, *(const uint32_t *)x, document, *(const uint32_t *)y);
}

/* The keys of an object, sorted; NULL where there is no memory, or where one comes twice. */
static uint32_t *
sorted_keys(struct patching *p, const struct plx_document *document, uint32_t object)
{
    uint32_t count = document->nodes[object].length, i = 0;
    uint32_t *keys = plx_arena_alloc(p->walk.sink->arena, count * sizeof(*keys));

    if (!keys) {
        p->walk.sink->failed = true;
        return NULL;
    }
    for (uint32_t key = object + 1; key < document->nodes[object].next; key = document->nodes[key + 1].next)
        keys[i++] = key;
    qsort_r(keys, count, sizeof(*keys), by_key, (void *)document);
    for (i = 1; i < count; i++)
        p->repeated |= plx_json_string_equal(document, keys[i - 1], document, keys[i]);
    return p->repeated ? NULL : keys;
}

static void
patch_objects(struct patching *p, uint32_t a, uint32_t b)
{
    const struct plx_document *x = p->walk.a, *y = p->walk.b;
    uint32_t *keys_a = sorted_keys(p, x, a), *keys_b = keys_a ? sorted_keys(p, y, b) : NULL;
    uint32_t count_a = x->nodes[a].length, count_b = y->nodes[b].length;

    if (!keys_b)
        return;
    for (uint32_t i = 0, k = 0; (i < count_a || k < count_b) && !is_over(p);) {
        int order = i == count_a ? 1 : k == count_b ? -1 : plx_json_string_compare(x, keys_a[i], y, keys_b[k]);
        size_t before = order <= 0 ? enter_member(p, x, keys_a[i]) : enter_member(p, y, keys_b[k]);
        if (order < 0)
            put_operation(p, "remove", PLX_NOWHERE);
        else if (order > 0)
            put_operation(p, "add", keys_b[k] + 1);
        else
            patch_values(p, keys_a[i] + 1, keys_b[k] + 1);
        p->path.len = before;
        i += order <= 0;
        k += order >= 0;
    }
}

/* ---- arrays ---- */

static void
patch_arrays(struct patching *p, uint32_t a, uint32_t b)
{
    struct plx_elements x, y;
    uint32_t place = 0, k = 0;

    if (!plx_walk_align(&p->walk, a, b, &x, &y))
        return;
    for (uint32_t i = 0; i <= x.count && !is_over(p); i++) {
        uint32_t partner = i < x.count ? x.partners[i] : y.count;
        if (partner == PLX_NOWHERE) {
            size_t before = enter_element(p, place);
            put_operation(p, "remove", PLX_NOWHERE);
            p->path.len = before;
            continue;
        }
        for (; k < partner && !is_over(p); k++) {
            size_t before = enter_element(p, place++);
            put_operation(p, "add", y.nodes[k]);
            p->path.len = before;
        }
        if (i == x.count)
            break;
        size_t before = enter_element(p, place++);
        patch_values(p, x.nodes[i], y.nodes[partner]);
        p->path.len = before;
        k = partner + 1;
    }
}

/* ---- values ---- */

static bool
are_equal(struct patching *p, uint32_t a, uint32_t b)
{
    return p->walk.hashes[0][a] == p->walk.hashes[1][b] && plx_walk_same(&p->walk, a, b);
}

static void
patch_values(struct patching *p, uint32_t a, uint32_t b)
{
    uint8_t type = p->walk.a->nodes[a].type;

    if (is_over(p) || are_equal(p, a, b))
        return;
    if (type != p->walk.b->nodes[b].type || type < PLX_ARRAY)
        put_operation(p, "replace", b);
    else if (type == PLX_OBJECT)
        patch_objects(p, a, b);
    else
        patch_arrays(p, a, b);
}

enum plx_status
plx_patch_write(const struct plx_document *a, const struct plx_document *b, struct plx_arena *arena,
                struct plx_buffer *out)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_sink sink;
    struct patching p = {.out = out};

    plx_buffer_init(&p.path, (size_t)a->text.len + b->text.len + 16);
    plx_sink_init(&sink, arena, &(struct plx_compare_limits){.json.depth_max = PLX_COMPARE_DEPTH_MAX});
    sink.failed = !rules;
    plx_buffer_byte(out, '[');
    if (rules && plx_walk_begin(&p.walk, rules, a, b, &sink) && plx_walk_hashes(&p.walk))
        patch_values(&p, 0, 0);
    plx_buffer_text(out, p.any ? "\n]\n" : "]\n");
    bool failed = sink.failed || p.path.failed || out->failed;
    plx_buffer_fini(&p.path);
    plx_rules_free(rules);
    return p.repeated ? PLX_E_UNSUPPORTED : failed ? PLX_E_MEMORY : PLX_OK;
}
