/* SPDX-License-Identifier: Apache-2.0 */
/* What a status is called (RFC 9110, 15). */
#ifndef PLX_MESSAGE_REASON_H
#define PLX_MESSAGE_REASON_H

const char *plx_http_reason(int status); /* "Not Found"; "" where unknown */

#endif
