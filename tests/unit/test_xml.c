/* SPDX-License-Identifier: Apache-2.0 */
/* XML and HTML that mean the same are the same JSON text; nothing is fetched, expanded, or taken beyond its bounds. */
#include "base/arena.h"
#include "body/xml.h"
#include <parallax/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct plx_arena *arena;
static struct plx_buffer out;

static enum plx_status
write_it(const char *text, bool html)
{
    struct plx_document document;

    plx_buffer_clear(&out);
    enum plx_status status = plx_xml_write_json(plx_slice_of(text), html, 0, NULL, arena, &out);
    if (status == PLX_OK)
        assert_int_equal(plx_json_read(plx_buffer_slice(&out), NULL, arena, &document, NULL), PLX_OK);
    plx_buffer_byte(&out, '\0');
    return status;
}

static void
test_xml(void **state)
{
    static const char *const cases[][2] = {
        {"<a/>", "{\"a\":[]}"},
        {"<a></a>", "{\"a\":[]}"},
        {"<a> </a>", "{\"a\":[]}"},
        {"<?xml version='1.0' encoding='ISO-8859-1'?><!DOCTYPE a><?pi?><a>\xC3\xA9</a><!-- end -->",
         "{\"a\":[\"\xC3\xA9\"]}"},
        {"<order id=\"7\"><price>3.10</price></order>", "{\"order\":[{\"price\":[\"3.10\"]}],\"order@id\":\"7\"}"},
        {"<a z='1' b=\"2\" A='3'/>", "{\"a\":[],\"a@A\":\"3\",\"a@b\":\"2\",\"a@z\":\"1\"}"},
        {"<a>one<!-- x --> two<![CDATA[ <three>]]>&#32;&lt;&#x66;our</a>", "{\"a\":[\"one two <three> <four\"]}"},
        {"<a>\n  <b/>\n  text\n  <c/>\n</a>", "{\"a\":[{\"b\":[]},\"\\n  text\\n  \",{\"c\":[]}]}"},
        {"<a xml:space='preserve'> <b/> </a>", "{\"a\":[\" \",{\"b\":[]},\" \"],\"a@xml:space\":\"preserve\"}"},
        {"<a xml:lang='es'/>", "{\"a\":[],\"a@xml:lang\":\"es\"}"},
        {"<a xmlns='u'><b/><c xmlns=''/></a>", "{\"a\":[{\"b\":[]},{\"c\":[],\"c@xmlns\":\"\"}],\"a@xmlns\":\"u\"}"},
        {"<p:a xmlns:p='u'><q:b xmlns:q='u' q:x='1' x='2'/></p:a>",
         "{\"a\":[{\"b\":[],\"b@x\":\"2\",\"b@{u}x\":\"1\"}],\"a@xmlns\":\"u\"}"},
        {"<a b=' x\ny '/>", "{\"a\":[],\"a@b\":\" x y \"}"},
        {"<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:p='u' i:type='p:t'/>",
         "{\"a\":[],\"a@{http://www.w3.org/2001/XMLSchema-instance}type\":\"{u}t\"}"},
        {"<a xmlns:x='http://www.w3.org/2001/XMLSchema-instance' xmlns:q='u' x:type='q:t'><b xmlns='u' "
         "x:type='t'/></a>",
         "{\"a\":[{\"b\":[],\"b@xmlns\":\"u\",\"b@{http://www.w3.org/2001/XMLSchema-instance}type\":\"{u}t\"}],"
         "\"a@{http://www.w3.org/2001/XMLSchema-instance}type\":\"{u}t\"}"},
        {"<a xmlns:x='http://www.w3.org/2001/XMLSchema-instance' x:type='none:t'/>",
         "{\"a\":[],\"a@{http://www.w3.org/2001/XMLSchema-instance}type\":\"none:t\"}"},
        {"<a b='&quot;&amp;&#9;'/>", "{\"a\":[],\"a@b\":\"\\\"&\\t\"}"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(write_it(cases[i][0], false), PLX_OK);
        assert_string_equal(out.ptr, cases[i][1]);
    }
}

static void
test_html(void **state)
{
    static const char *const cases[][2] = {
        {"<P>Hello   <B CLASS=x>there</B>\n world</p>",
         "{\"html\":[{\"body\":[{\"p\":[\"Hello \",{\"b\":[\"there\"],\"b@class\":\"x\"},\" world\"]}]}]}"},
        {"<p>one<p>two<br>three",
         "{\"html\":[{\"body\":[{\"p\":[\"one\"]},{\"p\":[\"two\",{\"br\":[]},\"three\"]}]}]}"},
        {"<div>\n <p> a </p>\n <p>b</p> </div>",
         "{\"html\":[{\"body\":[{\"div\":[{\"p\":[\"a\"]},{\"p\":[\"b\"]}]}]}]}"},
        {"<p><i>a</i> <b>c</b></p>", "{\"html\":[{\"body\":[{\"p\":[{\"i\":[\"a\"]},\" \",{\"b\":[\"c\"]}]}]}]}"},
        {"<pre>a\n  b </pre>", "{\"html\":[{\"body\":[{\"pre\":[\"a\\n  b \"]}]}]}"},
        {"<p>&eacute;&lt;&#x41;</p>", "{\"html\":[{\"body\":[{\"p\":[\"\xC3\xA9<A\"]}]}]}"},
        {"<!DOCTYPE html><title>x</title><!-- c --><body><input disabled>",
         "{\"html\":[{\"head\":[{\"title\":[\"x\"]}]},{\"body\":[{\"input\":[],\"input@disabled\":\"\"}]}]}"},
        {"<input disabled=''>", "{\"html\":[{\"body\":[{\"input\":[],\"input@disabled\":\"\"}]}]}"},
        {"<table><tr><td>1</td></tr><tr><td>2</td></tr></table>",
         "{\"html\":[{\"body\":[{\"table\":[{\"tbody\":[{\"tr\":[{\"td\":[\"1\"]}]},{\"tr\":[{\"td\":[\"2\"]}]}]}]}]}]"
         "}"},
        {"<table><caption>c</caption><tbody><tr></tr></tbody> <tr></tr></table>",
         "{\"html\":[{\"body\":[{\"table\":[{\"caption\":[\"c\"]},{\"tbody\":[{\"tr\":[]}]},{\"tbody\":[{\"tr\":[]}]}]}"
         "]}]}"},
        {"<pre>\n\nx</pre>", "{\"html\":[{\"body\":[{\"pre\":[\"\\nx\"]}]}]}"},
        {"<p title='&LT;&check;'>&check;&amp;check;&nope;&NotEqualTilde;<script>&check;</script>",
         "{\"html\":[{\"body\":[{\"p\":[\"\u2713&check;&nope;\u2242\u0338\",{\"script\":[\"&check;\"]}],\"p@title\":\"<"
         "\u2713\"}]}]}"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(write_it(cases[i][0], true), PLX_OK);
        assert_string_equal(out.ptr, cases[i][1]);
    }
}

static void
test_what_is_no_xml(void **state)
{
    static const char *const cases[] = {"",
                                        " ",
                                        "text",
                                        "<a>",
                                        "<a></b>",
                                        "<a/><b/>",
                                        "<a>&x;</a>",
                                        "<a b=1/>",
                                        "<a b='1' b='2'/>",
                                        "<a>]]></a>",
                                        "<a>\x01</a>",
                                        "{\"a\":1}",
                                        "<a>&#0;</a>",
                                        "<p:a/ >"};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (write_it(cases[i], false) != PLX_E_SYNTAX)
            fail_msg("%s: %s", cases[i], out.ptr);
}

/* A DTD may declare entities; none of them is ever expanded, and none is fetched. */
static void
test_entities_are_refused(void **state)
{
    char name[] = "/tmp/parallax-test-xml-XXXXXX", text[512];
    int fd = mkstemp(name);

    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    fputs("SECRET", file);
    fclose(file);
    snprintf(text, sizeof(text), "<!DOCTYPE a [<!ENTITY x SYSTEM 'file://%s'>]><a>&x;</a>", name);
    assert_int_equal(write_it(text, false), PLX_E_SYNTAX);
    assert_null(strstr(out.ptr, "SECRET"));
    snprintf(text, sizeof(text), "<!DOCTYPE a [<!ENTITY %% x SYSTEM 'file://%s'> %%x;]><a/>", name);
    assert_true(write_it(text, false) == PLX_E_SYNTAX || !strstr(out.ptr, "SECRET"));
    snprintf(text, sizeof(text), "<!DOCTYPE a SYSTEM 'file://%s'><a/>", name);
    assert_int_equal(write_it(text, false), PLX_OK);
    assert_string_equal(out.ptr, "{\"a\":[]}");
    remove(name);
    assert_int_equal(write_it("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", false), PLX_E_SYNTAX);
    assert_int_equal(write_it("<!DOCTYPE a [<!ENTITY x 'y'>]><a b='&x;'/>", false), PLX_E_SYNTAX);
    /* A billion laughs. */
    struct plx_buffer bomb;
    plx_buffer_init(&bomb, 1 << 16);
    plx_buffer_text(&bomb, "<!DOCTYPE a [<!ENTITY x0 'laugh'>");
    for (int i = 1; i < 12; i++) {
        plx_buffer_format(&bomb, "<!ENTITY x%d '", i);
        for (int k = 0; k < 10; k++)
            plx_buffer_format(&bomb, "&x%d;", i - 1);
        plx_buffer_text(&bomb, "'>");
    }
    plx_buffer_text(&bomb, "]><a>&x11;</a>");
    plx_buffer_byte(&bomb, '\0');
    assert_int_equal(write_it(bomb.ptr, false), PLX_E_SYNTAX);
    plx_buffer_fini(&bomb);
}

static void
test_bounds(void **state)
{
    struct plx_buffer text, small;

    plx_buffer_init(&text, 1 << 20);
    for (int html = 0; html < 2; html++) {
        plx_buffer_clear(&text);
        for (int i = 0; i < 2000; i++)
            plx_buffer_text(&text, "<b>");
        for (int i = 0; i < 2000; i++)
            plx_buffer_text(&text, "</b>");
        plx_buffer_byte(&text, '\0');
        assert_int_not_equal(write_it(text.ptr, html), PLX_OK);
    }
    assert_int_equal(plx_xml_write_json(plx_slice_of("<a><b><c/></b></a>"), false, 4, NULL, arena, &out), PLX_E_DEPTH);
    plx_buffer_init(&small, 10);
    assert_int_equal(plx_xml_write_json(plx_slice_of("<a>0123456789</a>"), false, 0, NULL, arena, &small), PLX_E_LIMIT);
    plx_buffer_fini(&small);
    plx_buffer_clear(&text);
    plx_buffer_text(&text, "<a");
    for (int i = 0; i < 1100; i++)
        plx_buffer_format(&text, " x%d=''", i);
    plx_buffer_text(&text, "/>");
    plx_buffer_byte(&text, '\0');
    assert_int_equal(write_it(text.ptr, false), PLX_E_TOO_LARGE);
    /* Tens of thousands cost no more than reading them; what only looks like some is fine. */
    for (int kind = 0; kind < 5; kind++) {
        const char *const before[] = {"<a", "<a", "<p>x</p><script>if (a <b", "<!-- <a", "<p title='<a"};
        const char *const after[] = {"/>", "", "</script>", " -->", "'>"};
        plx_buffer_clear(&text);
        plx_buffer_text(&text, before[kind]);
        for (int i = 0; i < 50000; i++)
            plx_buffer_format(&text, kind == 1 ? " x%d" : " x%d=\"\"", i);
        plx_buffer_text(&text, after[kind]);
        plx_buffer_text(&text, "<p>end</p>");
        plx_buffer_byte(&text, '\0');
        assert_int_equal(write_it(text.ptr, true), kind < 2 ? PLX_E_TOO_LARGE : PLX_OK);
        if (kind < 2)
            assert_int_equal(write_it(text.ptr, false), PLX_E_TOO_LARGE);
    }
    plx_buffer_clear(&text);
    for (int i = 0; i < 257; i++)
        plx_buffer_text(&text, "<b>");
    for (int i = 0; i < 257; i++)
        plx_buffer_text(&text, "</b>");
    plx_buffer_byte(&text, '\0');
    assert_int_equal(write_it(text.ptr, false), PLX_E_DEPTH);
    plx_buffer_fini(&text);
}

static int
set_up(void **state)
{
    arena = plx_arena_new(NULL);
    plx_buffer_init(&out, 1 << 20);
    return arena ? 0 : -1;
}

static int
tear_down(void **state)
{
    plx_arena_free(arena);
    plx_buffer_fini(&out);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xml),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_what_is_no_xml),
        cmocka_unit_test(test_entities_are_refused),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
