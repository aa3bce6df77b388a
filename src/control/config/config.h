/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: YAML (libfyaml) or command-line URLs in, a checked configuration with its snapshot of services
 * out. An error names FILE:LINE:COLUMN, shows the line, and says how to mend it; all errors of a file are reported, not
 * just the first.
 */
#ifndef PLX_CONFIG_CONFIG_H
#define PLX_CONFIG_CONFIG_H

#include "control/config/errors.h"
#include "control/config/flags.h"
#include "control/config/settings.h"

/* PLX_OK: *config is filled, plx_config_fini() frees it. PLX_E_SYNTAX: errors were found, all of them told.
 * PLX_E_MEMORY. */
PLX_MUST_USE enum plx_status plx_config_read(const struct plx_config_flags *flags, struct plx_config *config,
                                             struct plx_config_errors *errors);
void plx_config_fini(struct plx_config *config);
/*
 * A file of rules: the mapping that stands under `compare:` in a configuration, in which `redact:` and `secrets:` may
 * stand as well. Adds to the rules. Statuses as plx_config_read(); on an error some rules may have been added.
 */
PLX_MUST_USE enum plx_status plx_config_read_rules(const char *file, struct plx_rules *rules,
                                                   struct plx_config_errors *errors);

#endif
