/* SPDX-License-Identifier: Apache-2.0 */
/* Reading values with units; see the header. */
#include "config/values.h"

#include <math.h>
#include <stdlib.h>

struct unit {
    const char *name;
    double factor;
};

/* A decimal number without sign and exponent, and what follows it. */
static bool
read_number(struct plx_slice text, double *number, struct plx_slice *rest)
{
    size_t at = 0, digits = 0;
    double value = 0, place = 1;

    for (; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++, digits++)
        value = value * 10 + (text.ptr[at] - '0');
    if (digits && at + 1 < text.len && text.ptr[at] == '.' && text.ptr[at + 1] >= '0' && text.ptr[at + 1] <= '9')
        for (at++; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++, digits++)
            value += (text.ptr[at] - '0') * (place /= 10);
    *number = value;
    *rest = plx_slice_make(text.ptr + at, text.len - at);
    return digits > 0 && digits <= 18;
}

static bool
read_with_unit(struct plx_slice text, const struct unit *units, size_t count, double *value)
{
    struct plx_slice rest;

    if (!read_number(text, value, &rest))
        return false;
    for (size_t i = 0; i < count; i++)
        if (plx_slice_equal(rest, plx_slice_of(units[i].name))) {
            *value *= units[i].factor;
            return true;
        }
    return false;
}

bool
plx_value_duration(struct plx_slice text, uint64_t *ms)
{
    static const struct unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    double value;

    if (!read_with_unit(text, units, sizeof(units) / sizeof(units[0]), &value) || value > 1e12)
        return false;
    *ms = (uint64_t)llround(value);
    return true;
}

bool
plx_value_size(struct plx_slice text, uint64_t *bytes)
{
    static const struct unit units[] = {{"", 1},          {"B", 1},    {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824},
                                        {"KB", 1000}, {"MB", 1e6}, {"GB", 1e9}};
    double value;

    if (!read_with_unit(text, units, sizeof(units) / sizeof(units[0]), &value) || value > 1e15)
        return false;
    *bytes = (uint64_t)llround(value);
    return true;
}

bool
plx_value_percent(struct plx_slice text, double *fraction)
{
    static const struct unit units[] = {{"%", 0.01}};

    return read_with_unit(text, units, 1, fraction) && *fraction <= 1;
}

bool
plx_value_share(struct plx_slice text, uint32_t *share)
{
    double fraction;

    if (!plx_value_percent(text, &fraction))
        return false;
    double parts = fraction * PLX_SHARE_ALL;
    if (fabs(parts - round(parts)) > 1e-6)
        return false;
    *share = (uint32_t)round(parts);
    return true;
}

bool
plx_value_count(struct plx_slice text, uint64_t max, uint64_t *count)
{
    uint64_t value = 0;

    if (text.len == 0 || text.len > 18)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *count = value;
    return value <= max;
}

bool
plx_value_bool(struct plx_slice text, bool *value)
{
    static const char *const yes[] = {"yes", "true", "on"}, *const no[] = {"no", "false", "off"};

    for (size_t i = 0; i < 3; i++)
        if (plx_slice_equal_nocase(text, plx_slice_of(yes[i])) || plx_slice_equal_nocase(text, plx_slice_of(no[i]))) {
            *value = plx_slice_equal_nocase(text, plx_slice_of(yes[i]));
            return true;
        }
    return false;
}

/* ---- addresses ---- */

static bool
is_host_byte(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' || c == '-' || c == '_';
}

/* "host:port", "[v6]:port", ":port"; *has_port says whether there was one. */
static bool
split(struct plx_slice text, struct plx_slice *host, uint16_t *port, bool *has_port)
{
    const char *colon = NULL;
    uint64_t number = 0;

    if (text.len && text.ptr[0] == '[') {
        const char *end = memchr(text.ptr, ']', text.len);
        if (!end || end == text.ptr + 1)
            return false;
        *host = plx_slice_make(text.ptr + 1, (size_t)(end - text.ptr) - 1);
        for (size_t i = 0; i < host->len; i++)
            if (!is_host_byte(host->ptr[i]) && host->ptr[i] != ':')
                return false;
        text = plx_slice_make(end + 1, text.len - host->len - 2);
        if (text.len && text.ptr[0] != ':')
            return false;
        colon = text.len ? text.ptr : NULL;
    } else {
        colon = text.len ? memchr(text.ptr, ':', text.len) : NULL;
        *host = plx_slice_make(text.ptr, colon ? (size_t)(colon - text.ptr) : text.len);
        for (size_t i = 0; i < host->len; i++)
            if (!is_host_byte(host->ptr[i]))
                return false;
    }
    *has_port = colon != NULL;
    if (!colon)
        return true;
    if (!plx_value_count(plx_slice_make(colon + 1, (size_t)(text.ptr + text.len - colon) - 1), 65535, &number))
        return false;
    *port = (uint16_t)number;
    return true;
}

bool
plx_address_of(struct plx_slice text, struct plx_address *address)
{
    struct plx_slice host = {"", 0};
    uint64_t number;
    bool has_port = true;
    uint16_t port = 0;

    if (plx_value_count(text, 65535, &number))
        port = (uint16_t)number;
    else if (!split(text, &host, &port, &has_port) || !has_port || host.len >= sizeof(address->host))
        return false;
    memset(address, 0, sizeof(*address));
    if (host.len)
        memcpy(address->host, host.ptr, host.len);
    address->port = port;
    return true;
}

bool
plx_address_is_loopback(const struct plx_address *address)
{
    return strncmp(address->host, "127.", 4) == 0 || strcmp(address->host, "::1") == 0 ||
           strcmp(address->host, "localhost") == 0;
}

const char *
plx_value_url(struct plx_slice text, struct plx_upstream *upstream)
{
    static const char scheme[] = "http://";
    struct plx_slice host = {"", 0};
    uint16_t port = 80;
    bool has_port;

    if (text.len > 8 && plx_slice_equal_nocase(plx_slice_make(text.ptr, 8), plx_slice_of("https://")))
        return "https:// is not supported by this version (" PLX_VERSION "): let a TLS proxy on this machine speak it, and give its http:// address";
    if (text.len <= 7 || !plx_slice_equal_nocase(plx_slice_make(text.ptr, 7), plx_slice_of(scheme)))
        return "an implementation is given as http://HOST:PORT";
    struct plx_slice rest = plx_slice_make(text.ptr + 7, text.len - 7);
    if (memchr(rest.ptr, '@', rest.len))
        return "leave user and password out: what clients send in Authorization is passed on";
    const char *slash = memchr(rest.ptr, '/', rest.len);
    if (slash && slash + 1 != rest.ptr + rest.len)
        return "leave the path out: requests go to the path that the client asked for";
    if (slash)
        rest.len--;
    if (!split(rest, &host, &port, &has_port) || host.len == 0 || port == 0 || host.len > 253)
        return "an implementation is given as http://HOST:PORT, with a port from 1 to 65535";
    upstream->url = strndup(text.ptr, text.len);
    upstream->host = strndup(host.ptr, host.len);
    upstream->port = port;
    return upstream->url && upstream->host ? NULL : "out of memory";
}
