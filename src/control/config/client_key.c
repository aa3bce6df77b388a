/* SPDX-License-Identifier: Apache-2.0 */
/* Traits of clients, word by word. */
#include "control/config/client_key.h"

#include "base/ascii.h"
#include "base/slice.h"
#include "control/config/keys.h"

#include <stdlib.h>

#define BY_MEND "write `cookie NAME`, `header NAME`, `address` or `request`"
#define ONLY_MEND \
    "write `cookie NAME` or `header NAME`, and `= VALUE` behind it for one value, as in `header X-Beta = 1`"

/* Cuts the first word off; what is left begins with the next one. */
static struct plx_slice
next_word(struct plx_slice *text)
{
    size_t at = 0, end = 0;

    while (end < text->len && !plx_ascii_is_blank(text->ptr[end]) && text->ptr[end] != '=')
        end++;
    struct plx_slice word = plx_slice_make(text->ptr, end);
    for (at = end; at < text->len && plx_ascii_is_blank(text->ptr[at]);)
        at++;
    *text = plx_slice_make(text->ptr + at, text->len - at);
    return word;
}

/* What can stand in a request: visible ASCII and spaces between; in a cookie no semicolon. */
static bool
can_be_sent(struct plx_slice value, enum plx_client_by by)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] < ' ' || value.ptr[i] > '~' || (by == PLX_CLIENT_COOKIE && value.ptr[i] == ';'))
            return false;
    return value.len > 0;
}

/* "cookie" or "header"; false for another word. */
static bool
named_by(struct plx_slice word, enum plx_client_by *by)
{
    *by = plx_slice_equal(word, plx_slice_of("cookie")) ? PLX_CLIENT_COOKIE : PLX_CLIENT_HEADER;
    return *by == PLX_CLIENT_COOKIE || plx_slice_equal(word, plx_slice_of("header"));
}

/* The name behind "cookie" or "header". */
static bool
read_name(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_slice name, const char *mend,
          struct plx_client_trait *trait)
{
    if (!plx_slice_is_token(name) || name.len > PLX_CLIENT_NAME_MAX) {
        plx_config_error(reader, node, mend, "%s names no %s: a name is letters, digits and -_., at most %u",
                         plx_yaml_name(node), plx_client_by_text(trait->by), PLX_CLIENT_NAME_MAX);
        trait->by = PLX_CLIENT_REQUEST;
        return false;
    }
    plx_read_copy_of(reader, name, &trait->name);
    return true;
}

void
plx_by_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_client_trait *by)
{
    struct plx_slice rest;

    if (!plx_read_text(reader, node, "what makes a client", &rest))
        return;
    struct plx_slice word = next_word(&rest);
    if (named_by(word, &by->by)) {
        read_name(reader, node, rest, BY_MEND, by);
        return;
    }
    by->by = plx_slice_equal(word, plx_slice_of("address")) ? PLX_CLIENT_ADDRESS : PLX_CLIENT_REQUEST;
    if (rest.len || (by->by == PLX_CLIENT_REQUEST && !plx_slice_equal(word, plx_slice_of("request"))))
        plx_config_error(reader, node, BY_MEND, "%s does not say what makes a client", plx_yaml_name(node));
}

void
plx_only_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_client_trait *only)
{
    struct plx_slice rest;

    if (!plx_read_text(reader, node, "the clients of the canary", &rest))
        return;
    if (!named_by(next_word(&rest), &only->by)) {
        only->by = PLX_CLIENT_REQUEST;
        plx_config_error(reader, node, ONLY_MEND, "%s does not say which clients", plx_yaml_name(node));
        return;
    }
    struct plx_slice name = next_word(&rest);
    if (!read_name(reader, node, name, ONLY_MEND, only) || rest.len == 0)
        return;
    if (rest.ptr[0] != '=') {
        plx_config_error(reader, node, ONLY_MEND, "a `=` is missing before the value of `%s`", only->name);
        return;
    }
    rest = plx_slice_make(rest.ptr + 1, rest.len - 1);
    while (rest.len && plx_ascii_is_blank(rest.ptr[0]))
        rest = plx_slice_make(rest.ptr + 1, rest.len - 1);
    if (can_be_sent(rest, only->by) && rest.len <= PLX_CLIENT_VALUE_MAX)
        plx_read_copy_of(reader, rest, &only->value);
    else
        plx_config_error(reader, node, "use visible ASCII, at most 1024 characters, in a cookie without `;`",
                         "no client can send this value of `%s`", only->name ? only->name : "");
}

void
plx_version_read(struct plx_config_reader *reader, const struct plx_yaml *node, char **header)
{
    struct plx_slice rest;

    if (!plx_read_text(reader, node, "where answers name the version", &rest))
        return;
    struct plx_slice word = next_word(&rest);
    if (plx_slice_equal(word, plx_slice_of("header")) && plx_slice_is_token(rest) && rest.len <= PLX_CLIENT_NAME_MAX)
        plx_read_copy_of(reader, rest, header);
    else
        plx_config_error(reader, node, "write `header NAME`, as in `header X-Version`",
                         "%s does not say where answers name the version", plx_yaml_name(node));
}
