/* SPDX-License-Identifier: Apache-2.0 */
/* --rules, --mode, --ignore and --tolerance, for the commands that compare. Each: -1 to go on, or the exit status after
 * telling. */
#ifndef PLX_COMMAND_RULE_OPTIONS_H
#define PLX_COMMAND_RULE_OPTIONS_H

#include <parallax/compare.h>

int plx_rule_option_file(struct plx_rules *rules, const char *file);
int plx_rule_option_mode(const char *command, struct plx_rules *rules, const char *name);
/* flag: "--ignore", with the text PATTERN, or "--tolerance", with PATTERN=VALUE, and its kind. */
int plx_rule_option_add(const char *command, struct plx_rules *rules, const char *flag, enum plx_rule_kind kind,
                        const char *text);

#endif
