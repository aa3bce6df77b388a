/* SPDX-License-Identifier: Apache-2.0 */
/* `recheck: {after: 500ms, share: 10%, per_second: 5}`. */
#include "control/config/recheck_key.h"

#include "base/assert.h"
#include "control/config/keys.h"
#include "control/config/values.h"

static void
read_after(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_duration(reader, node, PLX_RECHECK_AFTER_MAX_MS, &((struct plx_recheck_options *)into)->after_ms);
}

static void
read_share(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    plx_read_share(reader, node, &((struct plx_recheck_options *)into)->share);
}

static void
read_per_second(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;
    uint64_t count;

    _Static_assert(PLX_BUDGET_MAX == 1000, "the text below says so");
    if (!plx_read_text(reader, node, "a number", &text))
        return;
    if (plx_value_count(text, PLX_BUDGET_MAX, &count) && count > 0)
        ((struct plx_recheck_options *)into)->per_second = (uint32_t)count;
    else
        plx_config_error(reader, node, "write a number from 1 to 1000; `share: 0%` asks nothing again",
                         "%s is no number of rechecks a second", plx_yaml_name(node));
}

void
plx_recheck_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_recheck_options *recheck)
{
    static const struct plx_key keys[] = {
        {"after", read_after}, {"share", read_share}, {"per_second", read_per_second}};

    *recheck = (struct plx_recheck_options){.after_ms = 500, .share = PLX_SHARE_ALL / 10, .per_second = 5};
    plx_keys_read(reader, node, "`recheck`", keys, PLX_COUNT(keys), recheck);
}
