/* SPDX-License-Identifier: Apache-2.0 */
/* Roles; see the header. */
#include "service/upstream.h"

#include "base/arena.h"

#include <stdlib.h>

void
plx_request_changes_free(struct plx_request_changes *changes)
{
    if (!changes)
        return;
    plx_field_changes_fini(&changes->fields);
    for (int part = 0; part < PLX_REWRITTEN_PARTS; part++)
        plx_rewrites_fini(&changes->rewrites[part]);
    free(changes);
}

struct plx_request_changes *
plx_request_changes_new(const struct plx_request_changes *from)
{
    struct plx_request_changes *changes = calloc(1, sizeof(*changes));
    bool whole = changes && (!from || plx_field_changes_copy(&changes->fields, &from->fields));

    for (int part = 0; from && whole && part < PLX_REWRITTEN_PARTS; part++)
        whole = plx_rewrites_share(&changes->rewrites[part], &from->rewrites[part]);
    if (whole)
        return changes;
    plx_request_changes_free(changes);
    return NULL;
}

void
plx_upstream_fini(struct plx_upstream *upstream)
{
    free(upstream->url);
    free(upstream->name);
    free(upstream->host);
    free(upstream->authority);
    free(upstream->sent_host);
    free(upstream->prefix);
    plx_request_changes_free(upstream->request);
    *upstream = (struct plx_upstream){0};
}

const char *
plx_upstream_name(const struct plx_upstream *upstream)
{
    return upstream->name ? upstream->name : upstream->url;
}

static struct plx_slice
slice_of(const char *text)
{
    return text ? plx_slice_of(text) : plx_slice_make("", 0);
}

struct plx_slice
plx_upstream_authority(const struct plx_upstream *upstream)
{
    return slice_of(upstream->sent_host ? upstream->sent_host : upstream->authority);
}

bool
plx_upstream_is_local(const struct plx_upstream *upstream)
{
    return upstream->host && upstream->host[0] == '/';
}

struct plx_slice
plx_upstream_prefix(const struct plx_upstream *upstream)
{
    return slice_of(upstream->prefix);
}

bool
plx_request_changes_equal(const struct plx_request_changes *a, const struct plx_request_changes *b)
{
    static const struct plx_request_changes none;

    a = a ? a : &none;
    b = b ? b : &none;
    return plx_field_changes_equal(&a->fields, &b->fields) &&
           plx_rewrites_equal(&a->rewrites[PLX_REWRITTEN_PATH], &b->rewrites[PLX_REWRITTEN_PATH]) &&
           plx_rewrites_equal(&a->rewrites[PLX_REWRITTEN_QUERY], &b->rewrites[PLX_REWRITTEN_QUERY]);
}

bool
plx_upstream_equal(const struct plx_upstream *a, const struct plx_upstream *b)
{
    if (!a->url || !b->url)
        return a->url == b->url;
    return strcmp(plx_upstream_name(a), plx_upstream_name(b)) == 0 && plx_request_changes_equal(a->request, b->request);
}

bool
plx_upstream_is_plain(const struct plx_upstream *upstream, const struct plx_request_changes *changes)
{
    return !changes && !upstream->sent_host && !upstream->prefix;
}

static enum plx_status
rewrite(const struct plx_request_changes *changes, struct plx_arena *arena, struct plx_slice *path,
        struct plx_slice *query)
{
    enum plx_status status =
        plx_rewrites_apply(&changes->rewrites[PLX_REWRITTEN_PATH], PLX_REWRITTEN_PATH, *path, arena, path);

    return status != PLX_OK
               ? status
               : plx_rewrites_apply(&changes->rewrites[PLX_REWRITTEN_QUERY], PLX_REWRITTEN_QUERY, *query, arena, query);
}

enum plx_status
plx_upstream_target(const struct plx_upstream *upstream, const struct plx_request_changes *changes,
                    struct plx_slice target, struct plx_arena *arena, struct plx_slice *out)
{
    const char *mark = target.len ? memchr(target.ptr, '?', target.len) : NULL;
    struct plx_slice path = target, query = plx_slice_make("", 0), prefix = plx_upstream_prefix(upstream);

    *out = target;
    if (target.len == 0 || target.ptr[0] != '/' || (!changes && prefix.len == 0))
        return PLX_OK;
    if (mark) {
        path = plx_slice_make(target.ptr, (size_t)(mark - target.ptr));
        query = plx_slice_make(mark + 1, target.len - path.len - 1);
    }
    const struct plx_slice query_before = query;
    if (changes) {
        enum plx_status status = rewrite(changes, arena, &path, &query);
        if (status != PLX_OK)
            return status;
    }
    /* A ? without a query stays as it came. */
    bool with_mark = query.len || (mark && query_before.len == 0);
    char *text = plx_arena_alloc(arena, prefix.len + path.len + query.len + 1), *at = text;
    if (!text)
        return PLX_E_MEMORY;
    at = mempcpy(at, prefix.ptr, prefix.len);
    at = mempcpy(at, path.ptr, path.len);
    if (with_mark)
        *at++ = '?';
    at = mempcpy(at, query.ptr, query.len);
    *out = plx_slice_make(text, (size_t)(at - text));
    return PLX_OK;
}
