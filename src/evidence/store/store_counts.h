/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of counts: service, endpoint with its reasons, field. store_load.h reads them back. */
#ifndef PLX_STORE_STORE_COUNTS_H
#define PLX_STORE_STORE_COUNTS_H

#include "evidence/count/counts.h"
#include "evidence/store/sqlite.h"

#define PLX_STORE_SERVED_DIFFERED "candidate, differed" /* a reason of served */

bool plx_store_save_service(struct plx_sqlite *store, const struct plx_service_counts *service);
bool plx_store_save_endpoint(struct plx_sqlite *store, const struct plx_endpoint_counts *endpoint);
bool plx_store_save_field(struct plx_sqlite *store, const struct plx_field_counts *field);

#endif
