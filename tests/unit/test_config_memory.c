/* SPDX-License-Identifier: Apache-2.0 */
/* Where there is no memory a configuration is refused for that reason and no other, and nothing is left behind: each
 * allocation fails once, alone and with all that follow. */
#include "control/config/config.h"
#include "failing_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const char whole[] = "listen: [127.0.0.1:1, '[::1]:1']\n"
                            "token: t0123456789abcdef\n"
                            "store: sqlite:x.db\n"
                            "access_log: x.log\n"
                            "services:\n"
                            "- name: a\n"
                            "  hosts: [a, b, '[::1]']\n"
                            "  primary: http://h:1\n"
                            "  candidate: {url: 'http://h:2/v2', host: n, request: {set: {X-A: b}, remove: [C, D],\n"
                            "    rewrite: {path: {from: a, to: /b}, query: [{from: a, to: b}, {from: c, to: d}]}}}\n"
                            "  secondary: http://h:3\n"
                            "  stage: canary\n"
                            "  share: 1%\n"
                            "  by: cookie session\n"
                            "  correlate: yes\n"
                            "  only: header X-Beta = 1\n"
                            "  compare: {headers: [A, B], ignore: [/a, /b/*/c], ignore_headers: D}\n"
                            "  redact: [/x, '/**/y']\n"
                            "  secrets: {names: [x, y], remove: pin}\n"
                            "  routes:\n"
                            "  - {match: GET /x/y/z, endpoint: x, compare: {ignore: /z, headers: C}, redact: /w,\n"
                            "     request: {candidate: {set: {X-A: c}}, primary: {remove: E}}}\n"
                            "  - {match: '* /**', copy: never}\n"
                            "- name: b\n"
                            "  primary: http://h:4\n"
                            "spies:\n"
                            "- name: s\n"
                            "  primary: :2\n"
                            "  candidate: :3\n"
                            "  real: http://h:5\n"
                            "  answer: {from: primary, headers: {X: '{{id}}', Y: y}, body: 'a {{body/b}}'}\n"
                            "  compare: {ignore: /a}\n"
                            "  routes:\n"
                            "  - {match: GET /x, answer: {status: 201, body: b}}\n"
                            "  - {match: GET /y}\n"
                            "reconcile:\n"
                            "- name: n\n"
                            "  left: {store: 'sqlite:l.db', query: SELECT 1, consume: UPDATE t SET a = $1}\n"
                            "  right: {store: 'postgresql://h/d', query: SELECT 1, consume: UPDATE t SET a = $1}\n"
                            "  by: [a, b]\n"
                            "  compare: c\n"
                            "  rules: {tolerance: {/c: 0.1}, redact: /c}\n"
                            "  time: t\n"
                            "  settle: 1s\n"
                            "  journal: j\n"
                            "  memory: 2MiB\n"
                            "  every: '@daily'\n"
                            "  serve: GET /compare\n";
static const char *said = "parallax: out of memory\n";

/* The status; whether an allocation failed in *failed. */
static enum plx_status
read_failing(const struct plx_config_flags *flags, unsigned at, bool stays, bool *failed)
{
    struct plx_config_errors errors = {0};
    struct plx_config config;

    start_failing(at, stays);
    enum plx_status status = plx_config_read(flags, &config, &errors);
    *failed = stop_failing();
    if (status == PLX_OK) {
        assert_int_equal(errors.count, 0);
        plx_config_fini(&config);
    } else {
        assert_int_equal(errors.count, 1);
        /* There may be no memory even to say so. */
        assert_true(stays || plx_slice_equal(plx_buffer_slice(&errors.text), plx_slice_of(said)));
        assert_true(errors.text.len == 0 || plx_slice_equal(plx_buffer_slice(&errors.text), plx_slice_of(said)));
    }
    plx_config_errors_fini(&errors);
    return status;
}

/* Each allocation that reading makes fails; at_least so many are there. */
static void
fail_each(const struct plx_config_flags *flags, unsigned at_least)
{
    bool failed = true, alone;
    unsigned at = 0;

    while (failed) {
        enum plx_status status = read_failing(flags, ++at, false, &alone);
        if (status != (alone ? PLX_E_MEMORY : PLX_OK))
            fail_msg("allocation %u alone: %s", at, plx_status_text(status));
        status = read_failing(flags, at, true, &failed);
        if (status != (failed ? PLX_E_MEMORY : PLX_OK) || failed != alone)
            fail_msg("allocation %u and all that follow: %s", at, plx_status_text(status));
    }
    assert_true(at > at_least);
}

static void
test_a_file_without_memory(void **state)
{
    char path[64];
    int fd = memfd_create("config", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, whole, sizeof(whole) - 1), sizeof(whole) - 1);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    fail_each(&(struct plx_config_flags){.file = path}, 50);
    close(fd);
}

static void
test_flags_without_memory(void **state)
{
    fail_each(&(struct plx_config_flags){.primary = "http://h:1",
                                         .candidate = "http://h:2",
                                         .secondary = "http://h:3",
                                         .store = "sqlite:x.db",
                                         .access_log = "x.log"},
              10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_without_memory),
        cmocka_unit_test(test_flags_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
