/* SPDX-License-Identifier: Apache-2.0 */
/* What flags and the environment say, without a file and over one. */
#include "config_kit.h"

static void
test_flags_without_a_file(void **state)
{
    struct plx_config_flags flags = {.primary = "http://h:1",
                                     .candidate = "http://h:2",
                                     .secondary = "http://h:3",
                                     .listen = ":1",
                                     .admin = "0",
                                     .workers = "2",
                                     .log_level = "error",
                                     .access_log = "-"};
    struct plx_config_errors errors;
    struct plx_config config;

    flags.admin = "127.0.0.1:0";
    assert_int_equal(plx_config_read(&flags, &config, &errors), PLX_OK);
    const struct plx_service *service = &config.snapshot->services[0];
    assert_null(config.file);
    assert_null(config.store);
    assert_string_equal(service->name, "default");
    assert_int_equal(service->stage, PLX_STAGE_SHADOW);
    expect_service_defaults(service);
    assert_int_equal(config.workers, 2);
    assert_int_equal(config.log_level, PLX_LOG_ERROR);
    assert_string_equal(config.access_log, "-");
    assert_int_equal(config.listen[0].port, 1);
    plx_config_fini(&config);
    flags.candidate = flags.secondary = NULL;
    flags.store = "sqlite:x";
    assert_int_equal(plx_config_read(&flags, &config, &errors), PLX_OK);
    assert_int_equal(config.snapshot->services[0].stage, PLX_STAGE_PRIMARY);
    assert_string_equal(config.store, "x");
    plx_config_fini(&config);
}

/* The stage that a file does not name follows the candidate, wherever that is from. */
static void
test_flags_before_a_file(void **state)
{
    struct plx_config_flags flags = {
        .file = file, .candidate = "http://h:2", .primary = "http://h:9", .listen = ":5", .store = "none"};
    struct plx_config_errors errors;
    struct plx_config config;

    write_file(plx_slice_of("listen: [':1', ':2']\n" SERVICE));
    assert_int_equal(plx_config_read(&flags, &config, &errors), PLX_OK);
    assert_int_equal(config.snapshot->services[0].stage, PLX_STAGE_SHADOW);
    assert_int_equal(config.snapshot->services[0].roles[PLX_PRIMARY].port, 9);
    assert_int_equal(config.listen_count, 1);
    assert_null(config.store);
    plx_config_fini(&config);
    write_file(plx_slice_of(SERVICE "  stage: primary\n"));
    assert_int_equal(plx_config_read(&flags, &config, &errors), PLX_OK);
    assert_int_equal(config.snapshot->services[0].stage, PLX_STAGE_PRIMARY);
    plx_config_fini(&config);
    write_file(plx_slice_of(SERVICE "- name: b\n  hosts: x\n  primary: http://g\n"));
    assert_int_equal(plx_config_read(&flags, &config, &errors), PLX_E_SYNTAX);
    assert_int_equal(errors.count, 1);
    plx_config_errors_fini(&errors);
}

static void
test_wrong_flags(void **state)
{
    static const struct plx_config_flags cases[] = {
        {.primary = "h"},
        {.primary = "https://h"},
        {.primary = "http://h", .candidate = "http://H:80/"},
        {.primary = "http://h", .secondary = "http://g"},
        {.primary = "http://h", .stage = "shadow"},
        {.primary = "http://h", .candidate = "http://g", .stage = "dusk"},
        {.primary = "http://h", .stage = "candidate"},
        {.primary = "http://h", .candidate = "http://g", .share = "10%"},
        {.primary = "http://h", .candidate = "http://g", .stage = "canary", .share = "10"},
        {.primary = "http://h", .listen = "nowhere"},
        {.primary = "http://h", .admin = "[::]:1"},
        {.primary = "http://h", .store = ""},
        {.primary = "http://h", .workers = "65"},
        {.primary = "http://h", .log_level = "loud"},
        {.primary = "http://127.0.0.1:8080"},
        {.primary = "http://\xFF\xFE"},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++) {
        struct plx_config_errors errors;
        struct plx_config config;
        if (plx_config_read(&cases[i], &config, &errors) != PLX_E_SYNTAX)
            fail_msg("case %zu is taken", i);
        assert_int_equal(errors.count, 1);
        assert_true(errors.usage);
        for (size_t k = 0; k < errors.text.len; k++)
            assert_true(errors.text.ptr[k] == '\n' || (errors.text.ptr[k] >= ' ' && errors.text.ptr[k] < 0x7F));
        plx_config_errors_fini(&errors);
    }
}

/* Where the file has none, and where there is no file. */
static void
test_the_token_of_the_environment(void **state)
{
    struct plx_config_errors errors;
    struct plx_config config;
    struct plx_config_flags flags = {.primary = "http://h:1", .admin = "0.0.0.0:9", .token = "from-the-environment"};

    assert_int_equal(plx_config_read(&flags, &config, &errors), PLX_OK);
    assert_string_equal(config.admin_token, "from-the-environment");
    plx_config_fini(&config);
    plx_config_errors_fini(&errors);
    flags = (struct plx_config_flags){.file = file, .token = "from-the-environment"};
    write_file(plx_slice_of("admin: ':9'\n" ONE));
    assert_int_equal(plx_config_read(&flags, &config, &errors), PLX_OK);
    assert_string_equal(config.admin_token, "from-the-environment");
    plx_config_fini(&config);
    plx_config_errors_fini(&errors);
    write_file(plx_slice_of("admin: ':9'\ntoken: from-the-file-itself\n" ONE));
    assert_int_equal(plx_config_read(&flags, &config, &errors), PLX_OK);
    assert_string_equal(config.admin_token, "from-the-file-itself");
    plx_config_fini(&config);
    plx_config_errors_fini(&errors);
    flags = (struct plx_config_flags){.primary = "http://h:1", .token = "two words"};
    assert_int_equal(plx_config_read(&flags, &config, &errors), PLX_E_SYNTAX);
    plx_buffer_byte(&errors.text, '\0');
    assert_non_null(strstr(errors.text.ptr, "PARALLAX_TOKEN can't stand in an Authorization header"));
    assert_null(strstr(errors.text.ptr, "words"));
    plx_config_errors_fini(&errors);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags_without_a_file),
        cmocka_unit_test(test_flags_before_a_file),
        cmocka_unit_test(test_wrong_flags),
        cmocka_unit_test(test_the_token_of_the_environment),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
