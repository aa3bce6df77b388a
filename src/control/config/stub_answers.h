/* SPDX-License-Identifier: Apache-2.0 */
/* What a spy's stub answers: `answer:`. */
#ifndef PLX_CONFIG_STUB_ANSWERS_H
#define PLX_CONFIG_STUB_ANSWERS_H

#include "control/config/errors.h"
#include "traffic/spy/spy_set.h"

/* wait_ms NULL: `wait` is not for here. */
void plx_spy_answer_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_spy_answer *answer,
                         uint32_t *wait_ms);
/* "primary", "STATUS", "STATUS BODY". */
void plx_spy_answer_flag(struct plx_config_reader *reader, const char *value, struct plx_spy_answer *answer);

#endif
