/* SPDX-License-Identifier: Apache-2.0 */
/* Every key has its default and is read into its place; whatever bytes a file holds, reading ends with a configuration
 * or with errors. */
#include "config_kit.h"

#include "compare/rules.h"

/* One address may be several roles, told apart by the Host, the prefix or the fields that they are sent. */
static void
test_roles(void **state)
{
    struct plx_config config = good(
        "services:\n- name: a\n  primary: {url: 'http://h:1/', host: old.example}\n"
        "  candidate: {url: 'http://h:1/v2/', host: 'new.example:8080', request: {set: {X-A: k, X-B: ''}, remove: C}}\n"
        "  secondary: {url: http://h:1, host: old.example, request: {remove: [Cookie]}}\n"
        "  routes:\n  - {match: GET /a, request: {candidate: {set: {X-A: l}, remove: [D]}}}\n  - {match: GET /b}\n");
    const struct plx_service *a = &config.snapshot->services[0];
    const struct plx_upstream *candidate = &a->roles[PLX_CANDIDATE];

    assert_string_equal(plx_upstream_name(&a->roles[PLX_PRIMARY]), "http://h:1/ as old.example");
    assert_null(a->roles[PLX_PRIMARY].prefix);
    assert_string_equal(candidate->url, "http://h:1/v2/");
    assert_string_equal(candidate->prefix, "/v2");
    assert_string_equal(candidate->host, "h");
    assert_string_equal(candidate->authority, "h:1");
    assert_true(plx_slice_equal(plx_upstream_authority(candidate), plx_slice_of("new.example:8080")));
    assert_int_equal(candidate->request->fields.count, 3);
    assert_string_equal(candidate->request->fields.list[1].value, "");
    const struct plx_request_changes *of_route = plx_service_request(a, &a->routes[0], PLX_CANDIDATE);
    assert_int_equal(of_route->fields.count, 4);
    assert_string_equal(of_route->fields.list[0].value, "l");
    assert_string_equal(candidate->request->fields.list[0].value, "k");
    assert_ptr_equal(plx_service_request(a, &a->routes[1], PLX_CANDIDATE), candidate->request);
    assert_ptr_equal(plx_service_request(a, NULL, PLX_CANDIDATE), candidate->request);
    assert_null(plx_service_request(a, &a->routes[0], PLX_PRIMARY));
    plx_config_fini(&config);
}

static void
test_defaults_of_a_file(void **state)
{
    struct plx_config config = good(ONE);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    assert_string_equal(config.file, file);
    assert_int_equal(config.listen_count, 1);
    assert_string_equal(config.listen[0].host, "127.0.0.1");
    assert_int_equal(config.listen[0].port, 8080);
    assert_string_equal(config.admin.host, "127.0.0.1");
    assert_int_equal(config.admin.port, 9900);
    assert_null(config.admin_token);
    assert_string_equal(config.store, "parallax.db");
    assert_int_equal(config.workers, processors > 64 ? 64 : processors);
    assert_null(config.access_log);
    assert_int_equal(config.log_level, PLX_LOG_INFO);
    assert_int_equal(config.drain_ms, 30000);
    assert_int_equal(config.retention_ms, 2592000000);
    assert_int_equal(config.snapshot->clients.idle, 75000);
    assert_int_equal(config.snapshot->clients.head, 30000);
    assert_int_equal(config.snapshot->clients.body, 60000);
    assert_int_equal(config.snapshot->clients.send, 60000);
    assert_int_equal(config.snapshot->clients.upgrade, 3600000);
    assert_true(config.confidence == 0.99 && config.detect == 0.005);
    assert_int_equal(config.snapshot->service_count, 1);
    assert_int_equal(config.snapshot->services[0].stage, PLX_STAGE_PRIMARY); /* it has no candidate */
    expect_service_defaults(&config.snapshot->services[0]);
    plx_config_fini(&config);
    assert_null(config.snapshot);
}

static void
test_every_key_of_the_top(void **state)
{
    struct plx_config config = good(
        "listen: [0.0.0.0:80, '[::1]:0', ':81', 82]\nadmin: '[::]:9'\ntoken: s3cret-0123456789\nstore: sqlite:/x/y.db\n"
        "workers: 3\naccess_log: '-'\nlog: warn\ndrain: {announce: 5s, finish: 1.5m}\nretention: 90d\nconfidence: "
        "99.9%\n"
        "detect: 1%\n"
        "resolver: [10.0.0.2, '127.0.0.1:5353', '::1', '[::1]:54']\n"
        "timeout: {idle: 1s, head: 2s, body: 3s, send: 4s, upgrade: 24h}\n" ONE);

    assert_int_equal(config.listen_count, 4);
    assert_string_equal(config.listen[1].host, "::1");
    assert_string_equal(config.listen[2].host, "");
    assert_int_equal(config.listen[3].port, 82);
    assert_string_equal(config.admin.host, "::");
    assert_string_equal(config.admin_token, "s3cret-0123456789");
    assert_string_equal(config.store, "/x/y.db");
    assert_int_equal(config.workers, 3);
    assert_string_equal(config.access_log, "-");
    assert_int_equal(config.log_level, PLX_LOG_WARN);
    assert_int_equal(config.announce_ms, 5000);
    assert_int_equal(config.drain_ms, 90000);
    assert_string_equal(config.resolver, "10.0.0.2:53,127.0.0.1:5353,[::1]:53,[::1]:54");
    assert_int_equal(config.retention_ms, 7776000000);
    assert_int_equal(config.snapshot->clients.idle, 1000);
    assert_int_equal(config.snapshot->clients.head, 2000);
    assert_int_equal(config.snapshot->clients.body, 3000);
    assert_int_equal(config.snapshot->clients.send, 4000);
    assert_int_equal(config.snapshot->clients.upgrade, 24 * 3600000);
    assert_float_equal(config.confidence, 0.999, 1e-12);
    assert_float_equal(config.detect, 0.01, 1e-12);
    plx_config_fini(&config);
    config = good("listen: localhost:1\nstore: none\nworkers: auto\naccess_log: off\nlog: debug\n" ONE);
    assert_int_equal(config.listen_count, 1);
    assert_null(config.store);
    assert_null(config.access_log);
    assert_int_equal(config.log_level, PLX_LOG_DEBUG);
    plx_config_fini(&config);
    config = good("access_log: 'off'\n" ONE); /* in quotes it is a name */
    assert_string_equal(config.access_log, "off");
    plx_config_fini(&config);
}

static void
test_every_key_of_a_service(void **state)
{
    struct plx_config config = good(
        "services:\n- name: a.b_C-1\n  hosts: [Pay.Example, '[::1]']\n  primary: http://h:1\n  candidate: "
        "http://h:2/\n  secondary: http://[::1]\n"
        "  stage: primary\n  copy: 12.5%\n  timeout: {connect: 1ms, answer: 1h, between: 1m, copy: 2s}\n  limits: "
        "{body: 1GiB, "
        "capture: 64MiB, copies: 0}\n  recheck: {after: 1m, share: 12.5%, per_second: 1000}\n"
        "  compare: {mode: strict, headers: [ETag], ignore: [/a, status], ignore_headers: Date}\n  redact: /password\n"
        "  fold: no\n"
        "  routes:\n  - match: POST /x\n    copy: always\n    endpoint: the x\n  - {match: '* /y', copy: never, "
        "compare: {headers: yes}}\n"
        "  - {match: 'GET /z', copy: 0.001%, redact: [/z], timeout: {answer: 5m, copy: 6m}}\n  - match: GET /**\n"
        "- name: other\n  primary: http://h:3\n  candidate: http://h:4\n  hosts: other\n");
    const struct plx_service *a = &config.snapshot->services[0], *other = &config.snapshot->services[1];

    assert_string_equal(a->name, "a.b_C-1");
    assert_false(a->fold);
    assert_true(other->fold);
    assert_int_equal(a->host_count, 2);
    assert_string_equal(a->hosts[0], "pay.example");
    assert_string_equal(a->roles[PLX_PRIMARY].url, "http://h:1");
    assert_int_equal(a->roles[PLX_CANDIDATE].port, 2);
    assert_string_equal(a->roles[PLX_SECONDARY].host, "::1");
    assert_int_equal(a->stage, PLX_STAGE_PRIMARY);
    assert_int_equal(a->copy_share, 12500);
    assert_int_equal(a->timeouts.connect, 1);
    assert_int_equal(a->timeouts.connect_copy, 1);
    assert_int_equal(a->timeouts.answer, 3600000);
    assert_int_equal(a->timeouts.between, 60000);
    assert_int_equal(a->timeouts.copy, 2000);
    assert_int_equal(a->limits.body_bytes, 1u << 30);
    assert_int_equal(a->limits.capture_bytes, 64u << 20);
    assert_int_equal(a->limits.copies, 0);
    assert_int_equal(a->recheck.after_ms, 60000);
    assert_int_equal(a->recheck.share, 12500);
    assert_int_equal(a->recheck.per_second, 1000);
    assert_int_equal(a->route_count, 4);
    assert_int_equal(a->routes[0].copy, PLX_COPY_ALWAYS);
    assert_string_equal(a->routes[0].endpoint, "the x");
    assert_int_equal(a->routes[1].copy, PLX_COPY_NEVER);
    assert_int_equal(a->routes[2].copy, PLX_COPY_SHARE);
    assert_int_equal(a->routes[2].copy_share, 1);
    assert_int_equal(a->routes[3].copy, PLX_COPY_DEFAULT);
    assert_null(a->routes[3].endpoint);
    assert_memory_equal(&a->routes[3].timeouts, &a->timeouts, sizeof(a->timeouts));
    const struct plx_timeouts *own = &a->routes[2].timeouts; /* what it does not say is its service's */
    assert_int_equal(own->connect, 1);
    assert_int_equal(own->answer, 300000);
    assert_int_equal(own->between, 60000);
    assert_int_equal(own->copy, 360000);
    assert_string_equal(other->hosts[0], "other");
    assert_int_equal(other->stage, PLX_STAGE_SHADOW);
    assert_int_equal(config.snapshot->service_count, 2);
    plx_config_fini(&config);
}

/* ---- canary ---- */

#define CANARY SERVICE "  candidate: http://h:2\n  stage: canary\n  share: 0.5%\n"

/* A maximum below the first time is that one. */
static void
test_eject_says_when_or_no(void **state)
{
    struct plx_config config =
        good("services:\n- {name: a, primary: 'http://h:1', candidate: 'http://h:2', hosts: a, eject: no}\n"
             "- {name: b, primary: 'http://h:1', candidate: 'http://h:2', hosts: b, eject: yes}\n"
             "- {name: c, primary: 'http://h:1', candidate: 'http://h:2', hosts: c, eject: "
             "{after: 1, for: 10m, gateway_errors: yes}}\n"
             "- {name: d, primary: 'http://h:1', candidate: 'http://h:2', hosts: d, eject: {at_most: 20s}}\n");
    const struct plx_eject_options want[] = {
        {0, 10000, 300000, false}, {5, 10000, 300000, false}, {1, 600000, 600000, true}, {5, 10000, 20000, false}};

    for (size_t i = 0; i < PLX_COUNT(want); i++) {
        const struct plx_eject_options *got = &config.snapshot->services[i].eject;

        assert_int_equal(got->after, want[i].after);
        assert_int_equal(got->for_ms, want[i].for_ms);
        assert_int_equal(got->at_most_ms, want[i].at_most_ms);
        assert_int_equal(got->gateway_errors, want[i].gateway_errors);
    }
    plx_config_fini(&config);
}

/* The key turns it on, with what it does not say as by default; a share of none turns it off. */
static void
test_rechecks_are_on_where_the_key_stands(void **state)
{
    struct plx_config config =
        good("services:\n- {name: a, primary: 'http://h:1', candidate: 'http://h:2', hosts: a}\n"
             "- {name: b, primary: 'http://h:1', candidate: 'http://h:2', hosts: b, recheck: {}}\n"
             "- {name: c, primary: 'http://h:1', candidate: 'http://h:2', hosts: c, recheck: "
             "{after: 1ms}}\n"
             "- {name: d, primary: 'http://h:1', candidate: 'http://h:2', hosts: d, recheck: "
             "{share: 0%, per_second: 1}}\n");
    const struct plx_recheck_options want[] = {{0, 0, 0}, {500, 10000, 5}, {1, 10000, 5}, {500, 0, 1}};

    for (size_t i = 0; i < PLX_COUNT(want); i++) {
        const struct plx_recheck_options *got = &config.snapshot->services[i].recheck;

        assert_int_equal(got->after_ms, want[i].after_ms);
        assert_int_equal(got->share, want[i].share);
        assert_int_equal(got->per_second, want[i].per_second);
    }
    plx_config_fini(&config);
}

static void
test_clients_of_a_canary(void **state)
{
    static const struct {
        const char *text, *name, *value;
        enum plx_client_by by;
    } cases[] = {
        {"  by: cookie session\n", "session", NULL, PLX_CLIENT_COOKIE},
        {"  by: 'header   X-User'\n", "X-User", NULL, PLX_CLIENT_HEADER},
        {"  by: address\n", NULL, NULL, PLX_CLIENT_ADDRESS},
        {"  by: request\n", NULL, NULL, PLX_CLIENT_REQUEST},
        {"", NULL, NULL, PLX_CLIENT_REQUEST},
        {"  only: header X-Beta = 1\n", "X-Beta", "1", PLX_CLIENT_HEADER},
        {"  only: header X-Beta=a b = c\n", "X-Beta", "a b = c", PLX_CLIENT_HEADER},
        {"  only: cookie beta\n", "beta", NULL, PLX_CLIENT_COOKIE},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++) {
        char text[512];
        snprintf(text, sizeof(text), "%s%s", CANARY, cases[i].text);
        struct plx_config config = good(text);
        const struct plx_service *service = &config.snapshot->services[0];
        const struct plx_client_trait *trait = strstr(text, "only:") ? &service->only : &service->by;
        assert_int_equal(service->stage, PLX_STAGE_CANARY);
        assert_int_equal(service->share, 500);
        assert_int_equal(trait->by, cases[i].by);
        assert_true((trait->name && cases[i].name) ? strcmp(trait->name, cases[i].name) == 0
                                                   : !trait->name && !cases[i].name);
        assert_true((trait->value && cases[i].value) ? strcmp(trait->value, cases[i].value) == 0
                                                     : !trait->value && !cases[i].value);
        plx_config_fini(&config);
    }
}

/* Nobody gets the candidate's answer then, which may not be what was meant. */
static void
test_a_canary_without_a_share_is_warned_of(void **state)
{
    struct plx_config_errors errors;
    struct plx_config config;

    assert_int_equal(read_text(SERVICE "  candidate: http://h:2\n  stage: canary\n", &config, &errors), PLX_OK);
    assert_int_equal(errors.warning_count, 1);
    assert_int_equal(config.snapshot->services[0].share, 0);
    plx_config_fini(&config);
    plx_config_errors_fini(&errors);
}

/* ---- rules ---- */

/* A rule that has ended, and one that soon will, are taken, and seen. */
static void
test_rules_that_end_are_warned_of(void **state)
{
    struct plx_config_errors errors;
    struct plx_config config;
    char text[512], day[16];
    time_t soon = time(NULL) + 3 * 86400;
    struct tm tm;

    strftime(day, sizeof(day), "%Y-%m-%d", gmtime_r(&soon, &tm));
    snprintf(text, sizeof(text),
             "services:\n- name: a\n  primary: http://h:1\n  compare:\n    ignore:\n"
             "    - /a: {until: 2020-01-31}\n    - /b: {until: %s, why: x, owner: y}\n    - /c: {until: 9999-01-01}\n",
             day);
    assert_int_equal(read_text(text, &config, &errors), PLX_OK);
    assert_int_equal(errors.warning_count, 2);
    assert_int_equal(errors.text.len, 0);
    plx_buffer_byte(&errors.warnings, '\0');
    const char *told = errors.warnings.ptr;
    assert_non_null(strstr(told, ":6:19: warning: this rule has ended and no longer applies: ignore of `/a`\n"));
    assert_non_null(strstr(told, ":7:19: warning: this rule ends within 14 days: ignore of `/b`\n"));
    const struct plx_rules *rules = config.snapshot->services[0].rules;
    assert_int_equal(plx_rules_count(rules), 3);
    assert_true(plx_rules_at(rules, 1)->until_s > soon && plx_rules_at(rules, 1)->until_s <= soon + 86400);
    assert_true(plx_slice_equal(plx_rules_at(rules, 1)->why, plx_slice_of("x")));
    assert_true(plx_slice_equal(plx_rules_at(rules, 1)->owner, plx_slice_of("y")));
    plx_config_fini(&config);
    plx_config_errors_fini(&errors);
}

/* All ways to write the rules of a group. */
static void
test_rules_of_every_kind(void **state)
{
    static const char text[] = SERVICE
        "  compare:\n    mode: subset\n    ignore: /a\n    ignore_headers: {ETag: {why: x}, Date: }\n"
        "    tolerance: {/b: 1%, /c: {within: 0.5}}\n    unordered: [/d, {/e: {by: [/f, /g]}}, {/h: {by: /i}}]\n"
        "    match: [{/j: k+}, {/l: {pattern: date}}]\n    similar: {body: 95%, /n: {at_least: 90%}}\n"
        "    time: [/q, {/r: 1s}]\n    rename: {/s/t: /s/u, \"/**/v\": {as: \"/**/w\", why: x}}\n"
        "  redact: [/o, {/p: {why: secret}}]\n";
    const struct {
        enum plx_rule_kind kind;
        const char *field, *value, *by;
    } want[] = {
        {PLX_RULE_IGNORE, "/a", "", ""},
        {PLX_RULE_IGNORE_HEADER, "ETag", "", ""},
        {PLX_RULE_IGNORE_HEADER, "Date", "", ""},
        {PLX_RULE_TOLERANCE, "/b", "1%", ""},
        {PLX_RULE_TOLERANCE, "/c", "0.5", ""},
        {PLX_RULE_UNORDERED, "/d", "", ""},
        {PLX_RULE_UNORDERED, "/e", "", "/g"},
        {PLX_RULE_UNORDERED, "/h", "", "/i"},
        {PLX_RULE_MATCH, "/j", "k+", ""},
        {PLX_RULE_MATCH, "/l", plx_form_pattern(PLX_FORM_DATE), ""},
        {PLX_RULE_SIMILAR, "body", "95%", ""},
        {PLX_RULE_SIMILAR, "/n", "90%", ""},
        {PLX_RULE_TIME, "/q", "", ""},
        {PLX_RULE_TIME, "/r", "1s", ""},
        {PLX_RULE_RENAME, "/s/t", "/s/u", ""},
        {PLX_RULE_RENAME, "/**/v", "/**/w", ""},
        {PLX_RULE_REDACT, "/o", "", ""},
        {PLX_RULE_REDACT, "/p", "", ""},
    };
    struct plx_config config = good(text);
    const struct plx_rules *rules = config.snapshot->services[0].rules;

    assert_int_equal(plx_rules_mode(rules), PLX_MODE_SUBSET);
    assert_int_equal(plx_rules_count(rules), PLX_COUNT(want));
    for (size_t i = 0; i < PLX_COUNT(want); i++) {
        const struct plx_rule *rule = plx_rules_at(rules, i);
        assert_int_equal(rule->kind, want[i].kind);
        assert_string_equal(rule->field.ptr, want[i].field);
        assert_string_equal(rule->value.ptr, want[i].value);
        assert_string_equal(rule->by_count ? rule->by[rule->by_count - 1].ptr : "", want[i].by);
    }
    plx_config_fini(&config);
}

/* ---- any bytes ---- */

static uint64_t
next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static const char whole[] =
    "listen: [0.0.0.0:80, '[::1]:0']\nadmin: 127.0.0.1:9\ntoken: s3cret-0123456789\nstore: "
    "sqlite:/x/y.db\nworkers: 3\naccess_log: '-'\nlog: warn\n"
    "drain: 1.5m\nretention: 30d\nconfidence: 99.9%\ndetect: 1%\nservices:\n- name: a\n  hosts: [pay.example, "
    "'[::1]']\n  primary: http://h:1\n"
    "  candidate: http://h:2\n  secondary: http://h:3\n  stage: shadow\n  copy: 12.5%\n  "
    "timeout: {connect: 1ms, answer: 1h, copy: 2s}\n"
    "  limits: {body: 1GiB, capture: 64MiB, copies: 0}\n  recheck: {after: 1s, share: 1%, "
    "per_second: 2}\n  compare: {mode: strict, headers: "
    "[ETag], ignore: [/a/*/b, \"/**/c\"]}\n  redact: /password\n"
    "  routes:\n  - match: POST /x\n    copy: always\n    endpoint: |\n      the x\n  - "
    "{match: '* /y/{id}/**', copy: never}\n";

static void
mutate(struct plx_buffer *text, uint64_t *seed)
{
    static const char *const tokens[] = {
        "[",  "]", "{", "}", ": ",    "- ",    "\n",   "\t", "'",    "\"",           "&a ", "*a",
        "? ", "|", "%", "#", "---\n", "...\n", "!!x ", "\\", "\xFF", "\xE2\x80\xAE", "<<: "};
    size_t at = text->len ? next_random(seed) % text->len : 0;
    size_t count = next_random(seed) % 20;

    switch (next_random(seed) % 4) {
    case 0:
        if (text->len)
            text->ptr[at] = (char)next_random(seed);
        break;
    case 1: /* something leaves */
        if (text->len == 0)
            break;
        count = count < text->len - at ? count : text->len - at;
        memmove(text->ptr + at, text->ptr + at + count, text->len - at - count);
        text->len -= count;
        break;
    default: { /* something comes in */
        const char *token = tokens[next_random(seed) % PLX_COUNT(tokens)];
        size_t len = strlen(token);
        assert_true(plx_buffer_reserve(text, len));
        memmove(text->ptr + at + len, text->ptr + at, text->len - at);
        memcpy(text->ptr + at, token, len);
        text->len += len;
    }
    }
}

static bool
is_secret(const struct plx_rules *rules, const char *name)
{
    return plx_secrets_has(plx_rules_secrets(rules), plx_slice_of(name), PLX_SECRET_NAMED);
}

/* Wherever it stands in the file, and however the rules came about. */
static void
test_secrets_are_one_list_for_all_rules(void **state)
{
    struct plx_config config = good(
        "services:\n- name: a\n  primary: http://h:1\n  routes: [{match: GET /x, compare: {mode: subset}}]\n"
        "spies: [{name: s, primary: '127.0.0.1:1', candidate: '127.0.0.1:2', real: 'http://h:2'}]\n"
        "reconcile:\n- {name: j, left: {store: 'jsonl:a'}, right: {store: 'jsonl:b'}, by: [id]}\n"
        "- {name: k, left: {store: 'jsonl:a'}, right: {store: 'jsonl:b'}, by: [id], rules: {secrets: {names: ssn}}}\n"
        "secrets: {names: [Badge, ssn_no], remove: token}\n");
    const struct plx_service *service = &config.snapshot->services[0];
    const struct plx_rules *const rules[] = {service->rules, service->routes[0].rules,
                                             config.spies->snapshot->services[0].rules, config.reconcile.at[0].rules};

    for (size_t i = 0; i < PLX_COUNT(rules); i++) {
        assert_true(is_secret(rules[i], "X-Badge") && is_secret(rules[i], "SSN-NO") && is_secret(rules[i], "password"));
        assert_false(is_secret(rules[i], "token"));
    }
    assert_true(is_secret(config.reconcile.at[1].rules, "ssn") && is_secret(config.reconcile.at[1].rules, "token"));
    assert_false(is_secret(config.reconcile.at[1].rules, "badge"));
    plx_config_fini(&config);
    config = good("services:\n- {name: a, primary: 'http://h:1', secrets: {names: ssn, remove: [badge, pin]}, routes: "
                  "[{match: GET /x}]}\n- {name: b, hosts: [b], primary: 'http://h:2'}\nsecrets: {names: badge}\n");
    for (int i = 0; i < 2; i++) {
        const struct plx_rules *of =
            i ? config.snapshot->services[0].routes[0].rules : config.snapshot->services[0].rules;
        assert_true(is_secret(of, "ssn") && is_secret(of, "password") && !is_secret(of, "badge") &&
                    !is_secret(of, "pin"));
    }
    const struct plx_rules *other = config.snapshot->services[1].rules;
    assert_true(!is_secret(other, "ssn") && is_secret(other, "badge") && is_secret(other, "pin"));
    plx_config_fini(&config);
    config = good("secrets: {redact: no}\n" ONE);
    assert_false(is_secret(config.snapshot->services[0].rules, "password"));
    plx_config_fini(&config);
    config = good(ONE);
    assert_true(is_secret(config.snapshot->services[0].rules, "password"));
    plx_config_fini(&config);
}

/* No crash, no leak, and an error always has words; what is taken holds what the rest of the program relies on. */
static void
test_any_bytes(void **state)
{
    const char *given = getenv("PLX_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : ((uint64_t)time(NULL) << 20 ^ (uint64_t)getpid()) | 1;
    struct plx_config_flags flags = {.file = file};
    struct plx_buffer text;

    print_message("PLX_TEST_SEED=%#llx\n", (unsigned long long)seed);
    plx_buffer_init(&text, 1u << 16);
    for (int round = 0; round < 3000; round++) {
        struct plx_config_errors errors;
        struct plx_config config;
        plx_buffer_clear(&text);
        plx_buffer_text(&text, round % 4 ? whole : "");
        for (uint64_t times = round % 4 ? 1 + next_random(&seed) % 6 : next_random(&seed) % 200; times; times--)
            mutate(&text, &seed);
        write_file(plx_buffer_slice(&text));
        enum plx_status status = plx_config_read(&flags, &config, &errors);
        if (status == PLX_OK) {
            assert_true(errors.count == 0 && config.listen_count > 0 && config.snapshot &&
                        config.snapshot->service_count > 0);
            for (size_t i = 0; i < config.snapshot->service_count; i++)
                assert_true(config.snapshot->services[i].roles[PLX_PRIMARY].url && *config.snapshot->services[i].name);
            plx_config_fini(&config);
        } else {
            assert_int_equal(status, PLX_E_SYNTAX);
            assert_true(errors.count > 0 && errors.text.len > 0 && !errors.text.failed);
        }
        plx_config_errors_fini(&errors);
    }
    plx_buffer_fini(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_defaults_of_a_file),
        cmocka_unit_test(test_every_key_of_the_top),
        cmocka_unit_test(test_every_key_of_a_service),
        cmocka_unit_test(test_eject_says_when_or_no),
        cmocka_unit_test(test_rechecks_are_on_where_the_key_stands),
        cmocka_unit_test(test_clients_of_a_canary),
        cmocka_unit_test(test_a_canary_without_a_share_is_warned_of),
        cmocka_unit_test(test_rules_that_end_are_warned_of),
        cmocka_unit_test(test_rules_of_every_kind),
        cmocka_unit_test(test_secrets_are_one_list_for_all_rules),
        cmocka_unit_test(test_any_bytes),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
