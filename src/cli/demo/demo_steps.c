/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo/demo_steps.h"

#include "base/assert.h"

#include <string.h>

#define LISTENING "listening on "
#define RUNNING   "event=ready"
#define PAYROLL   "{\"shipTo\":\"Juablaz\",\"total\":320}"
#define PAID      "\"shipTo\":\"Juablaz\",\"total\":320.0}"

/* ---- ports ---- */

uint16_t
plx_demo_port_of(const char *name)
{
    static const struct {
        const char *name;
        uint16_t number;
    } ports[] = {
        {"proxy", 8080}, {"v1", 8081},      {"microservice", 8081},  {"v2", 8082},
        {"batch", 8083}, {"v3", 8084},      {"notifications", 8083}, {"admin", 9900},
        {"spy", 8083},   {"observe", 8085}, {"stub", 8086},          {"second", 8083},
    };

    for (size_t i = 0; i < PLX_COUNT(ports); i++)
        if (strcmp(ports[i].name, name) == 0)
            return ports[i].number;
    return 0;
}

/* ---- processes ---- */

static const struct plx_demo_row monolith_v1 = {"monolith-v1", LISTENING, {"payment-v1", "--port", "{v1}"}};

static const struct plx_demo_row spy = {
    "microservice", LISTENING, {"payment-notification", "--port", "{microservice}", "--store", "{store microservice}"}};

static const struct plx_demo_row monolith_v2 = {"monolith-v2",
                                                LISTENING,
                                                {"payment-v2", "--port", "{v2}", "--store", "{store monolith}",
                                                 "--notifications", "http://127.0.0.1:{microservice}", "--batch",
                                                 "http://127.0.0.1:{batch}"}};

static const struct plx_demo_row batch = {
    "batch", RUNNING, {"parallax", "reconcile", "-c", "{reconcile}", "--serve", "127.0.0.1:{batch}"}};

static const struct plx_demo_row final = {
    "microservice", LISTENING, {"payment-notification", "--port", "{microservice}", "--final"}};

static const struct plx_demo_row monolith_v3 = {
    "monolith-v3", LISTENING, {"payment-v3", "--port", "{v3}", "--notifications", "http://127.0.0.1:{microservice}"}};

static const struct plx_demo_row scientist = {"monolith-v2",
                                              LISTENING,
                                              {"payment-scientist", "--port", "{v2}", "--store", "{store monolith}",
                                               "--notifications", "http://127.0.0.1:{microservice}", "--report",
                                               "http://127.0.0.1:{admin}"}};

/* `parallax spy` in place of one written by hand: neither version knows of it. */
static const struct plx_demo_row generic_spy = {"spy",
                                                RUNNING,
                                                {"parallax", "spy", "--primary", "127.0.0.1:{observe}", "--candidate",
                                                 "127.0.0.1:{stub}", "--real", "http://127.0.0.1:{microservice}",
                                                 "--answer", "200 {{body}}", "--admin", "127.0.0.1:{spy}"}};

static const struct plx_demo_row generic_old = {
    "old", LISTENING, {"payment-v3", "--port", "{v2}", "--notifications", "http://127.0.0.1:{observe}"}};

static const struct plx_demo_row generic_new = {
    "new", LISTENING, {"payment-v3", "--port", "{v3}", "--notifications", "http://127.0.0.1:{stub}"}};

/* In the canary's steps its port is another one: 8081 is the first version's. */
static const struct plx_demo_row canary_microservice = {
    "microservice",
    LISTENING,
    {"payment-notification", "--port", "{notifications}", "--store", "{store microservice}"}};

static const struct plx_demo_row canary_v2 = {"monolith-v2",
                                              LISTENING,
                                              {"payment-v2", "--port", "{v2}", "--store", "{store monolith}",
                                               "--notifications", "http://127.0.0.1:{notifications}"}};

/* The proxy in front of one version. */
#define PROXY(file, url)                                                                                    \
    {                                                                                                       \
        "proxy", RUNNING,                                                                                   \
        {                                                                                                   \
            "parallax", "run", "-c", file, "--listen", "127.0.0.1:{proxy}", "--admin", "127.0.0.1:{admin}", \
                "--primary", url                                                                            \
        }                                                                                                   \
    }

static const struct plx_demo_row spies_proxy_1 = PROXY("{examples}/spies/1_parallax.yaml", "http://127.0.0.1:{v1}");
static const struct plx_demo_row spies_proxy_2 = PROXY("{examples}/spies/2_parallax.yaml", "http://127.0.0.1:{v2}");
static const struct plx_demo_row spies_proxy_3 = PROXY("{examples}/spies/3_parallax.yaml", "http://127.0.0.1:{v3}");
static const struct plx_demo_row canary_proxy_1 = PROXY("{examples}/canary/1_parallax.yaml", "http://127.0.0.1:{v1}");

static const struct plx_demo_row generic_proxy = {
    "proxy",
    RUNNING,
    {"parallax", "run", "-c", "{examples}/spies/2_parallax_generic.yaml", "--listen", "127.0.0.1:{proxy}", "--admin",
     "127.0.0.1:{admin}", "--primary", "http://127.0.0.1:{v2}", "--candidate", "http://127.0.0.1:{v3}"}};

/* The new version serves now, and the old one gets the copies. */
static const struct plx_demo_row generic_proxy_3 = {
    "proxy",
    RUNNING,
    {"parallax", "run", "-c", "{examples}/spies/3_parallax_generic.yaml", "--listen", "127.0.0.1:{proxy}", "--admin",
     "127.0.0.1:{admin}", "--primary", "http://127.0.0.1:{v2}", "--candidate", "http://127.0.0.1:{v3}"}};

static const struct plx_demo_row canary_proxy_3 = {"proxy",
                                                   RUNNING,
                                                   {"parallax", "run", "-c", "{weights}", "--listen",
                                                    "127.0.0.1:{proxy}", "--admin", "127.0.0.1:{admin}", "--primary",
                                                    "http://127.0.0.1:{v1}", "--candidate", "http://127.0.0.1:{v2}"}};

/* The first version twice, so that noise is told apart, and the rewrite beside it. */
static const struct plx_demo_row second_v1 = {"second-v1", LISTENING, {"payment-v1", "--port", "{second}"}};
static const struct plx_demo_row monolith_new = {
    "monolith-new", LISTENING, {"payment-new", "--port", "{v2}", "--rounds"}};
static const struct plx_demo_row monolith_mended = {
    "monolith-new", LISTENING, {"payment-new", "--port", "{v2}", "--faithful"}};

static const struct plx_demo_row diferencia_proxy_1 =
    PROXY("{examples}/diferencia/1_parallax.yaml", "http://127.0.0.1:{v1}");
static const struct plx_demo_row diferencia_proxy_2 = {
    "proxy",
    RUNNING,
    {"parallax", "run", "-c", "{examples}/diferencia/2_parallax.yaml", "--listen", "127.0.0.1:{proxy}", "--admin",
     "127.0.0.1:{admin}", "--primary", "http://127.0.0.1:{v1}", "--candidate", "http://127.0.0.1:{v2}", "--secondary",
     "http://127.0.0.1:{second}"}};

/* ---- what to try ---- */

static const struct plx_demo_try pay = {"proxy", "/payroll", PAYROLL, PAID};
static const struct plx_demo_try pay_v2 = {"v2", "/payroll", PAYROLL, PAID};
static const struct plx_demo_try pay_v3 = {"v3", "/payroll", PAYROLL, PAID};
static const struct plx_demo_try compare = {"v2", "/notification/compare", NULL, "true"};
static const struct plx_demo_try spied = {"spy", "/compare?wait=10s", NULL, "true"};
static const struct plx_demo_try payrolls = {"proxy", "/payroll", NULL, "user 1"};
static const struct plx_demo_try payroll_1 = {"proxy", "/payroll/1", NULL, "6549.95"};
static const struct plx_demo_try rounded_1 = {"v2", "/payroll/1", NULL, "6550.0"};
static const struct plx_demo_try mended_1 = {"v2", "/payroll/1", NULL, "6549.95"};
static const struct plx_demo_try inventory = {"proxy", "/inventory", NULL, "version"};
static const struct plx_demo_try kept = {"microservice", "/notification", NULL, "shipped"};

/* ---- steps ---- */

static const struct plx_demo_step steps[] = {
    {.scenario = "spies",
     .number = 1,
     .what = "the monolith as it was: it logs each notification",
     .rows = {&monolith_v1, &spies_proxy_1},
     .tries = {&pay}},
    {.scenario = "spies",
     .number = 2,
     .what = "the monolith notifies, and the microservice keeps the same as a spy; the batch compares what both have",
     .rows = {&spy, &monolith_v2, &batch, &spies_proxy_2},
     .tries = {&pay_v2, &pay, &kept, &compare}},
    {.scenario = "spies",
     .number = 2,
     .generic = true,
     .what =
         "each payment goes to the old and the new version; the old one's notification is sent, the new one's is not",
     .rows = {&final, &generic_spy, &generic_old, &generic_new, &generic_proxy},
     .tries = {&pay, &spied}},
    {.scenario = "spies",
     .number = 3,
     .generic = true,
     .what = "the new version serves: its notification is sent now, and the old one's, which gets a copy, is not",
     .rows = {&final, &generic_spy, &generic_old, &generic_new, &generic_proxy_3},
     .tries = {&pay, &spied}},
    {.scenario = "spies",
     .number = 3,
     .what = "the final version: the microservice notifies, the monolith only asks it to",
     .rows = {&final, &monolith_v3, &spies_proxy_3},
     .tries = {&pay_v3, &pay}},
    {.scenario = "scientist",
     .number = 1,
     .what = "the monolith as it was: it logs each notification",
     .rows = {&monolith_v1, &spies_proxy_1},
     .tries = {&pay}},
    {.scenario = "scientist",
     .number = 2,
     .what = "the monolith reads each notification back from itself and from the microservice, in an experiment",
     .rows = {&spy, &scientist, &spies_proxy_2},
     .tries = {&pay_v2, &pay}},
    {.scenario = "scientist",
     .number = 3,
     .what = "the final version: the microservice notifies, the monolith only asks it to",
     .rows = {&final, &monolith_v3, &spies_proxy_3},
     .tries = {&pay_v3, &pay}},
    {.scenario = "diferencia",
     .number = 1,
     .what = "the monolith alone, behind the proxy",
     .rows = {&monolith_v1, &diferencia_proxy_1},
     .tries = {&pay}},
    {.scenario = "diferencia",
     .number = 2,
     .what = "each request goes to the monolith, to a second one and to a rewrite with a fault; the clients get the "
             "monolith's answer",
     .rows = {&monolith_v1, &second_v1, &monolith_new, &diferencia_proxy_2},
     .tries = {&pay, &payroll_1, &rounded_1},
     .compares = true},
    {.scenario = "diferencia",
     .number = 3,
     .what = "the fault is mended: the rewrite answers as the monolith does, and may serve",
     .rows = {&monolith_v1, &second_v1, &monolith_mended, &diferencia_proxy_2},
     .tries = {&pay, &payroll_1, &mended_1},
     .compares = true},
    {.scenario = "canary",
     .number = 1,
     .what = "all clients have the first version",
     .rows = {&monolith_v1, &canary_proxy_1},
     .tries = {&payrolls}},
    {.scenario = "canary",
     .number = 2,
     .what = "the second version is up beside it and can be asked directly; the clients still have the first one",
     .rows = {&monolith_v1, &canary_microservice, &canary_v2, &canary_proxy_1},
     .tries = {&pay_v2, &inventory}},
    {.scenario = "canary",
     .number = 3,
     .what = "the clients move to the second version in steps of ten percent, and back at once",
     .rows = {&monolith_v1, &canary_microservice, &canary_v2, &canary_proxy_3},
     .tries = {&inventory},
     .weights = true},
};

const struct plx_demo_step *
plx_demo_step_find(const char *scenario, unsigned number, bool generic)
{
    for (size_t i = 0; i < PLX_COUNT(steps); i++)
        if (strcmp(steps[i].scenario, scenario) == 0 && steps[i].number == number && steps[i].generic == generic)
            return &steps[i];
    return NULL;
}
