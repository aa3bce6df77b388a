/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the store, version by version. */
#ifndef PLX_STORE_STORE_SCHEMA_H
#define PLX_STORE_STORE_SCHEMA_H

#include "evidence/store/sqlite.h"

#define PLX_STORE_APPLICATION 0x504C5831 /* "PLX1", in the header of the file */
#define PLX_STORE_VERSION     11

/* From that version (0: a new file) to ours, in one transaction: killed in the midst of it the file is as it was.
 * False: SQLite says why. */
bool plx_store_bring_up(struct plx_sqlite *store, int version);

#endif
