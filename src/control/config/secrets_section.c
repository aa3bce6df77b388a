/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secrets: {names: [badge, ssn], remove: [key], redact: yes}
 */
#include "control/config/secrets_section.h"

#include "base/assert.h"
#include "control/config/keys.h"
#include "control/config/values.h"

static void
take_name(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_secrets *secrets,
          enum plx_status (*take)(struct plx_secrets *secrets, struct plx_slice name))
{
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a name", &text))
        return;
    enum plx_status status = take(secrets, text);
    if (status == PLX_E_LIMIT)
        plx_config_error(reader, node, "leave some out", "there are more than %u names", PLX_SECRET_NAMES_MAX);
    else if (status != PLX_OK)
        plx_config_error(reader, node, "write a name of 1 to 64 letters and digits, as in `names: [badge, ssn]`",
                         "%s can't be the name of a secret", plx_yaml_name(node));
}

static void
add_one(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    take_name(reader, node, into, plx_secrets_add);
}

static void
remove_one(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    take_name(reader, node, into, plx_secrets_remove);
}

static void
read_names(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_each(reader, node, add_one, into);
}

static void
read_remove(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_each(reader, node, remove_one, into);
}

static void
read_redact(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;
    bool redact;

    if (!plx_read_text(reader, node, "yes or no", &text))
        return;
    if (plx_value_bool(text, &redact))
        plx_secrets_redact(into, redact);
    else
        plx_config_error(reader, node, "write `redact: yes`, or `redact: no` to keep and show what is secret",
                         "%s is neither yes nor no", plx_yaml_name(node));
}

void
plx_secrets_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_secrets *secrets)
{
    static const struct plx_key keys[] = {{"names", read_names}, {"remove", read_remove}, {"redact", read_redact}};

    plx_keys_read(reader, node, "`secrets`", keys, PLX_COUNT(keys), secrets);
}

void
plx_service_secrets_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_secrets *secrets)
{
    static const struct plx_key keys[] = {{"names", read_names}, {"remove", read_remove}};

    plx_keys_read(reader, node, "`secrets` of a service", keys, PLX_COUNT(keys), secrets);
}
