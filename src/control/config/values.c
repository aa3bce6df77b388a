/* SPDX-License-Identifier: Apache-2.0 */
/* Reading values with units; see the header. */
#include "control/config/values.h"

#include "base/ascii.h"
#include "base/assert.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <time.h>

#define DIGITS_MAX      18u /* of a number: more than any value here needs, and they fit into 64 bits */
#define DURATION_MAX_MS 1000000000000u
#define SIZE_MAX_BYTES  1000000000000000u

__extension__ typedef unsigned __int128 wide;

/* A number as it is written: digits / 10^decimals. Exact, so that 0.29s is 290 ms and 1.5ms is refused rather than
 * rounded. */
struct number {
    uint64_t digits, power; /* power: 10^decimals */
};

struct unit {
    const char *name;
    uint32_t factor;
};

static bool
is_digit_at(struct plx_slice text, size_t at)
{
    return at < text.len && plx_ascii_is_digit(text.ptr[at]);
}

/* A decimal number without sign and exponent, and what follows it. */
static bool
read_number(struct plx_slice text, struct number *number, struct plx_slice *rest)
{
    size_t at = 0, count = 0;

    *number = (struct number){0, 1};
    for (; is_digit_at(text, at) && count <= DIGITS_MAX; at++, count++)
        number->digits = number->digits * 10 + (uint64_t)(text.ptr[at] - '0');
    if (count && at < text.len && text.ptr[at] == '.' && is_digit_at(text, at + 1))
        for (at++; is_digit_at(text, at) && count <= DIGITS_MAX; at++, count++) {
            number->digits = number->digits * 10 + (uint64_t)(text.ptr[at] - '0');
            number->power *= 10;
        }
    *rest = plx_slice_make(text.ptr + at, text.len - at);
    return count > 0 && count <= DIGITS_MAX;
}

/* The number times its unit's factor, where that is whole and at most max. */
static bool
read_with_unit(struct plx_slice text, const struct unit *units, size_t count, uint64_t max, uint64_t *value)
{
    struct plx_slice rest;
    struct number number;

    if (!read_number(text, &number, &rest))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!plx_slice_equal(rest, plx_slice_of(units[i].name)))
            continue;
        wide scaled = (wide)number.digits * units[i].factor;
        if (scaled % number.power != 0 || scaled / number.power > max)
            return false;
        *value = (uint64_t)(scaled / number.power);
        return true;
    }
    return false;
}

bool
plx_value_duration(struct plx_slice text, uint64_t *ms)
{
    static const struct unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};

    return read_with_unit(text, units, PLX_COUNT(units), DURATION_MAX_MS, ms);
}

bool
plx_value_size(struct plx_slice text, uint64_t *bytes)
{
    static const struct unit units[] = {
        {"", 1},      {"B", 1},        {"KiB", 1024},     {"MiB", 1048576}, {"GiB", 1073741824},
        {"KB", 1000}, {"MB", 1000000}, {"GB", 1000000000}};

    return read_with_unit(text, units, PLX_COUNT(units), SIZE_MAX_BYTES, bytes);
}

bool
plx_value_percent(struct plx_slice text, double *fraction)
{
    struct plx_slice rest;
    struct number number;

    if (!read_number(text, &number, &rest) || !plx_slice_equal(rest, plx_slice_of("%")) ||
        number.digits > (wide)number.power * 100)
        return false;
    *fraction = (double)number.digits / ((double)number.power * 100);
    return true;
}

/* A number of so many digits at *at, which goes behind it, and behind the character `after` ('\0': none). */
static bool
take_digits(struct plx_slice text, size_t *at, unsigned digits, char after, int *number)
{
    *number = 0;
    for (unsigned i = 0; i < digits; i++, ++*at) {
        if (!is_digit_at(text, *at))
            return false;
        *number = *number * 10 + (text.ptr[*at] - '0');
    }
    if (after == '\0')
        return true;
    return *at < text.len && (text.ptr[(*at)++] | 0x20) == (after | 0x20);
}

/* "Z", or the distance from it as in "+01:30", at the end of text. */
static bool
take_offset(struct plx_slice text, size_t at, int64_t *seconds)
{
    int hours, minutes;

    *seconds = 0;
    if (at + 1 == text.len && (text.ptr[at] | 0x20) == 'z')
        return true;
    if (at >= text.len || (text.ptr[at] != '+' && text.ptr[at] != '-'))
        return false;
    bool west = text.ptr[at++] == '-';
    if (!take_digits(text, &at, 2, ':', &hours) || !take_digits(text, &at, 2, '\0', &minutes) || at != text.len ||
        hours > 23 || minutes > 59)
        return false;
    *seconds = (west ? 1 : -1) * (hours * 3600 + minutes * 60);
    return true;
}

bool
plx_value_end_date(struct plx_slice text, int64_t *seconds)
{
    struct tm at = {0}, back;
    size_t used = 0;
    int64_t offset = 86400;

    if (!take_digits(text, &used, 4, '-', &at.tm_year) || !take_digits(text, &used, 2, '-', &at.tm_mon) ||
        !take_digits(text, &used, 2, '\0', &at.tm_mday))
        return false;
    if (used < text.len) {
        if ((text.ptr[used++] | 0x20) != 't' || !take_digits(text, &used, 2, ':', &at.tm_hour) ||
            !take_digits(text, &used, 2, ':', &at.tm_min) || !take_digits(text, &used, 2, '\0', &at.tm_sec) ||
            !take_offset(text, used, &offset))
            return false;
    }
    at.tm_year -= 1900;
    at.tm_mon--;
    struct tm asked = at;
    time_t time = timegm(&at);
    /* What is no date, such as February 30, comes back as another one. */
    if (!gmtime_r(&time, &back) || back.tm_mon != asked.tm_mon || back.tm_mday != asked.tm_mday ||
        back.tm_hour != asked.tm_hour || back.tm_min != asked.tm_min || back.tm_sec != asked.tm_sec)
        return false;
    *seconds = (int64_t)time + offset;
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
    if (value > max)
        return false;
    *count = value;
    return true;
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
    return plx_ascii_is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
}

/* Whether text, of len bytes, is an address of the family. */
static bool
is_numeric(int family, struct plx_slice text)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];

    if (text.len >= sizeof(copy))
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return inet_pton(family, copy, address) == 1;
}

/* "host:port", "[v6]:port", ":port"; *has_port says whether there was one. */
static bool
split(struct plx_slice text, struct plx_slice *host, uint16_t *port, bool *has_port)
{
    const char *colon = NULL;
    uint64_t number = 0;

    if (text.len && text.ptr[0] == '[') {
        const char *end = memchr(text.ptr, ']', text.len);
        if (!end)
            return false;
        *host = plx_slice_make(text.ptr + 1, (size_t)(end - text.ptr) - 1);
        if (!is_numeric(AF_INET6, *host))
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

static bool
is_loopback(struct plx_slice host)
{
    if (host.len > 4 && memcmp(host.ptr, "127.", 4) == 0)
        return is_numeric(AF_INET, host); /* 127.example.com may be anywhere */
    return plx_slice_equal(host, plx_slice_of("::1")) || plx_slice_equal_nocase(host, plx_slice_of("localhost"));
}

bool
plx_address_is_loopback(const struct plx_address *address)
{
    return is_loopback(plx_slice_of(address->host));
}

enum {
    LOCAL_V4 = 1,
    LOCAL_V6 = 2,
    EVERY = 4, /* of its family: listeners of [::] leave IPv4 alone */
};

/* The families in which a host is surely this machine; 0: it may be another. */
static unsigned
local_families(const char *host)
{
    if (!*host || strcmp(host, "0.0.0.0") == 0)
        return LOCAL_V4 | EVERY;
    if (strcmp(host, "::") == 0)
        return LOCAL_V6 | EVERY;
    if (!is_loopback(plx_slice_of(host)))
        return 0;
    return strchr(host, ':') ? LOCAL_V6 : strncmp(host, "127.", 4) == 0 ? LOCAL_V4 : LOCAL_V4 | LOCAL_V6;
}

bool
plx_hosts_meet(const char *a, const char *b)
{
    unsigned one = local_families(a), other = local_families(b);

    if (plx_slice_equal_nocase(plx_slice_of(a), plx_slice_of(b)))
        return true;
    if (!(one & other & (LOCAL_V4 | LOCAL_V6)))
        return false;
    /* else one of them is localhost, and what it meets is 127.0.0.1 or ::1, or they are two of 127.* */
    return ((one | other) & EVERY) || (strcmp(a, "127.0.0.1") == 0 && other != LOCAL_V4) ||
           (strcmp(b, "127.0.0.1") == 0 && one != LOCAL_V4) || (one & other) == LOCAL_V6;
}

bool
plx_upstreams_meet(const struct plx_upstream *a, const struct plx_upstream *b)
{
    return a->url && b->url && a->port == b->port && plx_hosts_meet(a->host, b->host);
}

const char *
plx_value_url(struct plx_slice text, struct plx_upstream *upstream)
{
    static const char scheme[] = "http://";
    struct plx_slice host = {"", 0};
    uint16_t port = 80;
    bool has_port;

    if (text.len >= 8 && plx_slice_equal_nocase(plx_slice_make(text.ptr, 8), plx_slice_of("https://")))
        return "https:// is not supported by this version (" PLX_VERSION
               "): let a TLS proxy on this machine speak it, and give its http:// address";
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
    if (upstream->url && upstream->host)
        return NULL;
    free(upstream->url);
    free(upstream->host);
    upstream->url = upstream->host = NULL;
    return NULL;
}
