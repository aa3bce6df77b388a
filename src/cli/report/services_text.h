/* SPDX-License-Identifier: Apache-2.0 */
/* The services of a running proxy as a table: stage, share, and the health of each role; and what is counted besides.
 */
#ifndef PLX_REPORT_SERVICES_TEXT_H
#define PLX_REPORT_SERVICES_TEXT_H

#include "cli/terminal/terminal.h"

#include <parallax/value.h>

/*
 * Prints {"services":[...],"experiments":[...],"spies":[...]} as the paths of these names answer. now_ms:
 * since the epoch, to say how long ago something was. PLX_E_SYNTAX where the document is not that, PLX_E_MEMORY;
 * nothing is printed then.
 */
PLX_MUST_USE enum plx_status plx_services_print(const struct plx_terminal *terminal,
                                                const struct plx_document *document, uint64_t now_ms);

#endif
