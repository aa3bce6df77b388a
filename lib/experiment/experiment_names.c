/* SPDX-License-Identifier: Apache-2.0 */
/* The names of places, reasons and operations. */
#include <parallax/experiment.h>

const char *
plx_place_text(enum plx_place place)
{
    switch (place) {
#define PLACE_CASE(name, text) \
    case name:                 \
        return text;
        PLX_PLACE_MAP(PLACE_CASE)
#undef PLACE_CASE
    }
    return "unknown";
}

const char *
plx_reason_text(enum plx_reason reason)
{
    switch (reason) {
#define REASON_CASE(name, text) \
    case name:                  \
        return text;
        PLX_REASON_MAP(REASON_CASE)
#undef REASON_CASE
    case PLX_REASON_COUNT:
        break;
    }
    return "unknown";
}

const char *
plx_operation_text(enum plx_operation operation)
{
    switch (operation) {
#define OPERATION_CASE(name, text) \
    case name:                     \
        return text;
        PLX_OPERATION_MAP(OPERATION_CASE)
#undef OPERATION_CASE
    }
    return "unknown";
}
