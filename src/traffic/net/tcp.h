/* SPDX-License-Identifier: Apache-2.0 */
/* Plain TCP, and unix sockets, below a stream. */
#ifndef PLX_NET_TCP_H
#define PLX_NET_TCP_H

#include "traffic/net/transport.h"

extern const struct plx_transport_ops plx_tcp;
extern const struct plx_transport_ops plx_unix; /* a unix socket that is connected to; others are accepted as TCP is */

#endif
