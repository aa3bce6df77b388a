/* SPDX-License-Identifier: Apache-2.0 */
/* `secrets:` of a configuration, and of a file of rules: which names are secret. */
#ifndef PLX_CONFIG_SECRETS_SECTION_H
#define PLX_CONFIG_SECRETS_SECTION_H

#include "control/config/errors.h"
#include "secrets/secrets.h"

/* Of a service: `names` and `remove` alone. */
void plx_service_secrets_read(struct plx_config_reader *reader, const struct plx_yaml *node,
                              struct plx_secrets *secrets);
void plx_secrets_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_secrets *secrets);

#endif
