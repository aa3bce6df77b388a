/* SPDX-License-Identifier: Apache-2.0 */
/* The command that asks again: what it says, what it leaves out, and that a shell hands curl the very bytes. */
#include "ledger_kit.h"

#include "evidence/record/record.h"
#include "evidence/record/reproduce.h"

#include <ctype.h>

static struct plx_arena *scratch;
static struct plx_service service;
static struct kit_exchange x;
static struct plx_buffer out;

static int
setup(void **state)
{
    scratch = plx_arena_new(NULL);
    service = kit_service("payment", false);
    plx_buffer_init(&out, PLX_REPRODUCE_BYTES_MAX);
    return scratch == NULL;
}

static int
teardown(void **state)
{
    plx_arena_free(scratch);
    plx_buffer_fini(&out);
    return 0;
}

static void
ask(const char *method, const char *target, const struct plx_header *headers, size_t count, struct plx_slice body)
{
    kit_match(&x, &service, "GET /");
    x.request = (struct plx_message_view){.method = S(method),
                                          .target = S(target),
                                          .headers = headers,
                                          .header_count = count,
                                          .body = body,
                                          .body_length = body.len};
}

/* The exchange is over: what was taken of it is all there is. */
static void
write_command(enum plx_role role)
{
    struct plx_asked asked;

    plx_arena_reset(scratch);
    assert_true(plx_asked_take(&x.outcome, scratch, &asked));
    plx_buffer_clear(&out);
    plx_reproduce_write(&asked, role, &out);
    out.len = kit_without_digits(out.ptr, out.len);
}

static const char *
command(enum plx_role role)
{
    write_command(role);
    plx_buffer_byte(&out, '\0');
    assert_false(out.failed);
    return out.ptr;
}

#define HEADERS(...)                          \
    (const struct plx_header[]){__VA_ARGS__}, \
        sizeof((const struct plx_header[]){__VA_ARGS__}) / sizeof(struct plx_header)
#define H(name, value)    \
    {                     \
        S(name), S(value) \
    }
#define NO_HEADERS NULL, 0

static void
test_a_plain_request(void **state)
{
    ask("GET", "/payroll/7?page=2", NO_HEADERS, S(""));
    assert_string_equal(command(PLX_PRIMARY), "curl -i 'http://127.0.0.1:1/payroll/7?page=2'");
    assert_string_equal(command(PLX_CANDIDATE), "curl -i 'http://127.0.0.1:2/payroll/7?page=2'");
    assert_string_equal(command(PLX_SECONDARY), "");
    ask("GET", "/payroll/7", NO_HEADERS, S(""));
    assert_string_equal(command(PLX_PRIMARY), "curl -i http://127.0.0.1:1/payroll/7");
    ask("HEAD", "/", NO_HEADERS, S(""));
    assert_string_equal(command(PLX_PRIMARY), "curl -I http://127.0.0.1:1/");
    ask("DELETE", "/a", NO_HEADERS, S(""));
    assert_string_equal(command(PLX_PRIMARY), "curl -i -X DELETE http://127.0.0.1:1/a");
}

static void
test_headers(void **state)
{
    ask("GET", "/",
        HEADERS(H("Host", "shop.example"), H("Connection", "keep-alive, X-Hop"), H("X-Hop", "1"), H("Accept", "*/*"),
                H("User-Agent", "browser"), H("Accept-Encoding", "gzip"), H("TE", "trailers"),
                H("Parallax-Role", "candidate"), H("X-Empty", ""), H("X-It's", "it's"), H("Accept-Language", "de"),
                H("Transfer-Encoding", "chunked")),
        S(""));
    assert_string_equal(command(PLX_PRIMARY), "curl -i --compressed -H 'Parallax-Role: candidate' -H 'X-Empty;' "
                                              "-H 'X-It'\\''s: it'\\''s' -H 'Accept-Language: de' http://127.0.0.1:1/");
    ask("GET", "/", HEADERS(H("Cookie", ""), H("Authorization", "Basic x")), S(""));
    assert_string_equal(command(PLX_PRIMARY),
                        "curl -i -H 'Cookie;' -H 'Authorization: Basic [redacted]' http://127.0.0.1:1/");
    ask("GET", "/", HEADERS(H("Accept", "text/html"), H("Host", "shop.example")), S(""));
    service.host_count = 1;
    assert_string_equal(command(PLX_PRIMARY),
                        "curl -i -H 'Accept: text/html' -H 'Host: shop.example' http://127.0.0.1:1/");
    service.host_count = 0;
    ask("GET", "/", HEADERS(H("X-A", "1\n2"), H("X-B", "\xc3\xa9"), H("X-C", "a\tb\xff")), S(""));
    assert_string_equal(command(PLX_PRIMARY), "curl -i -H 'X-B: \xc3\xa9' -H \"$(printf 'X-C: a\\tb\\377')\" "
                                              "http://127.0.0.1:1/ # without 1 header that no command can have");
}

static void
test_targets(void **state)
{
    static const struct {
        const char *target, *want;
    } rows[] = {
        {"/a?b={x}&c[]=1", "curl -i -g 'http://127.0.0.1:1/a?b={x}&c[]=1'"},
        {"/a/../b", "curl -i --path-as-is http://127.0.0.1:1/a/../b"},
        {"/it's", "curl -i 'http://127.0.0.1:1/it'\\''s'"},
        {"/$(reboot)`reboot`\"", "curl -i 'http://127.0.0.1:1/$(reboot)`reboot`\"'"},
        {"http://shop.example/x?y=1", "curl -i 'http://127.0.0.1:1/x?y=1'"},
        {"http://user:pw@shop.example", "curl -i http://127.0.0.1:1/"},
        {"http://shop.example?y", "curl -i --request-target '?y' http://127.0.0.1:1"},
        {"/x?u=http://other/", "curl -i 'http://127.0.0.1:1/x?u=http://other/'"},
        {"*", "curl -i --request-target '*' http://127.0.0.1:1"},
        {"/a b", "curl -i --request-target '/a b' http://127.0.0.1:1"},
        {"/a#b", "curl -i --request-target '/a#b' http://127.0.0.1:1"},
        {"/\xff!", "curl -i --request-target \"$(printf '/\\377\\041')\" http://127.0.0.1:1"},
        {"-/\x01", "curl -i --request-target \"$(printf '\\055/\\001')\" http://127.0.0.1:1"},
        {"/a\nb", ""},
        {"", ""},
    };

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        ask("GET", rows[i].target, NO_HEADERS, S(""));
        assert_string_equal(command(PLX_PRIMARY), rows[i].want);
    }
}

static void
test_bodies(void **state)
{
    static char longest[PLX_REPRODUCE_BODY_MAX + 2];

    ask("POST", "/p", HEADERS(H("Content-Type", "application/json"), H("Content-Length", "9")), S("{\"a\":\"'\"}"));
    assert_string_equal(command(PLX_PRIMARY), "curl -i -X POST -H 'Content-Type: application/json' --data-binary "
                                              "'{\"a\":\"'\\''\"}' http://127.0.0.1:1/p");
    ask("PUT", "/p", NO_HEADERS, S("@/etc/passwd"));
    assert_string_equal(command(PLX_PRIMARY),
                        "printf '@/etc/passwd' | curl -i -X PUT -H Content-Type: --data-binary @- "
                        "http://127.0.0.1:1/p");
    ask("POST", "/p", NO_HEADERS, S("-a\n100%\\\t'b'\n"));
    assert_string_equal(command(PLX_PRIMARY), "printf '\\055a\\n100%%\\\\\\t\\047b\\047\\n' | curl -i -X POST -H "
                                              "Content-Type: --data-binary @- http://127.0.0.1:1/p");
    ask("POST", "/p", NO_HEADERS, plx_slice_make("\x1f\x8b\x08", 3));
    assert_string_equal(command(PLX_PRIMARY),
                        "curl -i -X POST -H Content-Type: --data-binary @request-body http://127.0.0.1:1/p # "
                        "request-body: a file with its 3 bytes, which are not kept here");
    ask("POST", "/p", NO_HEADERS, S("half"));
    x.request.body_length = 9;
    assert_non_null(strstr(command(PLX_PRIMARY), "@request-body"));
    memset(longest, 'a', sizeof(longest) - 1);
    ask("POST", "/p", NO_HEADERS, S(longest));
    assert_non_null(strstr(command(PLX_PRIMARY), "with its 4097 bytes"));
    longest[PLX_REPRODUCE_BODY_MAX] = 0;
    ask("POST", "/p", NO_HEADERS, S(longest));
    assert_non_null(strstr(command(PLX_PRIMARY), longest));
}

static void
test_nothing_secret_is_in_it(void **state)
{
    static const char *const secrets[] = {"c2VjcmV0", "4111", "s3cr3t", "hunter2"};
    struct plx_rules *rules = plx_rules_new(NULL);

    assert_int_equal(plx_rules_redact(rules, S("/card"), NULL), PLX_OK);
    ask("POST", "/p?access_token=s3cr3t&x=1",
        HEADERS(H("Authorization", "Bearer c2VjcmV0"), H("Cookie", "sid=s3cr3t"), H("X-Api-Key", "s3cr3t"),
                H("Referer", "http://a/?token=s3cr3t"), H("Content-Type", "application/json")),
        S("{\"card\":\"4111\"}"));
    x.outcome.rules = rules;
    for (size_t i = 0; i < PLX_COUNT(secrets); i++)
        assert_null(strstr(command(PLX_PRIMARY), secrets[i]));
    assert_string_equal(
        command(PLX_PRIMARY),
        "curl -i -X POST -H 'Authorization: Bearer [redacted]' -H 'Cookie: sid=[redacted]' -H 'X-Api-Key: "
        "[redacted]' -H 'Referer: http://a/?token=[redacted]' -H 'Content-Type: application/json' "
        "--data-binary '{\"card\":\"[redacted]\"}' -g "
        "'http://127.0.0.1:1/p?access_token=[redacted]&x=1'");
    /* What can't be read, to be redacted, is not shown. */
    x.request.body = S("card=4111");
    x.request.body_length = 9;
    assert_null(strstr(command(PLX_PRIMARY), "4111"));
    assert_non_null(strstr(command(PLX_PRIMARY), "@request-body"));
    x.outcome.rules = NULL;
    ask("POST", "/p", HEADERS(H("Content-Type", "application/x-www-form-urlencoded")), S("password=hunter2&a=b"));
    assert_non_null(strstr(command(PLX_PRIMARY), "'password=[redacted]&a=b'"));
    plx_rules_free(rules);
}

static void
test_a_command_is_bounded(void **state)
{
    static char longest[PLX_REPRODUCE_BYTES_MAX + 1];

    memset(longest, 'a', sizeof(longest) - 1);
    longest[0] = '/';
    ask("GET", longest, NO_HEADERS, S(""));
    write_command(PLX_PRIMARY);
    assert_true(out.failed);
    assert_true(out.len <= PLX_REPRODUCE_BYTES_MAX);
}

/* ---- through a shell ---- */

/* What a curl that is a function gets: each argument and then standard input, with their lengths. */
static size_t
run_shell(const char *line, char *got, size_t size)
{
    static const char prelude[] = "curl() { for a; do printf '%s\\n' \"$a\" | od -An -v -tx1; echo ,; done; "
                                  "case \" $* \" in *' @- '*) echo stdin; od -An -v -tx1;; esac; }\n";
    char path[64];
    FILE *file, *pipe;
    char shell[80];
    size_t len;

    kit_path(path);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%s%s\n", prelude, line);
    fclose(file);
    snprintf(shell, sizeof(shell), "sh %s 2>&1", path);
    pipe = popen(shell, "r");
    assert_non_null(pipe);
    len = fread(got, 1, size - 1, pipe);
    got[len] = 0;
    assert_int_equal(pclose(pipe), 0);
    unlink(path);
    return len;
}

/* The bytes as od writes them, without white space. */
static void
hex_of(struct plx_slice bytes, char *hex)
{
    for (size_t i = 0; i < bytes.len; i++)
        hex += sprintf(hex, "%02x", (unsigned char)bytes.ptr[i]);
    *hex = 0;
}

static void
drop_spaces(char *text)
{
    char *to = text;

    for (; *text; text++)
        if (!isspace((unsigned char)*text))
            *to++ = *text;
    *to = 0;
}

static void
expect_shell_hands_over(struct plx_slice header, struct plx_slice target, struct plx_slice body)
{
    static char got[1u << 20], hex[1u << 18];
    const struct plx_header headers[] = {{S("X-H"), header}};
    struct plx_buffer text;

    kit_match(&x, &service, "GET /");
    x.request = (struct plx_message_view){.method = S("POST"),
                                          .target = target,
                                          .headers = headers,
                                          .header_count = 1,
                                          .body = body,
                                          .body_length = body.len};
    run_shell(command(PLX_PRIMARY), got, sizeof(got));
    drop_spaces(got);
    plx_buffer_init(&text, 1u << 16);
    plx_buffer_text(&text, "X-H");
    plx_buffer_text(&text, header.len ? ": " : ";");
    plx_buffer_add(&text, header);
    plx_buffer_byte(&text, '\n');
    hex_of(plx_buffer_slice(&text), hex);
    assert_non_null(strstr(got, hex));
    hex_of(target, hex);
    assert_non_null(strstr(got, hex));
    hex_of(body, hex);
    if (!strstr(command(PLX_PRIMARY), "@request-body"))
        assert_non_null(strstr(got, hex));
    plx_buffer_fini(&text);
}

static uint64_t
random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Likely to hurt: what a shell, printf or curl gives a meaning to. */
static struct plx_slice
random_bytes(char *bytes, size_t max, bool lines, uint64_t *seed)
{
    static const char sharp[] = "'\"\\`$!%&|;<>(){}[]*?~#-@\t =\xc3\xa9\xe2\x80\xae\x01\x7f";
    size_t len = random_next(seed) % max;

    for (size_t i = 0; i < len; i++) {
        do
            bytes[i] = random_next(seed) % 4 ? sharp[random_next(seed) % (sizeof(sharp) - 1)] : (char)random_next(seed);
        while (bytes[i] == 0 || (!lines && (bytes[i] == '\n' || bytes[i] == '\r')));
    }
    return plx_slice_make(bytes, len);
}

static void
test_a_shell_hands_over_the_very_bytes(void **state)
{
    static char header[64], target[64], body[64];
    uint64_t seed = 3;

    print_message("seed %llu\n", (unsigned long long)seed);
    expect_shell_hands_over(S("it's"), S("/a'b"), S("a'b\n\n"));
    for (int round = 0; round < 60; round++) {
        struct plx_slice h = random_bytes(header, 30, false, &seed), t, b = random_bytes(body, 40, true, &seed);

        /* A query would be redacted where it looks like a secret, user information likewise. */
        t = random_bytes(target + 1, 30, false, &seed);
        target[0] = '/';
        t = plx_slice_make(target, t.len + 1);
        expect_shell_hands_over(h, t, b);
    }
}

/* What the candidate was asked, less the value. */
static void
test_a_role_is_asked_again_as_it_was_asked(void **state)
{
    struct plx_upstream *candidate = &service.roles[PLX_CANDIDATE];
    const struct plx_upstream before = *candidate;
    const char *fault;

    candidate->url = (char *)(uintptr_t) "http://127.0.0.1:2/v2/";
    candidate->prefix = (char *)(uintptr_t) "/v2";
    candidate->sent_host = (char *)(uintptr_t) "new.example";
    candidate->request = plx_request_changes_new(NULL);
    assert_non_null(candidate->request);
    assert_true(plx_field_changes_add(&candidate->request->fields, S("Accept"), plx_slice_make(NULL, 0)));
    assert_true(plx_field_changes_add(&candidate->request->fields, S("X-Api-Key"), S("k1")));
    assert_true(plx_field_changes_add(&candidate->request->fields, S("X-Tag"), plx_slice_make(NULL, 0)));
    assert_int_equal(plx_rewrites_add(&candidate->request->rewrites[PLX_REWRITTEN_PATH], PLX_REWRITTEN_PATH, S("^/old"),
                                      S("/new"), &fault),
                     PLX_OK);
    ask("GET", "/old?token=s3cret",
        HEADERS(H("Host", "shop.example"), H("Accept", "text/html"), H("X-Tag", "1"), H("X-Api-Key", "theirs")), S(""));
    service.host_count = 1;
    assert_string_equal(command(PLX_PRIMARY), "curl -i -H 'Host: shop.example' -H 'Accept: text/html' -H 'X-Tag: 1' "
                                              "-H 'X-Api-Key: [redacted]' "
                                              "-g 'http://127.0.0.1:1/old?token=[redacted]'");
    assert_string_equal(command(PLX_CANDIDATE), "curl -i -H 'Host: new.example' -H 'X-Api-Key: [set]' -H Accept: "
                                                "-g 'http://127.0.0.1:2/v2/new?token=[redacted]'");
    service.host_count = 0;
    ask("GET", "*", NO_HEADERS, S(""));
    assert_string_equal(command(PLX_CANDIDATE), "curl -i -H 'Host: new.example' -H 'X-Api-Key: [set]' -H Accept: "
                                                "--request-target '*' http://127.0.0.1:2");
    candidate->host = (char *)(uintptr_t) "/run/new app.sock";
    candidate->url = (char *)(uintptr_t) "unix:/run/new app.sock:/v2";
    ask("GET", "/a", NO_HEADERS, S(""));
    assert_string_equal(command(PLX_CANDIDATE),
                        "curl -i --unix-socket '/run/new app.sock' -H 'Host: new.example' -H 'X-Api-Key: [set]' "
                        "-H Accept: http://localhost/v2/a");
    plx_request_changes_free(candidate->request);
    *candidate = before;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plain_request),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_nothing_secret_is_in_it),
        cmocka_unit_test(test_a_command_is_bounded),
        cmocka_unit_test(test_a_role_is_asked_again_as_it_was_asked),
        cmocka_unit_test(test_a_shell_hands_over_the_very_bytes),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
