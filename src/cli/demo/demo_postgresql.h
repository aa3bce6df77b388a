/* SPDX-License-Identifier: Apache-2.0 */
/* A PostgreSQL server of the demo's own, on a Unix socket in the demo's folder, with a database for each service. */
#ifndef PLX_DEMO_DEMO_POSTGRESQL_H
#define PLX_DEMO_DEMO_POSTGRESQL_H

#include "cli/demo/demo_process.h"

/*
 * It is ended by plx_process_stop(). The environment (PGHOST, PGUSER) leads to it, so `postgresql:///NAME` is one of
 * its databases. 0, or the exit status after telling what is wrong.
 */
int plx_demo_postgresql_start(struct plx_process *server, const char *folder);

#endif
