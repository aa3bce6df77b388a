/* SPDX-License-Identifier: Apache-2.0 */
/* Reading mappings and values, with errors that propose what was meant. */
#include "control/config/keys.h"

#include "base/nearest.h"
#include "base/slice.h"
#include "control/config/values.h"
#include "service/service.h"
#include "service/share_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define KEYS_MAX 1000u /* of a mapping: far more than any has, so that looking for repeated ones ends soon */

static void
tell_unknown(struct plx_config_reader *reader, const struct plx_yaml *key, const char *what, const struct plx_key *keys,
             size_t count)
{
    struct plx_nearest nearest = plx_nearest_begin(key->text);
    char mend[512];
    size_t len;

    for (size_t i = 0; i < count; i++)
        if (!keys[i].not_yet)
            plx_nearest_look(&nearest, keys[i].name);
    len = (size_t)(nearest.found ? snprintf(mend, sizeof(mend), "did you mean `%s`? ", nearest.found) : 0);
    len += (size_t)snprintf(mend + len, sizeof(mend) - len, "%s has:", what);
    for (size_t i = 0; i < count && len < sizeof(mend) - 40; i++)
        if (!keys[i].not_yet)
            len += (size_t)snprintf(mend + len, sizeof(mend) - len, " %s", keys[i].name);
    plx_config_error(reader, key, mend, "%s has no key `%.60s`", what, key->text.ptr);
}

bool
plx_keys_repeats(struct plx_config_reader *reader, const struct plx_yaml *mapping, const struct plx_yaml *node)
{
    for (const struct plx_yaml *at = mapping->first; at != node; at = at->next)
        if (plx_slice_equal(at->key->text, node->key->text)) {
            const char *file = at->key->source != node->key->source ? at->key->source->file : NULL;
            plx_config_error(reader, node->key, "keep one of the two", "`%.60s` stands already in %.120s%s%u",
                             node->key->text.ptr, file ? file : "line", file ? ":" : " ", at->key->line);
            return true;
        }
    return false;
}

/* nodes NULL: where it stands is not kept. */
static void
read_key(struct plx_config_reader *reader, const struct plx_yaml *node, const struct plx_key *key, void *into,
         void *nodes)
{
    if (key->not_yet) {
        plx_config_error(reader, node->key, "leave it out", "`%s` is not supported by this version (" PLX_VERSION ")",
                         key->name);
        return;
    }
    if (nodes)
        *(const struct plx_yaml **)((char *)nodes + key->node) = node;
    if (key->read)
        key->read(reader, node, into);
}

static const struct plx_key *
key_named(struct plx_slice name, const struct plx_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (plx_slice_equal(name, plx_slice_of(keys[i].name)))
            return &keys[i];
    return NULL;
}

void
plx_keys_read_nodes(struct plx_config_reader *reader, const struct plx_yaml *node, const char *what,
                    const struct plx_key *keys, size_t count, void *into, void *nodes)
{
    if (node->type != PLX_YAML_MAPPING) {
        plx_config_error(reader, node, "write keys and values, as in `name: value`", "%s is a mapping, not %s", what,
                         plx_yaml_name(node));
        return;
    }
    size_t read = 0;
    for (const struct plx_yaml *at = node->first; at; at = at->next) {
        if (read++ == KEYS_MAX) {
            plx_config_error(reader, at->key, "leave them out", "%s has more than %u keys", what, KEYS_MAX);
            return;
        }
        if (plx_keys_repeats(reader, node, at))
            continue;
        const struct plx_key *key = key_named(at->key->text, keys, count);
        if (key)
            read_key(reader, at, key, into, nodes);
        else
            tell_unknown(reader, at->key, what, keys, count);
    }
}

void
plx_keys_read(struct plx_config_reader *reader, const struct plx_yaml *node, const char *what,
              const struct plx_key *keys, size_t count, void *into)
{
    plx_keys_read_nodes(reader, node, what, keys, count, into, NULL);
}

void *
plx_nodes_new(struct plx_config_reader *reader, size_t count, size_t size)
{
    void *nodes = plx_arena_alloc(reader->arena, count ? count * size : 1);

    if (nodes)
        memset(nodes, 0, count * size);
    reader->no_memory |= !nodes;
    return nodes;
}

/* ---- values ---- */

bool
plx_read_text(struct plx_config_reader *reader, const struct plx_yaml *node, const char *what, struct plx_slice *out)
{
    char mend[128];

    if (node->type != PLX_YAML_SCALAR || node->text.len == 0) {
        snprintf(mend, sizeof(mend), "write %s here, as one value", what);
        if (node->type == PLX_YAML_SCALAR && node->written.len)
            plx_config_error(reader, node, mend, "%s comes to nothing, where %s is wanted", plx_yaml_name(node), what);
        else
            plx_config_error(reader, node, mend, "here stands %s, where %s is wanted", plx_yaml_name(node), what);
        return false;
    }
    *out = node->text;
    return true;
}

void
plx_read_duration(struct plx_config_reader *reader, const struct plx_yaml *node, uint32_t max_ms, uint32_t *ms)
{
    struct plx_slice text;
    uint64_t value;
    char mend[128];

    if (!plx_read_text(reader, node, "a duration", &text))
        return;
    snprintf(mend, sizeof(mend), "write a number and ms, s, m or h, from 1ms to %us, as in 500ms or 10s",
             max_ms / 1000);
    if (!plx_value_duration(text, &value) || value == 0 || value > max_ms)
        plx_config_error(reader, node, mend, "%s is no duration that can be used here", plx_yaml_name(node));
    else
        *ms = (uint32_t)value;
}

void
plx_read_size(struct plx_config_reader *reader, const struct plx_yaml *node, uint64_t max, uint64_t *bytes)
{
    struct plx_slice text;
    uint64_t value;
    char mend[128];

    if (!plx_read_text(reader, node, "a size", &text))
        return;
    snprintf(mend, sizeof(mend), "write a number with B, KiB, MiB or GiB, at most %" PRIu64 " bytes, as in 8MiB", max);
    if (!plx_value_size(text, &value) || value > max)
        plx_config_error(reader, node, mend, "%s is no size that can be used here", plx_yaml_name(node));
    else
        *bytes = value;
}

void
plx_read_share(struct plx_config_reader *reader, const struct plx_yaml *node, uint32_t *share)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "a percentage", &text) && !plx_share_of(text, share))
        plx_config_error(reader, node,
                         "write a percentage from 0% to 100% with at most three decimals, as in 10% or 0.5%",
                         "%s is no percentage", plx_yaml_name(node));
}

void
plx_read_name(struct plx_config_reader *reader, const struct plx_yaml *node, const char *what, char **out)
{
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a name", &text))
        return;
    if (text.len > PLX_SERVICE_NAME_MAX || (text.len > 0 && !plx_slice_is_name(text)))
        plx_config_error(reader, node, "use letters, digits, and . _ -, at most 64", "%s can't be %s",
                         plx_yaml_name(node), what);
    else
        plx_read_copy_of(reader, text, out);
}

void
plx_read_copy_of(struct plx_config_reader *reader, struct plx_slice text, char **out)
{
    char *copy = strndup(text.ptr, text.len);

    if (!copy) {
        reader->no_memory = true;
        return;
    }
    free(*out);
    *out = copy;
}

void
plx_read_each(struct plx_config_reader *reader, const struct plx_yaml *node,
              void (*item)(struct plx_config_reader *reader, const struct plx_yaml *node, void *into), void *into)
{
    if (node->type == PLX_YAML_LIST)
        for (const struct plx_yaml *at = node->first; at; at = at->next)
            item(reader, at, into);
    else
        item(reader, node, into);
}
