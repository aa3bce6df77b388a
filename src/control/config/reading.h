/* SPDX-License-Identifier: Apache-2.0 */
/* How the parts of this folder share the reading of one configuration: for them alone. */
#ifndef PLX_CONFIG_READING_H
#define PLX_CONFIG_READING_H

#include "control/config/settings.h"
#include "control/config/yaml_node.h"

struct plx_reading {
    struct plx_config *config;
    const struct plx_yaml *listen, *admin, *services,
        *spies; /* where they stand; NULL: a flag gave them, or nothing did */
    bool token_given;
    bool spies_only; /* services are not asked for */
    bool jobs_alone; /* nor are they where there are jobs under `reconcile` */
};

#endif
