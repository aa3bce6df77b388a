/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of the status table, and the library's version. */
#include <parallax/parallax.h>

const char *
plx_status_text(enum plx_status status)
{
    switch (status) {
#define STATUS_CASE(name, number, text) \
    case name:                          \
        return text;
        PLX_STATUS_MAP(STATUS_CASE)
#undef STATUS_CASE
    }
    return "unknown status";
}

const char *
plx_version(void)
{
    return PLX_VERSION;
}
