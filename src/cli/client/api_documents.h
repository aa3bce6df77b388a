/* SPDX-License-Identifier: Apache-2.0 */
/* What several paths of the admin API answer, joined into one document: commands show it as it is, or read it. */
#ifndef PLX_CLIENT_API_DOCUMENTS_H
#define PLX_CLIENT_API_DOCUMENTS_H

#include "cli/client/fetch.h"

/*
 * The reports of what the options name, or of all, as they came: {"services":[...],"experiments":[...],"spies":[...]},
 * of all with "reconciliations":[...] as well. 0, or PLX_EXIT_USAGE after telling; out may have failed besides.
 */
int plx_fetch_reports(struct plx_fetch *fetch, struct plx_buffer *out);
/* The lists of all kinds, and what becomes of the store: {"services":[...],"store":{...},"experiments":[...],
 * "spies":[...]}; null where a list is none. Likewise. */
int plx_fetch_lists(struct plx_fetch *fetch, struct plx_buffer *out);

#endif
