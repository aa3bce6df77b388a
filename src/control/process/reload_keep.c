/* SPDX-License-Identifier: Apache-2.0 */
/* What of a configuration stays in force over a reload, key by key. */
#include "control/process/reload_keep.h"

#include "base/assert.h"
#include "control/config/spies_checks.h"

#include <stdio.h>

static bool
same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void
swap_text(char **a, char **b)
{
    char *text = *a;

    *a = *b;
    *b = text;
}

/* They go on as they are, but for what is secret, which none of their calls depends on. */
static void
keep_spies(struct plx_config *in_force, struct plx_config *config)
{
    struct plx_spies *spies = config->spies;
    struct plx_secrets *secrets = config->spies_secrets;

    config->spies = in_force->spies;
    in_force->spies = spies;
    config->spies_secrets = in_force->spies_secrets;
    in_force->spies_secrets = secrets;
    plx_secrets_replace(config->spies_secrets, config->secrets);
    memcpy(config->spy_listen, in_force->spy_listen, sizeof(config->spy_listen));
    config->spies_fingerprint = in_force->spies_fingerprint;
    plx_spies_mark(config);
}

/* The log names all that the new configuration has otherwise. */
static void
tell_unchangeable(const struct plx_config *in_force, const struct plx_config *config, char changed[PLX_RELOAD_KEYS])
{
    const struct {
        const char *key;
        bool same;
    } keys[] = {
        {"admin", in_force->admin.port == config->admin.port && strcmp(in_force->admin.host, config->admin.host) == 0},
        {"workers", in_force->workers == config->workers},
        {"store", same_text(in_force->store, config->store)},
        {"log.file", same_text(in_force->log_file, config->log_file)},
        {"spies", in_force->spies_fingerprint == config->spies_fingerprint},
    };
    changed[0] = '\0';
    for (size_t i = 0; i < PLX_COUNT(keys); i++)
        if (!keys[i].same)
            snprintf(changed + strlen(changed), PLX_RELOAD_KEYS - strlen(changed), "%s%s", *changed ? "," : "",
                     keys[i].key);
    if (*changed)
        plx_log(PLX_LOG_WARN, "needs_restart", PLX_TEXT("keys", changed),
                PLX_TEXT("what",
                         "a reload does not take changes of these keys over; an upgrade (SIGUSR2) does, or a restart"));
}

/* It stays as it is in force, so that the next reload is compared with that again. */
static void
keep_unchangeable(struct plx_config *in_force, struct plx_config *config)
{
    config->workers = in_force->workers;
    swap_text(&config->store, &in_force->store);
    swap_text(&config->log_file, &in_force->log_file);
    keep_spies(in_force, config);
}

/*
 * The admin side goes on listening where it does, whatever the new configuration says: so its address stays the one
 * that is looked at, and a token that it needs there is not taken away.
 */
static void
keep_admin_guarded(struct plx_config *in_force, struct plx_config *config)
{
    config->admin = in_force->admin;
    if (config->admin_token || plx_address_is_loopback(&config->admin))
        return;
    config->admin_token = in_force->admin_token;
    in_force->admin_token = NULL;
    plx_log(PLX_LOG_WARN, "token_kept",
            PLX_TEXT("what", "the admin side still listens beyond loopback: the token stays in force until a restart"));
}

void
plx_reload_keep(struct plx_config *in_force, struct plx_config *config, char changed[PLX_RELOAD_KEYS])
{
    tell_unchangeable(in_force, config, changed);
    keep_unchangeable(in_force, config);
    keep_admin_guarded(in_force, config);
}
