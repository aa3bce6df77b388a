/* SPDX-License-Identifier: Apache-2.0 */
/* How config.c, top.c, overrides.c and checks.c share the reading of one configuration: for them alone. */
#ifndef PLX_CONFIG_TOP_H
#define PLX_CONFIG_TOP_H

#include "control/config/keys.h"

struct plx_reading {
    struct plx_config *config;
    const struct plx_yaml *listen, *admin, *services,
        *spies; /* where they stand; NULL: a flag gave them, or nothing did */
    bool token_given;
    bool spies_only; /* services are not asked for */
    bool jobs_alone; /* nor are they where there are jobs under `reconcile` */
};

/* The file, key by key. */
void plx_top_read(struct plx_config_reader *reader, struct plx_reading *r);
/* What flags say stands over what the file says, or is the one service where there is no file. */
void plx_flags_apply(struct plx_config_reader *reader, const struct plx_config_flags *flags, struct plx_reading *r);
/* What must hold between listeners, admin and services. */
void plx_config_check(struct plx_config_reader *reader, const struct plx_reading *r);

/* Values that the file and the flags both give. flag NULL: node says where; else the flag's name, and node is NULL. */
bool plx_take_address(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag,
                      struct plx_slice text, struct plx_address *address);
void plx_take_store(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag,
                    struct plx_slice text, struct plx_config *config);
void plx_take_workers(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag,
                      struct plx_slice text, struct plx_config *config);
void plx_take_log_level(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag,
                        struct plx_slice text, struct plx_config *config);
/* node NULL: from the environment. */
void plx_take_token(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_slice text,
                    struct plx_config *config);
/* Whether a connection to the one could be one to the other; whether both can't be bound. */
bool plx_addresses_meet(const struct plx_address *a, const struct plx_address *b);
bool plx_addresses_collide(const struct plx_address *a, const struct plx_address *b);
uint32_t plx_processors(void); /* online, at most PLX_WORKERS_MAX */

#endif
