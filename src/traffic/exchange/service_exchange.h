/* SPDX-License-Identifier: Apache-2.0 */
/* An exchange of a service: asked of the serving role, copied to the others, compared. */
#ifndef PLX_EXCHANGE_SERVICE_EXCHANGE_H
#define PLX_EXCHANGE_SERVICE_EXCHANGE_H

#include "traffic/exchange/exchange.h"

extern const struct plx_exchange_kind plx_service_exchange;

#endif
