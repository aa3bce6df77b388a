/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations in a file of their own, read as what must be right, or as what must be wrong just there. */
#ifndef TEST_CONFIG_KIT_H
#define TEST_CONFIG_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "base/assert.h"
#include "control/config/config.h"
#include "control/config/config_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/parallax-test-config-XXXXXX";
static char file[sizeof(folder) + 16];

static inline int
setup(void **state)
{
    if (!mkdtemp(folder))
        return -1;
    snprintf(file, sizeof(file), "%s/c.yaml", folder);
    return 0;
}

static inline int
teardown(void **state)
{
    unlink(file);
    return rmdir(folder);
}

static inline void
write_file(struct plx_slice text)
{
    FILE *out = fopen(file, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(text.ptr, 1, text.len, out), text.len);
    assert_int_equal(fclose(out), 0);
}

static inline enum plx_status
read_text(const char *text, struct plx_config *config, struct plx_config_errors *errors)
{
    struct plx_config_flags flags = {.file = file};

    write_file(plx_slice_of(text));
    return plx_config_read(&flags, config, errors);
}

/* Reads what must be right. */
static inline struct plx_config
good(const char *text)
{
    struct plx_config_errors errors;
    struct plx_config config;

    if (read_text(text, &config, &errors) != PLX_OK)
        fail_msg("%s: %.*s", text, (int)errors.text.len, errors.text.ptr);
    assert_int_equal(errors.text.len, 0);
    plx_config_errors_fini(&errors);
    return config;
}

#define LINE_MAX_BYTES 300

/* Reads what must be wrong, with one error at the place, its line, the caret, and words of what and mend. */
static inline void
wrong(const char *text, unsigned line, unsigned column, const char *words)
{
    struct plx_config_errors errors;
    struct plx_config config;
    char place[LINE_MAX_BYTES];

    if (read_text(text, &config, &errors) != PLX_E_SYNTAX)
        fail_msg("is taken: %s", text);
    plx_buffer_byte(&errors.text, '\0');
    const char *told = errors.text.ptr;
    snprintf(place, sizeof(place), "%s:%u:%u: ", file, line, column);
    if (errors.count != 1 || strncmp(told, place, strlen(place)) != 0 || !strstr(told, words))
        fail_msg("%s\nwanted %s and '%s', got\n%s", text, place, words, told);
    /* the caret stands where the place says */
    const char *caret = strstr(told, "^\n");
    assert_non_null(caret);
    const char *begin = caret;
    while (begin[-1] != '\n')
        begin--;
    if (column < 140)
        assert_int_equal(caret - begin, 4 + column - 1);
    assert_false(errors.usage);
    assert_non_null(strstr(told, "\n  mend: "));
    plx_config_errors_fini(&errors);
}

#define SERVICE "services:\n- name: a\n  primary: http://h:1\n" /* three lines; a key of the service is in line 4 */
#define RECHECK SERVICE "  candidate: http://h:2\n  recheck: "  /* its value is in line 5 */
#define EJECT   SERVICE "  candidate: http://h:2\n  eject: "    /* likewise */
#define ONE     "services: [{name: a, primary: 'http://h:1'}]\n"

static inline void
expect_service_defaults(const struct plx_service *service)
{
    assert_int_equal(service->copy_share, PLX_SHARE_ALL);
    assert_int_equal(service->limits.body_bytes, 8u << 20);
    assert_int_equal(service->limits.capture_bytes, 1u << 20);
    assert_int_equal(service->limits.copies, 1000);
    assert_int_equal(service->timeouts.connect, 4000);
    assert_int_equal(service->timeouts.connect_copy, 1000);
    assert_int_equal(service->timeouts.answer, 10000);
    assert_int_equal(service->timeouts.between, 60000);
    assert_int_equal(service->timeouts.copy, 5000);
    assert_int_equal(service->recheck.share, 0);
    assert_int_equal(service->eject.after, 5);
    assert_int_equal(service->eject.for_ms, 10000);
    assert_int_equal(service->eject.at_most_ms, 300000);
    assert_false(service->eject.gateway_errors);
    assert_int_equal(service->host_count, 0);
    assert_int_equal(service->route_count, 0);
    assert_non_null(service->rules);
}

#endif
