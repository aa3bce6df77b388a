/* SPDX-License-Identifier: Apache-2.0 */
/* Rewriting. What a client sends is matched, so that every match has a limit, and what comes of it is looked at before
 * it is sent. */
#include "service/rewrite.h"

#include "base/arena.h"
#include "base/ascii.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>
#include <stdlib.h>

struct plx_rewrite {
    atomic_uint references; /* a role and its routes share one */
    pcre2_code *pattern;
    char *from, *to;
};

static void
rewrite_unref(struct plx_rewrite *rewrite)
{
    if (atomic_fetch_sub_explicit(&rewrite->references, 1, memory_order_acq_rel) != 1)
        return;
    pcre2_code_free(rewrite->pattern);
    free(rewrite->from);
    free(rewrite->to);
    free(rewrite);
}

void
plx_rewrites_fini(struct plx_rewrites *rewrites)
{
    for (size_t i = 0; i < rewrites->count; i++)
        rewrite_unref(rewrites->list[i]);
    rewrites->count = 0;
}

bool
plx_rewrites_share(struct plx_rewrites *to, const struct plx_rewrites *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (to->count == PLX_REWRITES_MAX)
            return false;
        atomic_fetch_add_explicit(&from->list[i]->references, 1, memory_order_relaxed);
        to->list[to->count++] = from->list[i];
    }
    return true;
}

bool
plx_rewrites_equal(const struct plx_rewrites *a, const struct plx_rewrites *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->list[i]->from, b->list[i]->from) != 0 || strcmp(a->list[i]->to, b->list[i]->to) != 0)
            return false;
    return true;
}

/* ---- compiling ---- */

/* Of a target that is sent: visible, no fragment, and in a path no query. */
static bool
can_be_sent(enum plx_rewritten part, char c)
{
    return (unsigned char)c > ' ' && c != 0x7F && c != '#' && (part == PLX_REWRITTEN_QUERY || c != '?');
}

static const char *
fault_of_to(enum plx_rewritten part, struct plx_slice to, uint32_t groups)
{
    for (size_t i = 0; i < to.len; i++) {
        if ((unsigned char)to.ptr[i] >= 0x7F || !can_be_sent(part, to.ptr[i]))
            return "`to` has characters that a request can't have there: percent-encode them";
        if (to.ptr[i] != '$')
            continue;
        if (++i == to.len || (to.ptr[i] != '$' && !plx_ascii_is_digit(to.ptr[i])))
            return "in `to`, write $1 to $9 for what the groups of `from` matched, and $$ for a dollar sign";
        if (to.ptr[i] != '$' && (uint32_t)(to.ptr[i] - '0') > groups)
            return "`to` names a group that `from` does not have";
    }
    return NULL;
}

static enum plx_status
compile(struct plx_rewrite *rewrite, enum plx_rewritten part, struct plx_slice from, struct plx_slice to,
        const char **fault)
{
    int code = 0;
    size_t offset = 0;
    uint32_t groups = 0;

    rewrite->from = strndup(from.ptr, from.len);
    rewrite->to = strndup(to.len ? to.ptr : "", to.len);
    if (!rewrite->from || !rewrite->to)
        return PLX_E_MEMORY;
    rewrite->pattern = pcre2_compile((PCRE2_SPTR)from.ptr, from.len, PCRE2_NEVER_BACKSLASH_C, &code, &offset, NULL);
    if (!rewrite->pattern) {
        *fault = "`from` is not a PCRE2 pattern";
        return code == PCRE2_ERROR_HEAP_FAILED || code == PCRE2_ERROR_NOMEMORY ? PLX_E_MEMORY : PLX_E_ARGUMENT;
    }
    pcre2_pattern_info(rewrite->pattern, PCRE2_INFO_CAPTURECOUNT, &groups);
    *fault = fault_of_to(part, to, groups);
    return *fault ? PLX_E_ARGUMENT : PLX_OK;
}

enum plx_status
plx_rewrites_add(struct plx_rewrites *rewrites, enum plx_rewritten part, struct plx_slice from, struct plx_slice to,
                 const char **fault)
{
    if (rewrites->count == PLX_REWRITES_MAX)
        return PLX_E_LIMIT;
    struct plx_rewrite *rewrite = calloc(1, sizeof(*rewrite));
    if (!rewrite)
        return PLX_E_MEMORY;
    atomic_init(&rewrite->references, 1);
    enum plx_status status = compile(rewrite, part, from, to, fault);
    if (status == PLX_OK)
        rewrites->list[rewrites->count++] = rewrite;
    else
        rewrite_unref(rewrite);
    return status;
}

/* ---- applying ---- */

static void *
allocate(size_t size, void *arena)
{
    return plx_arena_alloc(arena, size);
}

static void
release(void *ptr, void *arena)
{
}

/* What came of it, as far as it fits. */
struct rewritten {
    char text[PLX_REWRITTEN_MAX];
    size_t len;
    bool too_long;
};

static void
add(struct rewritten *out, const char *text, size_t len)
{
    out->too_long |= len > sizeof(out->text) - out->len;
    if (out->too_long)
        return;
    memcpy(out->text + out->len, text, len);
    out->len += len;
}

static void
expand(struct rewritten *out, const char *to, struct plx_slice text, const size_t *groups, uint32_t group_count)
{
    for (; *to; to++) {
        uint32_t group;
        if (*to != '$' || *++to == '$') {
            add(out, to, 1);
            continue;
        }
        group = (uint32_t)(*to - '0');
        if (group < group_count && groups[2 * group] != PCRE2_UNSET && groups[2 * group] <= groups[2 * group + 1])
            add(out, text.ptr + groups[2 * group], groups[2 * group + 1] - groups[2 * group]);
    }
}

static bool
is_sendable(const struct rewritten *out, enum plx_rewritten part)
{
    for (size_t i = 0; i < out->len; i++)
        if (!can_be_sent(part, out->text[i]))
            return false;
    return !out->too_long && (part == PLX_REWRITTEN_QUERY || (out->len && out->text[0] == '/'));
}

static enum plx_status
take(const struct plx_rewrite *rewrite, enum plx_rewritten part, struct plx_slice text, pcre2_match_data *data,
     struct plx_arena *arena, struct plx_slice *out)
{
    const size_t *groups = pcre2_get_ovector_pointer(data);
    struct rewritten made = {.len = 0, .too_long = false};

    if (groups[0] > groups[1]) /* \K behind its end */
        return PLX_E_LIMIT;
    add(&made, text.ptr, groups[0]);
    expand(&made, rewrite->to, text, groups, pcre2_get_ovector_count(data));
    add(&made, text.ptr + groups[1], text.len - groups[1]);
    if (!is_sendable(&made, part))
        return PLX_E_LIMIT;
    *out = plx_arena_copy(arena, plx_slice_make(made.text, made.len));
    return out->ptr ? PLX_OK : PLX_E_MEMORY;
}

enum plx_status
plx_rewrites_apply(const struct plx_rewrites *rewrites, enum plx_rewritten part, struct plx_slice text,
                   struct plx_arena *arena, struct plx_slice *out)
{
    *out = text;
    if (rewrites->count == 0)
        return PLX_OK;
    if (!text.ptr)
        text = plx_slice_make("", 0);
    /* All of it lies in the arena, and goes with it. */
    pcre2_general_context *general = pcre2_general_context_create(allocate, release, arena);
    pcre2_match_context *context = general ? pcre2_match_context_create(general) : NULL;
    if (!context)
        return PLX_E_MEMORY;
    pcre2_set_match_limit(context, PLX_REWRITE_MATCHES + 16 * (uint32_t)text.len);
    pcre2_set_heap_limit(context, PLX_REWRITE_HEAP);
    for (size_t i = 0; i < rewrites->count; i++) {
        const struct plx_rewrite *rewrite = rewrites->list[i];
        pcre2_match_data *data = pcre2_match_data_create_from_pattern(rewrite->pattern, general);
        if (!data)
            return PLX_E_MEMORY;
        int found = pcre2_match(rewrite->pattern, (PCRE2_SPTR)text.ptr, text.len, 0, 0, data, context);
        if (found >= 0)
            return take(rewrite, part, text, data, arena, out);
        if (found == PCRE2_ERROR_NOMEMORY)
            return PLX_E_MEMORY;
        if (found != PCRE2_ERROR_NOMATCH)
            return PLX_E_LIMIT;
    }
    return PLX_OK;
}
