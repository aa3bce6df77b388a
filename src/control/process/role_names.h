/* SPDX-License-Identifier: Apache-2.0 */
/* The names that a configuration has for its roles, and whom to ask for them. */
#ifndef PLX_PROCESS_ROLE_NAMES_H
#define PLX_PROCESS_ROLE_NAMES_H

#include "control/config/config.h"
#include "traffic/names/names.h"

/* They are looked up from here on, those that serve first, and those of a configuration before no more unless somebody
 * uses them. spies: those in force, which a reload does not change; NULL: none. PLX_E_MEMORY. */
PLX_MUST_USE enum plx_status plx_role_names_want(struct plx_names *names, const struct plx_config *config,
                                                 const struct plx_spies *spies);

#endif
