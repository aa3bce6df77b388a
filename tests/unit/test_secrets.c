/* SPDX-License-Identifier: Apache-2.0 */
/* What is secret by its name is not shown, wherever it stands and whatever it stands in; everything else is as it was.
 */
#include "secrets/secret_text.h"

#include "base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define S(text) plx_slice_of(text)

static char shown[4096];

/* Every mark as [R]. */
static const char *
without_digits(struct plx_slice text)
{
    size_t len = 0;

    for (size_t at = 0; at < text.len && len + 4 < sizeof(shown);) {
        struct plx_slice rest = plx_slice_make(text.ptr + at, text.len - at);
        if (rest.len >= PLX_MARK_LEN && plx_is_mark(plx_slice_make(rest.ptr, PLX_MARK_LEN))) {
            memcpy(shown + len, "[R]", 3);
            len += 3;
            at += PLX_MARK_LEN;
        } else {
            shown[len++] = text.ptr[at++];
        }
    }
    shown[len] = '\0';
    return shown;
}

static const char *
cleaned(const struct plx_secrets *secrets, const char *text, enum plx_secret_text kind)
{
    struct plx_buffer out;

    plx_buffer_init(&out, strlen(text) * PLX_SECRET_GROWTH + PLX_SECRET_GROWTH);
    plx_secrets_write(secrets, S(text), kind, SIZE_MAX, &out);
    assert_false(out.failed);
    const char *clean = without_digits(plx_buffer_slice(&out));
    plx_buffer_fini(&out);
    return clean;
}

struct row {
    const char *text, *want; /* want NULL: as it is */
};

static void
expect_rows(const struct row *rows, size_t count, enum plx_secret_text kind)
{
    for (size_t i = 0; i < count; i++) {
        const char *want = rows[i].want ? rows[i].want : rows[i].text, *got = cleaned(NULL, rows[i].text, kind);
        if (strcmp(got, want) != 0)
            fail_msg("%s\nbecame\n%s\nnot\n%s", rows[i].text, got, want);
    }
}

/* ---- names ---- */

static void
test_names_are_found_whatever_their_case_and_signs(void **state)
{
    static const char *const secret[] = {
        "password",
        "Password",
        "PASS_WORD",
        "user[password]",
        "pass%77ord",
        "pass\\u0077ord",
        "access_token",
        "X-Access-Token",
        "accessToken",
        "csrfToken",
        "api-key",
        "X-Api-Key",
        "Authorization",
        "Cookie",
        "Set-Cookie",
        "X-Session-Id",
        "X-Session",
        "X-Auth-Key",
        "X-Access-Key",
        "X-Credentials",
        "X-JWT",
        "X-Amz-Credential",
        "X-Amz-Signature",
        "jsessionid",
        "PHPSESSID",
        "otp",
        "pin",
        "client_secret",
        "private_key",
        "sid",
        "db.passwd",
        "sig",
        "auth",
        "ASP.NET_SessionId",
    };
    static const char *const plain[] = {
        "",          "-",         "total",        "tokens", "pineapple", "shipping", "session_count",
        "authority", "secretary", "country_code", "key_id", "codec",     "signed",   "author"};

    for (size_t i = 0; i < PLX_COUNT(secret); i++)
        if (!plx_secrets_has(NULL, S(secret[i]), PLX_SECRET_NAMED))
            fail_msg("%s is no secret", secret[i]);
    for (size_t i = 0; i < PLX_COUNT(plain); i++)
        if (plx_secrets_has(NULL, S(plain[i]), PLX_SECRET_PARAMETER))
            fail_msg("%s is a secret", plain[i]);
}

static void
test_some_names_are_secret_in_parameters_alone(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct plx_slice name = S(i ? "key" : "code");
        assert_true(plx_secrets_has(NULL, name, PLX_SECRET_PARAMETER));
        assert_false(plx_secrets_has(NULL, name, PLX_SECRET_NAMED));
    }
}

static void
test_a_list_can_be_added_to_and_taken_from(void **state)
{
    struct plx_secrets *secrets = plx_secrets_new();

    assert_int_equal(plx_secrets_add(secrets, S("Badge-Id")), PLX_OK);
    assert_int_equal(plx_secrets_remove(secrets, S("key")), PLX_OK);
    assert_int_equal(plx_secrets_remove(secrets, S("nextPageToken")), PLX_OK);
    assert_true(plx_secrets_has(secrets, S("badge_id"), PLX_SECRET_NAMED));
    assert_true(plx_secrets_has(secrets, S("X-BADGEID"), PLX_SECRET_NAMED));
    assert_false(plx_secrets_has(secrets, S("badge"), PLX_SECRET_NAMED));
    assert_false(plx_secrets_has(secrets, S("key"), PLX_SECRET_PARAMETER));
    assert_false(plx_secrets_has(secrets, S("next_page_token"), PLX_SECRET_NAMED));
    assert_true(plx_secrets_has(secrets, S("page_token"), PLX_SECRET_NAMED));
    assert_int_equal(plx_secrets_remove(secrets, S("token")), PLX_OK);
    assert_false(plx_secrets_has(secrets, S("page_token"), PLX_SECRET_NAMED));
    assert_string_equal(cleaned(secrets, "badge-id=1&token=2", PLX_SECRET_FORM), "badge-id=[R]&token=2");
    plx_secrets_redact(secrets, false);
    assert_string_equal(cleaned(secrets, "password=1", PLX_SECRET_FORM), "password=1");
    assert_false(plx_secrets_any(secrets));
    plx_secrets_unref(secrets);
}

/* For spies, which outlive a configuration. */
static void
test_a_list_can_be_replaced_while_it_is_used(void **state)
{
    struct plx_secrets *used = plx_secrets_new(), *first = plx_secrets_new(), *second = plx_secrets_new();
    const struct plx_secrets *const lists[] = {first, second, first};

    PLX_ASSERT(used && first && second && plx_secrets_add(first, S("badge")) == PLX_OK);
    plx_secrets_redact(second, false);
    assert_true(plx_secrets_equal(used, used) && !plx_secrets_equal(used, first) && !plx_secrets_equal(first, second));
    for (size_t i = 0; i < PLX_COUNT(lists); i++) {
        plx_secrets_replace(used, (struct plx_secrets *)(uintptr_t)lists[i]);
        plx_secrets_replace(used, (struct plx_secrets *)(uintptr_t)lists[i]);
        assert_true(plx_secrets_equal(used, lists[i]));
        assert_int_equal(plx_secrets_any(used), lists[i] == first);
        assert_int_equal(plx_secrets_has(used, S("badge"), PLX_SECRET_NAMED), lists[i] == first);
        assert_int_equal(plx_secrets_has(used, S("password"), PLX_SECRET_NAMED), lists[i] == first);
    }
    struct plx_secrets *joined = plx_secrets_joined(used, second);
    PLX_ASSERT(joined);
    assert_false(plx_secrets_any(joined));
    plx_secrets_unref(joined);
    plx_secrets_unref(first);
    plx_secrets_unref(second);
    plx_secrets_unref(used);
}

static void
test_a_list_refuses_what_is_no_name_and_what_is_too_much(void **state)
{
    struct plx_secrets *secrets = plx_secrets_new();
    char name[PLX_SECRET_NAME_MAX + 2];

    assert_int_equal(plx_secrets_add(secrets, S("-_-")), PLX_E_ARGUMENT);
    memset(name, 'a', sizeof(name));
    assert_int_equal(plx_secrets_add(secrets, plx_slice_make(name, PLX_SECRET_NAME_MAX + 1)), PLX_E_ARGUMENT);
    for (unsigned i = 0; i < PLX_SECRET_NAMES_MAX; i++) {
        snprintf(name, sizeof(name), "name%u", i);
        assert_int_equal(plx_secrets_add(secrets, S(name)), PLX_OK);
        assert_int_equal(plx_secrets_add(secrets, S(name)), PLX_OK); /* once */
    }
    assert_int_equal(plx_secrets_add(secrets, S("one_more")), PLX_E_LIMIT);
    plx_secrets_unref(secrets);
}

/* ---- texts ---- */

static void
test_targets(void **state)
{
    static const struct row rows[] = {
        {"/", NULL},
        {"", NULL},
        {"*", NULL},
        {"/a?zipcode=1&country_code=2&x", NULL},
        {"/a?token=&password", NULL},
        {"/code=1?x=y", NULL},
        {"/a@b?x=u@h", NULL},
        {"/token=1/x", "/token=[R]/x"},
        {"/a?token=1&b=2", "/a?token=[R]&b=2"},
        {"/a?b=2&key=1;otp=3#pin=4", "/a?b=2&key=[R];otp=[R]#pin=[R]"},
        {"/a?Access%5FToken=1&X-Amz-Signature=2&X-Amz-Credential=3",
         "/a?Access%5FToken=[R]&X-Amz-Signature=[R]&X-Amz-Credential=[R]"},
        {"/a;jsessionid=12/b;v=1?c=2", "/a;jsessionid=[R]/b;v=1?c=2"},
        {"/a;JSESSIONID=12", "/a;JSESSIONID=[R]"},
        {"http://u:p@h/a?code=1", "http://[R]@h/a?code=[R]"},
        {"http://h:80/a", NULL},
        {"/a?to=https%3A%2F%2Fh%2F%3Fcode%3D1%26b%3D2&c=3", "/a?to=https%3A%2F%2Fh%2F%3Fcode%3D[R]%26b%3D2&c=3"},
        {"/a?to=http://u:p@h/", "/a?to=http://[R]@h/"},
        {"/a?q=a\"b&token=c\"d'<e", "/a?q=a\"b&token=[R]"},
        {"/a?token=[redacted 01af]&b", "/a?token=[R]&b"},
    };
    expect_rows(rows, PLX_COUNT(rows), PLX_SECRET_TARGET);
}

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.c2lnbmF0dXJl"

static void
test_segments_of_paths(void **state)
{
    static const struct row rows[] = {
        {"/reset/3f9c", "/reset/[R]"},
        {"/password-reset/Ab3xYz/confirm?x=1", "/password-reset/[R]/confirm?x=1"},
        {"/api/token/VALUE7x1/next", "/api/token/[R]/next"},
        {"/verify/550e8400-e29b-41d4-a716-446655440000", "/verify/[R]"},
        {"/invite/abcdefghijklmnopqrstuvwx", "/invite/[R]"},
        {"/otp/123456", "/otp/[R]"},
        {"/a/" JWT "/b", "/a/[R]/b"},
        {"/a/Zk3mQ9xT7vLr2WbY8sNc4HdJ6pGf1AaE", "/a/[R]"},
        {"/reset/" JWT ";v=1?page=2", "/reset/[R];v=1?page=2"},
        {"https://h/reset/3f9c?page=2", "https://h/reset/[R]?page=2"},
        {"https://u:p@h/reset/3f9c/x", "https://[R]@h/reset/[R]/x"},
        {"/token/refresh", NULL},
        {"/token/v2/refresh-token", NULL},
        {"/session/new", NULL},
        {"/reset/step-2/page3", NULL},
        {"/reset/[redacted 3fa2]/x", "/reset/[R]/x"},
        {"/auth/realms/main/protocol", NULL},
        {"/orders/550e8400-e29b-41d4-a716-446655440000", NULL},
        {"/blobs/d41d8cd98f00b204e9800998ecf8427ed41d8cd9", NULL},
        {"/wiki/MyVeryLongTitleOfADocument2024AndMoreOfIt", NULL},
        {"/payroll/3f9c", NULL},
    };
    static const struct row texts[] = {
        {"see https://h.example/reset/3f9cq1, please", "see https://h.example/reset/[R], please"},
        {"{\"next\":\"https://h/magic/3f9cq1\",\"n\":1}", "{\"next\":\"https://h/magic/[R]\",\"n\":1}"},
        {"/reset/3f9cq1?x=1", "/reset/[R]?x=1"},
        {"https://h/reset/a?token=x", "https://h/reset/a?token=[R]"},
        {"reset/3f9cq1 is no URL", NULL},
    };
    expect_rows(rows, PLX_COUNT(rows), PLX_SECRET_TARGET);
    expect_rows(texts, PLX_COUNT(texts), PLX_SECRET_ANY_TEXT);
}

/* A name and its value that are two members, parameters, attributes or elements. */
static void
test_pairs(void **state)
{
    static const struct row rows[] = {
        {"[{\"name\":\"password\",\"value\":\"x\"},{\"name\":\"a\",\"value\":\"y\"}]",
         "[{\"name\":\"password\",\"value\":\"[R]\"},{\"name\":\"a\",\"value\":\"y\"}]"},
        {"{\"key\": \"accessToken\", \"type\": \"s\", \"Value\" : 12}",
         "{\"key\": \"accessToken\", \"type\": \"s\", \"Value\" : \"[R]\"}"},
        {"{\"value\":\"x\",\"name\":\"pin\"}", "{\"value\":\"[R]\",\"name\":\"pin\"}"},
        {"{\"value\":1234,\"name\":\"pin\"}", "{\"value\":\"[R]\",\"name\":\"pin\"}"},
        {"{\"value\":{\"a\":1},\"name\":\"pin\"}", NULL},
        {"{\"key\":\"token\",\"value\":{\"s\":\"x\"}}", "{\"key\":\"token\",\"value\":\"[R]\"}"},
        {"\"{\\\"name\\\":\\\"otp\\\",\\\"value\\\":\\\"1\\\"}\"",
         "\"{\\\"name\\\":\\\"otp\\\",\\\"value\\\":\\\"[R]\\\"}\""},
        {"{\"name\":\"password\"},{\"value\":\"x\"}", NULL},
        {"{\"name\":\"ann\",\"value\":\"x\"}", NULL},
        {"{\"field\":\"/user/password\",\"kind\":\"value\",\"left\":\"1\",\"right\":\"2\"}",
         "{\"field\":\"/user/password\",\"kind\":\"value\",\"left\":\"[R]\",\"right\":\"[R]\"}"},
        {"{\"field\":\"/total\",\"left\":\"1\",\"right\":\"2\"}", NULL},
        {"<e><name>password</name>\n <value>x</value><name>a</name><value>y</value></e>",
         "<e><name>password</name>\n <value>[R]</value><name>a</name><value>y</value></e>"},
        {"<add key=\"api_key\" value=\"x\"/><add key=\"a\" value=\"y\"/>",
         "<add key=\"api_key\" value=\"[R]\"/><add key=\"a\" value=\"y\"/>"},
    };
    static const struct row forms[] = {
        {"name=password&value=x&value=y", "name=password&value=[R]&value=y"},
        {"key=token&value=x", "key=token&value=[R]"},
        {"name=ann&value=x", NULL},
    };
    expect_rows(rows, PLX_COUNT(rows), PLX_SECRET_ANY_TEXT);
    expect_rows(forms, PLX_COUNT(forms), PLX_SECRET_FORM);
}

static void
test_forms(void **state)
{
    static const struct row rows[] = {
        {"a=1&b=2", NULL},      {"user=x&password=a;b,c\"d&z=1", "user=x&password=[R]&z=1"},
        {"password=", NULL},    {"user%5Bpassword%5D=1", "user%5Bpassword%5D=[R]"},
        {"code=1", "code=[R]"},
    };
    expect_rows(rows, PLX_COUNT(rows), PLX_SECRET_FORM);
}

static void
test_json(void **state)
{
    static const struct row rows[] = {
        {"{\"user\":\"x\",\"total\":1}", NULL},
        {"{\"code\":\"EUR\",\"key\":\"a\"}", NULL},
        {"{\"password\":\"a\\\"b\",\"x\":1}", "{\"password\":\"[R]\",\"x\":1}"},
        {"{\"a\":[{\"deep\":{\"Api_Key\" : \"k\"}}]}", "{\"a\":[{\"deep\":{\"Api_Key\" : \"[R]\"}}]}"},
        {"{\"pin\":1234,\"otp\":[1,2,{\"a\":\"]\"}],\"x\":0}", "{\"pin\":\"[R]\",\"otp\":\"[R]\",\"x\":0}"},
        {"{\"token\":null,\"secret\":\"\",\"auth\":true}", NULL},
        {"{\"token\":\"cut o", "{\"token\":\"[R]"},
        {"{\"token\":{\"a\":\"cut", "{\"token\":\"[R]\""},
        {"{\"token\":\n  \"a\"}", "{\"token\":\n  \"[R]\"}"},
        {"{\"p\\u0061ssword\":\"a\"}", "{\"p\\u0061ssword\":\"[R]\"}"},
        {"{\"log\":\"{\\\"token\\\":\\\"a\\\",\\\"b\\\":1}\"}",
         "{\"log\":\"{\\\"token\\\":\\\"[R]\\\",\\\"b\\\":1}\"}"},
        {"{\"log\":\"{\\\\\\\"token\\\\\\\":\\\\\\\"a\\\\\\\",\\\\\\\"b\\\\\\\":1}\"}",
         "{\"log\":\"{\\\\\\\"token\\\\\\\":\\\\\\\"[R]\\\\\\\",\\\\\\\"b\\\\\\\":1}\"}"},
        {"{\"next\":\"https://u:p@h/a?token=b&c=1\"}", "{\"next\":\"https://[R]@h/a?token=[R]&c=1\"}"},
        {"{\"token\":\"[redacted 01af]\"}", "{\"token\":\"[R]\"}"},
        {"{'token': 'a', 'b': 1}", "{'token': '[R]', 'b': 1}"},
        {"{\"error\":\"Unexpected token: }\",\"at\":\"12:30\"}", NULL},
        {"[\"token\",\"a\"]", NULL},
    };
    expect_rows(rows, PLX_COUNT(rows), PLX_SECRET_ANY_TEXT);
}

static void
test_markup(void **state)
{
    static const struct row rows[] = {
        {"<a><b x=\"1\">text</b></a>", NULL},
        {"<code>1</code><key>2</key>", NULL},
        {"<user><password>a</password><n>1</n></user>", "<user><password>[R]</password><n>1</n></user>"},
        {"<s:Password type=\"x\"><i>a</i></s:Password>b", "<s:Password type=\"x\">[R]</s:Password>b"},
        {"<password/><n>1</n>", NULL},
        {"<password></password><n>1</n>", NULL},
        {"<password>cut", "<password>[R]"},
        {"<user token=\"a b\" pin='1' name=\"x\">y</user>", "<user token=\"[R]\" pin='[R]' name=\"x\">y</user>"},
        {"<input name=\"csrf_token\" value=\"a\"><input name=\"q\" value=\"b\">",
         "<input name=\"csrf_token\" value=\"[R]\"><input name=\"q\" value=\"b\">"},
        {"<str name=\"password\">a</str><str name=\"q\">b</str>",
         "<str name=\"password\">[R]</str><str name=\"q\">b</str>"},
        {"<a href='/x?token=1'>b</a>", "<a href='/x?token=[R]>b</a>"},
    };
    expect_rows(rows, PLX_COUNT(rows), PLX_SECRET_ANY_TEXT);
}

static void
test_multipart(void **state)
{
    static const struct row rows[] = {
        {"--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\na\r\n--\r\n-----BEGIN\r\n--B\r\n"
         "content-disposition: form-data; name=user\r\n\r\nb\r\n--B--\r\n",
         "--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n[R]\r\n--B\r\n"
         "content-disposition: form-data; name=user\r\n\r\nb\r\n--B--\r\n"},
        {"--B\nContent-Type: text/plain\nContent-Disposition: form-data; name=otp; filename=x\n\na\n--B--",
         "--B\nContent-Type: text/plain\nContent-Disposition: form-data; name=otp; filename=x\n\n[R]\n--B--"},
        {"--B\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\ncut off",
         "--B\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\n[R]"},
        {"--B\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\n\r\n--B--", NULL},
    };
    expect_rows(rows, PLX_COUNT(rows), PLX_SECRET_ANY_TEXT);
}

static void
test_other_text(void **state)
{
    static const struct row rows[] = {
        {"all is well: 12:30, a=b", NULL},
        {"password: hunter2 and more\r\nnext: 1", "password: [R]\r\nnext: 1"},
        {"  - api_key: 'x y'\n", "  - api_key: '[R]'\n"},
        {"at https://u:p@h/a?token=b, and token = c.", "at https://[R]@h/a?token=[R], and token = [R]"},
        {"postgresql://user@host/db", NULL},
        {"postgresql://user:se:cr@et@host/db", "postgresql://user:[R]@host/db"},
        {"redis://:secret@h", "redis://:[R]@h"},
        {"host=h user=u password=secret dbname=d", "host=h user=u password=[R] dbname=d"},
        {"password='it\\'s a secret' host=h", "password='[R]' host=h"},
        {"options='-c a=b password=secret'", "options='-c a=b password=[R]"},
        {"<https://h/a?token=b>; rel=next", "<https://h/a?token=[R]>; rel=next"},
        {"a://://b:c@d", "a://://b:[R]@d"},
        {"x://@", NULL},
        {"://", NULL},
    };
    expect_rows(rows, PLX_COUNT(rows), PLX_SECRET_ANY_TEXT);
}

static void
test_headers(void **state)
{
    static const struct {
        const char *name, *value, *want;
    } rows[] = {
        {"Accept", "*/*", "*/*"},
        {"X-Session-Id", "a", "[R]"},
        {"Authorization", "Bearer a.b", "Bearer [R]"},
        {"Authorization", "secret words", "[R]"},
        {"Authorization", "", ""},
        {"Cookie", "a=1; sid=b=c;lonely; d=", "a=[R]; sid=[R];[R]; d="},
        {"set-cookie", "sid=a; Path=/; HttpOnly", "sid=[R]; Path=/; HttpOnly"},
        {"Location", "https://u:p@h/cb?code=1#access_token=2&x=3", "https://[R]@h/cb?code=[R]#access_token=[R]&x=3"},
        {"Refresh", "5; url=/a?sid=1", "5; url=/a?sid=[R]"},
        {"X-Context", "{\"token\":\"a\"}", "{\"token\":\"[R]\"}"},
        {"Content-Disposition", "attachment; filename=\"password.txt\"", "attachment; filename=\"password.txt\""},
    };
    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        struct plx_buffer out;
        plx_buffer_init(&out, 4096);
        plx_secrets_write_header(NULL, S(rows[i].name), S(rows[i].value), &out);
        const char *got = without_digits(plx_buffer_slice(&out));
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: %s\nbecame\n%s", rows[i].name, rows[i].value, got);
        plx_buffer_fini(&out);
    }
}

/* What was cleaned stays as it is; and no byte of a value that any cut leaves is shown. */
static void
test_any_beginning_of_a_text_is_clean_and_stays_so(void **state)
{
    static const char text[] =
        "{\"password\":\"QQQQ\",\"pin\":QQ,\"auth\":{\"a\":\"QQQ\"}}\r\n<token a=\"1\">QQQ</token><a sid='QQ' />"
        "\r\n--B\r\nContent-Disposition: form-data; name=\"otp\"\r\n\r\nQQQ\r\n--B--\r\n"
        "https://QQ:QQ@h/;jsessionid=QQ/b?key=QQ&c=https%3A%2F%2Fh%3Fkey%3DQQ%26d#sig=QQ\ntoken: QQ\n";

    for (size_t len = 0; len < sizeof(text); len++) {
        struct plx_slice beginning = plx_slice_make(text, len);
        struct plx_buffer once, twice;
        plx_buffer_init(&once, 1u << 20);
        plx_buffer_init(&twice, 1u << 20);
        plx_secrets_write(NULL, beginning, PLX_SECRET_ANY_TEXT, SIZE_MAX, &once);
        plx_secrets_write(NULL, plx_buffer_slice(&once), PLX_SECRET_ANY_TEXT, SIZE_MAX, &twice);
        assert_true(plx_slice_equal(plx_buffer_slice(&once), plx_buffer_slice(&twice)));
        /* Before its "@" has come a user is a host's name. */
        bool user_is_open = len && memmem(text, len, "://Q", 4) && !memchr(text, '@', len);
        if (once.len && !user_is_open && memchr(once.ptr, 'Q', once.len))
            fail_msg("%zu bytes: %.*s", len, (int)once.len, once.ptr);
        plx_buffer_fini(&once);
        plx_buffer_fini(&twice);
    }
}

/* A peer's text costs one pass, whatever it is made of. */
static void
test_hostile_texts_are_bounded(void **state)
{
    static const char *const pieces[] = {
        "name=\"password\"",
        "<input name=password>",
        "<password>",
        "\"token\":{",
        "://",
        "\\",
        "name=\\\"",
        "\"",
        "Content-Disposition: form-data; name=\"pin\"\n",
        "%3D",
        "a=",
        "token%3D",
        "=",
        ":",
        "<",
        "token=",
    };
    const size_t size = 1u << 20;
    char *text = malloc(size);

    for (size_t i = 0; i < PLX_COUNT(pieces); i++) {
        size_t len = strlen(pieces[i]);
        struct plx_buffer out;
        for (size_t at = 0; at < size; at++)
            text[at] = pieces[i][at % len];
        plx_buffer_init(&out, size * PLX_SECRET_GROWTH);
        plx_secrets_write(NULL, plx_slice_make(text, size), PLX_SECRET_ANY_TEXT, SIZE_MAX, &out);
        assert_false(out.failed);
        plx_buffer_fini(&out);
    }
    free(text);
}

/* ---- marks ---- */

static void
expect_same_mark(struct plx_slice a, enum plx_secret_coding coding, struct plx_slice b, enum plx_secret_coding other,
                 bool same)
{
    char x[PLX_MARK_LEN], y[PLX_MARK_LEN];

    plx_mark_write(a, coding, x);
    plx_mark_write(b, other, y);
    assert_true(plx_is_mark(plx_slice_make(x, sizeof(x))));
    assert_int_equal(memcmp(x, y, sizeof(x)) == 0, same);
}

static void
test_marks_are_the_same_where_values_are(void **state)
{
    static const unsigned char key[PLX_MARK_KEY_BYTES] = {7}, other[PLX_MARK_KEY_BYTES] = {8};
    unsigned char read[PLX_MARK_KEY_BYTES];
    char x[PLX_MARK_LEN], y[PLX_MARK_LEN];

    plx_mark_set_key(key);
    plx_mark_key(read);
    assert_memory_equal(read, key, sizeof(key));
    expect_same_mark(S("a/b c&"), PLX_SECRET_PLAIN, S("a%2Fb+c%26"), PLX_SECRET_URL, true);
    expect_same_mark(S("a/b c&"), PLX_SECRET_PLAIN, S("a\\/b\\u0020c&"), PLX_SECRET_JSON, true);
    expect_same_mark(S("a/b c&"), PLX_SECRET_PLAIN, S("a/b c&amp;"), PLX_SECRET_XML, true);
    expect_same_mark(S("\xC3\xA9\xE2\x82\xAC"), PLX_SECRET_PLAIN, S("\\u00e9\\u20ac"), PLX_SECRET_JSON, true);
    expect_same_mark(S("hunter2"), PLX_SECRET_PLAIN, S("hunter3"), PLX_SECRET_PLAIN, false);
    plx_mark_write(S("hunter2"), PLX_SECRET_PLAIN, x);
    plx_mark_set_key(other);
    plx_mark_write(S("hunter2"), PLX_SECRET_PLAIN, y);
    assert_memory_not_equal(x, y, sizeof(x));
}

static void
test_only_marks_are_marks(void **state)
{
    assert_true(plx_is_mark(S("[redacted 01af]")));
    assert_false(plx_is_mark(S("[redacted]")));
    assert_false(plx_is_mark(S("[redacted 01ag]")));
    assert_false(plx_is_mark(S("[redacted 01afa")));
    assert_true(plx_has_mark(S("[redacted [redacted 01af]")));
    assert_false(plx_has_mark(S("a [redacted 01a")));
    assert_false(plx_has_mark(plx_slice_make(NULL, 0)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_found_whatever_their_case_and_signs),
        cmocka_unit_test(test_some_names_are_secret_in_parameters_alone),
        cmocka_unit_test(test_a_list_can_be_added_to_and_taken_from),
        cmocka_unit_test(test_a_list_can_be_replaced_while_it_is_used),
        cmocka_unit_test(test_a_list_refuses_what_is_no_name_and_what_is_too_much),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_segments_of_paths),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_markup),
        cmocka_unit_test(test_multipart),
        cmocka_unit_test(test_other_text),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_any_beginning_of_a_text_is_clean_and_stays_so),
        cmocka_unit_test(test_hostile_texts_are_bounded),
        cmocka_unit_test(test_marks_are_the_same_where_values_are),
        cmocka_unit_test(test_only_marks_are_marks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
