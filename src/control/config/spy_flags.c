/* SPDX-License-Identifier: Apache-2.0 */
/* The one spy of the command line. Errors name the flag, since they have no line in a file. */
#include "control/config/spy_flags.h"

#include "control/config/spies.h"
#include "control/config/stub_answers.h"
#include "control/config/taken.h"
#include "control/config/values.h"

static void
flag_side(struct plx_config_reader *reader, const char *flag, const char *value, struct plx_address *address)
{
    if (value)
        plx_take_address(reader, NULL, flag, plx_slice_of(value), address);
}

static void
flag_real(struct plx_config_reader *reader, const char *value, struct plx_upstream *upstream)
{
    if (!value)
        return;
    plx_upstream_fini(upstream);
    const char *problem = plx_value_url(plx_slice_of(value), upstream);
    if (problem)
        plx_config_error(reader, NULL, problem, "--real: %s can't be used", plx_config_quoted(plx_slice_of(value)));
    else
        reader->no_memory |= !upstream->url;
}

static void
flag_window(struct plx_config_reader *reader, const char *value, struct plx_spy *spy)
{
    uint64_t ms;

    if (!value)
        return;
    if (!plx_value_duration(plx_slice_of(value), &ms) || ms == 0 || ms > PLX_SPY_TIME_MAX_MS) {
        plx_config_error(reader, NULL, "write a number and ms, s, m or h, up to an hour, as in 10s",
                         "--window: %s is no duration that can be used here", plx_config_quoted(plx_slice_of(value)));
        return;
    }
    if (spy->late_ms == spy->window_ms || spy->late_ms > ms)
        spy->late_ms = (uint32_t)ms;
    if (spy->settle_ms > ms)
        spy->settle_ms = (uint32_t)ms;
    spy->window_ms = (uint32_t)ms;
}

static bool
flag_new(struct plx_config_reader *reader, const struct plx_config_flags *flags, struct plx_config *config)
{
    config->spies = plx_spies_new(1);
    if (!config->spies || !plx_spy_defaults(&config->spies->snapshot->services[0], "spy") ||
        !(config->spies->list[0].answer = plx_spy_answer_new(true))) {
        reader->no_memory = true;
        return false;
    }
    struct plx_spy *spy = &config->spies->list[0];
    spy->late_ms = spy->window_ms;
    if (!flags->real)
        spy->modes[PLX_PRIMARY] = PLX_SPY_STUB;
    return true;
}

void
plx_spy_flags_apply(struct plx_config_reader *reader, const struct plx_config_flags *flags, struct plx_reading *r)
{
    struct plx_config *config = r->config;

    if (!flags->file && !flag_new(reader, flags, config))
        return;
    if (!flags->primary && !flags->candidate && !flags->real && !flags->answer && !flags->window)
        return;
    if (!config->spies)
        return;
    if (config->spies->count != 1) {
        plx_config_error(reader, NULL, "change the file instead",
                         "--primary, --candidate, --real, --answer and --window are for one spy, and %s has %zu",
                         flags->file, config->spies->count);
        return;
    }
    struct plx_spy *spy = &config->spies->list[0];
    flag_side(reader, "--primary", flags->primary, &config->spy_listen[0][PLX_PRIMARY]);
    flag_side(reader, "--candidate", flags->candidate, &config->spy_listen[0][PLX_CANDIDATE]);
    flag_real(reader, flags->real, &config->spies->snapshot->services[0].roles[PLX_PRIMARY]);
    flag_window(reader, flags->window, spy);
    if (flags->answer)
        plx_spy_answer_flag(reader, flags->answer, spy->answer);
    spy->gives_primary = plx_spy_asks_primary(spy);
    if (spy->modes[PLX_PRIMARY] == PLX_SPY_STUB && plx_spy_asks_primary(spy))
        plx_config_error(reader, NULL, "add --real URL, or say what is answered, as in --answer 200",
                         "without --real there is no answer that the primary got");
}
