/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the store that a configuration names would be used. For `parallax check`. */
#ifndef PLX_PROCESS_CHECK_STORE_H
#define PLX_PROCESS_CHECK_STORE_H

#include "control/config/config.h"

/* Prints what is wrong, or can't be told, to standard error. False: the proxy would run, and count in memory alone. */
bool plx_process_check_store(const struct plx_config *config);

#endif
