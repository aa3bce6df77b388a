/* SPDX-License-Identifier: Apache-2.0 */
/* `eject: {after: 5, for: 10s, at_most: 5m}`. */
#include "control/config/eject_key.h"

#include "base/assert.h"
#include "control/config/keys.h"
#include "control/config/values.h"

#define EJECT_MAX_MS (24u * 3600 * 1000)

const struct plx_eject_options plx_eject_default = {.after = 5, .for_ms = 10000, .at_most_ms = 300000};

static void
read_after(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;
    uint64_t count;

    _Static_assert(PLX_EJECTION_AFTER_MAX == 1000, "the text below says so");
    if (!plx_read_text(reader, node, "a number", &text))
        return;
    if (plx_value_count(text, PLX_EJECTION_AFTER_MAX, &count) && count > 0)
        ((struct plx_eject_options *)into)->after = (uint32_t)count;
    else
        plx_config_error(reader, node, "write a number from 1 to 1000; `eject: no` never ejects",
                         "%s is no number of failures", plx_yaml_name(node));
}

static void
read_for(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_duration(reader, node, EJECT_MAX_MS, &((struct plx_eject_options *)into)->for_ms);
}

static void
read_at_most(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_duration(reader, node, EJECT_MAX_MS, &((struct plx_eject_options *)into)->at_most_ms);
}

static void
read_gateway_errors(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "yes or no", &text) &&
        !plx_value_bool(text, &((struct plx_eject_options *)into)->gateway_errors))
        plx_config_error(reader, node, "write yes or no", "%s is neither yes nor no", plx_yaml_name(node));
}

void
plx_eject_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_eject_options *eject)
{
    static const struct plx_key keys[] = {
        {"after", read_after}, {"for", read_for}, {"at_most", read_at_most}, {"gateway_errors", read_gateway_errors}};
    bool on;

    if (node->type == PLX_YAML_SCALAR) {
        if (!plx_value_bool(node->text, &on))
            plx_config_error(reader, node, "write `no`, or as in `eject: {after: 5, for: 10s, at_most: 5m}`",
                             "%s does not say when a candidate is ejected", plx_yaml_name(node));
        else if (!on)
            eject->after = 0;
        return;
    }
    plx_keys_read(reader, node, "`eject`", keys, PLX_COUNT(keys), eject);
    if (eject->at_most_ms < eject->for_ms)
        eject->at_most_ms = eject->for_ms;
}
