/* SPDX-License-Identifier: Apache-2.0 */
/* `by` and `only` of a service, what makes a client of a canary, and `version`, in like words. For services.c alone. */
#ifndef PLX_CONFIG_CLIENT_KEY_H
#define PLX_CONFIG_CLIENT_KEY_H

#include "control/config/errors.h"
#include "service/service.h"

/* "cookie NAME", "header NAME", "address", "request". */
void plx_by_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_client_trait *by);
/* "cookie NAME" or "header NAME", and "= VALUE" behind it where it matters. */
void plx_only_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_client_trait *only);
/* "header NAME": where the candidate's answers name its version. */
void plx_version_read(struct plx_config_reader *reader, const struct plx_yaml *node, char **header);

#endif
