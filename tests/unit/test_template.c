/* SPDX-License-Identifier: Apache-2.0 */
/* A template is filled in with what the call says, and nothing that the call says is read as a template. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "base/arena.h"
#include "traffic/spy/template.h"

#include <stdlib.h>

static struct plx_arena *arena;

static const struct plx_header headers[] = {{{"Content-Type", 12}, {"application/json", 16}},
                                            {{"X-To", 4}, {"ann", 3}}};

static struct plx_template_call
call_of(const char *target, const char *body)
{
    return (struct plx_template_call){.method = plx_slice_of("POST"),
                                      .target = plx_slice_of(target),
                                      .headers = headers,
                                      .header_count = 2,
                                      .body = plx_slice_of(body),
                                      .counter = 7,
                                      .id = plx_slice_of("01J")};
}

static void
expect_text(const char *text, const struct plx_template_call *call, const char *want)
{
    struct plx_template *made = NULL;
    struct plx_template_error error;
    struct plx_buffer out;

    plx_buffer_init(&out, PLX_TEMPLATE_OUT_MAX);
    if (plx_template_new(plx_slice_of(text), &error, &made) != PLX_OK)
        fail_msg("%s: %s", text, error.what);
    assert_int_equal(plx_template_write(made, call, arena, &out), PLX_OK);
    plx_buffer_byte(&out, '\0');
    assert_string_equal(out.ptr, want);
    plx_template_free(made);
    plx_buffer_fini(&out);
    plx_arena_reset(arena);
}

static void
test_pieces_of_a_call(void **state)
{
    const struct plx_template_call call =
        call_of("/a%20b/c//?to=x+%41&flag&to=y", "{\"m\":\"q\\\"\\u00e9\",\"n\":[1.50],\"e/\":null}");
    const char *const rows[][2] = {
        {"", ""},
        {"as it is } { }} {", "as it is } { }} {"},
        {"{{method}} {{ path }}", "POST /a%20b/c//"},
        {"{{path.1}}|{{path.2}}|{{path.3}}|{{path.4}}|{{path.9}}", "a b|c|||"},
        {"{{query}}|{{query.to}}|{{query.flag}}|{{query.none}}|", "to=x+%41&flag&to=y|x A|||"},
        {"{{header.x-to}}{{header.None}}", "ann"},
        {"{{body/m}}", "q\"\xC3\xA9"},
        {"{{json body/m}}", "\"q\\\"\xC3\xA9\""},
        {"{{body/n}} {{body/n/0}} {{json body/n}} {{body/e~1}}", "[1.50] 1.50 [1.50] null"},
        {"{{body/none}}|{{json body/none}}", "|null"},
        {"{{counter}} {{json counter}} {{id}} {{json id}}", "7 7 01J \"01J\""},
        {"{{json header.None}} {{json method}}", "null \"POST\""},
        {"{{braces}}id}}", "{{id}}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_text(rows[i][0], &call, rows[i][1]);
}

static void
test_what_a_call_says_is_no_template(void **state)
{
    const struct plx_template_call call = call_of("/{{id}}", "{\"a\":\"{{counter}}\"}");

    expect_text("{{path}} {{body/a}}", &call, "/{{id}} {{counter}}");
}

/* Also forms have a structure; what has none has nothing that a pointer could name. */
static void
test_bodies_of_other_types(void **state)
{
    const struct plx_header form[] = {{{"Content-Type", 12}, {"application/x-www-form-urlencoded", 33}}};
    struct plx_template_call call = call_of("/", "to=ann&what=x%21");

    call.headers = form;
    call.header_count = 1;
    expect_text("{{body/what}}", &call, "x!");
    call.header_count = 0;
    call.body = plx_slice_of("just text");
    expect_text("{{body}}{{body/what}}", &call, "just text");
}

static void
test_what_is_no_template_is_refused(void **state)
{
    static const char *const wrong[] = {"{{",         "a {{method", "{{}}",        "{{nothing}}", "{{path.}}",
                                        "{{path.0}}", "{{path.x}}", "{{query.}}",  "{{header.}}", "{{body.x}}",
                                        "{{body/~}}", "{{json}}",   "{{jsonbody}}"};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct plx_template *made = NULL;
        struct plx_template_error error = {"", NULL};
        assert_int_equal(plx_template_new(plx_slice_of(wrong[i]), &error, &made), PLX_E_SYNTAX);
        assert_null(made);
        assert_true(*error.what && error.mend);
    }
}

static void
test_limits(void **state)
{
    const struct plx_template_call call = call_of("/", "x");
    struct plx_template *made = NULL;
    struct plx_template_error error;
    struct plx_buffer text, out;

    plx_buffer_init(&text, PLX_TEMPLATE_TEXT_MAX + 10);
    while (text.len <= PLX_TEMPLATE_TEXT_MAX)
        plx_buffer_byte(&text, 'x');
    assert_int_equal(plx_template_new(plx_buffer_slice(&text), &error, &made), PLX_E_SYNTAX);
    plx_buffer_clear(&text);
    for (int i = 0; i < 256; i++)
        plx_buffer_text(&text, "-{{body}}");
    assert_int_equal(plx_template_new(plx_buffer_slice(&text), &error, &made), PLX_OK);
    plx_buffer_init(&out, 100);
    assert_int_equal(plx_template_write(made, &call, arena, &out), PLX_OK);
    assert_true(out.failed);
    plx_template_free(made);
    plx_buffer_text(&text, "-{{body}}");
    assert_int_equal(plx_template_new(plx_buffer_slice(&text), &error, &made), PLX_E_SYNTAX);
    plx_buffer_fini(&text);
    plx_buffer_fini(&out);
}

static int
set_up(void **state)
{
    arena = plx_arena_new(NULL);
    return arena ? 0 : -1;
}

static int
tear_down(void **state)
{
    plx_arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_of_a_call),
        cmocka_unit_test(test_what_a_call_says_is_no_template),
        cmocka_unit_test(test_bodies_of_other_types),
        cmocka_unit_test(test_what_is_no_template_is_refused),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
