/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a target apart. Every byte comes from outside: what cannot be read in one way only is refused. */
#include "control/admin/query.h"

#include "base/ascii.h"

/* Decodes into the target's own bytes, of which there are as many as the text may have. In a query `+` is a space (HTML
 * forms). */
static const char *
decode(struct plx_admin_target *target, struct plx_slice text, bool query, struct plx_slice *out)
{
    char *start = target->bytes + target->used;
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c == '%') {
            int byte = text.len - i < 3 ? -1 : plx_ascii_hex_pair(text.ptr + i + 1);
            if (byte < 0)
                return "a % in the target is not followed by two hex digits; write a plain % as %25";
            c = (char)byte;
            i += 2;
        } else if (c == '+' && query) {
            c = ' ';
        }
        if (c == 0)
            return "the target has a NUL byte (%00) in it";
        start[len++] = c;
    }
    target->used += len;
    *out = plx_slice_make(start, len);
    return NULL;
}

static struct plx_slice
take_until(struct plx_slice *text, char end)
{
    const char *at = text->len ? memchr(text->ptr, end, text->len) : NULL;
    struct plx_slice part = plx_slice_make(text->ptr, at ? (size_t)(at - text->ptr) : text->len);
    size_t skip = part.len + (at != NULL);

    text->ptr += skip;
    text->len -= skip;
    return part;
}

static const char *
read_path(struct plx_slice path, struct plx_admin_target *target)
{
    if (path.len == 0 || path.ptr[0] != '/')
        return "the target must begin with a /";
    path.ptr++;
    path.len--;
    while (path.len > 0) {
        struct plx_slice part = take_until(&path, '/');
        const char *wrong;

        if (target->segment_count == PLX_ADMIN_SEGMENTS_MAX)
            return "the path has too many segments";
        wrong = decode(target, part, false, &target->segments[target->segment_count++]);
        if (wrong)
            return wrong;
    }
    return NULL;
}

static const char *
read_query(struct plx_slice query, struct plx_admin_target *target)
{
    while (query.len > 0) {
        struct plx_slice pair = take_until(&query, '&');
        struct plx_admin_parameter *parameter = &target->parameters[target->parameter_count];
        struct plx_slice name;
        const char *wrong;

        if (pair.len == 0)
            continue;
        if (target->parameter_count == PLX_ADMIN_PARAMETERS_MAX)
            return "the query has too many parameters";
        name = take_until(&pair, '=');
        wrong = decode(target, name, true, &parameter->name);
        if (!wrong)
            wrong = decode(target, pair, true, &parameter->value);
        if (wrong)
            return wrong;
        for (size_t i = 0; i < target->parameter_count; i++)
            if (plx_slice_equal(target->parameters[i].name, parameter->name))
                return "a parameter of the query is given twice";
        target->parameter_count++;
    }
    return NULL;
}

const char *
plx_admin_target_read(struct plx_slice text, struct plx_admin_target *target)
{
    struct plx_slice path;
    const char *wrong;

    target->segment_count = target->parameter_count = target->used = 0;
    if (text.len > sizeof(target->bytes))
        return "the target is too long";
    path = take_until(&text, '?');
    wrong = read_path(path, target);
    return wrong ? wrong : read_query(text, target);
}

struct plx_slice
plx_admin_parameter(const struct plx_admin_target *target, const char *name)
{
    for (size_t i = 0; i < target->parameter_count; i++)
        if (plx_slice_equal(target->parameters[i].name, plx_slice_of(name)))
            return target->parameters[i].value;
    return plx_slice_make(NULL, 0);
}

bool
plx_admin_number(struct plx_slice text, uint64_t max, uint64_t *number)
{
    uint64_t value = 0;

    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned char)text.ptr[i] - (unsigned)'0';

        if (digit > 9 || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}
