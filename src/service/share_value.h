/* SPDX-License-Identifier: Apache-2.0 */
/* A share as people write it, for configurations, flags and changes by command alike. */
#ifndef PLX_SERVICE_SHARE_VALUE_H
#define PLX_SERVICE_SHARE_VALUE_H

#include <parallax/base.h>

/* "10%", "0.5%" in hundred-thousandths (PLX_SHARE_ALL is 100%). Exactly or not at all: finer is refused, and *share
 * then stays as it was. */
bool plx_share_of(struct plx_slice text, uint32_t *share);

#endif
