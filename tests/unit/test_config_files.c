/* SPDX-License-Identifier: Apache-2.0 */
/* Values come from the environment and from files, and a configuration may be several files. */
#include "config_kit.h"

#include <errno.h>

/* Writes a file beside the configuration. */
static void
write_beside(const char *name, const char *text)
{
    char path[sizeof(folder) + 64];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

static void
remove_beside(const char *name)
{
    char path[sizeof(folder) + 64];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (unlink(path) != 0 && rmdir(path) != 0)
        assert_int_equal(errno, ENOENT);
}

/* One error, which begins with the name of that file beside, and its place; it has words, and nowhere `never`. */
static void
wrong_in(const char *text, const char *name, unsigned line, unsigned column, const char *words, const char *never)
{
    struct plx_config_errors errors;
    struct plx_config config;
    char place[sizeof(folder) + 100];

    if (read_text(text, &config, &errors) != PLX_E_SYNTAX)
        fail_msg("is taken: %s", text);
    plx_buffer_byte(&errors.text, '\0');
    snprintf(place, sizeof(place), "%s/%s:%u:%u: ", folder, name, line, column);
    if (errors.count != 1 || strncmp(errors.text.ptr, place, strlen(place)) != 0 || !strstr(errors.text.ptr, words))
        fail_msg("wanted %s and '%s', got\n%s", place, words, errors.text.ptr);
    if (never && strstr(errors.text.ptr, never))
        fail_msg("it shows '%s':\n%s", never, errors.text.ptr);
    plx_config_errors_fini(&errors);
}

/* ---- variables ---- */

static void
test_variables_stand_in_any_value(void **state)
{
    struct plx_config config = good("listen: ['127.0.0.1:${PLX_TEST_PORT}', 9000]\n"
                                    "drain: ${PLX_TEST_UNSET:-7s}\n"
                                    "detect: ${PLX_TEST_EMPTY:-2%}\n"
                                    "access_log: ${PLX_TEST_UNSET:-off}\n"
                                    "services:\n- name: a\n"
                                    "  primary: http://${PLX_TEST_HOST}:${PLX_TEST_PORT}\n"
                                    "  compare: {match: {/a: 'x$'}}\n");

    assert_int_equal(config.listen[0].port, 8123);
    assert_int_equal(config.drain_ms, 7000);
    assert_true(config.detect > 0.0199 && config.detect < 0.0201);
    assert_null(config.access_log);
    assert_string_equal(config.snapshot->services[0].roles[PLX_PRIMARY].url, "http://new.example:8123");
    plx_config_fini(&config);
}

static void
test_no_value_of_a_variable_becomes_structure(void **state)
{
    struct plx_config config = good("access_log: ${PLX_TEST_YAML}\nstore: 'sqlite:$${HOME}/${PLX_TEST_NESTED}$'\n" ONE);

    assert_string_equal(config.access_log, "x\nadmin: 0.0.0.0:1 # [}");
    assert_string_equal(config.store, "${HOME}/${PLX_TEST_PORT}$"); /* nor is it looked into */
    plx_config_fini(&config);
}

static void
test_a_variable_that_is_wrong_is_told_where_it_stands(void **state)
{
    wrong("log: info\ndrain: ${PLX_TEST_UNSET}\n" ONE, 2, 8, "the variable PLX_TEST_UNSET is not set");
    wrong("drain: ${}\n" ONE, 1, 8, "without the name");
    wrong("drain: ${1A}\n" ONE, 1, 8, "without the name");
    wrong("drain: ${A\n" ONE, 1, 8, "without the name");
    wrong("drain: ${A-1s}\n" ONE, 1, 8, "without the name");
    wrong("drain: ${PLX_TEST_LATIN1}\n" ONE, 1, 8, "no UTF-8");
    wrong("drain: ${PLX_TEST_EMPTY}\n" ONE, 1, 8, "comes to nothing");
}

static void
test_what_a_variable_holds_is_not_shown(void **state)
{
    static const char *const texts[] = {"token: ${PLX_TEST_SECRET}\n" ONE,   "admin: ${PLX_TEST_SECRET}\n" ONE,
                                        "workers: ${PLX_TEST_SECRET}\n" ONE, "store: ${PLX_TEST_SECRET}\n" ONE,
                                        "log: ${PLX_TEST_SECRET}\n" ONE,     "drain: ${PLX_TEST_SECRET}\n" ONE,
                                        "detect: ${PLX_TEST_SECRET}\n" ONE,  "resolver: ${PLX_TEST_SECRET}\n" ONE};

    for (size_t i = 0; i < PLX_COUNT(texts); i++)
        wrong_in(texts[i], "c.yaml", 1, (unsigned)strcspn(texts[i], " ") + 2, "mend: ", "s3cr3t");
    wrong_in("reconcile: [{name: a, left: {store: '${PLX_TEST_SECRET}', query: q}, right: {store: 'csv:x'}}]\n" ONE,
             "c.yaml", 1, 37, "no store", "s3cr3t");
    wrong_in("services:\n- name: a\n  primary: ${PLX_TEST_SECRET}\n", "c.yaml", 3, 12, "${PLX_TEST_SECRET}", "s3cr3t");
}

static void
test_variables_have_a_limit(void **state)
{
    static char text[40000];
    size_t len = (size_t)snprintf(text, sizeof(text), "%saccess_log: \"", ONE);

    while (len + 40 < sizeof(text))
        len += (size_t)snprintf(text + len, sizeof(text) - len, "${PLX_TEST_LONG}");
    snprintf(text + len, sizeof(text) - len, "\"\n");
    wrong_in(text, "c.yaml", 2, 13, "longer than 1 MiB", NULL);
}

static int
set_variables(void **state)
{
    static char longer[1000];

    memset(longer, 'x', sizeof(longer) - 1);
    setenv("PLX_TEST_PORT", "8123", 1);
    setenv("PLX_TEST_HOST", "new.example", 1);
    setenv("PLX_TEST_EMPTY", "", 1);
    setenv("PLX_TEST_YAML", "x\nadmin: 0.0.0.0:1 # [}", 1);
    setenv("PLX_TEST_NESTED", "${PLX_TEST_PORT}", 1);
    setenv("PLX_TEST_LATIN1", "\xE4", 1);
    setenv("PLX_TEST_SECRET", "s3cr3t two words", 1);
    setenv("PLX_TEST_LONG", longer, 1);
    unsetenv("PLX_TEST_UNSET");
    return setup(state);
}

/* ---- a file that holds a secret ---- */

static void
test_a_token_stands_in_a_file(void **state)
{
    write_beside("token", "0123456789abcdef0123\r\n\n");
    struct plx_config config = good("token_file: token\n" ONE);

    assert_string_equal(config.admin_token, "0123456789abcdef0123");
    plx_config_fini(&config);
    write_beside("token", "s3cr3t\n");
    wrong_in("token_file: token\n" ONE, "c.yaml", 1, 13, "fewer than 16 characters", "s3cr3t");
    write_beside("token", "\n");
    wrong_in("token_file: token\n" ONE, "c.yaml", 1, 13, "is empty", NULL);
    wrong_in("token_file: absent\n" ONE, "c.yaml", 1, 13, "/absent can't be opened: No such file", NULL);
    wrong_in("token_file: /dev/zero\n" ONE, "c.yaml", 1, 13, "no regular file", NULL);
    write_beside("token", "0123456789abcdef\n");
    wrong_in("token: 0123456789abcdef\ntoken_file: token\n" ONE, "c.yaml", 2, 1, "both `token` and `token_file`", NULL);
    config = good("read_token_file: token\ntoken: fedcba9876543210\n" ONE);
    assert_string_equal(config.read_token, "0123456789abcdef");
    plx_config_fini(&config);
    wrong_in("token: fedcba9876543210\nread_token: xs3cr3txs3cr3txs3cr3t\nread_token_file: token\n" ONE, "c.yaml", 3, 1,
             "both `read_token`", "s3cr3t");
    wrong_in("token: fedcba9876543210\nread_token: s3cr3t\n" ONE, "c.yaml", 2, 13, "fewer than 16", "s3cr3t");
    remove_beside("token");
}

/* ---- include ---- */

static void
make_parts(void)
{
    char path[sizeof(folder) + 16];

    snprintf(path, sizeof(path), "%s/parts", folder);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void
remove_parts(void)
{
    char name[32];

    for (int i = 1; i <= 70; i++) {
        snprintf(name, sizeof(name), "parts/%d.yaml", i);
        remove_beside(name);
    }
    remove_beside("more.yaml");
    remove_beside("parts");
}

static void
test_lists_of_all_files_are_joined(void **state)
{
    make_parts();
    write_beside("parts/1.yaml", "services: [{name: b, primary: 'http://h:2', hosts: b}]\ninclude: ../more.yaml\n");
    write_beside("parts/2.yaml", "services:\n- name: c\n  primary: http://h:3\n  hosts: c\nlog: warn\n");
    write_beside("parts/3.yaml", "# nothing yet\n");
    write_beside("more.yaml", "services: [{name: d, primary: 'http://h:4', hosts: d}]\n");
    struct plx_config config = good("include: [parts/*.yaml, none/*.yaml]\n"
                                    "services: [{name: a, primary: 'http://h:1', hosts: a}]\n");

    assert_int_equal(config.snapshot->service_count, 4);
    assert_string_equal(config.snapshot->services[0].name, "a");
    for (const char *name = "bcd"; *name; name++)
        assert_non_null(plx_service_by_name(config.snapshot, plx_slice_make(name, 1)));
    assert_int_equal(config.log_level, PLX_LOG_WARN);
    plx_config_fini(&config);
    remove_parts();
}

static void
test_an_error_names_the_file_that_it_stands_in(void **state)
{
    make_parts();
    write_beside("parts/1.yaml", "\nlog: loud\n");
    wrong_in("include: parts/1.yaml\n" ONE, "parts/1.yaml", 2, 6, "    log: loud\n", NULL);
    write_beside("parts/1.yaml", "log: info\n]\n");
    wrong_in("include: parts/1.yaml\n" ONE, "parts/1.yaml", 2, 1, "well-formed", NULL);
    write_beside("parts/1.yaml", "drain: ${PLX_TEST_UNSET}\n");
    wrong_in("include: parts/1.yaml\n" ONE, "parts/1.yaml", 1, 8, "not set", NULL);
    write_beside("parts/1.yaml", "[a]\n");
    wrong_in("include: parts/1.yaml\n" ONE, "parts/1.yaml", 1, 1, "not a list", NULL);
    write_beside("parts/1.yaml", "log: info\n");
    wrong_in("include: parts/1.yaml\n" ONE "log: warn\n", "parts/1.yaml", 1, 1, "c.yaml:3", NULL);
    write_beside("parts/1.yaml", ONE);
    wrong_in("log: info\ninclude: parts/*\n" ONE, "parts/1.yaml", 1, 19, "already", NULL);
    remove_parts();
}

static void
test_what_can_not_be_included(void **state)
{
    wrong("include: absent.yaml\n" ONE, 1, 10, "absent.yaml can't be opened: No such file");
    wrong("include: {a: b}\n" ONE, 1, 10, "a mapping, where the path of a file is wanted");
    wrong("include: [c.yaml]\n" ONE, 1, 11, "part of this configuration already");
    wrong("include: .\n" ONE, 1, 10, "is a directory");
    wrong("include: /dev/zero\n" ONE, 1, 10, "no regular file");
}

static void
test_files_that_include_each_other_are_refused(void **state)
{
    write_beside("1.yaml", "include: 2.yaml\n");
    write_beside("2.yaml", "log: info\ninclude: c.yaml\n");
    wrong_in("include: 1.yaml\n" ONE, "2.yaml", 2, 10, "c.yaml is part of this configuration already", NULL);
    remove_beside("1.yaml");
    remove_beside("2.yaml");
}

static void
test_depth_and_number_of_files_are_limited(void **state)
{
    char name[32], text[64];

    make_parts();
    for (int i = 1; i <= 9; i++) {
        snprintf(name, sizeof(name), "parts/%d.yaml", i);
        snprintf(text, sizeof(text), "include: %d.yaml\n", i + 1);
        write_beside(name, text);
    }
    wrong_in("include: parts/1.yaml\n" ONE, "parts/8.yaml", 1, 1, "more than 8 deep", NULL);
    for (int i = 1; i <= 70; i++) {
        snprintf(name, sizeof(name), "parts/%d.yaml", i);
        write_beside(name, "");
    }
    wrong("include: parts/*.yaml\n" ONE, 1, 10, "more than 64 files");
    remove_parts();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variables_stand_in_any_value),
        cmocka_unit_test(test_no_value_of_a_variable_becomes_structure),
        cmocka_unit_test(test_a_variable_that_is_wrong_is_told_where_it_stands),
        cmocka_unit_test(test_what_a_variable_holds_is_not_shown),
        cmocka_unit_test(test_variables_have_a_limit),
        cmocka_unit_test(test_a_token_stands_in_a_file),
        cmocka_unit_test(test_lists_of_all_files_are_joined),
        cmocka_unit_test(test_an_error_names_the_file_that_it_stands_in),
        cmocka_unit_test(test_what_can_not_be_included),
        cmocka_unit_test(test_files_that_include_each_other_are_refused),
        cmocka_unit_test(test_depth_and_number_of_files_are_limited),
    };

    return cmocka_run_group_tests(tests, set_variables, teardown);
}
