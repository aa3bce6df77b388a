/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints: what requests are grouped by in results. */
#ifndef PLX_SERVICE_ENDPOINT_H
#define PLX_SERVICE_ENDPOINT_H

#include "service/service.h"

/*
 * Writes the endpoint of a request into out (PLX_ENDPOINT_MAX bytes): the route's endpoint where it has one, else the
 * method and the path without query and with every segment that is a number, UUID, ULID, or a hex digest (16 digits and
 * more, at least one of them decimal), or a secret by its form (plx_secrets_has_segment()), folded to {id}, and every
 * one that is a name by `folds` (may be NULL) to {name}. Bytes that are not printable ASCII are written as `?`. Returns
 * its length.
 */
size_t plx_endpoint_write(const struct plx_route *route, const struct plx_path_folds *folds, struct plx_slice method,
                          struct plx_slice path, char *out);
/* Whether a route names it, as its endpoint or by what it matches. */
bool plx_endpoint_is_named(const struct plx_service *service, struct plx_slice endpoint);
/* The same by rules that an endpoint was written without, or with fewer; at most PLX_ENDPOINT_MAX bytes long. */
size_t plx_endpoint_fold(const struct plx_path_folds *folds, struct plx_slice endpoint, char *out);

/*
 * How near two endpoints ("POST /item", "GET /item/{id}") are by their paths: the segments that both begin with, up to
 * the first that is folded. 0 where more than the last segment tells the shorter one from the other: what one changes
 * the other hardly shows.
 */
size_t plx_endpoint_kinship(struct plx_slice a, struct plx_slice b);

#endif
