/* SPDX-License-Identifier: Apache-2.0 */
/* The whole configuration: the file, what flags put over it, and what must hold between the two. */
#include "config/keys.h"
#include "config/values.h"
#include "service/build.h"

#include "base/assert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRAIN_MAX_MS (3600u * 1000)

struct reading {
    struct plx_config *config;
    const struct plx_yaml *listen, *admin, *services; /* where they stand */
};

/* ---- the file ---- */

/* Reads all of a file into the arena; the error is about the file as a whole. */
static bool
read_file(struct plx_config_reader *reader)
{
    struct stat info;
    int fd = open(reader->file, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        plx_config_error(reader, NULL, "check the path, and that it may be read", "%s can't be opened: %s",
                         reader->file, strerror(errno));
        return false;
    }
    bool regular = fstat(fd, &info) == 0 && !S_ISDIR(info.st_mode);
    char *text = plx_arena_alloc(reader->arena, PLX_CONFIG_BYTES_MAX + 1);
    ssize_t count = 0;
    size_t len = 0;
    while (regular && text && len <= PLX_CONFIG_BYTES_MAX &&
           (count = read(fd, text + len, PLX_CONFIG_BYTES_MAX + 1 - len)) > 0)
        len += (size_t)count;
    close(fd);
    if (!text)
        reader->no_memory = true;
    else if (!regular)
        plx_config_error(reader, NULL, "give the path of a YAML file", "%s is a directory", reader->file);
    else if (count < 0)
        plx_config_error(reader, NULL, "try again, or copy the file to another place", "%s can't be read: %s",
                         reader->file, strerror(errno));
    else if (len > PLX_CONFIG_BYTES_MAX)
        plx_config_error(reader, NULL, "a configuration has at most 1 MiB", "%s is too large", reader->file);
    else {
        reader->text = plx_slice_make(text, len);
        return true;
    }
    return false;
}

/* ---- keys of the top ---- */

static bool
take_address(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag, struct plx_slice text,
             struct plx_address *address)
{
    if (plx_address_of(text, address))
        return true;
    plx_config_error(reader, node, "write HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080; port 0 takes a free one",
                     "%s%s'%.80s' is no address to listen on", flag ? flag : "", flag ? ": " : "", text.ptr);
    return false;
}

static void
listen_one(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_config *config = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "an address", &text))
        return;
    if (config->listen_count == PLX_LISTEN_MAX)
        plx_config_error(reader, node, "leave some out", "there are more than %u addresses to listen on",
                         PLX_LISTEN_MAX);
    else if (take_address(reader, node, NULL, text, &config->listen[config->listen_count]))
        config->listen_count++;
}

static void
read_listen(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading *r = into;

    r->listen = node;
    r->config->listen_count = 0;
    if (node->type == PLX_YAML_LIST && !node->first)
        plx_config_error(reader, node, "name an address, or leave `listen` out for 127.0.0.1:8080",
                         "there is no address to listen on");
    plx_read_each(reader, node, listen_one, r->config);
}

static void
read_admin(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading *r = into;
    struct plx_slice text;

    r->admin = node;
    if (plx_read_text(reader, node, "an address", &text))
        take_address(reader, node, NULL, text, &r->config->admin);
}

static void
read_token(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a token", &text))
        return;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~') {
            plx_config_error(reader, node, "use visible ASCII, as `openssl rand -hex 32` gives it",
                             "this token can't stand in an Authorization header");
            return;
        }
    plx_read_copy_of(reader, text, &((struct reading *)into)->config->admin_token);
}

static void
take_store(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag, struct plx_slice text,
           struct plx_config *config)
{
    static const char prefix[] = "sqlite:";
    size_t len = sizeof(prefix) - 1;

    if (plx_slice_equal(text, plx_slice_of("none"))) {
        free(config->store);
        config->store = NULL;
    } else if (text.len > len && memcmp(text.ptr, prefix, len) == 0) {
        plx_read_copy_of(reader, plx_slice_make(text.ptr + len, text.len - len), &config->store);
    } else {
        plx_config_error(reader, node, "write sqlite:FILE, or none to keep nothing; this version has no other stores",
                         "%s%s'%.80s' is no store", flag ? flag : "", flag ? ": " : "", text.ptr);
    }
}

static void
read_store(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "a store", &text))
        take_store(reader, node, NULL, text, ((struct reading *)into)->config);
}

static uint32_t
processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count < 1 ? 1 : count > (long)PLX_WORKERS_MAX ? PLX_WORKERS_MAX : (uint32_t)count;
}

static void
take_workers(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag, struct plx_slice text,
             struct plx_config *config)
{
    uint64_t count;

    if (plx_slice_equal(text, plx_slice_of("auto")))
        config->workers = processors();
    else if (plx_value_count(text, PLX_WORKERS_MAX, &count) && count > 0)
        config->workers = (uint32_t)count;
    else
        plx_config_error(reader, node, "write auto, or a number from 1 to 64", "%s%s'%.40s' is no number of workers",
                         flag ? flag : "", flag ? ": " : "", text.ptr);
}

static void
read_workers(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "a number of workers", &text))
        take_workers(reader, node, NULL, text, ((struct reading *)into)->config);
}

/* What says that there is to be none; a file of that name is written ./off, or in quotes. */
static bool
is_off(struct plx_slice text)
{
    bool value;

    return plx_value_bool(text, &value) && !value;
}

static void
read_access_log(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "a path", &text) && !(node->plain && is_off(text)))
        plx_read_copy_of(reader, text, &((struct reading *)into)->config->access_log);
}

static void
read_drain(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_duration(reader, node, DRAIN_MAX_MS, &((struct reading *)into)->config->drain_ms);
}

static void
take_log_level(struct plx_config_reader *reader, const struct plx_yaml *node, const char *flag, struct plx_slice text,
               struct plx_config *config)
{
    if (!plx_log_level_of(text, &config->log_level))
        plx_config_error(reader, node, "write debug, info, warn or error", "%s%s'%.40s' is no log level",
                         flag ? flag : "", flag ? ": " : "", text.ptr);
}

static void
read_log(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (plx_read_text(reader, node, "a log level", &text))
        take_log_level(reader, node, NULL, text, ((struct reading *)into)->config);
}

static void
read_fraction(struct plx_config_reader *reader, const struct plx_yaml *node, double min, double max, const char *mend,
              double *out)
{
    struct plx_slice text;
    double value;

    if (!plx_read_text(reader, node, "a percentage", &text))
        return;
    if (plx_value_percent(text, &value) && value >= min && value <= max)
        *out = value;
    else
        plx_config_error(reader, node, mend, "%s can't be used here", plx_yaml_name(node));
}

static void
read_confidence(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_fraction(reader, node, 0.5, 0.999999, "write a percentage from 50% to 99.9999%, as in 99%",
                  &((struct reading *)into)->config->confidence);
}

static void
read_detect(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    read_fraction(reader, node, 0.00001, 0.5, "write a percentage from 0.001% to 50%, as in 5%",
                  &((struct reading *)into)->config->detect);
}

static void
read_services(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading *r = into;

    r->services = node;
    r->config->snapshot = plx_services_read(reader, node);
}

static void
read_top(struct plx_config_reader *reader, struct reading *r)
{
    static const struct plx_key keys[] = {
        {"listen", read_listen}, {"admin", read_admin},       {"token", read_token},
        {"store", read_store},   {"workers", read_workers},   {"access_log", read_access_log},
        {"log", read_log},       {"drain", read_drain},       {"confidence", read_confidence},
        {"detect", read_detect}, {"services", read_services}, {"tls", NULL},
        {"reconcile", NULL},
    };
    const struct plx_yaml *root = plx_yaml_read(reader);

    if (!root)
        return;
    plx_keys_read(reader, root, "the configuration", keys, PLX_COUNT(keys), r);
    if (root->type == PLX_YAML_MAPPING && !r->services)
        plx_config_error(reader, root,
                         "add `services:` and below it `- name: payment`, `primary: ...`, `candidate: ...`",
                         "no `services`");
}

/* ---- flags ---- */

static void
flag_url(struct plx_config_reader *reader, const char *flag, const char *value, struct plx_upstream *upstream)
{
    if (!value)
        return;
    free(upstream->url);
    free(upstream->host);
    *upstream = (struct plx_upstream){0};
    const char *problem = plx_value_url(plx_slice_of(value), upstream);
    if (problem)
        plx_config_error(reader, NULL, problem, "%s: '%.200s' can't be used", flag, value);
}

static void
flag_roles(struct plx_config_reader *reader, const struct plx_config_flags *flags, struct plx_service *service)
{
    struct plx_upstream *roles = service->roles;

    flag_url(reader, "--primary", flags->primary, &roles[PLX_PRIMARY]);
    flag_url(reader, "--candidate", flags->candidate, &roles[PLX_CANDIDATE]);
    flag_url(reader, "--secondary", flags->secondary, &roles[PLX_SECONDARY]);
    for (int role = PLX_CANDIDATE; role < PLX_ROLES; role++)
        if (plx_upstreams_meet(&roles[role], &roles[PLX_PRIMARY]))
            plx_config_error(reader, NULL, "give the address of another instance",
                             "--%s: it is the primary: each request would come to it twice",
                             plx_role_text((enum plx_role)role));
    if (roles[PLX_SECONDARY].url && !roles[PLX_CANDIDATE].url)
        plx_config_error(reader, NULL, "add --candidate, or leave the secondary out",
                         "--secondary: it tells noise from differences of a candidate, and there is none");
}

static void
flag_stage(struct plx_config_reader *reader, const struct plx_config_flags *flags, bool in_file,
           struct plx_service *service)
{
    if (!flags->stage) {
        if (!in_file)
            service->stage = service->roles[PLX_CANDIDATE].url ? PLX_STAGE_SHADOW : PLX_STAGE_PRIMARY;
        return;
    }
    if (!plx_stage_of(plx_slice_of(flags->stage), &service->stage))
        plx_config_error(reader, NULL, "write primary or shadow", "--stage: '%.40s' is no stage of this version",
                         flags->stage);
    else if (service->stage == PLX_STAGE_SHADOW && !service->roles[PLX_CANDIDATE].url)
        plx_config_error(reader, NULL, "add --candidate", "--stage: shadow needs a candidate");
}

/* Without a file the flags are the one service; with one they are for its only service. */
static void
flag_service(struct plx_config_reader *reader, const struct plx_config_flags *flags, const struct reading *r)
{
    struct plx_config *config = r->config;

    if (!flags->primary && !flags->candidate && !flags->secondary && !flags->stage)
        return;
    if (!flags->file) {
        config->snapshot = plx_snapshot_new(1);
        if (!config->snapshot || !plx_service_defaults(&config->snapshot->services[0], "default")) {
            reader->no_memory = true;
            return;
        }
    }
    if (!config->snapshot)
        return;
    if (config->snapshot->service_count != 1) {
        plx_config_error(reader, NULL, "change the file instead",
                         "--primary, --candidate, --secondary and --stage are for one service, and %s has %zu",
                         flags->file, config->snapshot->service_count);
        return;
    }
    flag_roles(reader, flags, &config->snapshot->services[0]);
    flag_stage(reader, flags, r->services && plx_keys_find(r->services->first, "stage"),
               &config->snapshot->services[0]);
}

static void
take_flags(struct plx_config_reader *reader, const struct plx_config_flags *flags, struct reading *r)
{
    struct plx_config *config = r->config;

    flag_service(reader, flags, r);
    r->listen = flags->listen ? NULL : r->listen; /* what a flag says has no line in the file */
    r->admin = flags->admin ? NULL : r->admin;
    if (flags->listen && take_address(reader, NULL, "--listen", plx_slice_of(flags->listen), &config->listen[0]))
        config->listen_count = 1;
    if (flags->admin)
        take_address(reader, NULL, "--admin", plx_slice_of(flags->admin), &config->admin);
    if (flags->store)
        take_store(reader, NULL, "--store", plx_slice_of(flags->store), config);
    if (flags->workers)
        take_workers(reader, NULL, "--workers", plx_slice_of(flags->workers), config);
    if (flags->log_level)
        take_log_level(reader, NULL, "--log-level", plx_slice_of(flags->log_level), config);
    if (flags->access_log)
        plx_read_copy_of(reader, plx_slice_of(flags->access_log), &config->access_log);
}

/* ---- what must hold ---- */

static bool
addresses_meet(const struct plx_address *a, const struct plx_address *b)
{
    return a->port != 0 && a->port == b->port && plx_hosts_meet(a->host, b->host);
}

/* Where the role stands; NULL: a flag said it. */
static const struct plx_yaml *
role_node(const struct reading *r, size_t index, enum plx_role role)
{
    const struct plx_yaml *at = r->services ? r->services->first : NULL;

    for (size_t i = 0; at && i < index; i++)
        at = at->next;
    at = at ? plx_keys_find(at, plx_role_text(role)) : NULL;
    return at && strcmp(at->text.ptr, r->config->snapshot->services[index].roles[role].url) == 0 ? at : NULL;
}

static void
check_loops(struct plx_config_reader *reader, const struct reading *r)
{
    const struct plx_config *config = r->config;

    for (size_t i = 0; i < config->snapshot->service_count; i++)
        for (int role = 0; role < PLX_ROLES; role++) {
            const struct plx_service *service = &config->snapshot->services[i];
            const struct plx_upstream *upstream = &service->roles[role];
            struct plx_address address = {.port = upstream->port};
            if (!upstream->url)
                continue;
            memcpy(address.host, upstream->host,
                   strlen(upstream->host) + 1); /* plx_value_url() takes fewer than 256 bytes */
            for (size_t k = 0; k < config->listen_count; k++)
                if (addresses_meet(&address, &config->listen[k]))
                    plx_config_error(
                        reader, role_node(r, i, (enum plx_role)role),
                        "let Parallax listen on another port than its implementations",
                        "the %s of `%s` is the address that Parallax listens on: requests would go round for ever",
                        plx_role_text((enum plx_role)role), service->name);
        }
}

static void
check_listen(struct plx_config_reader *reader, const struct reading *r)
{
    const struct plx_config *config = r->config;

    for (size_t i = 0; i < config->listen_count; i++) {
        if (addresses_meet(&config->listen[i], &config->admin))
            plx_config_error(reader, r->listen ? r->listen : r->admin, "choose another port for one of them",
                             "clients and admin have the same address");
        for (size_t k = 0; k < i; k++)
            if (config->listen[i].port && config->listen[i].port == config->listen[k].port &&
                strcmp(config->listen[i].host, config->listen[k].host) == 0)
                plx_config_error(reader, r->listen, "leave one out", "%s:%u is listened on twice",
                                 config->listen[i].host, config->listen[i].port);
    }
}

static void
check(struct plx_config_reader *reader, const struct reading *r)
{
    const struct plx_config *config = r->config;

    if (!plx_address_is_loopback(&config->admin) && !config->admin_token)
        plx_config_error(reader, r->admin, "add `token: ...`, or let admin listen on 127.0.0.1",
                         "the admin side would be open to other machines without a token");
    check_listen(reader, r);
    if (config->snapshot)
        check_loops(reader, r);
}

static bool
set_defaults(struct plx_config *config, const struct plx_config_flags *flags)
{
    memset(config, 0, sizeof(*config));
    PLX_ASSERT(plx_address_of(plx_slice_of("127.0.0.1:8080"), &config->listen[0]));
    PLX_ASSERT(plx_address_of(plx_slice_of("127.0.0.1:9900"), &config->admin));
    config->listen_count = 1;
    config->workers = processors();
    config->drain_ms = 30000;
    config->log_level = PLX_LOG_INFO;
    config->confidence = 0.99;
    config->detect = 0.05;
    if (!flags->file)
        return true;
    config->file = strdup(flags->file);
    config->store = strdup("parallax.db");
    return config->file && config->store;
}

enum plx_status
plx_config_read(const struct plx_config_flags *flags, struct plx_config *config, struct plx_config_errors *errors)
{
    struct plx_config_reader reader = {.file = flags->file, .errors = errors, .arena = plx_arena_new(NULL)};
    struct reading r = {.config = config};

    plx_buffer_init(&errors->text, (size_t)PLX_CONFIG_ERRORS_MAX * 2048);
    errors->count = 0;
    errors->usage = false;
    reader.no_memory = !set_defaults(config, flags) || !reader.arena;
    if (!reader.no_memory && flags->file && read_file(&reader))
        read_top(&reader, &r);
    if (!reader.no_memory && errors->count == 0)
        take_flags(&reader, flags, &r);
    if (!reader.no_memory && errors->count == 0)
        check(&reader, &r);
    if (errors->count > PLX_CONFIG_ERRORS_MAX)
        plx_buffer_format(&errors->text, "... and %zu more\n", errors->count - PLX_CONFIG_ERRORS_MAX);
    plx_arena_free(reader.arena);
    if (errors->count == 0 && !reader.no_memory)
        return PLX_OK;
    plx_config_fini(config);
    if (errors->count == 0)
        plx_buffer_text(&errors->text, "parallax: out of memory\n");
    return errors->count ? PLX_E_SYNTAX : PLX_E_MEMORY;
}

void
plx_config_fini(struct plx_config *config)
{
    free(config->file);
    free(config->admin_token);
    free(config->store);
    free(config->access_log);
    plx_snapshot_unref(config->snapshot);
    memset(config, 0, sizeof(*config));
}

void
plx_config_errors_fini(struct plx_config_errors *errors)
{
    plx_buffer_fini(&errors->text);
}
