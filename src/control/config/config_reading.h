/* SPDX-License-Identifier: Apache-2.0 */
/* How the parts of this folder share the reading of one configuration: for them alone. */
#ifndef PLX_CONFIG_CONFIG_READING_H
#define PLX_CONFIG_CONFIG_READING_H

#include "control/config/settings.h"
#include "control/config/yaml_node.h"

/* Where the keys at the top stand; NULL: nowhere, or a flag says otherwise. */
struct plx_top_nodes {
    const struct plx_yaml *include, *listen, *admin, *token, *token_file, *read_token, *read_token_file, *store,
        *workers, *access_log, *log, *resolver;
    const struct plx_yaml *timeout, *drain, *retention, *limits, *confidence, *detect, *allow;
    const struct plx_yaml *services, *spies, *reconcile, *secrets;
};

struct plx_reading {
    struct plx_config *config;
    struct plx_top_nodes at;
    const struct plx_service_nodes *services; /* of each; NULL: they are not of a file */
    const struct plx_spy_nodes *spies;        /* likewise */
    bool flagged[PLX_ROLES];                  /* a flag says where the role is */
    bool token_given;
    bool spies_only; /* services are not asked for */
    bool jobs_alone; /* nor are they where there are jobs under `reconcile` */
};

#endif
