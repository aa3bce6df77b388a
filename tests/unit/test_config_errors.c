/* SPDX-License-Identifier: Apache-2.0 */
/* Each mistake in a file is told with its place, its line, a caret and the mend, and all of them at once. */
#include "config_kit.h"

#define SHADOW SERVICE "  candidate: http://h:2\n"
#define ROUTE  SERVICE "  routes:\n"

static void
test_wrong_values_of_the_top(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *words;
    } cases[] = {
        {"listen: nowhere\n" ONE, 1, 9, "HOST:PORT"},
        {"listen: [1, x]\n" ONE, 1, 13, "HOST:PORT"},
        {"listen: {a: 1}\n" ONE, 1, 9, "a mapping, where an address"},
        {"listen: [[1]]\n" ONE, 1, 10, "a list, where an address"},
        {"listen: []\n" ONE, 1, 9, "no address to listen on"},
        {"listen:\n" ONE, 1, 1, "here stands nothing"},
        {"log: info\nlisten:\n" ONE, 2, 1, "here stands nothing"},
        {"listen:\n  -\n  - 1\n" ONE, 2, 3, "here stands nothing"},
        {"listen: # none\n" ONE, 1, 1, "here stands nothing"},
        {"listen: !!str\n" ONE, 1, 1, "here stands nothing"},
        {"listen: &a\n" ONE, 1, 1, "here stands nothing"},
        {"'listen':   \n" ONE, 1, 1, "here stands nothing"},
        {"listen: ''\n" ONE, 1, 9, "here stands nothing"},
        {"{log: info, listen: , services: [{name: a, primary: 'http://h:1'}]}\n", 1, 13, "here stands nothing"},
        {"? listen\n:\n" ONE, 1, 3, "here stands nothing"},
        {"listen: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]\n" ONE, 1, 49, "more than 16"},
        {"admin: [1]\n" ONE, 1, 8, "a list"},
        {"admin: ''\n" ONE, 1, 8, "nothing"},
        {"token: 'a b'\n" ONE, 1, 8, "openssl rand"},
        {"token: \"a\\n\"\n" ONE, 1, 8, "openssl rand"},
        {"read_token: 0123456789abcdef\n" ONE, 1, 13, "none for changes"},
        {"token: 0123456789abcdef\nread_token: 0123456789abcdef\n" ONE, 2, 13, "is the one for changes"},
        {"token: 0123456789abcdef\nread_token: short\n" ONE, 2, 13, "fewer than 16"},
        {"store: x.db\n" ONE, 1, 8, "sqlite:FILE"},
        {"store: 'sqlite:'\n" ONE, 1, 8, "sqlite:FILE"},
        {"store: postgres://h\n" ONE, 1, 8, "no store of this version"},
        {"workers: 0\n" ONE, 1, 10, "from 1 to 64"},
        {"workers: 65\n" ONE, 1, 10, "from 1 to 64"},
        {"workers: -1\n" ONE, 1, 10, "from 1 to 64"},
        {"log: loud\n" ONE, 1, 6, "debug, info, warn or error"},
        {"log: {format: xml}\n" ONE, 1, 15, "write text or json"},
        {"log: {level: loud}\n" ONE, 1, 14, "debug, info, warn or error"},
        {"log: {levle: info}\n" ONE, 1, 7, "did you mean `level`"},
        {"drain: 10\n" ONE, 1, 8, "1ms to 3600s"},
        {"drain: 0s\n" ONE, 1, 8, "1ms to 3600s"},
        {"drain: 61m\n" ONE, 1, 8, "1ms to 3600s"},
        {"drain: {announce: 0s}\n" ONE, 1, 19, "1ms to 3600s"},
        {"drain: {wait: 1s}\n" ONE, 1, 9, "`drain` has no key `wait`"},
        {"drain: [1s]\n" ONE, 1, 8, "a list, where a duration"},
        {"resolver: ns.example\n" ONE, 1, 11, "numeric address"},
        {"resolver: 127.0.0.1:0\n" ONE, 1, 11, "no address of a server"},
        {"resolver: [1.1.1.1, 1.1.1.1, 1.1.1.1, 1.1.1.1, 1.1.1.1, 1.1.1.1, 1.1.1.1, 1.1.1.1, 1.1.1.1]\n" ONE, 1, 84,
         "more than 8 servers"},
        {"retention: 59m\n" ONE, 1, 12, "from 1h to 3650d"},
        {"retention: 3651d\n" ONE, 1, 12, "from 1h to 3650d"},
        {"retention: forever\n" ONE, 1, 12, "from 1h to 3650d"},
        {"retention: 30\n" ONE, 1, 12, "from 1h to 3650d"},
        {"timeout: 5s\n" ONE, 1, 10, "`timeout` of clients is a mapping"},
        {"timeout: {head: 25h}\n" ONE, 1, 17, "1ms to 86400s"},
        {"timeout: {idle: 0ms}\n" ONE, 1, 17, "no duration"},
        {"timeout: {connect: 1s}\n" ONE, 1, 11, "`timeout` of clients has no key `connect`"},
        {"confidence: 49.9%\n" ONE, 1, 13, "50% to 99.9999%"},
        {"confidence: 100%\n" ONE, 1, 13, "50% to 99.9999%"},
        {"confidence: 0.99\n" ONE, 1, 13, "50% to 99.9999%"},
        {"detect: 0%\n" ONE, 1, 9, "0.001% to 50%"},
        {"detect: 51%\n" ONE, 1, 9, "0.001% to 50%"},
        {"secrets: [badge]\n" ONE, 1, 10, "`secrets` is a mapping"},
        {"secrets: {name: badge}\n" ONE, 1, 11, "`secrets` has no key `name`"},
        {"secrets: {names: [badge, '-']}\n" ONE, 1, 26, "1 to 64 letters and digits"},
        {"secrets: {remove: {a: b}}\n" ONE, 1, 19, "a mapping, where a name"},
        {"services:\n- {name: a, primary: 'http://h:1', secrets: {redact: no}}\n", 2, 46, "no key `redact`"},
        {"secrets: {redact: maybe}\n" ONE, 1, 19, "`redact: no`"},
        {"services: []\n", 1, 11, "an empty one"},
        {"services: {a: 1}\n", 1, 11, "a mapping"},
        {"services: x\n", 1, 11, "'x'"},
        {"log: info\n", 1, 1, "no `services`"},
        {"---\n", 1, 1, "not nothing"},
        {"- x\n", 1, 1, "not a list"},
        {"x\n", 1, 1, "not 'x'"},
        {"lissen: x\n" ONE, 1, 1, "did you mean `listen`?"},
        {"quite else: x\n" ONE, 1, 1, "the configuration has: listen"},
        {"'log ': x\n" ONE, 1, 1, "did you mean `log`?"},
        {"log: info\nlog: info\n" ONE, 2, 1, "stands already in line 1"},
        {"{log: info, log: info, "
         "services: [{name: a, primary: 'http://h:1'}]}\n",
         1, 13, "stands already in line 1"},
        {"tls: {}\n" ONE, 1, 1, "not supported by this version"},
        {"reconcile: x\n" ONE, 1, 12, "`reconcile` is a list, not 'x'"},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++)
        wrong(cases[i].text, cases[i].line, cases[i].column, cases[i].words);
}

static void
test_wrong_values_of_a_service(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *words;
    } cases[] = {
        {"services: [x]\n", 1, 12, "a service is a mapping"},
        {"services:\n- primary: http://h:1\n", 2, 3, "without `name`"},
        {"services:\n- name: a\n", 2, 3, "without `primary`"},
        {"services:\n- name: a b\n  primary: http://h:1\n", 2, 9, "letters, digits"},
        {"services:\n- name: [a]\n  primary: http://h:1\n", 2, 9, "where a name is wanted"},
        {"services:\n- name: a2345678901234567890123456789012345678901234567890123456789012345\n  primary: "
         "http://h:1\n",
         2, 9, "at most 64"},
        {"services:\n- name: a\n  primary: https://h\n", 3, 12, "TLS proxy"},
        {"services:\n- name: a\n  primary: http://u:p@h\n", 3, 12, "user and password"},
        {"services:\n- name: a\n  primary: http://h/a?b\n", 3, 12, "leave the query out"},
        {"services:\n- name: a\n  primary: 'http://h/a b'\n", 3, 12, "percent-encode"},
        {"services:\n- name: a\n  primary: unix:/a\n  candidate: unix:/a\n", 4, 14, "the candidate is the primary"},
        {SERVICE "  candidate: {host: n}\n", 4, 14, "a role without `url`"},
        {SERVICE "  candidate: {url: 'http://h:2', ca: x}\n", 4, 34, "not supported by this version"},
        {SERVICE "  candidate: {url: 'http://h:2', host: 'a b'}\n", 4, 40, "can't be sent as Host"},
        {SERVICE "  candidate: {url: 'http://h:2', host: \"a\\r\\nX: y\"}\n", 4, 40, "can't be sent as Host"},
        {SERVICE "  candidate: {url: 'http://h:2', request: {rewrite: {path: {from: a}}}}\n", 4, 60, "`from` and `to`"},
        {SERVICE "  candidate: {url: 'http://h:2', request: {rewrite: {path: {from: (, to: /}}}}\n", 4, 60,
         "not a PCRE2 pattern"},
        {SERVICE "  candidate: {url: 'http://h:1', request: {}}\n", 4, 14, "the candidate is the primary"},
        {SERVICE "  routes: [{match: GET /, request: {candidate: {}}}]\n", 4, 37, "has no candidate"},
        {SERVICE "  candidate: http://h:1\n", 4, 14, "the candidate is the primary"},
        {SERVICE "  candidate: http://H:1/\n", 4, 14, "the candidate is the primary"},
        {SHADOW "  secondary: http://h:1\n", 5, 14, "the secondary is the primary"},
        {SERVICE "  secondary: http://h:3\n", 4, 14, "add `candidate`"},
        {SERVICE "  stage: shadow\n", 4, 10, "needs a candidate"},
        {SERVICE "  stage: canary\n", 4, 10, "the stage canary needs a candidate"},
        {SERVICE "  stage: candidate\n", 4, 10, "the stage candidate needs a candidate"},
        {SERVICE "  stage: dusk\n", 4, 10, "no stage"},
        {SERVICE "  share: 10\n", 4, 10, "three decimals"},
        {SERVICE "  by: cookie\n", 4, 7, "names no cookie"},
        {SERVICE "  by: cookie a b\n", 4, 7, "names no cookie"},
        {SERVICE "  by: 'header X:'\n", 4, 7, "names no header"},
        {SERVICE "  by: session\n", 4, 7, "what makes a client"},
        {SERVICE "  by: address 1\n", 4, 7, "what makes a client"},
        {SERVICE "  by: [cookie, a]\n", 4, 7, "as one value"},
        {SERVICE "  only: address\n", 4, 9, "which clients"},
        {SERVICE "  only: header\n", 4, 9, "names no header"},
        {SERVICE "  only: header X 1\n", 4, 9, "a `=` is missing"},
        {SERVICE "  only: header X =\n", 4, 9, "no client can send"},
        {SERVICE "  only: cookie a = b;c\n", 4, 9, "no client can send"},
        {SERVICE "  only: header X = \u00e9\n", 4, 9, "no client can send"},
        {SERVICE "  rollout: {}\n", 4, 3, "not supported by this version"},
        {SERVICE "  copy: 101%\n", 4, 9, "three decimals"},
        {SERVICE "  copy: 0.0001%\n", 4, 9, "three decimals"},
        {SERVICE "  copy: never\n", 4, 9, "three decimals"},
        {SERVICE "  hosts: http://h\n", 4, 10, "is no host"},
        {SERVICE "  hosts: [h, 'h:80']\n", 4, 14, "is no host"},
        {SERVICE "  hosts: '*example'\n", 4, 10, "is no host"},
        {SERVICE "  hosts: 'a.*'\n", 4, 10, "is no host"},
        {SERVICE "  hosts: '::1'\n", 4, 10, "IPv6 as in [::1]"},
        {SERVICE "  hosts: '[::1]:80'\n", 4, 10, "is no host"},
        {SERVICE "  hosts: '[::1'\n", 4, 10, "is no host"},
        {SERVICE "  hosts: []\n", 4, 10, "no host is named"},
        {SERVICE "  timeout: 5s\n", 4, 12, "`timeout` is a mapping"},
        {SERVICE "  timeout: {connect: 1.5ms}\n", 4, 22, "1ms to 3600s"},
        {SERVICE "  timeout: {conect: 1s}\n", 4, 13, "did you mean `connect`?"},
        {SERVICE "  timeout: {copy: 1h, copy: 1h}\n", 4, 23, "stands already"},
        {SERVICE "  limits: {body: 1025MiB}\n", 4, 18, "1073741824"},
        {SERVICE "  limits: {capture: 65MiB}\n", 4, 21, "67108864"},
        {SERVICE "  limits: {copies: 1000001}\n", 4, 20, "from 0 to 1000000"},
        {SERVICE "  limits: {copies: many}\n", 4, 20, "from 0 to 1000000"},
        {SERVICE "  recheck: {}\n", 4, 12, "without a candidate there are none"},
        {EJECT "maybe\n", 5, 10, "does not say when a candidate is ejected"},
        {EJECT "{aftr: 3}\n", 5, 11, "did you mean `after`?"},
        {EJECT "{after: 0}\n", 5, 18, "from 1 to 1000"},
        {EJECT "{for: 25h}\n", 5, 16, "1ms to 86400s"},
        {EJECT "{gateway_errors: some}\n", 5, 27, "write yes or no"},
        {RECHECK "yes\n", 5, 12, "`recheck` is a mapping"},
        {RECHECK "{aftr: 1s}\n", 5, 13, "did you mean `after`?"},
        {RECHECK "{after: 0ms}\n", 5, 20, "from 1ms to 60s"},
        {RECHECK "{after: 61s}\n", 5, 20, "from 1ms to 60s"},
        {RECHECK "{share: 101%}\n", 5, 20, "from 0% to 100%"},
        {RECHECK "{per_second: 0}\n", 5, 25, "from 1 to 1000"},
        {RECHECK "{per_second: 1001}\n", 5, 25, "from 1 to 1000"},
        {RECHECK "{per_second: often}\n", 5, 25, "from 1 to 1000"},
        {SERVICE "  compare: {mode: lax}\n", 4, 19, "no mode"},
        {SERVICE "  compare: {tolerance: /a}\n", 4, 24, "without its value"},
        {SERVICE "  compare: {tolerance: {/a: b}}\n", 4, 29, "is no tolerance"},
        {SERVICE "  compare: {tolerance: {/a: {within: b}}}\n", 4, 38, "is no tolerance"},
        {SERVICE "  compare: {tolerance: {a: 1}}\n", 4, 25, "write /a"},
        {SERVICE "  compare: {tolerance: {/a: 1, /a: 2}}\n", 4, 32, "stands already"},
        {SERVICE "  compare: {ignore: {/a: 1}}\n", 4, 26, "takes no value"},
        {SERVICE "  compare: {ignore: [[/a]]}\n", 4, 22, "a JSON Pointer is wanted"},
        {SERVICE "  compare: {ignore: {/a: {wy: x}}}\n", 4, 27, "did you mean `why`?"},
        {SERVICE "  compare: {ignore: {/a: {until: 2027-13-01}}}\n", 4, 34, "is no date"},
        {SERVICE "  compare: {unordered: {/a: {by: b}}}\n", 4, 34, "write /b"},
        {SERVICE "  compare: {unordered: {/a: {by: [/1,/2,/3,/4,/5,/6,/7,/8,/9]}}}\n", 4, 59, "fewer keys"},
        {SERVICE "  compare: {unordered: {/a: {by: []}}}\n", 4, 34, "name a key"},
        {SERVICE "  compare: {time: {/a: 1 week}}\n", 4, 24, "write a duration as in 1s"},
        {SERVICE "  compare: {rename: [/a]}\n", 4, 22, "without its value"},
        {SERVICE "  compare: {rename: {/a: b}}\n", 4, 26, "as in /bill_to"},
        {SERVICE "  compare: {rename: {/a: '/*'}}\n", 4, 26, "as in /bill_to"},
        {SERVICE "  compare: {rename: {/a: /a}}\n", 4, 26, "the same"},
        {SERVICE "  compare: {rename: {/a/b: /c/d}}\n", 4, 28, "write /a/d"},
        {SERVICE "  compare: {rename: {'/a/*': /a/d}}\n", 4, 22, "not a star"},
        {SERVICE "  compare: {rename: {/a~3: /b}}\n", 4, 28, "must be followed by"},
        {SERVICE "  compare: {match: {/a: '['}}\n", 4, 25, "at character 2"},
        {SERVICE "  compare: {similar: {/a: 101%}}\n", 4, 27, "0% to 100%"},
        {SERVICE "  redact: {/a: {until: 2027-01-31}}\n", 4, 17, "has no key `until`"},
        {SERVICE "  compare: {ignore: [total]}\n", 4, 22, "this rule can't be used"},
        {SERVICE "  compare: {headers: 'a b'}\n", 4, 22, "this rule can't be used"},
        {SERVICE "  redact: total\n", 4, 11, "this rule can't be used"},
        {SERVICE "- name: a\n  primary: http://g\n", 4, 9, "already"},
        {SERVICE "- name: b\n  primary: http://g\n", 4, 3, "only one service may leave them out"},
        {SERVICE "  hosts: x\n- name: b\n  primary: http://g\n  hosts: [y, X]\n", 7, 14,
         "`a` takes the host x already"},
        {SERVICE "  hosts: [x, y, X]\n", 4, 17, "stands here twice"},
        {SHADOW "  secondary: http://H:2\n", 5, 14, "the secondary is the candidate"},
        {ROUTE "  - {match: GET /x, endpoint: (other)}\n", 5, 31, "beyond the limit"},
        {ROUTE "  - match: GET /caf\xC3\xA9\n", 5, 12, "percent-encoded"},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++)
        wrong(cases[i].text, cases[i].line, cases[i].column, cases[i].words);
}

static void
test_wrong_routes(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *words;
    } cases[] = {
        {SERVICE "  routes: x\n", 4, 11, "`routes` is a list"},
        {ROUTE "  - x\n", 5, 5, "a route is a mapping"},
        {ROUTE "  - copy: always\n", 5, 5, "without `match`"},
        {ROUTE "  - match: /x\n", 5, 12, "a method and a path"},
        {ROUTE "  - match: get /x\n", 5, 12, "in capitals"},
        {ROUTE "  - match: GET /x?q\n", 5, 12, "leave the query out"},
        {ROUTE "  - match: GET /**/x\n", 5, 12, "last segment"},
        {ROUTE "  - match: GET /x?q\n  - match: GET /x\n", 5, 12,
         "leave the query out"}, /* and the second can be reached */
        {ROUTE "  - {match: GET /x, copy: some}\n", 5, 27, "never, always, or a percentage"},
        {ROUTE "  - {match: GET /x, endpoint: \"a\\tb\"}\n", 5, 31, "one line"},
        {ROUTE "  - {match: GET /x, endpoint: [a]}\n", 5, 31, "an endpoint's name is wanted"},
        {ROUTE "  - {match: GET /x, limits: 1s}\n", 5, 21, "a route has no key"},
        {ROUTE "  - {match: GET /x, timeout: 1s}\n", 5, 30, "`timeout` is a mapping"},
        {ROUTE "  - {match: GET /x, timeout: {between: 2h}}\n", 5, 40, "1ms to 3600s"},
        {ROUTE "  - match: GET /x\n  - match: GET /x\n", 6, 12, "no request comes to this route"},
        {ROUTE "  - match: '* /**'\n  - match: GET /x\n", 6, 12, "no request comes to this route"},
        {ROUTE "  - match: GET /{a}\n  - match: GET /\n  - match: GET /b\n", 7, 12, "no request comes to this route"},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++)
        wrong(cases[i].text, cases[i].line, cases[i].column, cases[i].words);
}

static void
test_what_must_hold_between_keys(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *words;
    } cases[] = {
        {"admin: 0.0.0.0:9900\n" ONE, 1, 8, "without a token"},
        {"admin: :9900\n" ONE, 1, 8, "without a token"},
        {"admin: 127.example.com:9900\n" ONE, 1, 8, "without a token"},
        {"listen: 127.0.0.1:9900\n" ONE, 1, 9, "the same address"},
        {"listen: :9900\n" ONE, 1, 9, "the same address"},
        {"admin: localhost:8080\n" ONE, 1, 8, "the same address"},
        {"listen: [':1', ':1']\n" ONE, 1, 9, "twice"},
        {"listen: ['0.0.0.0:1', '127.0.0.1:1']\n" ONE, 1, 9, "twice"},
        {"listen: ['localhost:1', '127.0.0.1:1']\n" ONE, 1, 9, "twice"},
        {"admin: 127.0.0.1:1\nservices:\n- name: a\n  primary: http://localhost:1\n", 4, 12, "the admin side"},
        {"listen: h:1\n" SERVICE, 4, 12, "round for ever"},
        {"listen: :1\nservices:\n- name: a\n  primary: http://127.0.0.1:1\n", 4, 12, "round for ever"},
        {"listen: 127.0.0.1:1\nservices:\n- name: a\n  primary: http://h\n  candidate: http://localhost:1\n", 5, 14,
         "round for ever"},
        {"services:\n- name: a\n  primary: http://h\n  candidate: http://127.0.0.1:8080\n", 4, 14,
         "the candidate of `a`"},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++)
        wrong(cases[i].text, cases[i].line, cases[i].column, cases[i].words);
    struct plx_config config =
        good("listen: [':1', '[::]:1', '127.0.0.1:0', '127.0.0.1:0']\nadmin: 127.0.0.1:0\nservices:\n- "
             "name: a\n  primary: http://h:1\n");
    plx_config_fini(&config);
}

static void
test_wrong_yaml(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *words;
    } cases[] = {
        {"log: \"info\n", 1, 7, "without closing quote"},
        {"log: [a\n", 2, 1, "mend: this is not well-formed YAML"},
        {"a: 1\n\tb: 2\n", 1, 4, "begins with a tab"},
        {"a: &x 1\nb: *x\n", 2, 4, "aliases are not taken"},
        {"a: &x 1\nb: *nowhere\n", 2, 4, "aliases are not taken"},
        {"a: &x [1]\n<<: *x\n", 2, 5, "aliases are not taken"},
        {"[a]: 1\n", 1, 1, "a key can't be a list"},
        {"? {a: b}\n: 1\n", 1, 3, "a key can't be a list"},
        {"log: info\n---\nlog: info\n", 3, 1, "second document"},
        {"log: info\n---\n", 2, 1, "second document"}, /* with nothing in it: where it is opened */
        {"log: info\n---\n---\nlog: info\n", 2, 1, "second document"},
        {"log: info\n...\n--- # none\n", 3, 1, "second document"},
        {"x: \"a\\0b\"\n", 1, 4, "a NUL character"},
        {"token: !env TOKEN\n" ONE, 1, 8, "tags (!name) are not taken"},
        {"services: !!binary [a]\n", 1, 11, "tags (!name) are not taken"},
        {"log: &x !y {a: b}\n" ONE, 1, 9, "tags (!name) are not taken"},
        {"log: info\rlogs: x\r\r\n" ONE, 2, 1, "no key `logs`"},
        {"log: info # \xFF\n", 1, 13, "no UTF-8"},
        {"log: info\n\xC3\n", 2, 1, "no UTF-8"},
    };

    for (size_t i = 0; i < PLX_COUNT(cases); i++)
        wrong(cases[i].text, cases[i].line, cases[i].column, cases[i].words);
    struct plx_config config = good("# anchors alone do no harm\nlog: &level !!str warn\n" ONE);
    assert_int_equal(config.log_level, PLX_LOG_WARN);
    plx_config_fini(&config);
    config = good("\xEF\xBB\xBF---\r\nlog: warn\r\n" ONE "...\n");
    assert_int_equal(config.log_level, PLX_LOG_WARN);
    plx_config_fini(&config);
}

/* NUL ends the text for libfyaml, so that what stands behind it would be left out without a word. */
static void
test_a_nul_in_the_file(void **state)
{
    static const char text[] = ONE "\0log: loud\n";
    struct plx_config_flags flags = {.file = file};
    struct plx_config_errors errors;
    struct plx_config config;

    write_file(plx_slice_make(text, sizeof(text) - 1));
    assert_int_equal(plx_config_read(&flags, &config, &errors), PLX_E_SYNTAX);
    plx_buffer_byte(&errors.text, '\0');
    assert_non_null(strstr(errors.text.ptr, ":2:1: a NUL character"));
    plx_config_errors_fini(&errors);
}

static void
test_all_errors_are_told(void **state)
{
    struct plx_config_errors errors;
    struct plx_config config;
    struct plx_buffer text;

    assert_int_equal(read_text("log: loud\nworkers: 0\nlisten: [x, y]\nnope: 1\n", &config, &errors), PLX_E_SYNTAX);
    assert_int_equal(errors.count, 6); /* with the missing services */
    plx_config_errors_fini(&errors);
    plx_buffer_init(&text, 1u << 20);
    for (int i = 0; i < 60; i++)
        plx_buffer_format(&text, "k%d: 1\n", i);
    plx_buffer_format(&text, ONE "%c", '\0');
    assert_int_equal(read_text(text.ptr, &config, &errors), PLX_E_SYNTAX);
    plx_buffer_byte(&errors.text, '\0');
    assert_int_equal(errors.count, 60);
    assert_non_null(strstr(errors.text.ptr, "... and 10 more\n"));
    plx_config_errors_fini(&errors);
    plx_buffer_fini(&text);
}

/* The line is long, and the place far behind in it: what is shown stays short, and the caret right. */
static void
test_a_long_line_is_shown_around_its_caret(void **state)
{
    struct plx_config_errors errors;
    struct plx_config config;
    char text[2000];

    snprintf(text, sizeof(text),
             "{%*s"
             "services: [{name: a, primary: 'http://h:1'}], %*slog: loud%*s}\n",
             500, "", 300, "", 500, "");
    assert_int_equal(read_text(text, &config, &errors), PLX_E_SYNTAX);
    plx_buffer_byte(&errors.text, '\0');
    assert_true(errors.text.len < 700);
    const char *loud = strstr(errors.text.ptr, "log: loud") + strlen("log: "), *line = loud,
               *caret = strstr(loud, "^\n"), *below = caret;
    while (line[-1] != '\n')
        line--;
    while (below[-1] != '\n')
        below--;
    assert_int_equal(loud - line, caret - below);
    plx_config_errors_fini(&errors);
}

/* ---- files that are none ---- */

static void
expect_usage(const char *path, const char *words)
{
    struct plx_config_flags flags = {.file = path};
    struct plx_config_errors errors;
    struct plx_config config;

    assert_int_equal(plx_config_read(&flags, &config, &errors), PLX_E_SYNTAX);
    plx_buffer_byte(&errors.text, '\0');
    if (!strstr(errors.text.ptr, words))
        fail_msg("%s: %s", path, errors.text.ptr);
    assert_int_equal(errors.count, 1);
    assert_true(errors.usage);
    assert_null(config.snapshot);
    plx_config_errors_fini(&errors);
}

static void
test_files_that_are_none(void **state)
{
    struct plx_buffer text;

    expect_usage("/no/such/file.yaml", "can't be opened: No such file");
    expect_usage(folder, "is a directory");
    write_file(plx_slice_of(""));
    expect_usage(file, "is empty");
    write_file(plx_slice_of("# a comment\n\n"));
    expect_usage(file, "is empty");
    if (geteuid() != 0) { /* root reads everything */
        assert_int_equal(chmod(file, 0), 0);
        expect_usage(file, "can't be opened: Permission denied");
        assert_int_equal(chmod(file, 0600), 0);
    }
    plx_buffer_init(&text, PLX_CONFIG_BYTES_MAX + 2);
    assert_true(plx_buffer_reserve(&text, PLX_CONFIG_BYTES_MAX + 1));
    memset(text.ptr, '\n', PLX_CONFIG_BYTES_MAX + 1);
    memcpy(text.ptr, ONE, strlen(ONE));
    write_file(plx_slice_make(text.ptr, PLX_CONFIG_BYTES_MAX + 1));
    expect_usage(file, "is too large");
    write_file(plx_slice_make(text.ptr, PLX_CONFIG_BYTES_MAX)); /* the largest is read */
    struct plx_config_flags flags = {.file = file};
    struct plx_config_errors errors;
    struct plx_config config;
    assert_int_equal(plx_config_read(&flags, &config, &errors), PLX_OK);
    plx_config_fini(&config);
    plx_config_errors_fini(&errors);
    plx_buffer_fini(&text);
}

static void
test_deep_nesting_ends_with_an_error(void **state)
{
    char text[4000];

    memset(text, '[', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    wrong(text, 1, 33, "nested too deep");
    for (int i = 0; i < 3000; i += 2)
        memcpy(text + i, "- ", 2);
    text[3000] = '\0';
    wrong(text, 1, 65, "nested too deep");
}

/* A mapping of very many keys is refused before looking for repeated ones takes long. */
static void
test_very_many_keys(void **state)
{
    struct plx_config_errors errors;
    struct plx_config config;
    struct plx_buffer text;

    plx_buffer_init(&text, PLX_CONFIG_BYTES_MAX);
    for (int i = 0; i < 100000; i++)
        plx_buffer_format(&text, "k%d:\n", i);
    plx_buffer_byte(&text, '\0');
    assert_false(text.failed);
    assert_int_equal(read_text(text.ptr, &config, &errors), PLX_E_SYNTAX);
    assert_true(errors.count > 1000 && errors.count < 1100);
    plx_config_errors_fini(&errors);
    plx_buffer_fini(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_values_of_the_top),
        cmocka_unit_test(test_wrong_values_of_a_service),
        cmocka_unit_test(test_wrong_routes),
        cmocka_unit_test(test_what_must_hold_between_keys),
        cmocka_unit_test(test_wrong_yaml),
        cmocka_unit_test(test_a_nul_in_the_file),
        cmocka_unit_test(test_all_errors_are_told),
        cmocka_unit_test(test_a_long_line_is_shown_around_its_caret),
        cmocka_unit_test(test_files_that_are_none),
        cmocka_unit_test(test_deep_nesting_ends_with_an_error),
        cmocka_unit_test(test_very_many_keys),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
