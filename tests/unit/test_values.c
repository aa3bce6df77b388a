/* SPDX-License-Identifier: Apache-2.0 */
/* Values with units are read exactly or not at all; a refused one leaves what was there. */
#include "base/assert.h"
#include "control/config/addresses.h"
#include "control/config/values.h"
#include "service/share_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#define UNTOUCHED 4242u

static void
test_durations(void **state)
{
    static const struct {
        const char *text;
        uint64_t ms;
    } good[] = {
        {"0ms", 0},
        {"1ms", 1},
        {"500ms", 500},
        {"10s", 10000},
        {"0.5s", 500},
        {"1.5m", 90000},
        {"0.001s", 1},
        {"1h", 3600000},
        {"0.25h", 900000},
        {"30d", 2592000000},
        {"0.5d", 43200000},
        {"007s", 7000},
        {"0.1s", 100},
        {"0.29s", 290},
        {"1.005s", 1005},
        {"2.675s", 2675},
        {"277777h", 999997200000},
        {"1000000000000ms", 1000000000000},
        {"1.000ms", 1},
    };
    static const char *const bad[] = {
        "",
        "s",
        "ms",
        "10",
        "-1s",
        "+1s",
        "1e3s",
        "1 s",
        " 1s",
        "1s ",
        "1S",
        "1sec",
        "1w",
        "11575d",
        "1,5s",
        ".5s",
        "1.s",
        "1..5s",
        "1.5.5s",
        "0x10s",
        "inf",
        "nan",
        "1s1ms",
        "1000000000001ms",
        "277778h",
        "9999999999999999999ms",
        "18446744073709551617ms",
        "1.5ms",
        "0.0001s",
        "0.4ms",
        "1.0001s",
    };
    uint64_t ms;

    for (size_t i = 0; i < PLX_COUNT(good); i++) {
        if (!plx_value_duration(plx_slice_of(good[i].text), &ms) || ms != good[i].ms)
            fail_msg("%s", good[i].text);
    }
    for (size_t i = 0; i < PLX_COUNT(bad); i++) {
        ms = UNTOUCHED;
        if (plx_value_duration(plx_slice_of(bad[i]), &ms) || ms != UNTOUCHED)
            fail_msg("'%s' is taken", bad[i]);
    }
}

static void
test_sizes(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {
        {"0", 0},
        {"1000", 1000},
        {"512B", 512},
        {"64KiB", 65536},
        {"8MiB", 8388608},
        {"1GiB", 1073741824},
        {"1KB", 1000},
        {"1MB", 1000000},
        {"1GB", 1000000000},
        {"1.5KiB", 1536},
        {"0.5MB", 500000},
        {"0.001KB", 1},
        {"1000000000000000", 1000000000000000u},
        {"999999999999999", 999999999999999u},
    };
    static const char *const bad[] = {
        "",
        "B",
        "KiB",
        "-1",
        "1kb",
        "1K",
        "1M",
        "1MIB",
        "1 MiB",
        "0x10",
        "1e6",
        "many",
        "1.5",
        "0.5B",
        "1.0001KB",
        "0.1KiB",
        "1000000000000001",
        "99999999999GiB",
        "18446744073709551616",
        "1TB",
        "1MiB1",
    };
    uint64_t bytes;

    for (size_t i = 0; i < PLX_COUNT(good); i++) {
        if (!plx_value_size(plx_slice_of(good[i].text), &bytes) || bytes != good[i].bytes)
            fail_msg("%s", good[i].text);
    }
    for (size_t i = 0; i < PLX_COUNT(bad); i++) {
        bytes = UNTOUCHED;
        if (plx_value_size(plx_slice_of(bad[i]), &bytes) || bytes != UNTOUCHED)
            fail_msg("'%s' is taken", bad[i]);
    }
}

static void
test_shares(void **state)
{
    static const char *const bad[] = {
        "",     "%",       "10",       "0.1", "-1%",  "101%", "100.001%",       "10 %",
        "10%%", "0.0001%", "33.3333%", "1/3", "ten%", "1e1%", "10.0000000001%", "100.00000000000001%",
    };
    uint32_t share;
    char text[32];

    /* every share there is, in its shortest way of writing and with three decimals */
    for (uint32_t want = 0; want <= PLX_SHARE_ALL; want++) {
        snprintf(text, sizeof(text), "%u.%03u%%", want / 1000, want % 1000);
        if (!plx_share_of(plx_slice_of(text), &share) || share != want)
            fail_msg("%s is %u", text, share);
    }
    assert_true(plx_share_of(plx_slice_of("10%"), &share) && share == 10000);
    assert_true(plx_share_of(plx_slice_of("0.5%"), &share) && share == 500);
    assert_true(plx_share_of(plx_slice_of("10.50000%"), &share) && share == 10500);
    for (size_t i = 0; i < PLX_COUNT(bad); i++) {
        share = UNTOUCHED;
        if (plx_share_of(plx_slice_of(bad[i]), &share) || share != UNTOUCHED)
            fail_msg("'%s' is taken", bad[i]);
    }
}

static void
test_percentages(void **state)
{
    double fraction = UNTOUCHED;

    assert_false(plx_value_percent(plx_slice_of("100.1%"), &fraction));
    assert_false(plx_value_percent(plx_slice_of("99"), &fraction));
    assert_false(plx_value_percent(plx_slice_of("0.99"), &fraction));
    assert_true(fraction == UNTOUCHED);
    assert_true(plx_value_percent(plx_slice_of("99%"), &fraction));
    assert_float_equal(fraction, 0.99, 1e-15);
    assert_true(plx_value_percent(plx_slice_of("99.9999%"), &fraction));
    assert_float_equal(fraction, 0.999999, 1e-15);
    assert_true(plx_value_percent(plx_slice_of("100%"), &fraction) && fraction == 1);
    assert_true(plx_value_percent(plx_slice_of("0%"), &fraction) && fraction == 0);
}

static void
test_counts_and_words(void **state)
{
    uint64_t count = UNTOUCHED;
    bool value = true;

    assert_true(plx_value_count(plx_slice_of("64"), 64, &count) && count == 64);
    assert_true(plx_value_count(plx_slice_of("0"), 64, &count) && count == 0);
    assert_true(plx_value_count(plx_slice_of("999999999999999999"), UINT64_MAX, &count) &&
                count == 999999999999999999u);
    count = UNTOUCHED;
    assert_false(plx_value_count(plx_slice_of("65"), 64, &count));
    assert_false(plx_value_count(plx_slice_of("18446744073709551617"), UINT64_MAX, &count));
    assert_false(plx_value_count(plx_slice_of(""), 64, &count));
    assert_false(plx_value_count(plx_slice_of("-1"), 64, &count));
    assert_false(plx_value_count(plx_slice_of("1.0"), 64, &count));
    assert_int_equal(count, UNTOUCHED);
    static const char *const yes[] = {"yes", "true", "on", "True", "YES"}, *const no[] = {"no", "false", "off", "No",
                                                                                          "FALSE"};
    for (size_t i = 0; i < PLX_COUNT(yes); i++) {
        assert_true(plx_value_bool(plx_slice_of(yes[i]), &value) && value);
        assert_true(plx_value_bool(plx_slice_of(no[i]), &value) && !value);
    }
    assert_false(plx_value_bool(plx_slice_of("y"), &value));
    assert_false(plx_value_bool(plx_slice_of("1"), &value));
    assert_false(plx_value_bool(plx_slice_of(""), &value));
}

/* What GNU date says of them. */
static void
test_end_dates(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {
        {"1970-01-01", 86400},
        {"2027-01-31", 1801440000},
        {"2024-02-29", 1709251200},
        {"2027-01-31T12:00:00Z", 1801396800},
        {"2027-01-31t12:00:00z", 1801396800},
        {"2027-01-31T12:00:00+01:30", 1801391400},
        {"2027-01-31T12:00:00-01:30", 1801402200},
        {"9999-12-31", 253402300800},
    };
    static const char *const bad[] = {"",
                                      "2027",
                                      "2027-1-31",
                                      "2027-02-29",
                                      "2027-13-01",
                                      "2027-00-10",
                                      "2027-01-00",
                                      "2027-01-32",
                                      "27-01-31",
                                      "2027-01-31T",
                                      "2027-01-31T12:00",
                                      "2027-01-31T12:00:00",
                                      "2027/01/31",
                                      "2027-01-3x",
                                      "2027-01-31 ",
                                      "2027-01-31T24:00:00Z",
                                      "2027-01-31T12:60:00Z",
                                      "2027-01-31T12:00:00+1:00",
                                      "tomorrow",
                                      "2027-01-31T12:00:00+01:60",
                                      "2027-01-31T12:00:00Zx"};

    for (size_t i = 0; i < PLX_COUNT(good); i++) {
        int64_t seconds = UNTOUCHED;
        if (!plx_value_end_date(plx_slice_of(good[i].text), &seconds) || seconds != good[i].seconds)
            fail_msg("%s: %lld", good[i].text, (long long)seconds);
    }
    for (size_t i = 0; i < PLX_COUNT(bad); i++) {
        int64_t seconds = UNTOUCHED;
        if (plx_value_end_date(plx_slice_of(bad[i]), &seconds))
            fail_msg("%s is taken: %lld", bad[i], (long long)seconds);
        assert_int_equal(seconds, UNTOUCHED);
    }
}

static void
test_addresses(void **state)
{
    static const struct {
        const char *text, *host;
        uint16_t port;
    } good[] = {
        {"127.0.0.1:8080", "127.0.0.1", 8080},
        {"[::1]:80", "::1", 80},
        {":8080", "", 8080},
        {"8080", "", 8080},
        {"0", "", 0},
        {"localhost:0", "localhost", 0},
        {"[::]:65535", "::", 65535},
        {"my_host-1.example:1", "my_host-1.example", 1},
        {"[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", 1},
    };
    static const char *const bad[] = {
        "",
        ":",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:80x",
        "::1:80",
        "[::1]",
        "[::1]80",
        "[::1]:",
        "[]:80",
        "[::1:80",
        "[localhost]:80",
        "[zz::]:80",
        "[1:2]:80",
        "a b:80",
        "a/b:80",
        "http://a:80",
        "a:b:80",
        "*:80",
        "65536",
    };
    struct plx_address address;
    char long_one[400];

    for (size_t i = 0; i < PLX_COUNT(good); i++) {
        if (!plx_address_of(plx_slice_of(good[i].text), &address))
            fail_msg("%s is refused", good[i].text);
        assert_string_equal(address.host, good[i].host);
        assert_int_equal(address.port, good[i].port);
    }
    struct plx_address before = address;
    for (size_t i = 0; i < PLX_COUNT(bad); i++) {
        if (plx_address_of(plx_slice_of(bad[i]), &address))
            fail_msg("'%s' is taken", bad[i]);
        assert_memory_equal(&address, &before, sizeof(before));
    }
    memset(long_one, 'a', sizeof(long_one));
    for (size_t len = 250; len < 260; len++) {
        memcpy(long_one + len, ":80", 4);
        assert_int_equal(plx_address_of(plx_slice_of(long_one), &address), len < sizeof(address.host));
        long_one[len] = 'a', long_one[len + 1] = 'a', long_one[len + 2] = 'a';
    }
}

/* What is shown of an address can be read again; port 0 is told with the port that was found. */
static void
test_addresses_are_written(void **state)
{
    static const struct {
        const char *text, *written;
    } all[] = {
        {"127.0.0.1:8080", "127.0.0.1:7"}, {"[::1]:80", "[::1]:7"}, {":80", "0.0.0.0:7"}, {"0", "0.0.0.0:7"},
        {"localhost:0", "localhost:7"},
    };
    char text[PLX_ADDRESS_TEXT];
    struct plx_address address;

    for (size_t i = 0; i < PLX_COUNT(all); i++) {
        assert_true(plx_address_of(plx_slice_of(all[i].text), &address));
        assert_string_equal(plx_address_write(address.host, 7, text), all[i].written);
        assert_true(plx_address_of(plx_slice_of(text), &address) && address.port == 7);
    }
    memset(address.host, 'h', sizeof(address.host) - 1);
    assert_int_equal(strlen(plx_address_write(address.host, 65535, text)), sizeof(address.host) - 1 + 6);
}

static void
test_loopback(void **state)
{
    static const char *const yes[] = {"127.0.0.1:1", "127.8.0.1:1", "[::1]:1", "localhost:1", "LocalHost:1"};
    static const char *const no[] = {
        ":1", "0.0.0.0:1", "[::]:1", "10.0.0.1:1", "1270.0.0.1:1", "127.example.com:1", "localhost.example.com:1"};
    struct plx_address address;

    for (size_t i = 0; i < PLX_COUNT(yes); i++)
        assert_true(plx_address_of(plx_slice_of(yes[i]), &address) && plx_address_is_loopback(&address));
    for (size_t i = 0; i < PLX_COUNT(no); i++)
        if (!plx_address_of(plx_slice_of(no[i]), &address) || plx_address_is_loopback(&address))
            fail_msg("%s is no loopback", no[i]);
}

static void
test_hosts_that_meet(void **state)
{
    static const struct {
        const char *a, *b;
        bool meet;
    } cases[] = {
        {"h", "H", true},
        {"h", "g", false},
        {"h", "", false},
        {"", "0.0.0.0", true},
        {"", "127.0.0.1", true},
        {"0.0.0.0", "127.0.0.2", true},
        {"0.0.0.0", "localhost", true},
        {"", "10.0.0.1", false},
        {"", "::1", false},
        {"", "::", false},
        {"::", "::1", true},
        {"::", "LOCALHOST", true},
        {"::", "127.0.0.1", false},
        {"127.0.0.1", "localhost", true},
        {"::1", "localhost", true},
        {"127.0.0.2", "localhost", false},
        {"127.0.0.1", "127.0.0.2", false},
        {"127.0.0.1", "::1", false},
        {"127.example.com", "127.0.0.1", false},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++)
        if (plx_hosts_meet(cases[i].a, cases[i].b) != cases[i].meet ||
            plx_hosts_meet(cases[i].b, cases[i].a) != cases[i].meet)
            fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
}

static void
test_urls(void **state)
{
    static const struct {
        const char *text, *host;
        uint16_t port;
    } good[] = {
        {"http://127.0.0.1:8081", "127.0.0.1", 8081},
        {"http://payment", "payment", 80},
        {"http://payment/", "payment", 80},
        {"HTTP://Payment:1/", "Payment", 1},
        {"http://[::1]:8081", "::1", 8081},
        {"http://[::1]", "::1", 80},
        {"http://a.b-c_d.example:65535", "a.b-c_d.example", 65535},
        {"http://h", "h", 80},
        {"http://h/base", "h", 80},
        {"http://h:80//", "h", 80},
        {"http://[::1]:8081/a/b/", "::1", 8081},
        {"unix:/run/app.sock", "/run/app.sock", 0},
        {"unix:/run/app.sock:/v2/", "/run/app.sock", 0},
    };
    static const struct {
        const char *text, *mend; /* part of it */
    } bad[] = {
        {"", "http://HOST:PORT"},
        {"payment:80", "http://HOST:PORT"},
        {"http://", "http://HOST:PORT"},
        {"http:///", "http://HOST:PORT"},
        {"http://:80", "http://HOST:PORT"},
        {"http://h:", "http://HOST:PORT"},
        {"http://h:0", "from 1 to 65535"},
        {"http://h:65536", "from 1 to 65535"},
        {"http://h:80:81", "http://HOST:PORT"},
        {"http://::1:80", "http://HOST:PORT"},
        {"http://[::1", "http://HOST:PORT"},
        {"http://[payment]:80", "http://HOST:PORT"},
        {"http://h?q", "http://HOST:PORT"},
        {"http://h#f", "http://HOST:PORT"},
        {"http://a b", "http://HOST:PORT"},
        {"ftp://h", "http://HOST:PORT"},
        {"https://h:443", "TLS proxy"},
        {"https://h", "TLS proxy"},
        {"HTTPS://h", "TLS proxy"},
        {"https://", "TLS proxy"},
        {"http://me:secret@h:80", "user and password"},
        {"http://me@h", "user and password"},
        {"unix:", "absolute path"},
        {"unix:run/app.sock", "absolute path"},
        {"unix:/run/app.sock:v2", "unix:/run/app.sock:/v2"},
        {"unix:/run/app.sock:", "unix:/run/app.sock:/v2"},
        {"unix:/run/app.sock:/a?b", "leave the query out"},
        {"unix:/run/\n", "control characters"},
        {"http://h/?q", "leave the query out"},
        {"http://h/a#b", "leave the query out"},
        {"http://h/a b", "percent-encode"},
        {"http://h/\xc3\xa9", "percent-encode"},
    };

    for (size_t i = 0; i < PLX_COUNT(good); i++) {
        struct plx_upstream upstream = {0};
        const char *problem = plx_value_url(plx_slice_of(good[i].text), &upstream);
        if (problem)
            fail_msg("%s: %s", good[i].text, problem);
        assert_string_equal(upstream.host, good[i].host);
        assert_string_equal(upstream.url, good[i].text);
        assert_int_equal(upstream.port, good[i].port);
        plx_upstream_fini(&upstream);
    }
    for (size_t i = 0; i < PLX_COUNT(bad); i++) {
        struct plx_upstream upstream = {0};
        const char *problem = plx_value_url(plx_slice_of(bad[i].text), &upstream);
        if (!problem)
            fail_msg("%s is taken", bad[i].text);
        if (!strstr(problem, bad[i].mend))
            fail_msg("%s: %s", bad[i].text, problem);
        assert_true(upstream.url == NULL && upstream.host == NULL && upstream.port == 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_percentages),
        cmocka_unit_test(test_counts_and_words),
        cmocka_unit_test(test_end_dates),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_addresses_are_written),
        cmocka_unit_test(test_loopback),
        cmocka_unit_test(test_hosts_that_meet),
        cmocka_unit_test(test_urls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
