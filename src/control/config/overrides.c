/* SPDX-License-Identifier: Apache-2.0 */
/* Flags over the file, or instead of it. Their errors name the flag, since they have no line in the file. */
#include "control/config/overrides.h"

#include "control/config/keys.h"
#include "control/config/role_key.h"
#include "control/config/services.h"
#include "control/config/spy_flags.h"
#include "control/config/taken.h"
#include "service/share_value.h"
#include "service/snapshot.h"

static void
flag_url(struct plx_config_reader *reader, const char *flag, const char *value, struct plx_upstream *upstream)
{
    if (!value)
        return;
    const char *problem = plx_role_take_url(plx_slice_of(value), upstream);
    if (problem)
        plx_config_error(reader, NULL, problem, "%s: %s can't be used", flag, plx_config_quoted(plx_slice_of(value)));
    else if (!upstream->url)
        reader->no_memory = true;
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
    if (!plx_upstreams_meet(&roles[PLX_PRIMARY], &roles[PLX_SECONDARY]) &&
        plx_upstreams_meet(&roles[PLX_CANDIDATE], &roles[PLX_SECONDARY]))
        plx_config_error(reader, NULL, "start a second instance of the old implementation, and give its address",
                         "--secondary: it is the candidate: each of its differences would pass for noise");
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
        plx_config_error(reader, NULL, "write primary, shadow, canary or candidate", "--stage: '%.40s' is no stage",
                         flags->stage);
    else if (service->stage != PLX_STAGE_PRIMARY && !service->roles[PLX_CANDIDATE].url)
        plx_config_error(reader, NULL, "add --candidate", "--stage: %s needs a candidate",
                         plx_stage_text(service->stage));
}

static void
flag_share(struct plx_config_reader *reader, const struct plx_config_flags *flags, struct plx_service *service)
{
    if (flags->share && !plx_share_of(plx_slice_of(flags->share), &service->share))
        plx_config_error(reader, NULL, "write a percentage from 0% to 100% with at most three decimals",
                         "--share: '%.40s' is no percentage", flags->share);
    else if (flags->share && service->stage != PLX_STAGE_CANARY)
        plx_config_error(reader, NULL, "add `--stage canary`", "--share: the stage %s has none",
                         plx_stage_text(service->stage));
}

/* Without a file the flags are the one service; with one they are for its only service. */
static void
flag_service(struct plx_config_reader *reader, const struct plx_config_flags *flags, const struct plx_reading *r)
{
    struct plx_config *config = r->config;

    if (!flags->primary && !flags->candidate && !flags->secondary && !flags->stage && !flags->share)
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
                         "--primary, --candidate, --secondary, --stage and --share are for one service, and %s has %zu",
                         flags->file, config->snapshot->service_count);
        return;
    }
    flag_roles(reader, flags, &config->snapshot->services[0]);
    flag_stage(reader, flags, r->services && r->services[0].stage, &config->snapshot->services[0]);
    flag_share(reader, flags, &config->snapshot->services[0]);
}

void
plx_flags_apply(struct plx_config_reader *reader, const struct plx_config_flags *flags, struct plx_reading *r)
{
    struct plx_config *config = r->config;

    r->flagged[PLX_PRIMARY] = flags->primary;
    r->flagged[PLX_CANDIDATE] = flags->candidate;
    r->flagged[PLX_SECONDARY] = flags->secondary;
    if (flags->spy)
        plx_spy_flags_apply(reader, flags, r);
    else
        flag_service(reader, flags, r);
    r->at.listen = flags->listen ? NULL : r->at.listen; /* what a flag says has no line in the file */
    r->at.admin = flags->admin ? NULL : r->at.admin;
    if (flags->listen)
        config->listen_count =
            plx_take_address(reader, NULL, "--listen", plx_slice_of(flags->listen), &config->listen[0]);
    if (flags->admin)
        plx_take_address(reader, NULL, "--admin", plx_slice_of(flags->admin), &config->admin);
    if (flags->store)
        plx_take_store(reader, NULL, "--store", plx_slice_of(flags->store), config);
    if (flags->workers)
        plx_take_workers(reader, NULL, "--workers", plx_slice_of(flags->workers), config);
    if (flags->log_level)
        plx_take_log_level(reader, NULL, "--log-level", plx_slice_of(flags->log_level), config);
    if (flags->token && !r->token_given) {
        r->token_given = true;
        plx_take_token(reader, NULL, plx_slice_of(flags->token), &config->admin_token);
    }
    if (flags->access_log)
        plx_read_copy_of(reader, plx_slice_of(flags->access_log), &config->access_log);
}
