/* SPDX-License-Identifier: Apache-2.0 */
/* Values that the file and the flags both give. flag NULL: node says where; else the flag's name, and node is NULL. */
#ifndef PLX_CONFIG_TAKEN_H
#define PLX_CONFIG_TAKEN_H

#include "control/config/errors.h"
#include "control/config/settings.h"

#define PLX_TOKEN_BYTES_MIN 16u /* of the admin side's token: one that is shorter could be guessed */

bool plx_take_address(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag,
                      struct plx_slice text, struct plx_address *address);
void plx_take_store(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag,
                    struct plx_slice text, struct plx_config *config);
void plx_take_workers(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag,
                      struct plx_slice text, struct plx_config *config);
void plx_take_log_level(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag,
                        struct plx_slice text, struct plx_config *config);
/* node NULL: from the environment. Into *token. */
void plx_take_token(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_slice text, char **token);
uint32_t plx_processors(void); /* online, at most PLX_WORKERS_MAX */

#endif
