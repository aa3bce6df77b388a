/* SPDX-License-Identifier: Apache-2.0 */
#include "body/html_source.h"

#include "base/ascii.h"

#include <stdlib.h>
#include <string.h>

struct reference {
    const char *name, *text; /* text: UTF-8, markup escaped */
};

#include "html_references.h"

#define NAME_MAX_BYTES 32u /* of a reference */

static bool
begins_at(struct plx_slice text, size_t at, const char *word)
{
    size_t len = strlen(word);

    return text.len - at >= len &&
           plx_slice_equal_nocase(plx_slice_make(text.ptr + at, len), plx_slice_make(word, len));
}

static size_t
find(struct plx_slice text, size_t at, const char *word)
{
    for (; at < text.len; at++) {
        const char *next = memchr(text.ptr + at, word[0], text.len - at);
        if (!next)
            return text.len;
        at = (size_t)(next - text.ptr);
        if (begins_at(text, at, word))
            return at;
    }
    return text.len;
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The end of a comment, script or style that begins here; at: none does. */
static size_t
skip_raw(struct plx_slice text, size_t at, bool html)
{
    static const char *const raw[][2] = {{"<script", "</script"}, {"<style", "</style"}};

    if (begins_at(text, at, "<!--"))
        return find(text, at + 4, "-->");
    for (size_t i = 0; html && i < 2; i++) {
        size_t end = at + strlen(raw[i][0]);
        if (begins_at(text, at, raw[i][0]) && (end == text.len || !is_letter(text.ptr[end])))
            return find(text, end, raw[i][1]);
    }
    if (!html && begins_at(text, at, "<![CDATA["))
        return find(text, at + 9, "]]>");
    return at;
}

/* ---- attributes ---- */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

/* From behind `<`: the names of attributes up to `>`, and where that is. */
static size_t
count_attributes(struct plx_slice text, size_t *at)
{
    size_t count = 0;

    while (*at < text.len && !is_blank(text.ptr[*at]) && text.ptr[*at] != '>')
        ++*at;
    while (*at < text.len && text.ptr[*at] != '>') {
        if (is_blank(text.ptr[*at]) || text.ptr[*at] == '/') {
            ++*at;
            continue;
        }
        count++;
        bool value = false;
        while (*at < text.len && text.ptr[*at] != '>' && (value || !is_blank(text.ptr[*at]))) {
            char c = text.ptr[*at];
            value = c == '=' || (value && is_blank(c));
            if (c == '"' || c == '\'') {
                const char *end = memchr(text.ptr + *at + 1, c, text.len - *at - 1);
                *at = end ? (size_t)(end - text.ptr) : text.len - 1;
            }
            ++*at;
        }
    }
    return count;
}

bool
plx_source_has_many_attributes(struct plx_slice text, bool html, size_t max)
{
    for (size_t at = 0; at < text.len; at++) {
        const char *next = memchr(text.ptr + at, '<', text.len - at);
        if (!next)
            return false;
        at = (size_t)(next - text.ptr);
        size_t end = skip_raw(text, at, html);
        if (end == at) {
            unsigned char first = at + 1 < text.len ? (unsigned char)text.ptr[at + 1] : 0;
            if (!is_letter((char)first) && first != '_' && first < 0x80)
                continue;
            end = at + 1;
            if (count_attributes(text, &end) > max)
                return true;
        }
        at = end > at ? end - 1 : at;
    }
    return false;
}

/* ---- references ---- */

static int
by_name(const void *key, const void *row)
{
    const struct plx_slice *name = key;
    const char *other = ((const struct reference *)row)->name;
    int order = strncmp(name->ptr, other, name->len);

    return order ? order : -(other[name->len] != '\0');
}

/* At an ampersand: the reference that stands here, and its length; NULL: none that libxml2 would not know. */
static const char *
reference_at(struct plx_slice text, size_t at, size_t *len)
{
    size_t end = at + 1;

    while (end < text.len && end - at <= NAME_MAX_BYTES && plx_ascii_is_alphanumeric(text.ptr[end]))
        end++;
    if (end == at + 1 || end == text.len || text.ptr[end] != ';')
        return NULL;
    const struct plx_slice name = plx_slice_make(text.ptr + at + 1, end - at - 1);
    const struct reference *found =
        bsearch(&name, references, sizeof(references) / sizeof(*references), sizeof(*references), by_name);
    *len = end + 1 - at;
    return found ? found->text : NULL;
}

struct plx_slice
plx_html_expand_references(struct plx_slice text, struct plx_buffer *out)
{
    size_t done = 0, len;

    for (size_t at = 0; at < text.len; at++) {
        if (text.ptr[at] == '<') {
            size_t end = skip_raw(text, at, true);
            at = end > at ? end - 1 : at;
            continue;
        }
        const char *characters = text.ptr[at] == '&' ? reference_at(text, at, &len) : NULL;
        if (!characters)
            continue;
        plx_buffer_append(out, text.ptr + done, at - done);
        plx_buffer_text(out, characters);
        done = at + len;
        at = done - 1;
    }
    if (done == 0)
        return text;
    plx_buffer_append(out, text.ptr + done, text.len - done);
    return plx_buffer_slice(out);
}
