/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A role's own addresses as paths. The hard thing: what is left of one must stay a path for every reader. "//host" and
 * "/\host" would be another host's, and browsers read over tabs; so the first two get a dot before them, which is
 * resolved away (RFC 3986, 5.2.4), and a value with white space in its address stays as it is.
 */
#include "traffic/exchange/redirects.h"

#include "base/slice.h"
#include "message/nocase.h"

static struct plx_slice
after(struct plx_slice text, size_t len)
{
    return plx_slice_make(text.ptr + len, text.len - len);
}

static struct plx_slice
without_default_port(struct plx_slice authority)
{
    if (authority.len > 3 && memcmp(authority.ptr + authority.len - 3, ":80", 3) == 0)
        authority.len -= 3;
    return authority;
}

static bool
is_of(const struct plx_upstream *role, struct plx_slice authority)
{
    const struct plx_slice known[] = {plx_slice_of(role->authority ? role->authority : ""),
                                      plx_upstream_authority(role)};

    authority = without_default_port(authority);
    for (size_t i = 0; i < 2; i++)
        if (known[i].len && plx_slice_equal_nocase(without_default_port(known[i]), authority))
            return true;
    return false;
}

static bool
ends_segment(char c)
{
    return c == '/' || c == '?' || c == '#';
}

/* What the role calls its own place, seen from its prefix on; false: the address is not the role's, or is one already
 * that clients can reach. */
static bool
own_path(struct plx_slice address, const struct plx_upstream *role, struct plx_slice *path)
{
    struct plx_slice prefix = plx_upstream_prefix(role), rest = address;
    bool absolute = PLX_HTTP_BEGINS(address, "http://");

    for (size_t i = 0; i < address.len; i++)
        if ((unsigned char)address.ptr[i] <= ' ')
            return false;
    if (absolute) {
        rest = after(address, 7);
        size_t len = 0;
        while (len < rest.len && !ends_segment(rest.ptr[len]))
            len++;
        if (!is_of(role, plx_slice_make(rest.ptr, len)))
            return false;
        rest = after(rest, len);
    } else if (!prefix.len || rest.len == 0 || rest.ptr[0] != '/' || (rest.len > 1 && rest.ptr[1] == '/')) {
        return false;
    }
    if (rest.len < prefix.len || (prefix.len && memcmp(rest.ptr, prefix.ptr, prefix.len) != 0))
        return false;
    *path = after(rest, prefix.len);
    return !prefix.len || !path->len || ends_segment(path->ptr[0]);
}

/* before, the address as a path, behind. */
static void
write(struct plx_slice *value, struct plx_slice before, struct plx_slice path, struct plx_slice behind,
      struct plx_arena *arena)
{
    bool slash = path.len && path.ptr[0] == '/';
    const char *lead = !slash ? "/" : path.len > 1 && (path.ptr[1] == '/' || path.ptr[1] == '\\') ? "/." : "";
    const struct plx_slice parts[] = {before, plx_slice_of(lead), path, behind};
    size_t len = 0;

    for (size_t i = 0; i < 4; i++)
        len += parts[i].len;
    char *text = plx_arena_alloc(arena, len), *at = text;
    if (!text)
        return;
    for (size_t i = 0; i < 4; i++)
        (void)plx_slice_put(&at, parts[i]);
    *value = plx_slice_make(text, len);
}

/* "5; url=ADDRESS", in quotes or not. */
static void
rewrite_refresh(struct plx_slice *value, const struct plx_upstream *role, struct plx_arena *arena)
{
    struct plx_slice path;
    size_t at = 0;

    while (at < value->len && !PLX_HTTP_BEGINS(after(*value, at), "url="))
        at++;
    at += 4;
    if (at >= value->len)
        return;
    char quote = value->ptr[at];
    bool quoted = quote == '"' || quote == '\'';
    struct plx_slice address = after(*value, at + quoted);
    const char *end = quoted && address.len ? memchr(address.ptr, quote, address.len) : NULL;
    struct plx_slice behind = end ? after(address, (size_t)(end - address.ptr)) : plx_slice_make(NULL, 0);
    address.len -= behind.len;
    if (own_path(address, role, &path))
        write(value, plx_slice_make(value->ptr, at + quoted), path, behind, arena);
}

void
plx_redirects_rewrite(struct plx_http1_head *head, const struct plx_upstream *role, struct plx_arena *arena)
{
    const struct plx_slice none = {NULL, 0};
    struct plx_slice path;

    for (size_t i = 0; i < head->message.header_count; i++) {
        struct plx_header *header = &head->message.headers[i];
        if (header->name.len == 7 && PLX_HTTP_EQUAL(header->name, "refresh"))
            rewrite_refresh(&header->value, role, arena);
        else if ((PLX_HTTP_EQUAL(header->name, "location") || PLX_HTTP_EQUAL(header->name, "content-location")) &&
                 own_path(header->value, role, &path))
            write(&header->value, none, path, none, arena);
    }
}
