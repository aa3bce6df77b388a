/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process's file descriptors, and whom they are for. The admin side and whatever is open besides have theirs in any
 * case; the rest is shared out among the workers' loops, of which each keeps to its part (plx_loop_has_room()).
 */
#ifndef PLX_NET_DESCRIPTORS_H
#define PLX_NET_DESCRIPTORS_H

#include <parallax/base.h>

#define PLX_DESCRIPTORS_MAX (1u << 20) /* more are not counted on */

/* How many the process may have: its limit is raised to the hard one first. */
uint32_t plx_descriptors_limit(void);
/* How many are open now. */
uint32_t plx_descriptors_open(void);
/* Of the connections of an admin side, of which there are wanted at most, how many this limit allows: an eighth. */
uint32_t plx_descriptors_admin(uint32_t limit, uint32_t wanted);

#endif
