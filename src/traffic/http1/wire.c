/* SPDX-License-Identifier: Apache-2.0 */
/* An error in words. */
#include "traffic/http1/wire.h"

#include <stdio.h>

void
plx_http_error_print(const struct plx_http_error *error, char text[PLX_HTTP_ERROR_TEXT_MAX])
{
    char octet[16] = "";

    if (error->octet >= 0)
        snprintf(octet, sizeof(octet), "octet 0x%02x", (unsigned)error->octet & 0xffu);
    if (!octet[0] && !error->field[0])
        snprintf(text, PLX_HTTP_ERROR_TEXT_MAX, "%s", error->text);
    else
        snprintf(text, PLX_HTTP_ERROR_TEXT_MAX, "%s (%s%s%s)", error->text, octet,
                 octet[0] && error->field[0] ? " in " : "", error->field);
}
