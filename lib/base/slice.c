/* SPDX-License-Identifier: Apache-2.0 */
/* Slices: comparing, trimming, walking lists. */
#include "base/slice.h"

#include "base/ascii.h"

bool
plx_slice_equal_nocase(struct plx_slice a, struct plx_slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (plx_ascii_lower(a.ptr[i]) != plx_ascii_lower(b.ptr[i]))
            return false;
    return true;
}

struct plx_slice
plx_slice_trimmed(struct plx_slice text)
{
    while (text.len && plx_ascii_is_blank(*text.ptr))
        text.ptr++, text.len--;
    while (text.len && plx_ascii_is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

bool
plx_slice_is_token(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!plx_ascii_is_tchar(text.ptr[i]))
            return false;
    return text.len > 0;
}

bool
plx_slice_is_name(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!plx_ascii_is_alphanumeric(c) && c != '.' && c != '_' && c != '-')
            return false;
    }
    return text.len > 0;
}

bool
plx_slice_is_blank(struct plx_slice line)
{
    for (size_t i = 0; i < line.len; i++)
        if (!plx_ascii_is_blank(line.ptr[i]) && line.ptr[i] != '\r')
            return false;
    return true;
}

bool
plx_slice_list_next(struct plx_slice *list, struct plx_slice *element)
{
    if (list->len == 0)
        return false;

    const char *ptr = list->ptr, *end = list->ptr + list->len;
    while (ptr < end && (*ptr == ',' || plx_ascii_is_blank(*ptr)))
        ptr++;
    if (ptr >= end)
        return false;
    const char *comma = memchr(ptr, ',', (size_t)(end - ptr));
    const char *stop = comma ? comma : end;
    *list = plx_slice_make(stop, (size_t)(end - stop));
    while (plx_ascii_is_blank(stop[-1]))
        stop--;
    *element = plx_slice_make(ptr, (size_t)(stop - ptr));
    return true;
}

bool
plx_slice_list_has(struct plx_slice list, struct plx_slice name)
{
    struct plx_slice element;

    while (plx_slice_list_next(&list, &element))
        if (plx_slice_equal_nocase(element, name))
            return true;
    return false;
}

struct plx_slice
plx_slice_put(char **at, struct plx_slice text)
{
    struct plx_slice kept = plx_slice_make(*at, text.len);

    if (text.len)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return kept;
}
