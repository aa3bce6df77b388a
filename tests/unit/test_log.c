/* SPDX-License-Identifier: Apache-2.0 */
/* A log line is one line of logfmt, whatever bytes its values have, and lines of several threads do not mix. */
#include "log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* Standard error goes to a file between capture_begin() and capture_end(). */
static int capture_saved, capture_file;

static void
capture_begin(void)
{
    char path[] = "/tmp/parallax-test-log-XXXXXX";

    capture_file = mkstemp(path);
    assert_true(capture_file >= 0);
    unlink(path);
    fcntl(capture_file, F_SETFL, O_APPEND);
    fflush(stderr);
    capture_saved = dup(STDERR_FILENO);
    dup2(capture_file, STDERR_FILENO);
}

static char *
capture_end(void)
{
    off_t size = lseek(capture_file, 0, SEEK_END);
    char *text = calloc(1, (size_t)size + 1);

    dup2(capture_saved, STDERR_FILENO);
    close(capture_saved);
    assert_non_null(text);
    assert_int_equal(pread(capture_file, text, (size_t)size, 0), size);
    close(capture_file);
    return text;
}

/* What stands behind the level. */
static const char *
after_time(const char *line)
{
    int year, month, day, hour, minute, second, ms, at = 0;

    assert_int_equal(
        sscanf(line, "time=%4d-%2d-%2dT%2d:%2d:%2d.%3dZ %n", &year, &month, &day, &hour, &minute, &second, &ms, &at),
        7);
    assert_int_equal(at, 30);
    assert_true(year >= 2024);
    return line + at;
}

static void
test_a_line_is_logfmt(void **state)
{
    char *text;

    capture_begin();
    errno = ENOENT;
    plx_log(PLX_LOG_INFO, "listening", PLX_TEXT("address", "127.0.0.1:8080"), PLX_NUMBER_OF("workers", -2),
            PLX_SLICE("part", plx_slice_make("abcdef", 3)));
    assert_int_equal(errno, ENOENT);
    plx_log(PLX_LOG_ERROR, "bare");
    plx_log(PLX_LOG_DEBUG, "too quiet");
    plx_log_set_level(PLX_LOG_DEBUG);
    plx_log(PLX_LOG_DEBUG, "now");
    plx_log_set_level(PLX_LOG_INFO);
    text = capture_end();
    assert_string_equal(after_time(strtok(text, "\n")),
                        "level=info event=listening address=127.0.0.1:8080 workers=-2 part=abc");
    assert_string_equal(after_time(strtok(NULL, "\n")), "level=error event=bare");
    assert_string_equal(after_time(strtok(NULL, "\n")), "level=debug event=now");
    assert_null(strtok(NULL, "\n"));
    free(text);
}

static void
assert_value(struct plx_slice value, const char *want)
{
    const char *line;
    char *text;

    capture_begin();
    plx_log(PLX_LOG_WARN, "e", PLX_SLICE("v", value));
    text = capture_end();
    line = after_time(text);
    assert_memory_equal(line, "level=warn event=e v=", 21);
    assert_int_equal(text[strlen(text) - 1], '\n');
    text[strlen(text) - 1] = '\0';
    assert_string_equal(line + 21, want);
    free(text);
}

static void
assert_json(struct plx_slice value, const char *want)
{
    const char *at;
    char *text;

    capture_begin();
    plx_log_set_format(PLX_LOG_JSON);
    plx_log(PLX_LOG_WARN, "e", PLX_SLICE("v", value), PLX_NUMBER_OF("n", -7), PLX_DECIMAL("d", "0.25"));
    plx_log_set_format(PLX_LOG_TEXT);
    text = capture_end();
    assert_memory_equal(text, "{\"time\":\"2", 10);
    at = strstr(text, "Z\",\"level\":\"warn\",\"event\":\"e\",\"v\":");
    assert_non_null(at);
    at = strstr(at, "\"v\":") + 4;
    assert_string_equal(strstr(at, ",\"n\":"), ",\"n\":-7,\"d\":0.25}\n");
    assert_memory_equal(at, want, strlen(want));
    assert_int_equal(at[strlen(want)], ',');
    free(text);
}

/* Whatever bytes a value has, the line is JSON, UTF-8 and one line. */
static void
test_a_line_is_json(void **state)
{
    assert_json(plx_slice_of(""), "\"\"");
    assert_json(plx_slice_of("a b=c"), "\"a b=c\"");
    assert_json(plx_slice_of("\"\\\n\r\t"), "\"\\\"\\\\\\n\\r\\t\"");
    assert_json(plx_slice_of("\x1b[31m\x01\x7f"), "\"\\u001b[31m\\u0001\\u007f\"");
    assert_json(plx_slice_make("a\0b", 3), "\"a\\u0000b\"");
    assert_json(plx_slice_of("\xff\xc3"), "\"\\\\xFF\\\\xC3\"");
    assert_json(plx_slice_of("\u00e9\u202e\xc2\x85"), "\"\u00e9\\u202e\\u0085\"");
    assert_json(plx_slice_of("\U0001F600"), "\"\U0001F600\"");
}

/* A line that is too long is JSON all the same, and says so. */
static void
test_a_long_line_is_json(void **state)
{
    static char large[3000];
    char *text;

    memset(large, '\n', sizeof(large));
    capture_begin();
    plx_log_set_format(PLX_LOG_JSON);
    plx_log(PLX_LOG_WARN, "e", PLX_SLICE("a", plx_slice_make(large, sizeof(large))),
            PLX_SLICE("b", plx_slice_make(large, sizeof(large))), PLX_SLICE("c", plx_slice_make(large, sizeof(large))),
            PLX_SLICE("d", plx_slice_make(large, sizeof(large))), PLX_NUMBER_OF("n", 1));
    plx_log_set_format(PLX_LOG_TEXT);
    text = capture_end();
    size_t len = strlen(text);
    assert_true(len <= 4096);
    assert_string_equal(text + len - 19, ",\"n\":1,\"cut\":true}\n");
    assert_ptr_equal(strchr(text, '\n'), text + len - 1);
    free(text);
}

static void
test_values_cannot_forge_or_break_a_line(void **state)
{
    assert_value(plx_slice_of(""), "\"\"");
    assert_value(plx_slice_make(NULL, 0), "\"\"");
    assert_value(plx_slice_of("/a?b;c%20d"), "/a?b;c%20d");
    assert_value(plx_slice_of("a b"), "\"a b\"");
    assert_value(plx_slice_of("a=b"), "\"a=b\"");
    assert_value(plx_slice_of("say \"x\""), "\"say \\\"x\\\"\"");
    assert_value(plx_slice_of("a\\b"), "\"a\\\\b\"");
    assert_value(plx_slice_of("x\ntime=1 level=info"), "\"x\\ntime=1 level=info\"");
    assert_value(plx_slice_of("\r\t"), "\"\\r\\t\"");
    assert_value(plx_slice_make("\0\x1b[31m\x7f", 7), "\"\\x00\\x1B[31m\\x7F\"");
    assert_value(plx_slice_of("\xC2\x9B"), "\"\\xC2\\x9B\"");          /* CSI as one C1 character */
    assert_value(plx_slice_of("\xE2\x80\xAE"), "\"\\xE2\\x80\\xAE\""); /* right-to-left override */
    assert_value(plx_slice_of("\xE2\x80\xA8"), "\"\\xE2\\x80\\xA8\""); /* line separator */
    assert_value(plx_slice_of("\xFFz\xC3"), "\"\\xFFz\\xC3\"");
    assert_value(plx_slice_of("ma\xC3\xB1"
                              "ana"),
                 "\"ma\xC3\xB1"
                 "ana\"");
}

static void
test_long_values_and_lines_are_cut_and_say_so(void **state)
{
    static char large[10000];
    struct plx_slice value = plx_slice_make(large, sizeof(large));
    char *text;

    memset(large, '\n', sizeof(large));
    capture_begin();
    plx_log(PLX_LOG_INFO, "e", PLX_SLICE("v", value));
    text = capture_end();
    assert_true(strlen(text) < 1100);
    assert_string_equal(text + strlen(text) - 7, "\\n...\"\n");
    free(text);

    memset(large, 'x', sizeof(large));
    capture_begin();
    plx_log(PLX_LOG_INFO, "e", PLX_SLICE("a", value), PLX_SLICE("b", value), PLX_SLICE("c", value),
            PLX_SLICE("d", value), PLX_NUMBER_OF("n", 1));
    text = capture_end();
    assert_true(strlen(text) <= 4096);
    assert_non_null(strstr(text, " c="));
    assert_null(strstr(text, " d="));
    assert_string_equal(strstr(text, " n=1"), " n=1 cut=true\n");
    free(text);
}

/* Fields for somebody else's line, such as the access log's, are cut as in the log. */
static void
test_fields_are_appended_as_in_the_log(void **state)
{
    static char large[1024];
    struct plx_buffer out;

    memset(large, 'x', sizeof(large));
    plx_buffer_init(&out, 10000);
    plx_log_append(&out, PLX_LOG_TEXT,
                   (const struct plx_log_field[]){PLX_SLICE("a", plx_slice_make(large, sizeof(large))),
                                                  PLX_TEXT("b", "c d"),
                                                  PLX_NUMBER_OF("n", 1),
                                                  {NULL, {NULL, 0}, 0, false}});
    assert_int_equal(out.len, 3 + sizeof(large) + 12);
    assert_memory_equal(out.ptr + 3 + sizeof(large), " b=\"c d\" n=1", 12);
    plx_buffer_fini(&out);
}

static void *
log_many(void *name)
{
    for (int i = 0; i < 500; i++)
        plx_log(PLX_LOG_INFO, "tick", PLX_TEXT("a", name), PLX_TEXT("b", name), PLX_TEXT("c", name));
    return NULL;
}

static void
test_lines_of_threads_do_not_mix(void **state)
{
    static const char *names[] = {"one", "two", "three", "four"};
    unsigned seen[4] = {0};
    pthread_t threads[4];
    char *text, *rest;

    capture_begin();
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, (void *)(uintptr_t)names[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    text = capture_end();
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        bool known = false;

        for (int i = 0; i < 4; i++) {
            char want[100];

            snprintf(want, sizeof(want), "level=info event=tick a=%s b=%s c=%s", names[i], names[i], names[i]);
            if (strcmp(after_time(line), want) == 0) {
                seen[i]++;
                known = true;
            }
        }
        assert_true(known);
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(seen[i], 500);
    free(text);
}

static void
test_levels_by_name(void **state)
{
    enum plx_log_level level = PLX_LOG_INFO;

    assert_true(plx_log_level_of(plx_slice_of("debug"), &level));
    assert_int_equal(level, PLX_LOG_DEBUG);
    assert_true(plx_log_level_of(plx_slice_of("error"), &level));
    assert_int_equal(level, PLX_LOG_ERROR);
    assert_false(plx_log_level_of(plx_slice_of("Error"), &level));
    assert_false(plx_log_level_of(plx_slice_of("err"), &level));
    assert_int_equal(level, PLX_LOG_ERROR);
}

/* However the seconds pass: each attempt is either allowed or later told as suppressed, and few are allowed. */
static void
test_a_limit_lets_few_lines_through_and_counts_the_rest(void **state)
{
    struct plx_log_limit limit = {0};
    uint64_t allowed = 0, told = 0, seconds = 0, last = 0;

    for (int i = 0; i < 10000; i++) {
        uint32_t suppressed = 0;

        if (plx_log_allowed(&limit, 5, &suppressed)) {
            allowed++;
            told += suppressed;
        }
        seconds += limit.second != last;
        last = limit.second;
    }
    assert_int_equal(allowed + told + limit.suppressed, 10000);
    assert_true(allowed >= 5 && allowed <= 5 * seconds);
    assert_false(plx_log_allowed(&limit, 0, NULL));
    limit = (struct plx_log_limit){.second = 1, .suppressed = 3}; /* a second long gone */
    assert_true(plx_log_allowed(&limit, 1, NULL));
    assert_int_equal(limit.suppressed, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_is_logfmt),
        cmocka_unit_test(test_a_line_is_json),
        cmocka_unit_test(test_a_long_line_is_json),
        cmocka_unit_test(test_values_cannot_forge_or_break_a_line),
        cmocka_unit_test(test_long_values_and_lines_are_cut_and_say_so),
        cmocka_unit_test(test_fields_are_appended_as_in_the_log),
        cmocka_unit_test(test_lines_of_threads_do_not_mix),
        cmocka_unit_test(test_levels_by_name),
        cmocka_unit_test(test_a_limit_lets_few_lines_through_and_counts_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
