/* SPDX-License-Identifier: Apache-2.0 */
/* `hosts:` of a service. A host belongs to one service. */
#ifndef PLX_CONFIG_SERVICE_HOSTS_H
#define PLX_CONFIG_SERVICE_HOSTS_H

#include "base/table.h"
#include "control/config/errors.h"
#include "service/service.h"

#define PLX_HOSTS_MAX 256u /* of one service */

/* taken: of all services read so far, host by host; its values are services. */
void plx_hosts_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_service *service,
                    struct plx_table *taken);

#endif
