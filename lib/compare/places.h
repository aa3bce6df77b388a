/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a Location points to, seen from the role that gave it: an address of its own is the same place on each role,
 * though it is written otherwise. It reads URLs no further than their authority.
 */
#ifndef PLX_COMPARE_PLACES_H
#define PLX_COMPARE_PLACES_H

#include <parallax/base.h>

/*
 * Whether both point to their own role, and there to the same. The origins are those of the roles, as in
 * "http://127.0.0.1:8081"; an empty one is not known.
 */
bool plx_is_same_place(struct plx_slice primary, struct plx_slice primary_origin, struct plx_slice candidate,
                       struct plx_slice candidate_origin);

#endif
