/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that a role gives of itself (`Location`, `Content-Location`, `Refresh`) as clients can reach them: without
 * its scheme, host and port, and without the path prefix of its URL. They become paths, which mean the client's own
 * scheme and host, whatever stands before Parallax.
 */
#ifndef PLX_EXCHANGE_REDIRECTS_H
#define PLX_EXCHANGE_REDIRECTS_H

#include "base/arena.h"
#include "service/upstream.h"
#include "traffic/http1/wire.h"

/* Puts values made in the arena in the place of those that name the role. What names anything else, and all of it where
 * there is no memory, stays. */
void plx_redirects_rewrite(struct plx_http1_head *head, const struct plx_upstream *role, struct plx_arena *arena);

#endif
