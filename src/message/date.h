/* SPDX-License-Identifier: Apache-2.0 */
/* Moments as HTTP writes them (RFC 9110, 5.6.7): IMF-fixdate, whatever the locale. */
#ifndef PLX_MESSAGE_DATE_H
#define PLX_MESSAGE_DATE_H

#include <parallax/base.h>

#define PLX_HTTP_DATE_TEXT 30u /* bytes of one, its end included */

/* "Sun, 06 Nov 1994 08:49:37 GMT"; seconds since the epoch, nothing is later than the year 9999. */
void plx_http_date_text(uint64_t seconds, char text[PLX_HTTP_DATE_TEXT]);

#endif
