/* SPDX-License-Identifier: Apache-2.0 */
/* How long roles may take. */
#include "control/config/timeouts_key.h"

#include "base/assert.h"
#include "control/config/keys.h"

#define TIMEOUT_MAX_MS (3600u * 1000)

/* One that is said goes for every role. */
static void
read_connect(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_timeouts *timeouts = into;
    uint32_t ms = 0;

    plx_read_duration(reader, node, TIMEOUT_MAX_MS, &ms);
    if (ms)
        timeouts->connect = timeouts->connect_copy = ms;
}

#define DURATION_READER(function, field)                                                            \
    static void function(struct plx_config_reader *reader, const struct plx_yaml *node, void *into) \
    {                                                                                               \
        plx_read_duration(reader, node, TIMEOUT_MAX_MS, &((struct plx_timeouts *)into)->field);     \
    }

DURATION_READER(read_answer, answer)
DURATION_READER(read_between, between)
DURATION_READER(read_copy, copy)

void
plx_timeouts_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_timeouts *timeouts)
{
    static const struct plx_key keys[] = {
        {"connect", read_connect}, {"answer", read_answer}, {"between", read_between}, {"copy", read_copy}};

    plx_keys_read(reader, node, "`timeout`", keys, PLX_COUNT(keys), timeouts);
}
