/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reload may change and what it may not: the admin side's socket, workers, the store and the spies stay as they
 * were begun with. Of configurations alone; taking one over is for the control thread.
 */
#ifndef PLX_PROCESS_RELOAD_KEEP_H
#define PLX_PROCESS_RELOAD_KEEP_H

#include "control/config/config.h"

#define PLX_RELOAD_KEYS 64u /* bytes of a list of keys */

/* The new configuration keeps what is in force where a reload can't change that, which the log tells; changed: these
 * keys, divided by commas. What it has taken over, in_force has no longer: it is to be freed. */
void plx_reload_keep(struct plx_config *in_force, struct plx_config *config, char changed[PLX_RELOAD_KEYS]);

#endif
