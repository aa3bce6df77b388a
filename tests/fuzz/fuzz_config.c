/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: whatever the file says, it is read to a configuration that can be run, or to errors that can be
 * shown on a terminal, and to the same ones when it is read again.
 */
#include "base/utf8.h"
#include "control/config/config.h"
#include "service/endpoint.h"
#include "service/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)  \
    do {                  \
        if (!(condition)) \
            abort();      \
    } while (0)

static void
check_errors(const struct plx_config_errors *errors)
{
    struct plx_slice rest = plx_buffer_slice(&errors->text);
    uint32_t code = 0;

    CHECK(errors->count > 0 && !errors->text.failed);
    CHECK(rest.len > 0 && rest.ptr[rest.len - 1] == '\n');
    while (rest.len) {
        size_t len = plx_utf8_decode(rest, &code);
        CHECK(len > 0);
        CHECK(code == '\n' || code == '\t' || !plx_utf8_is_control(code));
        rest = plx_slice_make(rest.ptr + len, rest.len - len);
    }
}

static void
check_service(const struct plx_snapshot *snapshot, const struct plx_service *service)
{
    char endpoint[PLX_ENDPOINT_MAX];
    const struct plx_slice path = plx_slice_of("/a/1?b");

    CHECK(plx_service_by_name(snapshot, plx_slice_of(service->name)) == service);
    CHECK(service->roles[PLX_PRIMARY].url && service->roles[PLX_PRIMARY].port);
    CHECK(service->stage == PLX_STAGE_PRIMARY || service->roles[PLX_CANDIDATE].url);
    CHECK(service->roles[PLX_CANDIDATE].url || !service->roles[PLX_SECONDARY].url);
    CHECK(service->copy_share <= PLX_SHARE_ALL);
    CHECK(service->timeouts.connect && service->timeouts.answer && service->timeouts.copy);
    for (size_t i = 0; i < service->host_count; i++)
        CHECK(plx_service_for_host(snapshot, plx_slice_of(service->hosts[i])) == service);
    if (service->host_count == 0)
        CHECK(plx_service_for_host(snapshot, plx_slice_of("")) == service);
    const struct plx_route *route = plx_route_for(service, plx_slice_of("GET"), path);
    CHECK(!route || (size_t)(route - service->routes) < service->route_count);
    CHECK(plx_endpoint_write(route, NULL, plx_slice_of("GET"), path, endpoint) <= PLX_ENDPOINT_MAX);
}

static void
check_spy(const struct plx_spy *spy)
{
    CHECK(*spy->service->name && spy->service->rules && spy->answer && spy->gauges);
    CHECK(spy->settle_ms && spy->settle_ms <= spy->window_ms && spy->late_ms && spy->late_ms <= spy->window_ms);
    CHECK(spy->wait_ms && spy->calls_max);
    for (int side = 0; side < PLX_SPY_SIDES; side++)
        CHECK(spy->modes[side] == PLX_SPY_STUB || spy->service->roles[PLX_PRIMARY].url);
    for (size_t i = 0; i < spy->service->route_count; i++) {
        const struct plx_spy_answer *answer = plx_spy_answer_for(spy, &spy->service->routes[i]);
        CHECK(answer->status >= 200 && answer->status <= 999 && answer->header_count <= PLX_SPY_ANSWER_HEADERS_MAX);
    }
}

static void
check_job(const struct plx_reconcile_job *job)
{
    CHECK(*job->name && !plx_reconcile_job_check(job));
    CHECK(job->memory_bytes >= PLX_SORT_MEMORY_MIN && job->settle_ms <= PLX_SETTLE_MAX_MS);
    CHECK(!job->serve || job->serve[0] == '/');
}

static void
check_config(const struct plx_config *config)
{
    CHECK(config->listen_count > 0 || config->snapshot->service_count == 0);
    CHECK(config->listen_count <= PLX_LISTEN_MAX);
    CHECK(config->workers > 0 && config->workers <= PLX_WORKERS_MAX);
    CHECK(config->admin_token || plx_address_is_loopback(&config->admin));
    CHECK(config->confidence > 0 && config->confidence < 1 && config->detect > 0 && config->detect < 1);
    CHECK(config->drain_ms > 0);
    CHECK(config->snapshot && (config->snapshot->service_count > 0 || config->reconcile.count > 0));
    for (size_t i = 0; config->spies && i < config->spies->count; i++)
        check_spy(&config->spies->list[i]);
    for (size_t i = 0; i < config->reconcile.count; i++)
        check_job(&config->reconcile.at[i]);
    const struct plx_client_timeouts *clients = &config->snapshot->clients;
    CHECK(clients->idle && clients->head && clients->body && clients->send && clients->upgrade);
    for (size_t i = 0; i < config->snapshot->service_count; i++)
        check_service(config->snapshot, &config->snapshot->services[i]);
}

/* The file is read where it is, so that what reads files is tried too. */
static int
file_with(const uint8_t *data, size_t size, char *path, size_t path_size)
{
    int fd = memfd_create("config", MFD_CLOEXEC);

    CHECK(fd >= 0);
    CHECK(write(fd, data, size) == (ssize_t)size);
    snprintf(path, path_size, "/proc/self/fd/%d", fd);
    return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = file_with(data, size, path, sizeof(path));
    const struct plx_config_flags flags = {.file = path, .jobs_alone = size % 2};
    struct plx_config_errors errors = {0}, again = {0};
    struct plx_config config;

    enum plx_status status = plx_config_read(&flags, &config, &errors);
    if (status == PLX_OK) {
        CHECK(errors.count == 0 && errors.text.len == 0);
        check_config(&config);
        plx_config_fini(&config);
    } else {
        CHECK(status == PLX_E_SYNTAX);
        check_errors(&errors);
    }
    CHECK(plx_config_read(&flags, &config, &again) == status);
    CHECK(plx_slice_equal(plx_buffer_slice(&errors.text), plx_buffer_slice(&again.text)));
    if (status == PLX_OK)
        plx_config_fini(&config);
    plx_config_errors_fini(&errors);
    plx_config_errors_fini(&again);
    close(fd);
    return 0;
}
