/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a configuration names, tried: for `parallax check --online`. Names of roles are looked up as the proxy does it,
 * each role takes a connection, the queries and statements of jobs are prepared, and files can be written where logs
 * are to be. Nothing is sent to a role, and nothing is changed.
 */
#ifndef PLX_PROCESS_CHECK_ONLINE_H
#define PLX_PROCESS_CHECK_ONLINE_H

#include "control/config/config.h"

#define PLX_ONLINE_NAMES_MS   5000u
#define PLX_ONLINE_CONNECT_MS 3000u /* for an address */

/* Each trouble is a line on standard error, and so is what was fine, as one. False: there is trouble, or no memory. */
bool plx_process_check_online(const struct plx_config *config);

#endif
