/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of earlier epochs: those since one, and two side by side. */
#ifndef PLX_COMMAND_REPORT_EPOCHS_H
#define PLX_COMMAND_REPORT_EPOCHS_H

#include "cli/client/fetch.h"

/*
 * The reports of all epochs of the services that the options name that began at a time (RFC 3339) or with a mark, or
 * later, newest first: {"services":[...]}. 0, or the exit status after telling; out may have failed besides.
 */
int plx_report_since(struct plx_fetch *fetch, const char *since, struct plx_buffer *out);
/*
 * Shows what became of the causes of one epoch in another, of each service that the options name, as text or as JSON.
 * The exit status: that of the verdicts of the second one.
 */
int plx_report_compare(struct plx_fetch *fetch, const char *first, const char *second);

#endif
