/* SPDX-License-Identifier: Apache-2.0 */
/* Finding ${NAME} in a value, and what stands for it. */
#include "control/config/variables.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <stdlib.h>

#define NAME_BYTES_MAX 128u

/* ${NAME:-DEFAULT} */
struct variable {
    char name[NAME_BYTES_MAX + 1];
    struct plx_slice fallback; /* ptr NULL: none */
};

static bool
is_name_byte(char c, bool first)
{
    return c == '_' || (first ? plx_ascii_is_alphanumeric(c) && !plx_ascii_is_digit(c) : plx_ascii_is_alphanumeric(c));
}

/* rest begins behind "${"; it is left behind the "}". */
static bool
read_variable(struct plx_slice *rest, struct variable *variable)
{
    const char *end = memchr(rest->ptr, '}', rest->len);
    size_t len = end ? (size_t)(end - rest->ptr) : 0, name = 0;

    while (name < len && is_name_byte(rest->ptr[name], name == 0))
        name++;
    if (!end || name == 0 || name > NAME_BYTES_MAX)
        return false;
    memcpy(variable->name, rest->ptr, name);
    variable->name[name] = '\0';
    variable->fallback = (struct plx_slice){NULL, 0};
    if (name < len) {
        if (len - name < 2 || memcmp(rest->ptr + name, ":-", 2) != 0)
            return false;
        variable->fallback = plx_slice_make(rest->ptr + name + 2, len - name - 2);
    }
    *rest = plx_slice_make(end + 1, rest->len - len - 1);
    return true;
}

static bool
is_text(struct plx_slice text)
{
    for (size_t at = 0; at < text.len;) {
        size_t len = plx_utf8_length(text.ptr + at, text.len - at);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

static bool
value_of(struct plx_config_reader *reader, const struct plx_yaml *node, const struct variable *variable,
         struct plx_slice *value)
{
    const char *text = getenv(variable->name);

    if (variable->fallback.ptr && (!text || !*text)) {
        *value = variable->fallback;
        return true;
    }
    if (!text) {
        plx_config_error(reader, node, "set it for this process, write ${NAME:-DEFAULT}, or $${ for a ${ that is meant",
                         "the variable %s is not set", variable->name);
        return false;
    }
    *value = plx_slice_of(text);
    if (is_text(*value))
        return true;
    plx_config_error(reader, node, "set it to UTF-8 text", "the variable %s holds bytes that are no UTF-8",
                     variable->name);
    return false;
}

/* Behind "${": adds what stands for it. */
static bool
expand_one(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_slice *rest,
           struct plx_buffer *out)
{
    struct variable variable;
    struct plx_slice value;

    if (!read_variable(rest, &variable)) {
        plx_config_error(reader, node, "write ${NAME} or ${NAME:-DEFAULT}, or $${ for a ${ that is meant",
                         "a ${ without the name of a variable and a } behind it");
        return false;
    }
    if (!value_of(reader, node, &variable, &value))
        return false;
    reader->variable_bytes += value.len;
    if (reader->variable_bytes > PLX_CONFIG_VARIABLES_BYTES) {
        plx_config_error(reader, node, "set it to less", "the variables of this configuration are longer than 1 MiB");
        return false;
    }
    plx_buffer_add(out, value);
    return true;
}

static bool
begins_with(struct plx_slice text, const char *what)
{
    size_t len = strlen(what);

    return text.len >= len && memcmp(text.ptr, what, len) == 0;
}

static bool
expand(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_buffer *out)
{
    struct plx_slice rest = node->written;

    while (rest.len) {
        if (begins_with(rest, "$${")) {
            plx_buffer_text(out, "${");
            rest = plx_slice_make(rest.ptr + 3, rest.len - 3);
        } else if (begins_with(rest, "${")) {
            rest = plx_slice_make(rest.ptr + 2, rest.len - 2);
            if (!expand_one(reader, node, &rest, out))
                return false;
        } else {
            plx_buffer_byte(out, rest.ptr[0]);
            rest = plx_slice_make(rest.ptr + 1, rest.len - 1);
        }
    }
    return true;
}

bool
plx_variables_expand(struct plx_config_reader *reader, struct plx_yaml *node)
{
    struct plx_buffer out;

    if (!strstr(node->text.ptr, "${"))
        return true;
    plx_buffer_init(&out, node->text.len + PLX_CONFIG_VARIABLES_BYTES);
    bool ok = expand(reader, node, &out);
    if (ok && !out.failed)
        node->text = plx_arena_copy(reader->arena, plx_buffer_slice(&out));
    reader->no_memory |= out.failed || !node->text.ptr;
    plx_buffer_fini(&out);
    return ok && !reader->no_memory;
}
