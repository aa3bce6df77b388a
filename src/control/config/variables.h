/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ${NAME} in the values of a configuration: the environment's variables.
 *
 *   ${NAME}            its value; an error where it is not set
 *   ${NAME:-DEFAULT}   DEFAULT where it is not set or empty
 *   $${                a ${ that is meant
 *
 * It happens inside a scalar that has been read, so that no value of a variable becomes structure.
 */
#ifndef PLX_CONFIG_VARIABLES_H
#define PLX_CONFIG_VARIABLES_H

#include "control/config/errors.h"

#define PLX_CONFIG_VARIABLES_BYTES (1u << 20) /* that all variables of a configuration may come to */

/* Puts values in their places. node->written stays what the file says, which is what errors show. false: an error was
 * told, or there is no memory. */
bool plx_variables_expand(struct plx_config_reader *reader, struct plx_yaml *node);

#endif
