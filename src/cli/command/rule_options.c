/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command/rule_options.h"

#include "cli/terminal/exit_status.h"
#include "cli/terminal/options.h"
#include "control/config/config.h"

#include <string.h>

int
plx_rule_option_file(struct plx_rules *rules, const char *file)
{
    struct plx_config_errors errors;
    enum plx_status status = plx_config_read_rules(file, rules, &errors);

    plx_config_errors_print(&errors);
    plx_config_errors_fini(&errors);
    return status == PLX_OK ? -1 : PLX_EXIT_USAGE;
}

int
plx_rule_option_mode(const char *command, struct plx_rules *rules, const char *name)
{
    for (int mode = PLX_MODE_STRICT; mode <= PLX_MODE_SCHEMA; mode++)
        if (strcmp(name, plx_mode_text((enum plx_mode)mode)) == 0) {
            plx_rules_set_mode(rules, (enum plx_mode)mode);
            return -1;
        }
    return plx_trouble(command, "--mode is strict, subset or schema, not '%s'", name);
}

int
plx_rule_option_add(const char *command, struct plx_rules *rules, const char *flag, enum plx_rule_kind kind,
                    const char *text)
{
    const char *value = kind == PLX_RULE_TOLERANCE ? strrchr(text, '=') : NULL;
    struct plx_rule rule = {.kind = kind, .field = plx_slice_of(text), .value = {"", 0}};
    struct plx_rule_error error = {""};

    if (kind == PLX_RULE_TOLERANCE && !value)
        return plx_trouble(command, "%s '%s' has no value; write it as in /total=0.01", flag, text);
    if (value) {
        rule.field.len = (size_t)(value - text);
        rule.value = plx_slice_of(value + 1);
    }
    enum plx_status status = plx_rules_add(rules, &rule, &error);
    if (status == PLX_E_MEMORY)
        return plx_trouble(command, "out of memory");
    return status == PLX_OK ? -1 : plx_trouble(command, "%s %s: %s", flag, text, error.text);
}
